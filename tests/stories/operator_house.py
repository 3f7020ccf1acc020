"""The whole product on its stage for operator's stories: said, repeated, disturbed by a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import run_bot
from bot.rehearsal import Rehearsal
from simulator.onebot import FakeOneBot
from simulator.qq import FakeQQ
from simulator.stage import Stage
from simulator.wecom import FakeWeCom

MORNING = datetime(2021, 7, 12, 8, 25, tzinfo=timezone(timedelta(hours=8)))
# the ways a person can write to the bot, and the class's group where there is one
CHANNELS = ("wecom", "wecom_bot", "qq", "onebot")


@dataclass
class House:
    """The demo office with all its platforms."""

    stage: Stage
    rehearsal: Rehearsal

    @property
    def wecom(self) -> FakeWeCom:
        """The platform."""
        return self.stage.fake

    @property
    def qq(self) -> FakeQQ:
        """The platform."""
        assert self.stage.qq is not None
        return self.stage.qq

    @property
    def onebot(self) -> FakeOneBot:
        """The implementation."""
        assert self.stage.onebot is not None
        return self.stage.onebot

    async def say(self, name: str, words: str, channel: str, *, copies: int = 1) -> list[str]:
        """Type it, as often as the platform tells it; what came of it."""
        troupe = self.stage.troupe(channel)
        assert troupe is not None
        account = self.enter(name, channel)
        before = troupe.side.cursor(account)
        if channel == "wecom_bot":
            await self.wecom.say(account, words, "bot", copies=copies)
        elif channel == "qq":
            await self.qq.say(account, words, copies=copies)
        elif channel == "onebot":
            await self.onebot.say(account, words, copies=copies)
        else:
            await self.wecom.say(account, words, copies=copies)
        await self.settle()
        return self.seen(name, channel, before)

    def enter(self, name: str, channel: str) -> str:
        """Somebody's account on a channel, known to the bot."""
        troupe = self.stage.troupe(channel)
        assert troupe is not None
        account = troupe.account(name) or troupe.admit(name)
        for each in troupe.identities(account):
            self.rehearsal.bind(name, each.account, self.stage.clock.now(), each.realm)
        return account

    def seen(self, name: str, channel: str, since: int = 0) -> list[str]:
        """What somebody received on a channel's platform."""
        troupe = self.stage.troupe(channel)
        assert troupe is not None
        account = troupe.account(name)
        if account is None:
            return []
        shown = troupe.side.shown(account, since)
        return [each.words for each in shown if not each.mine and each.seq > since]

    def holders(self, names: Sequence[str], channel: str, words: str) -> list[str]:
        """Who of them has these words on a screen there."""
        return [name for name in names if any(words in w for w in self.seen(name, channel))]

    async def settle(self) -> None:
        """Until nothing is being said, answered or sent."""
        for _ in range(2):
            for fake in (self.wecom, self.qq, self.onebot):
                await fake.quiet()
            await self.rehearsal.application.settle()

    async def wait(self, while_: timedelta) -> None:
        """The clock moves, and what falls due is done on the way."""
        moment = self.stage.clock.now() + while_
        await self.stage.advance(moment, self.rehearsal, self.settle)
        await self.settle()


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """Opened as `run_bot.py play` opens it."""
    playing = run_bot._playing(
        folder, run_bot.DEMO_OFFICE, MORNING, frozen=True, also=run_bot.OTHER_PLATFORMS
    )
    async with playing as (stage, rehearsal):
        yield House(stage, rehearsal)


def run(folder: Path, work: Callable[[House], Awaitable[None]]) -> None:
    """Plays `work` in a fresh house."""

    async def play() -> None:
        async with house(folder) as made:
            await work(made)

    asyncio.run(play())
