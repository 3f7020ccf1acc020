"""What is seen to every now and then, besides sending: what was kept long enough, class chats,
cards that nobody needs to press any more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import timedelta

from bot.channels.base import Channel
from bot.channels.wecom.app import WeComChannel
from bot.channels.wecom.appchat import WeComAppChatChannel
from bot.class_chats import ClassChats
from bot.clock_watch import ClockWatch
from bot.leases import Leasing
from bot.outbox import LEASE
from bot.reading import Readings
from bot.stale_cards import CardUpdates
from handlers.account_news import announce
from handlers.contract import SHANGHAI
from handlers.ways import Ways
from storage.imports.saving import UNDO_WITHIN, forget_undo_before
from storage.journal import PendingQuestions
from storage.retention import STEP, steps
from storage.set_back import bring_back
from storage.stray import Stray
from storage.unanswered import Unanswered
from storage.unit import Unit

CLOCK_EVERY = 5.0
HOUSE_EVERY = 60.0
RETENTION_EVERY = 600.0
BREATH = 0.05
CHATS_MADE_EVERY = 3.0  # somebody waits for it
CHATS_KEPT_EVERY = 600.0
CARDS_EVERY = 300.0
STRAY_KEPT = timedelta(days=1)  # somebody may set the channel up again
UNANSWERED_KEPT = timedelta(days=90)

logger = logging.getLogger("shixun.chores")

Chore = tuple[float, Callable[[], Awaitable[None]], str]


class Chores:
    """`kick`: something was queued that may leave."""

    def __init__(
        self,
        leasing: Leasing,
        readings: Readings,
        ways: Ways,
        clock_watch: ClockWatch,
        kick: Callable[[], None],
    ) -> None:
        self._leasing = leasing
        self._clock_watch = clock_watch
        self._readings = readings
        self._ways = ways
        self._kick = kick

    def all(self, channels: Iterable[Channel]) -> Iterator[Chore]:
        """What is to be done how often (seconds), and what it is called in the log."""
        yield CLOCK_EVERY, self.follow_clock, "clock"
        yield HOUSE_EVERY, self.keep_house, "housekeeping"
        yield RETENTION_EVERY, self.let_go, "retention"
        for channel in channels:
            if isinstance(channel, WeComAppChatChannel):
                chats = ClassChats(channel, self._leasing, self._ways, self._kick)
                yield CHATS_MADE_EVERY, chats.make, "class chats made"
                yield CHATS_KEPT_EVERY, chats.keep, "class chats kept"
            if isinstance(channel, WeComChannel):
                yield CARDS_EVERY, CardUpdates(channel, self._leasing).run, "cards"

    async def follow_clock(self) -> None:
        """Where the clock was set back, what waited by the old time does not wait twice."""
        was = self._clock_watch.set_back_from()
        if was is None:
            return
        now = self._leasing.clock.now()
        count = await self._leasing.run(lambda unit: bring_back(unit, was, now, LEASE))
        logger.warning("the clock was set back", extra={"count": count})
        self._kick()

    async def let_go(self) -> None:
        """Delete what was kept long enough (storage.retention), a step at a time."""
        for _name, step in steps(self._leasing.clock.now()):
            # between two steps whoever waits has their turn
            while await self._leasing.run(step) >= STEP:  # noqa: ASYNC110 - nothing to wait for
                await asyncio.sleep(BREATH)

    async def keep_house(self) -> None:
        """Let go of what was kept long enough, and read the office's words anew."""
        now = self._leasing.clock.now()
        asked = (now.astimezone(SHANGHAI) - UNANSWERED_KEPT).date()

        def forget_talk(unit: Unit) -> None:
            PendingQuestions(unit).forget_before(now)

        def forget_undo(unit: Unit) -> None:
            forget_undo_before(unit, now - UNDO_WITHIN)

        def forget_unanswered(unit: Unit) -> None:
            Unanswered(unit).forget_before(asked)

        def tell_of_accounts(unit: Unit) -> None:
            # what came by the command line or the directory; in a chat it is told at once
            announce(unit, self._ways, now)

        def forget_strays(unit: Unit) -> None:
            Stray(unit).give_up(self._ways, now - STRAY_KEPT, now)

        # one after another: a long one must not hold the others' rows
        for forget in (forget_talk, forget_undo, forget_unanswered, forget_strays):
            await self._leasing.run(forget)
        await self._leasing.run(tell_of_accounts)
        await self._leasing.run(self._readings.refresh)
