"""What goes wrong on the fake QQ gateway, on demand and by the limits (protocol page A3)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from simulator.common.rates import MINUTE
from simulator.common.values import table
from simulator.qq import Rate, Standing
from tests.simulator.qq_scene import QUICK, Scene, run


def test_op_7_and_op_9() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as socket:
            await scene.fake.gateway.reconnect()
            assert (await socket.frame())["op"] == 7
            assert await socket.closed() == 4009
        async with scene.dialled() as second:
            await second.frame()
            scene.fake.faults.invalid_sessions = 2
            await second.resume(scene.token, socket.session, socket.last)
            assert await second.frame() == {"op": 9, "d": False}
            await second.identify(scene.token)
            assert (await second.frame())["op"] == 9
            await second.login(scene.token)  # on the same connection
            await scene.fake.gateway.invalidate()
            assert (await second.frame())["op"] == 9
            assert not (await scene.fake.say("lina", "没人听")).ok

    run(play, replace(QUICK, reconnect_seconds=0.02))


def test_standing_and_transport() -> None:
    async def play(scene: Scene) -> None:
        await scene.auth()

        async def code() -> int | None:
            async with scene.dialled() as socket:
                await socket.identify(scene.token)
                return await socket.closed()

        scene.bot.standing = Standing.OFFLINE
        assert await code() == 4914
        scene.bot.standing = Standing.BANNED
        assert await code() == 4915
        scene.bot.standing = Standing.ONLINE
        scene.bot.use_webhook(scene.base + "/qq")
        assert await code() == 4004

    run(play)


def test_starts_are_counted_and_resumes_are_not() -> None:
    async def play(scene: Scene) -> None:
        for remaining in (2, 1):
            got = table((await scene.call("GET", "/gateway/bot")).body, "session_start_limit")
            assert (got["total"], got["remaining"]) == (2, remaining)
            async with scene.online() as socket:
                pass
        async with scene.dialled() as again:
            await again.frame()
            await again.resume(scene.token, socket.session, socket.last)
            assert (await again.next())["t"] == "RESUMED"
        async with scene.dialled() as third:
            await third.frame()
            await third.identify(scene.token)
            assert (await third.frame())["op"] == 9
        scene.fake.clock.advance(timedelta(hours=24))
        scene.token = ""
        async with scene.online():
            pass

    run(play, replace(QUICK, session_starts=2))


def test_frames_too_fast() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as socket:
            for _ in range(3):
                await socket.send(1, 1)
            assert await socket.closed() == 4008

    run(play, replace(QUICK, gateway_frames=(Rate(3, MINUTE),)))


def test_faults_of_the_gateway() -> None:
    async def play(scene: Scene) -> None:
        fake = scene.fake
        fake.faults.socket_refusals = 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await scene.http.ws_connect(fake.gateway.url)
        fake.faults.no_hello = 1
        async with scene.dialled() as socket:
            await scene.auth()
            await socket.login(scene.token)
            assert socket.frames.empty()
        async with scene.online() as socket:
            fake.faults.no_acks = True
            await socket.send(1, 1)
            await fake.gateway.push("{garbage")
            await fake.gateway.push('{"op": 77, "d": null}')
            assert (await socket.frame())["op"] == 77
            assert socket.odd == ["{garbage"]
            fake.faults.socket_silent = True
            assert (await fake.say("lina", "半开")).ok
            await asyncio.sleep(0.02)
            assert socket.told.empty()
            fake.faults.socket_silent = False
            fake.gateway.forget_sessions()
        async with scene.dialled() as again:
            await again.resume(scene.token, socket.session, socket.last)
            assert await again.closed() == 4006

    run(play)


def test_a_payload_that_is_no_json() -> None:
    async def play(scene: Scene) -> None:
        async with scene.dialled() as socket:
            await socket.socket.send_str("{")
            assert await socket.closed() == 4002
        async with scene.dialled() as binary:
            await binary.socket.send_bytes(b"{}")
            assert await binary.closed() == 4002

    run(play)
