"""Reverse connections, and the fake started alone."""

from __future__ import annotations

import asyncio
import socket
import sys
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from simulator.common.values import JsonObject, text
from tests.simulator.bare import until
from tests.simulator.onebot_scene import BOT, GROUP, TOKEN, scene


@dataclass
class ReverseServer:
    """A bare application that is dialled: records headers and frames, may refuse."""

    headers: list[dict[str, str]] = field(default_factory=list)
    frames: asyncio.Queue[JsonObject] = field(default_factory=asyncio.Queue)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    refuse: int = 0

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/onebot/v11/ws", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        if self.refuse:
            return web.Response(status=self.refuse)
        made = web.WebSocketResponse()
        await made.prepare(request)
        self.sockets.append(made)
        async for message in made:
            self.frames.put_nowait(message.json())
        return made

    async def next(self) -> JsonObject:
        return await asyncio.wait_for(self.frames.get(), 2)


@pytest.mark.parametrize("dialect", ["napcat", "llbot", "standard"])
def test_it_dials_says_who_it_is_and_serves(dialect: str) -> None:
    async def play() -> None:
        server = ReverseServer()
        async with scene(dialect, extra=server.mount) as stage:
            address = stage.base.replace("http", "ws") + "/onebot/v11/ws"
            dial = await stage.fake.dial(address, TOKEN)
            await dial.up()
            headers = server.headers[0]
            assert (headers["X-Self-ID"], headers["X-Client-Role"]) == (str(BOT), "Universal")
            assert headers["Authorization"] == f"Bearer {TOKEN}"
            assert text(await server.next(), "sub_type") == "connect"
            assert stage.fake.connected()
            await stage.fake.say("10003", "签到", str(GROUP))
            assert (await server.next())["group_id"] == GROUP
            asked = {"action": "send_group_msg", "echo": {"seq": 1}}
            asked |= {"params": {"group_id": GROUP, "message": "收到", "self_id": BOT}}
            await server.sockets[0].send_json(asked)
            assert (await server.next())["echo"] == {"seq": 1}
            assert stage.fake.shown("10004")[-1].text == "收到"

    asyncio.run(play())


@pytest.mark.parametrize(("dialect", "sent"), [("napcat", "Bearer "), ("standard", None)])
def test_without_a_token(dialect: str, sent: str | None) -> None:
    async def play() -> None:
        server = ReverseServer()
        async with scene(dialect, extra=server.mount) as stage:
            dial = await stage.fake.dial(stage.base.replace("http", "ws") + "/onebot/v11/ws")
            await dial.up()
            given = server.headers[0].get("Authorization")
            assert given == (sent.strip() if sent else None)

    asyncio.run(play())


def test_it_dials_again_after_a_refusal_and_after_a_close() -> None:
    async def play() -> None:
        server = ReverseServer(refuse=403)
        async with scene(extra=server.mount) as stage:
            address = stage.base.replace("http", "ws") + "/onebot/v11/ws"
            dial = await stage.fake.dial(address, "wrong")
            await until(lambda: dial.tries >= 3)
            assert set(dial.refusals) == {403}
            assert not dial.connected
            server.refuse = 0
            await dial.up()
            await server.sockets[0].close()
            await until(lambda: len(server.sockets) == 2)
            stage.fake.abort_lines()
            await until(lambda: len(server.sockets) == 3)
            await dial.stop()
            assert not stage.fake.connected()

    asyncio.run(play())


def test_nobody_at_the_address() -> None:
    async def play() -> None:
        async with scene() as stage:
            dial = await stage.fake.dial(f"ws://127.0.0.1:{_free_port()}/ws")
            await until(lambda: bool(dial.refusals))
            assert dial.refusals[0] == 0

    asyncio.run(play())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_it_starts_alone_and_talks_in_the_terminal() -> None:
    async def play() -> None:
        port = _free_port()
        module = ["-m", "simulator.onebot", "--port", str(port), "--token", TOKEN]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *module, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            told = await asyncio.wait_for(process.stdout.readuntil("李娜\n".encode()), 10)
            address = f"ws://127.0.0.1:{port}/"
            assert address in told.decode()
            headers = {"Authorization": f"Bearer {TOKEN}"}
            async with (
                aiohttp.ClientSession() as http,
                http.ws_connect(address, headers=headers) as line,
            ):
                assert (await line.receive_json())["sub_type"] == "connect"
                process.stdin.write("10003 在吗\n".encode())
                event = await asyncio.wait_for(line.receive_json(), 5)
                assert event["raw_message"] == "[CQ:at,qq=10001] 在吗"
                params = {"group_id": event["group_id"], "message": "在"}
                await line.send_json({"action": "send_group_msg", "params": params})
                assert (await line.receive_json())["retcode"] == 0
                said = await asyncio.wait_for(process.stdout.readline(), 5)
                assert said.decode().strip() == "群里：在"
        finally:
            process.terminate()
            await process.wait()

    asyncio.run(play())


def test_alone_it_dials_too() -> None:
    async def play() -> None:
        server = ReverseServer()
        async with scene(extra=server.mount) as stage:
            address = stage.base.replace("http", "ws") + "/onebot/v11/ws"
            module = ["-m", "simulator.onebot", "--port", str(_free_port()), "--token", TOKEN]
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *module,
                "--dial",
                address,
                "--dialect",
                "llbot",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
            )
            try:
                assert (
                    text(await asyncio.wait_for(server.frames.get(), 10), "sub_type") == "connect"
                )
                assert server.headers[0]["Authorization"] == f"Bearer {TOKEN}"
            finally:
                process.terminate()
                await process.wait()

    asyncio.run(play())
