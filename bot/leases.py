"""Leases for coroutines: what only one of the running processes does, and what all of them know.

For channels and the scheduler. Knows no platform; storage.leases says what a lease is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Protocol, TypeVar, runtime_checkable

from bot.clock import Clock
from bot.workers import Workers
from storage.leases import Lease, Leases
from storage.unit import Unit

logger = logging.getLogger("shixun.leases")
T = TypeVar("T")

# A holder that died is replaced after this; one that lives prolongs it three times as often.
SPAN = timedelta(seconds=30)
_RENEWALS = 3


class Leasing:
    """The leases of this process, named `owner`."""

    def __init__(self, workers: Workers, clock: Clock, owner: str) -> None:
        self._workers = workers
        self.clock = clock
        self.owner = owner

    async def hold(self, name: str, span: timedelta = SPAN) -> bool:
        """Take or prolong; False where another process holds it."""
        return await self.take(name, span) is not None

    async def take(self, name: str, span: timedelta = SPAN) -> Lease | None:
        """As `hold`, with the value that stands there."""
        now = self.clock.now()
        return await self._workers.run(
            lambda unit: Leases(unit).acquire(name, self.owner, now, span)
        )

    async def look(self, name: str) -> Lease | None:
        """Who held it last and its value."""
        return await self._workers.run(lambda unit: Leases(unit).holder(name))

    async def put(self, name: str, value: str) -> bool:
        """Write the value of a lease that was taken; False: another has taken it since."""
        return await self._workers.run(lambda unit: Leases(unit).put(name, self.owner, value))

    async def release(self, name: str) -> bool:
        """Let go; the value stays."""
        now = self.clock.now()
        return await self._workers.run(lambda unit: Leases(unit).release(name, self.owner, now))

    async def run(self, job: Callable[[Unit], T]) -> T:
        """A unit of work of whoever needs a lease and more in one transaction."""
        return await self._workers.run(job)

    async def while_held(
        self, name: str, work: Callable[[], Awaitable[None]], span: timedelta = SPAN
    ) -> None:
        """Wait for the lease, then work as long as it is ours; ends when `work` has ended.

        Where the lease is lost the work is cancelled, and begun anew once it is ours again.
        Cancelling this lets go at once, so that another process need not wait for the end.
        """
        every = span.total_seconds() / _RENEWALS
        while True:
            if not await self._try(name, span):
                await asyncio.sleep(every)
                continue
            task = asyncio.ensure_future(work())
            try:
                if await self._guard(name, task, span, every):
                    return
                logger.warning("lease lost", extra={"lease": name})
            finally:
                task.cancel()
                try:
                    # unlike `await task` this tells the work's cancellation from our own, which
                    # must not be lost: whoever cancelled us waits for our end
                    await asyncio.wait({task})
                    task.cancelled() or task.exception()  # what it raises on its way out is no news
                finally:
                    with suppress(Exception):  # it runs out by itself
                        await self.release(name)

    async def _guard(
        self, name: str, task: asyncio.Future[None], span: timedelta, every: float
    ) -> bool:
        """Prolong until the work ends (True) or the lease is lost."""
        loop = asyncio.get_running_loop()
        held = loop.time()
        while True:
            done, _ = await asyncio.wait({task}, timeout=every)
            if done:
                task.result()
                return True
            begun = loop.time()
            if await self._try(name, span):
                held = begun
            elif loop.time() - held >= span.total_seconds() or await self._lost(name):
                return False

    async def _try(self, name: str, span: timedelta) -> bool:
        """A database that does not answer is a lease that was not prolonged, no more."""
        try:
            return await self.hold(name, span)
        except Exception:
            logger.warning("lease not prolonged", extra={"lease": name}, exc_info=True)
            return False

    async def _lost(self, name: str) -> bool:
        with suppress(Exception):
            lease = await self.look(name)
            return lease is None or lease.owner != self.owner
        return False


@runtime_checkable
class Sharing(Protocol):
    """A channel that must agree with the same channel of other processes."""

    def share(self, leasing: Leasing) -> None:
        """Called once, before it is started or used."""
