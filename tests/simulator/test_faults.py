"""Faults on demand as a bot meets them: storms, half-open connections, skewed clocks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import pytest

from simulator.common.values import JsonObject, whole
from tests.simulator.scene import CORP, Scene, run

HELLO: JsonObject = {"content": "通知"}


def code(answer: JsonObject) -> int:
    return whole(answer, "errcode", -99)


def test_a_storm_of_dead_tokens_spares_gettoken() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.faults.token_storm = 3
        codes = []
        for _ in range(4):
            scene.token = ""
            codes.append(code(await scene.send("text", HELLO)))
        assert codes == [40014, 40014, 40014, 0]
        assert scene.fake.calls.count("gettoken", 0) == 4
        assert len(scene.fake.shown("zhangwei")) == 1

    run(play)


@pytest.mark.parametrize("done", [False, True])
def test_a_half_open_connection(done: bool) -> None:
    async def play(scene: Scene) -> None:
        await scene.login()
        faults = scene.fake.faults
        faults.stalls, faults.stall_path, faults.stall_done = 1, "message/send", done
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(scene.send("text", HELLO), 0.1)
        assert len(scene.fake.shown("zhangwei")) == int(done)
        assert code(await scene.send("text", HELLO)) == 0

    run(play)


def test_a_server_with_stalled_calls_can_stop() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.faults.stalls = 1
        hanging = asyncio.create_task(scene.get("gettoken", corpid=CORP, corpsecret="s3cret"))
        await asyncio.sleep(0.02)
        assert not hanging.done()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging

    run(play)


def test_too_many_calls_on_demand() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.faults.fail(45009, 2, "message/send")
        scene.fake.faults.fail(45033, 1, "message/send")
        codes = [code(await scene.send("text", HELLO)) for _ in range(4)]
        assert codes == [45009, 45009, 45033, 0]

    run(play)


def test_a_callback_with_a_wrong_clock_is_still_well_signed() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.faults.callback_skew = -3600
        assert (await scene.fake.say("lina", "在吗")).ok

    run(play)


def test_a_clock_that_jumps_takes_tokens_and_codes_along() -> None:
    async def play(scene: Scene) -> None:
        await scene.login()
        scene.fake.clock.advance(timedelta(days=400))
        assert code(await scene.send("text", HELLO)) == 42001
        scene.token = ""
        assert code(await scene.send("text", HELLO)) == 0

    run(play)


def test_a_callback_is_repeated_after_a_lost_connection_with_the_same_id() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.faults.callback_losses = 2
        delivery = await scene.fake.say("lina", "签到")
        assert (delivery.ok, delivery.attempts) == (True, 3)
        assert len(scene.bot.received) == 1
        scene.fake.faults.callback_timeouts = 1  # heard, but the answer came too late
        delivery = await scene.fake.say("lina", "签到")
        assert (delivery.ok, delivery.attempts) == (True, 2)
        assert scene.bot.received[1] == scene.bot.received[2]

    run(play)


def test_an_answer_that_is_lost_on_the_way() -> None:
    async def play(scene: Scene) -> None:
        await scene.login()
        scene.fake.faults.drop_answers = 1
        with pytest.raises(aiohttp.ClientError):
            await scene.post("appchat/create", {"userlist": ["lina", "zhangwei"]})
        assert len(scene.corp.groups) == 2

    run(play)
