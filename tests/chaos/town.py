"""The platforms, the office's people on them, and processes of the bot that come and go.

Processes listen on ports of their own that outlive them, so that what a platform repeats reaches
the next one. Knows no fault and judges nothing.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from aiohttp import web
from pydantic import SecretStr

from bot.app import Application
from bot.rehearsal import Rehearsal
from config.settings import Settings
from simulator.clock import SimClock
from simulator.common.rates import MINUTE, Rate
from simulator.common.screen import Shown
from simulator.keys import Keys
from simulator.onebot.limits import Limits as OneBotLimits
from simulator.qq.limits import Limits as QQLimits
from simulator.stage import Stage, free_port
from simulator.wecom.limits import Limits as WeComLimits

START = datetime(2021, 7, 12, 9, 0, tzinfo=timezone(timedelta(hours=8)))
CLASS = "信息技术1班"
SOCKET_SECRET = "chaos-socket-secret"
WECOM = WeComLimits(retry_pause_seconds=0.15, kick_close_seconds=0.05, callback_seconds=2.0)
# what QQ allows in a second is real time, which runs sixty times too fast here
QQ = QQLimits(
    heartbeat_ms=20_000,
    answer_seconds=0.3,
    reconnect_seconds=0.2,
    user_plain=(Rate(30, MINUTE),),
    gateway_calls=replace(QQLimits().gateway_calls, count=100_000, burst=100_000),
)
ONEBOT = OneBotLimits(
    heartbeat_seconds=0.5,
    retry_seconds=0.05,
    send_timeout_seconds=0.1,
    card_seconds=0.0,
    calm_seconds=0.02,
)
SIDES = ("wecom", "qq", "onebot")


class Process:
    """One replica: a port, and whoever listens there at the moment."""

    def __init__(self, settings: Settings, clock: SimClock, seed: int) -> None:
        self._bound = free_port("127.0.0.1")
        self.port = int(self._bound.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self._clock = clock
        self._seed = seed
        self._runner: web.AppRunner | None = None
        self.application: Application | None = None
        # while it starts, answers nobody and cannot be killed
        self.starting = asyncio.Lock()

    async def start(self) -> Application:
        """A new process on the old port."""
        async with self.starting:
            made = Application(
                self._settings,
                clock=self._clock,
                chance=random.Random(self._seed),
                answer_within=0.25,
                pace=0.0,
            )
            app = made.make_web()
            app.cleanup_ctx.clear()  # started and stopped here, so that it can also be killed
            await asyncio.to_thread(made.readings.current)
            await made.start()
            self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
            await self._runner.setup()
            await web.SockSite(self._runner, self._listen()).start()
            self.application = made
            return made

    def _listen(self) -> socket.socket:
        """The port again; the socket of the one before was closed with it."""
        if self._bound.fileno() >= 0:
            return self._bound
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", self.port))
        self._bound = bound
        return bound

    async def kill(self) -> None:
        """Stop at once: nothing that was begun is finished, no lease is given back."""
        async with self.starting:
            made, self.application = self.application, None
            if made is None:
                return
            ticking = made.ticker.halt()
            begun = [*ticking, *made.desk._tasks, *made.postman._tasks]
            for task in begun:
                task.cancel()
            await asyncio.gather(*begun, return_exceptions=True)
            assert self._runner is not None
            await self._runner.cleanup()
            # from here on nothing it does reaches the database: no lease is given back
            await asyncio.to_thread(made.workers.close)
            for channel in made.channels.values():
                await channel.close()
            made.readings.close()
            made.database.close()

    async def stop(self) -> None:
        """Go in peace."""
        made, self.application = self.application, None
        if made is not None:
            assert self._runner is not None
            await self._runner.cleanup()
            await made.stop()
        if self._bound.fileno() >= 0:
            self._bound.close()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the roster and their accounts: of WeCom, QQ and OneBot."""

    name: str
    accounts: dict[str, str]


