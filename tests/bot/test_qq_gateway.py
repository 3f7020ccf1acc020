"""The gateway on the wire, against the fake platform: every row of the table of close codes."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.qq.life import CLOSES, INTENTS, Ending, Life, Progress, Step, Timing, closed
from handlers.reply import Reply
from simulator.qq import Bot, FakeQQ
from simulator.qq.records import Standing
from tests.bot.qq_world import FAST, GROUP, NOTICE, QUICK, QQWorld, qq_world, slower, until


def sessions(world: QQWorld) -> list[str]:
    """The sessions that the platform keeps."""
    return list(world.fake.gateway.sessions)


async def back(world: QQWorld, dials: int) -> None:
    """Until it has dialled so often and is heard again."""
    await until(lambda: len(world.fake.gateway.lines) >= dials or dialled(world) >= dials)
    await until(lambda: world.channel.connected)


def dialled(world: QQWorld) -> int:
    """How often it asked where to dial."""
    return world.fake.calls.count("gateway/bot")


async def told(world: QQWorld) -> str:
    """What the operator reads, once there is something."""
    await until(world.channel.problem)
    return world.channel.problem()


# -- the table of close codes -------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 4009])
async def test_it_resumes_its_session(code: int) -> None:
    async with qq_world() as world:
        before = sessions(world)
        await world.fake.gateway.close_line(code=code)
        await world.fake.say("zhangwei", "断线时说的")  # kept by the session
        await back(world, 2)
        await world.quiet()
        assert sessions(world) == before
        assert [each.text for each in world.office.heard] == ["断线时说的"]
        assert world.words() == ["好的"]
        assert not world.channel.problem()


async def test_it_resumes_after_a_cut() -> None:
    async with qq_world() as world:
        before = sessions(world)
        world.fake.gateway.abort_line()
        await back(world, 2)
        assert sessions(world) == before
        await world.say("还在吗")


@pytest.mark.parametrize("code", [4006, 4007, *range(4900, 4914)])
async def test_it_begins_a_new_session(code: int) -> None:
    async with qq_world() as world:
        before = sessions(world)
        await world.fake.gateway.close_line(code=code)
        await back(world, 2)
        assert len(sessions(world)) == 1
        assert sessions(world) != before
        await world.say("还在吗")


async def test_a_token_that_is_not_accepted_is_fetched_anew() -> None:
    async with qq_world() as world:
        before = sessions(world)
        world.fake.invalidate_tokens()
        await world.fake.gateway.close_line(code=4004)
        await back(world, 2)
        assert sessions(world) != before
        assert world.fake.calls.count("getAppAccessToken") == 2
        await world.say("还在吗")


async def test_too_fast_waits_a_minute_and_resumes() -> None:
    async with qq_world() as world:
        before, loop = sessions(world), asyncio.get_running_loop()
        begun = loop.time()
        await world.fake.gateway.close_line(code=4008)
        await back(world, 2)
        assert loop.time() - begun >= FAST.too_fast
        assert sessions(world) == before


@pytest.mark.parametrize("code", [4001, 4002, 4010, 4011, 4012, 4013, 4914, 4915])
async def test_it_stops_and_says_why(code: int) -> None:
    async with qq_world() as world:
        await world.fake.gateway.close_line(code=code)
        words = await told(world)
        assert str(code) in words
        assert "已停止连接" in words
        asked = dialled(world)
        await asyncio.sleep(0.15)
        assert dialled(world) == asked
        assert not world.channel.connected


def test_every_row_of_the_table_is_one_of_these() -> None:
    rows = {1000, 4001, 4002, 4004, *range(4006, 4015), *range(4900, 4916)}
    assert set(CLOSES) == rows
    assert closed(1006).step is closed(None).step is closed(4999).step is Step.RESUME


def without(*bits: int) -> Callable[[FakeQQ, Bot], None]:
    """A bot that was not granted these."""

    def prepare(_fake: FakeQQ, bot: Bot) -> None:
        for bit in bits:
            bot.intents &= ~(1 << bit)

    return prepare


@pytest.mark.parametrize(("bits", "rung"), [((24,), 1), ((26,), 2), ((24, 26), 2)])
async def test_what_is_not_granted_is_not_asked_for_again(bits: tuple[int, ...], rung: int) -> None:
    async with qq_world(prepare=without(*bits)) as world:
        (session,) = world.fake.gateway.sessions.values()
        assert session.intents == INTENTS[rung]
        await world.say("你好")
        assert not world.channel.problem()


async def test_without_the_last_intent_it_stops() -> None:
    async with qq_world(dials=False, prepare=without(24, 25, 26)) as world:
        await world.channel.start()
        assert "4014" in await told(world)
        assert dialled(world) == len(INTENTS)


async def test_without_presses_there_are_no_buttons() -> None:
    async with qq_world(prepare=without(26)) as world:
        world.office.answer = lambda _: Reply(card=NOTICE)
        await world.say("有什么通知")
        assert "1. 收到" in world.words()[0]


@pytest.mark.parametrize("standing", [Standing.OFFLINE, Standing.BANNED])
async def test_a_bot_that_may_not_work_stops(standing: Standing) -> None:
    def prepare(_fake: FakeQQ, bot: Bot) -> None:
        bot.standing = standing

    async with qq_world(dials=False, prepare=prepare) as world:
        await world.channel.start()
        assert await told(world)


# -- what else happens to a connection ----------------------------------------------------------


async def test_it_reconnects_when_told_to() -> None:
    async with qq_world() as world:
        before = sessions(world)
        await world.fake.gateway.reconnect()
        await back(world, 2)
        assert sessions(world) == before


async def test_a_session_that_is_void_is_begun_anew() -> None:
    async with qq_world() as world:
        before = sessions(world)
        await world.fake.gateway.invalidate()
        await back(world, 2)
        assert sessions(world) != before
        await world.say("还在吗")


async def test_a_login_that_is_refused_is_tried_again() -> None:
    def prepare(fake: FakeQQ, _bot: Bot) -> None:
        fake.faults.invalid_sessions = 2

    async with qq_world(prepare=prepare) as world:
        assert dialled(world) == 3


async def test_sessions_that_were_forgotten_are_begun_anew() -> None:
    async with qq_world() as world:
        world.fake.gateway.forget_sessions()
        world.fake.gateway.lines[-1].abort()
        await until(world.fake.gateway.connected)
        await back(world, 3)
        await world.say("还在吗")


async def test_a_heartbeat_without_an_answer_is_a_dead_line() -> None:
    async with qq_world(limits=replace(QUICK, heartbeat_ms=200)) as world:
        await until(lambda: world.fake.gateway.lines[-1].heartbeats)
        world.fake.faults.no_acks = True
        await until(lambda: dialled(world) >= 2)
        world.fake.faults.no_acks = False
        await back(world, 2)
        await world.say("还在吗")


async def test_it_beats_and_stays() -> None:
    async with qq_world(limits=replace(QUICK, heartbeat_ms=500)) as world:
        await world.say("你好")
        line = world.fake.gateway.lines[-1]
        await until(lambda: len(line.heartbeats) >= 3)
        assert dialled(world) == 1
        assert line.heartbeats[-1] == 2  # READY and the message


@pytest.mark.parametrize("fault", ["socket_refusals", "no_hello"])
async def test_a_platform_that_does_not_take_us_in_is_dialled_again(fault: str) -> None:
    def prepare(fake: FakeQQ, _bot: Bot) -> None:
        setattr(fake.faults, fault, 2)

    async with qq_world(prepare=prepare, timing=slower(dial=0.1)) as world:
        assert dialled(world) == 3


async def test_garbage_harms_nothing() -> None:
    async with qq_world() as world:
        for frame in (
            "",
            "x",
            "[]",
            "null",
            "17",
            '"s"',
            "[" * 5000,
            "{}",
            '{"op": null}',
            '{"op": 99, "d": {}}',
            '{"op": 0}',
            '{"op": 0, "s": "x", "t": 5, "d": null, "id": []}',
            '{"op": 0, "s": true, "t": "C2C_MESSAGE_CREATE", "d": [1]}',
            '{"op": 0, "t": "SOMETHING_OF_2027", "d": {"a": 1}, "id": "S:1"}',
            '{"op": 11, "d": {"x": 1}}',
            '{"op": 10, "d": {"heartbeat_interval": -5}}',
            '{"op": 1, "d": null}',
        ):
            await world.fake.gateway.push(frame)
        await world.say("还在吗")
        assert dialled(world) == 1


async def test_what_nobody_has_documented_is_passed_over() -> None:
    async with qq_world() as world:
        world.fake.faults.odd_fields = True
        assert (await world.say("你好")).text == "你好"
        await world.fake.send_event("GROUP_JOIN_REQUEST", {"group_openid": "x"})
        await world.say("还在吗")


async def test_an_event_counts_as_processed_when_it_was_answered() -> None:
    """Cut while it is being answered: it comes again, and is dropped by its ids."""
    async with qq_world() as world:
        world.office.waits = 0.2
        await world.fake.gateway.push(json.dumps({"op": 0, "t": "X", "d": {}}))
        telling = asyncio.create_task(world.fake.say("zhangwei", "慢一点"))
        await until(lambda: world.office.heard)
        line = world.fake.gateway.lines[-1]
        world.fake.gateway.abort_line()
        await back(world, 2)
        await telling
        await world.quiet()
        assert line is not world.fake.gateway.lines[-1]
        assert len(world.office.heard) == 1
        assert world.words() == ["好的"]


async def test_log_ins_that_are_used_up_are_waited_for() -> None:
    async with qq_world(dials=False, limits=replace(QUICK, session_starts=0)) as world:
        await world.channel.start()
        assert "登录次数" in await told(world)
        await asyncio.sleep(0.1)
        assert dialled(world) == 1


async def test_a_wrong_secret_stops_it() -> None:
    async with qq_world(dials=False, secret="wrong") as world:
        await world.channel.start()
        assert "AppSecret" in await told(world)
        await asyncio.sleep(0.1)
        assert world.fake.calls.count("getAppAccessToken") == 1


async def test_nobody_there_is_told_and_dialled_again() -> None:
    async with qq_world(timing=replace(FAST, backoff=(0.01, 0.02))) as world:
        world.fake.faults.crash(503, times=8, path="gateway/bot")
        world.fake.gateway.abort_line()
        assert "QQ" in await told(world)
        await until(lambda: world.channel.connected)
        assert not world.channel.problem()


async def test_one_that_is_not_up_yet_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with qq_world(prepare=lambda fake, _bot: fake.faults.crash(503, 1, "gateway/bot")) as w:
        w.fake.gateway.abort_line()
        await until(lambda: "gateway lost" in [each.message for each in caplog.records])
    levels = {each.message: each.levelname for each in caplog.records}
    assert (levels["gateway not reached"], levels["gateway lost"]) == ("INFO", "WARNING")


async def test_only_events_of_its_groups_are_answered_there() -> None:
    async with qq_world() as world:
        incoming = await world.say("明天几点", GROUP)
        assert incoming.group == world.group
        assert world.words("lina") == ["好的"]


# -- decisions without a socket -----------------------------------------------------------------


def life(timing: Timing = FAST) -> Life:
    """A life with known chances."""
    return Life(timing, random.Random(1))


def test_the_pauses_grow_and_begin_anew_after_a_steady_connection() -> None:
    timing = Timing()
    made, ending = life(timing), Ending(Step.RESUME, "closed 1006", 1006)
    pauses = [made.after(ending, None) for _ in range(8)]
    for pause, step in zip(pauses, (*timing.backoff, 60.0, 60.0), strict=True):
        assert step <= pause <= step * 1.25
    assert made.doubt
    assert made.after(ending, timing.steady) <= timing.backoff[0] * 1.25


def test_three_short_lives_wait_a_minute() -> None:
    made, ending = life(Timing()), Ending(Step.RESUME, "closed 1000", 1000)
    pauses = [made.after(ending, 1.0) for _ in range(3)]
    assert pauses[0] < 2
    assert pauses[1] < 3
    assert pauses[2] >= 60
    assert made.after(ending, 1.0) < 60


def test_what_the_platform_asks_for_is_waited() -> None:
    made = life(Timing())
    assert made.after(Ending(Step.IDENTIFY, "op 9", wait=3.0), 100.0) >= 3
    assert made.after(Ending(Step.SLOWLY, "closed 4008", 4008), 100.0) >= 60


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(0, 2**16))
def test_progress_never_passes_an_open_event(begun: list[int], seed: int) -> None:
    """Whatever the order, a resume begins before everything that is still in work."""
    progress, chance = Progress(), random.Random(seed)
    open_: set[int] = set()
    for number in dict.fromkeys(begun):
        progress.begin(number)
        open_.add(number)
        if open_ and chance.random() < 0.6:
            done = chance.choice(sorted(open_))
            progress.done(done)
            open_.discard(done)
        assert progress.seq is not None
        assert all(progress.seq < each for each in open_)
    for each in open_:
        progress.done(each)
    assert progress.seq == (max(begun) if begun else None)
