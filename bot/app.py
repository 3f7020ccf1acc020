"""The composition root: the one place that reads settings and puts the pieces together.

Production, demo, stories and tests all build the same application; they differ in the settings,
the clock and what stands at the addresses.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
import socket
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.answer import House
from bot.channels.base import Busy, Channel, Dialling, Heard, Visited
from bot.channels.session import heard_date
from bot.chores import Chores
from bot.clock import Clock, SystemClock
from bot.clock_watch import ClockWatch
from bot.desk import ANSWER_WITHIN, Desk
from bot.files import Files
from bot.leases import Leasing
from bot.outbox import Postman
from bot.readiness import Readiness
from bot.reading import Readings
from bot.scheduler import Ticker
from bot.standing import standing
from bot.switchboard import Lines, channels
from bot.web import make_web
from bot.workers import Workers
from config.settings import Settings
from handlers.contract import OfficeFacts
from handlers.reach import reroute
from handlers.sending import tell_of_pause
from handlers.ways import Ways
from storage import schema
from storage.database import Database
from storage.journal import SeenMessages
from storage.keeping import InUseError
from storage.stray import Stray
from storage.unit import Unit

logger = logging.getLogger("shixun.app")

OUTBOX_EVERY = 2.0
# Seconds that a stop takes at most, step by step; with those of bot.workers.CLOSING below 20.
FINISH_WITHIN, GIVE_BACK_WITHIN, HANG_UP_WITHIN = 8.0, 1.0, 4.0


class SchemaError(Exception):
    """The database is not at the version this program needs; the message says what to do."""


class Application:
    """One running bot. `start` before use, `stop` at the end."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        chance: random.Random | None = None,
        answer_within: float = ANSWER_WITHIN,
        pace: float = 1.0,
    ) -> None:
        """`answer_within`: seconds after which a message is acknowledged without its answer.

        `pace`: of pauses that channels make for people's eyes; a rehearsal needs none (0).
        """
        self.clock: Clock = clock or SystemClock()
        self.database = Database(settings.database_url)
        self.workers = Workers(self.database)
        self.readings = Readings(self.database, settings.words_file)
        self.owner = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(3)}"
        chance = chance or secrets.SystemRandom()
        self.leasing = Leasing(self.workers, self.clock, self.owner)
        lines = Lines(self.workers, self.clock, self.leasing, chance, self._kick, pace)
        self.channels: dict[str, Channel] = {each.name: each for each in channels(settings, lines)}
        ways = {name: channel.capabilities for name, channel in self.channels.items()}
        self.postman = self._postman(ways)
        house = House(
            understanding=self.readings.current,
            office=OfficeFacts(
                name=settings.office_name,
                contact=settings.office_contact,
                bot_name=settings.bot_name,
                ways=ways,
            ),
            chance=chance,
            at_once={name: channel.at_once for name, channel in self.channels.items()},
            masked=self.readings.masked,
        )
        files = self.files = Files()
        self.desk = Desk(
            self.workers,
            house,
            self.clock,
            kick=self._kick,
            files=files,
            answer_within=answer_within,
            turns_per_minute=settings.turns_per_minute,
        )
        heard = (each for each in self.channels.values() if isinstance(each, Heard))
        self._routes = [route for each in heard for route in each.routes(self.desk.receive)]
        self.ticker = Ticker()
        self.clock_watch = ClockWatch(self.clock)
        self.readiness = self._readiness()
        self.ticker.every(OUTBOX_EVERY, self.postman.run_due, "outbox")
        self.chores = Chores(self.leasing, self.readings, ways, self.clock_watch, self._kick)
        for every, chore, name in self.chores.all(self.channels.values()):
            self.ticker.every(every, chore, name)

    def _postman(self, ways: Ways) -> Postman:
        return Postman(
            self.workers,
            self.channels,
            self.clock,
            self.owner,
            reroute=lambda unit, parked: reroute(unit, parked, ways, self.clock.now()),
            tell=lambda unit, pause: tell_of_pause(unit, pause, ways, self.clock.now()),
        )

    def make_web(self) -> web.Application:
        """The web application with every address of this bot; starts and stops with it."""
        app = make_web(self._routes, self._not_ready, self._noted)

        async def alive(_app: web.Application):  # type: ignore[no-untyped-def]
            await self.start()
            yield
            await self.stop()

        async def leaving(_app: web.Application) -> None:
            for channel in self.channels.values():
                if isinstance(channel, Visited):
                    await channel.send_away()

        app.cleanup_ctx.append(alive)
        app.on_shutdown.append(leaving)
        return app

    async def start(self) -> None:
        """Check the schema, take up what a former run left, begin to tick."""
        try:
            self.database.hold()
        except InUseError as error:
            raise SchemaError(str(error)) from None
        problem = schema.problem(self.database)
        if problem is not None:
            raise SchemaError(problem)
        heard_date.set(self.clock_watch.heard)
        self.readings.start()
        await self.workers.run(self._see_to_strays)
        for unfinished in await self.workers.run(lambda unit: SeenMessages(unit).unfinished()):
            await self.desk.resume(unfinished)
        for channel in self.channels.values():
            if isinstance(channel, Dialling):
                await channel.start()
        self.ticker.start()
        logger.info("started", extra={"count": len(self.channels)})

    async def stop(self) -> None:
        """Answer what is being answered, then let go of everything, within 20 seconds.

        What waits in the outbox stays there.
        """
        self.postman.halt()
        self.files.close()
        ended = [self.ticker.stop(), self.desk.quiet(), self.postman.quiet()]
        if not await _within(FINISH_WITHIN, ended):
            # what was promised is answered by the next run, what was called is recovered by it
            logger.warning("stopped before all was finished")
        with suppress(Exception):
            if left := await asyncio.wait_for(self.postman.let_go(), GIVE_BACK_WITHIN):
                logger.info("left in the queue for the next run", extra={"count": left})
        await _within(HANG_UP_WITHIN, [each.close() for each in self.channels.values()])
        self.files.join()
        self.readings.close()
        self.workers.close()
        self.database.close()

    async def settle(self) -> None:
        """Wait until nothing is being answered and nothing is due: what a story's step needs."""
        for _ in range(2):  # what was heard is answered, and what that queued has left
            for channel in self.channels.values():
                if isinstance(channel, Busy):
                    await channel.quiet()
            await self.desk.quiet()
            await self.postman.quiet()
            await self.postman.run_due()

    def _see_to_strays(self, unit: Unit) -> None:
        """What was queued for a channel that is no longer there takes another way, or is told."""
        now, known, stray = self.clock.now(), tuple(self.channels), Stray(unit)
        stray.unpark(known, now)
        if parked := stray.park(known, now):
            ways = {name: channel.capabilities for name, channel in self.channels.items()}
            again = reroute(unit, parked, ways, now)
            logger.warning("queued for no channel", extra={"count": len(parked), "queued": again})

    def _kick(self) -> None:
        self.postman.kick()

    def _readiness(self) -> Readiness:
        return Readiness(
            self.database,
            self.workers,
            self.channels,
            self.clock,
            understands=lambda: self.readings.ready,
            stalled=self.ticker.stalled,
            clock_watch=self.clock_watch,
        )

    async def _not_ready(self) -> dict[str, str]:
        return await self.readiness.problems()

    async def _noted(self) -> dict[str, str]:
        """What is paused and why, what the app noted: nothing of it keeps from answering."""
        now = self.clock.now()
        return await self.workers.run(lambda unit: standing(unit, now))


async def _within(seconds: float, works: Sequence[Coroutine[Any, Any, None]]) -> bool:
    """Give these so many seconds together; False where one had to be cut off."""
    tasks = [asyncio.ensure_future(work) for work in works]
    if not tasks:
        return True
    done, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    await asyncio.wait(tasks, timeout=1.0)
    for task in done:
        if (error := task.exception()) is not None:
            logger.error("not let go of in order", exc_info=error)
    return not late
