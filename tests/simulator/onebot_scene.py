"""A small bare OneBot application on loopback, as the counterpart of the fake implementation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import aiohttp
from aiohttp import web

from simulator.clock import SimClock
from simulator.common.values import JsonObject, text, whole
from simulator.onebot import FakeOneBot, Limits, Role
from tests.simulator.bare import Asking, listening, served

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


class BareApp(Asking):
    """One connection of an application; events wait in `told`, answers are matched by echo."""

    def key(self, frame: JsonObject) -> str:
        return "" if "post_type" in frame else json.dumps(frame.get("echo"))

    async def ask(self, action: str, wait: float = 2, **params: object) -> JsonObject:
        """One action and its answer; TimeoutError when none comes."""
        return await self._call(action, f"own-{next(self._numbers)}", wait, params)

    async def echoed(self, action: str, echo: object) -> JsonObject:
        """One action without parameters, under this echo."""
        return await self._call(action, echo, 2, {})

    async def _call(self, action: str, echo: object, wait: float, params: JsonObject) -> JsonObject:
        frame = json.dumps({"action": action, "params": params, "echo": echo})
        return await self.answer_to(json.dumps(echo), frame, wait)

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
            async with listening(bare):
                yield bare


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
    async with served(site) as base, fake, aiohttp.ClientSession() as http:
        fake.base_url = base + "/fake/onebot"
        yield Scene(fake, http, site, base)


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
