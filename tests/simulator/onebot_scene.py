"""A small bare OneBot application on loopback, as the counterpart of the fake implementation."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

import aiohttp
from aiohttp import web

from simulator.clock import SimClock
from simulator.common.values import JsonObject, parse_object, text, whole
from simulator.onebot import FakeOneBot, Limits, Role

START = datetime(2021, 7, 12, 8, 25, tzinfo=timezone(timedelta(hours=8)))
TOKEN = "t0ken"
BOT, CHEN, ZHANG, LI, STRANGER = 10001, 10002, 10003, 10004, 10005
GROUP = 700001
QUICK = Limits(
    heartbeat_seconds=0,
    retry_seconds=0.02,
    send_timeout_seconds=0.02,
    card_seconds=0.0,
    calm_seconds=0.02,
)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


async def until(true: Callable[[], bool], seconds: float = 2) -> None:
    """Waits for something of which nobody tells; TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.005)


@dataclass
class BareApp:
    """One connection of an application; events wait in `told`, answers are matched by echo."""

    socket: aiohttp.ClientWebSocketResponse
    told: asyncio.Queue[JsonObject] = field(default_factory=asyncio.Queue)
    odd: list[str] = field(default_factory=list)
    _waiting: dict[str, asyncio.Future[JsonObject]] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def listen(self) -> None:
        async for message in self.socket:
            frame = parse_object(message.data)
            if frame is None:
                self.odd.append(message.data)
                continue
            waiting = self._waiting.pop(json.dumps(frame.get("echo")), None)
            if waiting is not None and not waiting.done() and "post_type" not in frame:
                waiting.set_result(frame)
            else:
                self.told.put_nowait(frame)

    async def ask(self, action: str, wait: float = 2, **params: object) -> JsonObject:
        """One action and its answer; TimeoutError when none comes."""
        return await self._call(action, f"own-{next(self._numbers)}", wait, params)

    async def echoed(self, action: str, echo: object) -> JsonObject:
        """One action without parameters, under this echo."""
        return await self._call(action, echo, 2, {})

    async def _call(self, action: str, echo: object, wait: float, params: JsonObject) -> JsonObject:
        answer: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._waiting[json.dumps(echo)] = answer
        await self.raw(json.dumps({"action": action, "params": params, "echo": echo}))
        return await asyncio.wait_for(answer, wait)

    async def code(self, action: str, **params: object) -> int:
        return whole(await self._call(action, f"own-{next(self._numbers)}", 2, params), "retcode")

    async def done(self, action: str, **params: object) -> object:
        """The data of an action that must succeed."""
        answer = await self._call(action, f"own-{next(self._numbers)}", 2, params)
        assert (answer["status"], answer["retcode"]) == ("ok", 0), answer
        return answer["data"]

    async def say(self, words: str, group: int = GROUP) -> int:
        """The message_id of a text in a group."""
        said = [{"type": "text", "data": {"text": words}}]
        data = await self.done("send_group_msg", group_id=group, message=said)
        assert isinstance(data, dict)
        return whole(data, "message_id")

    async def raw(self, frame: str) -> None:
        await self.socket.send_str(frame)

    async def next(self) -> JsonObject:
        """The next event, or an answer that nobody waits for."""
        return await asyncio.wait_for(self.told.get(), 2)

    async def closed(self) -> int | None:
        """The code with which the other side closed."""
        await until(lambda: self.socket.closed)
        return self.socket.close_code


@dataclass
class Scene:
    """One bot account with three friends, a stranger, and a group of which it is an admin."""

    fake: FakeOneBot
    http: aiohttp.ClientSession
    site: web.Application
    base: str

    @asynccontextmanager
    async def app(self, path: str = "/", token: str = TOKEN) -> AsyncIterator[BareApp]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.ws_connect(self.fake.ws_url[:-1] + path, headers=headers) as socket:
            bare = BareApp(socket)
            listening = asyncio.create_task(bare.listen())
            try:
                yield bare
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def scene(
    dialect: str = "napcat",
    *,
    limits: Limits = QUICK,
    token: str = TOKEN,
    array: bool = True,
    extra: Callable[[web.Application], None] | None = None,
) -> AsyncIterator[Scene]:
    clock = SimClock(START, frozen=True)
    fake = FakeOneBot(clock, dialect=dialect, token=token, array=array, limits=limits)
    for number, name in ((CHEN, "陈洁"), (ZHANG, "张伟"), (LI, "李娜")):
        fake.add_account(number, name)
    fake.add_account(STRANGER, "生人", friend=False)
    fake.add_group(GROUP, "信息技术1班", [CHEN, ZHANG, LI], bot=Role.ADMIN)
    site = web.Application()
    fake.add_routes(site, "/fake/onebot")
    if extra is not None:
        extra(site)
    runner = web.AppRunner(site, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    fake.base_url = base + "/fake/onebot"
    async with aiohttp.ClientSession() as http:
        try:
            yield Scene(fake, http, site, base)
        finally:
            await fake.close()
            await runner.cleanup()


def run(
    work: Callable[[Scene, BareApp], Awaitable[None]],
    dialect: str = "napcat",
    *,
    array: bool = True,
    **figures: float,
) -> None:
    """Plays `work` in a fresh scene with one application on `/`, its lifecycle event taken."""

    async def play() -> None:
        limits = replace(QUICK, **figures)  # type: ignore[arg-type]  # whole figures stay whole
        async with scene(dialect, limits=limits, array=array) as stage, stage.app() as app:
            first = await app.next()
            assert text(first, "meta_event_type") == "lifecycle"
            await work(stage, app)

    asyncio.run(play())