@dataclass
class Town:
    """Everything that there is."""

    clock: SimClock
    stage: Stage
    processes: list[Process]
    people: list[Person] = field(default_factory=list)
    # the class's group by platform: its chat on the screens, and what the bot calls it
    groups: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def alive(self) -> list[Application]:
        """The processes that are up."""
        return [each.application for each in self.processes if each.application is not None]

    def screen(self, side: str, account: str) -> list[Shown]:
        """What bots wrote to this account, in private and in groups."""
        shown = self.stage.troupes[side].side.shown(account)
        return [each for each in shown if not each.mine and each.sender == self.stage.keys.name]

    def cast(self, application: Application) -> None:
        """Everybody comes on: the whole class on WeCom, half of it on QQ, half behind OneBot."""
        rehearsal, now = Rehearsal(application), self.clock.now()
        self.stage.cast(rehearsal)
        members = [p for p in self.stage.people() if CLASS in self.stage.classes(p.userid)]
        for number, each in enumerate(members):
            accounts = {"wecom": each.userid}
            for side in {"qq", "onebot"} if number == 0 else {("qq", "onebot")[number % 2]}:
                accounts[side] = self.stage.troupes[side].admit(each.name)
            self.people.append(Person(each.name, accounts))
        group = next(g for g in self.stage.corp.groups.values() if g.name == CLASS)
        self.groups["wecom"] = (group.chat_id, group.chat_id)
        for side in ("qq", "onebot"):
            troupe = self.stage.troupes[side]
            there = [p for p in self.people if side in p.accounts]
            chat = troupe.open_group(CLASS, there[0].accounts[side])
            assert chat is not None
            for person in there:
                troupe.chat(CLASS, person.accounts[side])
            known = troupe.group_identity(chat)
            assert rehearsal.bind_group(CLASS, known.account, known.realm)
            self.groups[side] = (chat, known.account)
            for person in there:
                for identity in troupe.identities(person.accounts[side]):
                    assert rehearsal.bind(person.name, identity.account, now, identity.realm)

    def push_account(self, person: Person, side: str) -> str:
        """What an outbox row calls somebody."""
        if side == "wecom":
            return person.accounts[side]
        return self.stage.troupes[side].identities(person.accounts[side])[0].account


def _settings(url: str, stage: Stage) -> Settings:
    told = stage.settings()
    told.pop("wecom_bot_token")
    told.pop("wecom_bot_aes_key")
    told |= {
        "wecom_bot_id": stage.keys.bot_id,
        "wecom_bot_secret": SOCKET_SECRET,
        "wecom_bot_ws_url": stage.fake.bot_ws_url,
        "office_name": "云溪县师训股",
        "database_url": url,
    }
    hidden = ("wecom_secret", "wecom_token", "wecom_aes_key", "wecom_bot_secret")
    for name in (*hidden, "qq_secret", "onebot_token"):
        told[name] = SecretStr(str(told[name]))
    return Settings.model_validate(told)


@asynccontextmanager
async def town(url: str, seed: int, replicas: int) -> AsyncIterator[Town]:
    """All platforms on one port, and so many processes on a furnished database."""
    clock, keys = SimClock(START, frozen=True), Keys()
    bound = free_port("127.0.0.1")
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    stage = Stage(clock, keys, address, also=("qq", "onebot"))
    assert stage.qq is not None
    assert stage.onebot is not None
    stage.fake.limits, stage.qq.platform.limits, stage.onebot.platform.limits = WECOM, QQ, ONEBOT
    stage.bot.use_socket(SOCKET_SECRET)
    platform = web.Application()
    stage.mount(platform, page=False)
    runner = web.AppRunner(platform, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    settings = _settings(url, stage)
    made = Town(clock, stage, [Process(settings, clock, seed + n) for n in range(replicas)])
    try:
        made.cast(await made.processes[0].start())
        for process in made.processes[1:]:
            await process.start()
        stage.app.callback_url = f"{made.processes[0].address}/wecom/callback"
        yield made
    finally:
        for process in made.processes:
            async with asyncio.timeout(30):
                await process.stop()
        await runner.cleanup()
