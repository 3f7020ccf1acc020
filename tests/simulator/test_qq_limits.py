"""The figures of the QQ page, what happens beyond them, and faults on demand, on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from simulator.common.rates import DAY, MB, MINUTE
from simulator.qq import Limits, Rate
from simulator.qq.limits import SECOND, Bucket, Refill
from tests.simulator.qq_scene import QUICK, START, Scene, run


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("user_certified", [(10, SECOND)]),
        ("user_plain", [(5, SECOND), (30, MINUTE)]),
        ("group_certified", [(60, MINUTE)]),
        ("group_plain", [(30, MINUTE)]),
        ("each_target", [(20, MINUTE), (1000, DAY)]),
        ("messages", [(100, SECOND)]),
        ("files", [(50, SECOND)]),
        ("recalls", [(10, SECOND)]),
        ("interactions", [(50, SECOND)]),
        ("group_looks", [(30, MINUTE)]),
    ],
)
def test_the_published_rates(name: str, published: Sequence[tuple[int, timedelta]]) -> None:
    assert getattr(Limits(), name) == tuple(Rate(*pair) for pair in published)


def test_the_published_figures() -> None:
    limits = Limits()
    assert limits.token_life == timedelta(seconds=7200)
    assert limits.token_overlap == timedelta(seconds=60)
    assert limits.gateway_calls == Refill(2, MINUTE, 10)
    assert (limits.group_window, limits.group_replies) == (timedelta(minutes=5), 5)
    assert (limits.user_window, limits.user_replies) == (timedelta(minutes=60), 4)
    assert (limits.webhook_seconds, limits.webhook_retries) == (3.0, 3)
    assert limits.interaction_seconds == 3.0
    assert limits.recall_within == timedelta(minutes=2)
    assert (limits.keyboard_rows, limits.keyboard_columns) == (5, 5)
    sizes = (limits.image_bytes, limits.video_bytes, limits.voice_bytes, limits.file_bytes)
    assert sizes == (30 * MB, 100 * MB, 20 * MB, 100 * MB)


def test_one_target_takes_twenty_pushes_a_minute_but_every_reply() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.certified = True
        pushes = [(await scene.to_group()).code for _ in range(21)]
        assert pushes == [0] * 20 + [40034100]
        asked = await scene.heard("lina", chat="group1")
        assert (await scene.to_group(msg_id=asked)).code == 0
        scene.fake.add_group("信息技术2班", ["lina"], proactive=True)
        assert (await scene.to_group("group2")).code == 0
        scene.fake.clock.advance(timedelta(seconds=61))
        assert (await scene.to_group()).code == 0

    run(play)


@pytest.mark.parametrize(("certified", "most"), [(False, 30), (True, 60)])
def test_pushes_to_all_groups_in_a_minute(certified: bool, most: int) -> None:
    async def play(scene: Scene) -> None:
        scene.bot.certified = certified
        for number in range(2, 8):
            scene.fake.add_group(f"{number}班", ["lina"], proactive=True)
        chats = [f"group{number % 7 + 1}" for number in range(most + 1)]
        codes = [(await scene.to_group(chat)).code for chat in chats]
        assert codes == [0] * most + [40034100]
        scene.fake.clock.advance(timedelta(seconds=61))
        assert (await scene.to_group()).code == 0

    run(play)


def test_pushes_to_people_are_paced_in_real_time() -> None:
    async def play(scene: Scene) -> None:
        accounts = ["lina", "zhangwei", "zhouming"] * 2
        codes = [(await scene.to_user(account)).code for account in accounts]
        assert codes == [0] * 5 + [40034100]
        await asyncio.sleep(1.05)
        assert (await scene.to_user("lina")).code == 0

    run(play)


def test_a_day_of_pushes_and_a_clock_set_back() -> None:
    async def play(scene: Scene) -> None:
        assert [(await scene.to_group()).code for _ in range(3)] == [0, 0, 40034100]
        scene.fake.clock.advance(timedelta(days=1))
        scene.token = ""
        assert [(await scene.to_group()).code for _ in range(3)] == [0, 0, 40034100]
        scene.fake.clock.advance(timedelta(hours=-1))
        scene.token = ""
        assert (await scene.to_group()).code == 0

    run(play, replace(QUICK, each_target=(Rate(2, DAY),)))


def test_the_pace_of_a_call_is_counted_per_bot() -> None:
    async def play(scene: Scene) -> None:
        asked = await scene.heard("lina")
        assert (await scene.to_user("lina", msg_id=asked)).code == 0
        got = await scene.to_user("lina", msg_id=asked, msg_seq=2)
        assert (got.status, got.code, got.headers["Retry-After"]) == (429, 20028, "1")
        assert (await scene.to_group()).code == 0  # another call

    run(play, replace(QUICK, messages=(Rate(1, SECOND),)))


def test_looking_up_the_gateway() -> None:
    async def play(scene: Scene) -> None:
        paths = ["/gateway", "/gateway/bot"] * 5
        assert [(await scene.call("GET", path)).status for path in paths] == [200] * 10
        assert (await scene.call("GET", "/gateway")).status == 429
        scene.fake.clock.advance(timedelta(seconds=30))
        assert (await scene.call("GET", "/gateway")).status == 200
        assert (await scene.call("GET", "/gateway/bot")).status == 429

    run(play)


def test_a_bucket_fills_up_to_its_burst() -> None:
    bucket, refill = Bucket(0, START), Refill(2, MINUTE, 3)
    taken = [bucket.take(refill, START + timedelta(hours=1)) for _ in range(4)]
    assert taken == [True, True, True, False]
    assert bucket.take(refill, START)  # set back


def test_asking_for_tokens_too_often() -> None:
    async def play(scene: Scene) -> None:
        assert [(await scene.ask_token()).code for _ in range(3)] == [0, 0, 100001]

    run(play, replace(QUICK, token_calls=(Rate(2, MINUTE),)))


def test_planned_failures() -> None:
    async def play(scene: Scene) -> None:
        faults = scene.fake.faults
        faults.fail(40034100, 2, "groups/messages")
        assert (await scene.to_user("lina")).code == 0
        assert [(await scene.to_group()).code for _ in range(3)] == [40034100, 40034100, 0]
        faults.fail(40034028, outer=304003, path="users/messages")
        got = await scene.to_user("lina")
        assert (got.body["code"], got.body["err_code"], got.code) == (304003, 40034028, 40034028)
        faults.fail(20028, retry_after=7)
        got = await scene.to_user("lina")
        assert (got.status, got.headers["Retry-After"]) == (429, "7")
        faults.fail(50055001)
        assert (await scene.to_user("lina")).status == 500
        faults.crash(504)
        got = await scene.to_user("lina")
        assert (got.status, got.body) == (504, {})
        assert len(scene.fake.shown("lina")) == 2

    run(play)


def test_answers_that_are_late_lost_or_never_come() -> None:
    async def play(scene: Scene) -> None:
        faults, loop = scene.fake.faults, asyncio.get_running_loop()
        await scene.auth()
        faults.latency = 0.05
        began = loop.time()
        assert (await scene.to_group(content="一")).code == 0
        assert loop.time() - began >= 0.05
        faults.latency, faults.drop_answers = 0.0, 1
        with pytest.raises(aiohttp.ClientConnectionError):
            await scene.to_group(content="二")
        for done, said in ((False, "三"), (True, "四")):
            faults.stalls, faults.stall_done = 1, done
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(scene.to_group(content=said), 0.05)
        assert [s.text for s in scene.fake.shown("lina")] == ["一", "二", "四"]

    run(play)
