"""A stage with all platforms and the chat page, and bare bots at the platforms' ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

import aiohttp
from aiohttp import web

from simulator.clock import SimClock
from simulator.common.values import JsonObject
from simulator.keys import Keys
from simulator.onebot import FakeOneBot
from simulator.qq import FakeQQ
from simulator.stage import Stage, free_port
from tests.simulator import onebot_scene, qq_scene

MARK = {"X-Sim": "1"}


@dataclass(frozen=True)
class Role:
    """Somebody of the roster."""

    name: str
    role: str
    unit: str
    account: str | None


@dataclass(frozen=True)
class ClassGroup:
    """A group chat on WeCom."""

    chat: str
    name: str
    members: tuple[str, ...]


@dataclass
class Roster:
    """A production that only writes down what it is told."""

    bound: list[tuple[str, str, str]] = field(default_factory=list)
    groups_bound: list[tuple[str, str, str]] = field(default_factory=list)

    def players(self) -> Sequence[Role]:
        """A helper first, who has one class less than the teacher after him."""
        return (
            Role("冯刚", "教师", "进修学校", "fenggang"),
            Role("张伟", "教师", "城关小学", "zhangwei"),
            Role("李娜", "教师", "城关小学", "lina"),
            Role("何静", "教师", "城关小学", None),
            Role("张伟", "教师", "实验中学", "zhangwei2"),
            Role("周明", "班主任", "进修学校", "zhouming"),
        )

    def groups(self) -> Sequence[ClassGroup]:
        """张伟 is in two."""
        first = ("zhouming", "zhangwei", "lina", "zhangwei2", "fenggang")
        return (
            ClassGroup("wr1", "信息技术1班", first),
            ClassGroup("wr2", "心理健康网络班", ("zhangwei", "zhouming")),
        )

    def bind(self, name: str, account: str, now: datetime, realm: str = "wecom") -> bool:
        """Written down."""
        assert now.tzinfo is not None
        self.bound.append((realm, name, account))
        return True

    def bind_group(self, name: str, chat: str, realm: str) -> bool:
        """Written down."""
        self.groups_bound.append((realm, name, chat))
        return True

    def next_due(self) -> datetime | None:
        """It does nothing by itself."""
        return None


@dataclass
class PageScene:
    """The page of a stage as a browser asks it; `qq` and `onebot` are the bots' ends."""

    stage: Stage
    roster: Roster
    http: aiohttp.ClientSession
    base: str
    qq: qq_scene.Scene
    onebot: onebot_scene.Scene

    @property
    def fake_qq(self) -> FakeQQ:
        """The platform."""
        return self.qq.fake

    @property
    def fake_onebot(self) -> FakeOneBot:
        """The implementation."""
        return self.onebot.fake

    async def act(self, path: str, body: JsonObject, status: int = 200) -> JsonObject:
        """POST /sim/…"""
        async with self.http.post(f"{self.base}/sim/{path}", json=body, headers=MARK) as answer:
            assert answer.status == status, await answer.text()
            return cast(JsonObject, await answer.json())

    async def look(self, path: str) -> JsonObject:
        """GET /sim/…"""
        async with self.http.get(f"{self.base}/sim/{path}") as answer:
            assert answer.status == 200
            return cast(JsonObject, await answer.json())


@asynccontextmanager
async def scene() -> AsyncIterator[PageScene]:
    site = web.Application()
    runner = web.AppRunner(site, shutdown_timeout=1.0)
    bound = free_port("127.0.0.1")
    base = f"http://127.0.0.1:{bound.getsockname()[1]}"
    keys = Keys(qq_app_id=qq_scene.APPID, qq_secret=qq_scene.SECRET)
    clock = SimClock(qq_scene.START, frozen=True)
    stage = Stage(clock, keys, base, ("qq", "onebot"))
    roster = Roster()
    stage.cast(roster, ("新来的老师",))
    stage.mount(site, page=True)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    assert stage.qq is not None
    assert stage.onebot is not None
    stage.qq.limits = replace(stage.qq.limits, interaction_seconds=0.3, answer_seconds=0.2)
    bot = stage.qq.platform.bots[keys.qq_app_id]
    async with aiohttp.ClientSession() as http:
        qq = qq_scene.Scene(stage.qq, bot, qq_scene.BareHook(), http, base)
        onebot = onebot_scene.Scene(stage.onebot, http, site, base)
        try:
            yield PageScene(stage, roster, http, base, qq, onebot)
        finally:
            await runner.cleanup()


def run(work: Callable[[PageScene], Awaitable[None]]) -> None:
    """Plays `work` in a fresh scene and loop."""

    async def play() -> None:
        async with scene() as made:
            await work(made)

    asyncio.run(play())
