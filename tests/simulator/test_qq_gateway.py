"""The fake QQ gateway on the wire: login, heartbeats, resume, close codes (protocol page A3)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.common.values import JsonObject, table, text
from tests.simulator.qq_scene import APPID, INTENTS, QUICK, BareSocket, Scene, run


def content(frame: JsonObject) -> str:
    return text(table(frame, "d"), "content").strip()


def test_hello_identify_ready_and_an_event() -> None:
    async def play(scene: Scene) -> None:
        await scene.auth()
        url = (await scene.call("GET", "/gateway")).body["url"]
        assert url == scene.fake.gateway.url
        async with scene.dialled() as socket:
            hello = await socket.frame()
            assert (hello["op"], table(hello, "d")) == (10, {"heartbeat_interval": 45_000})
            assert not scene.fake.gateway.connected()
            ready = await socket.login(scene.token)
            data = table(ready, "d")
            assert (ready["s"], data["version"], table(data, "user")["bot"]) == (1, 1, True)
            assert scene.fake.gateway.connected(APPID)
            assert (await scene.fake.say("lina", "在吗")).ok
            event = await socket.next()
            assert (event["s"], event["t"], event["op"]) == (2, "C2C_MESSAGE_CREATE", 0)
            assert text(event, "id").startswith("C2C_MESSAGE_CREATE:")
            await socket.send(1, 2)
            assert await socket.frame() == {"op": 11}
            line = scene.fake.gateway.line()
            assert line is not None
            assert line.heartbeats == [2]

    run(play)


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "QQBot no", "intents": INTENTS, "shard": [0, 1]}, 4004),
        (2, {"intents": INTENTS, "shard": [1, 1]}, 4010),
        (2, {"intents": INTENTS, "shard": "x"}, 4010),
        (2, {"intents": 0}, 4013),
        (2, {"intents": 1 << 31}, 4013),
        (2, {"intents": INTENTS | 1 << 9}, 4014),
        (6, {"session_id": "nothing", "seq": 1}, 4006),
        (3, {}, 4001),
        (1, "x", 4002),
    ],
)
def test_what_closes_a_new_connection(op: int, data: object, code: int) -> None:
    async def play(scene: Scene) -> None:
        await scene.auth()
        whole = {"token": f"QQBot {scene.token}"} | data if isinstance(data, dict) else data
        async with scene.dialled() as socket:
            await socket.send(op, whole)
            assert await socket.closed() == code

    run(play)


def test_a_bare_token_cannot_identify_but_resume() -> None:
    async def play(scene: Scene) -> None:
        await scene.auth()
        async with scene.dialled() as socket:
            data: JsonObject = {"token": scene.token, "intents": INTENTS, "shard": [0, 1]}
            await socket.send(2, data)
            assert await socket.closed() == 4004
        async with scene.online() as first:
            session = first.session
        async with scene.dialled() as socket:
            await socket.send(6, {"token": scene.token, "session_id": session, "seq": 1})
            assert (await socket.next())["t"] == "RESUMED"

    run(play)


@pytest.mark.parametrize("code", [4008, 4009, 1000, None])
def test_a_resume_brings_what_was_missed(code: int | None) -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as first:
            await scene.fake.say("lina", "一")
            assert content(await first.next()) == "一"
            if code is None:
                scene.fake.gateway.abort_line()
            else:
                await scene.fake.gateway.close_line(code=code)
                assert await first.closed() == code
            await gone(scene)
        waiting = await scene.fake.say("lina", "二")
        assert (waiting.ok, waiting.attempts) == (True, 0)
        await scene.fake.say("lina", "三")
        async with scene.dialled() as second:
            await second.resume(scene.token, first.session, first.last)
            told = [await second.next() for _ in range(3)]
            assert [content(one) for one in told[:2]] == ["二", "三"]
            assert (told[2]["t"], told[2]["s"], told[2]["d"]) == ("RESUMED", 5, "")
            await scene.fake.say("lina", "四")
            assert (await second.next())["s"] == 6
        async with scene.dialled() as third:  # from the very beginning: no greeting comes again
            await third.resume(scene.token, first.session, 0)
            names = [text(await third.next(), "t") for _ in range(5)]
            assert names == ["C2C_MESSAGE_CREATE"] * 4 + ["RESUMED"]

    run(play)


async def gone(scene: Scene) -> None:
    for _ in range(100):
        if not scene.fake.gateway.lines:
            return
        await asyncio.sleep(0.005)
    raise TimeoutError


@pytest.mark.parametrize("code", [4001, 4002, 4006, 4007, 4010, 4013, 4014, 4900, 4913, 4914])
def test_close_codes_after_which_a_resume_is_refused(code: int) -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as first:
            await scene.fake.gateway.close_line(APPID, code=code)
            assert await first.closed() == code
        assert not (await scene.fake.say("lina", "没人听")).ok
        async with scene.dialled() as second:
            await second.resume(scene.token, first.session, first.last)
            assert await second.closed() == 4006

    run(play)


def test_resumes_that_are_refused() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as first:
            for number in range(4):
                await scene.fake.say("lina", str(number))
        for seq in (99, -1, 1):  # never reached, none, no longer kept
            async with scene.dialled() as second:
                await second.resume(scene.token, first.session, seq)
                assert await second.closed() == 4007
        scene.fake.clock.advance(timedelta(minutes=10, seconds=1))
        async with scene.dialled() as second:
            await second.resume(scene.token, first.session, 5)
            assert await second.closed() == 4006

    run(play, replace(QUICK, session_events=2))


def test_a_connection_without_heartbeats_is_closed() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as socket:
            for _ in range(4):
                await asyncio.sleep(0.03)
                await socket.send(1, socket.last)
            assert scene.fake.gateway.connected()
            assert await socket.closed() == 4009

    run(play, replace(QUICK, heartbeat_ms=30))


def test_a_heartbeat_beyond_the_sequence() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as socket:
            await socket.send(1, None)
            assert (await socket.frame())["op"] == 11
            await socket.send(1, 99)
            assert await socket.closed() == 4007

    run(play)


def test_a_second_login_takes_over() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as first, scene.online() as second:
            assert await first.closed() == 4009
            await scene.fake.say("lina", "给谁")
            assert content(await second.next()) == "给谁"
            assert first.told.empty()

    run(play)


def test_intents_decide_what_is_heard() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online(1 << 25) as socket:
            delivery = await scene.fake.say("lina", "在吗")
            assert delivery.ok
            await socket.next()
            told = await scene.fake.join("group1", "lina")
            assert [one.ok for one in told] == [False]
            assert socket.told.empty()
        async with scene.online(1 << 25 | 1 << 24) as socket:
            await scene.fake.leave("group1", "lina", name="GROUP_MEMBER_QUIT")
            assert (await socket.next())["t"] == "GROUP_MEMBER_QUIT"

    run(play)


def test_a_resume_is_complete_while_people_go_on_talking() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as first:
            pass
        for number in range(200):
            await scene.fake.say("lina", str(number))
        async with scene.dialled() as second:
            await second.resume(scene.token, first.session, 1)
            for number in range(200, 300):
                await scene.fake.say("lina", str(number))
            words = await collect(second, 301)
        assert words == [str(number) for number in range(300)]

    run(play)


async def collect(socket: BareSocket, count: int) -> list[str]:
    frames = [await socket.next() for _ in range(count)]
    assert [frame["s"] for frame in frames] == list(range(2, count + 2))
    return [content(frame) for frame in frames if frame["t"] != "RESUMED"]
