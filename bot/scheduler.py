"""The ticks: APScheduler says when to look, the rows in the database say what is due.

It ticks only (performance.md, "Queues that were considered"): a missed or doubled tick is
harmless, because every claim is a conditional update.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from apscheduler.schedulers.asyncio import AsyncIOScheduler

logger = logging.getLogger("shixun.scheduler")

Tick = Callable[[], Awaitable[None]]


class Ticker:
    """Calls coroutines every so many seconds, never twice at once."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._scheduler = AsyncIOScheduler(
            # run late rather than never: the default grace of one second skips silently
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def every(self, seconds: float, tick: Tick, name: str) -> None:
        """Register a tick; what it raises is logged and the next one comes all the same."""

        async def safely() -> None:
            try:
                await tick()
            except Exception:
                logger.exception("tick failed", extra={"reason": name})

        async def guarded() -> None:
            # a task of our own: stopping the scheduler must not cut a call that is being made
            task = asyncio.create_task(safely())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            # ... nor be told as the error of a job that was cancelled
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})

        self._scheduler.add_job(guarded, "interval", seconds=seconds, id=name)

    def start(self) -> None:
        """Begin to tick on the running loop."""
        self._scheduler.start()

    def halt(self) -> set[asyncio.Task[None]]:
        """No more ticks; those that are still running."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        return set(self._running)

    async def stop(self) -> None:
        """No more ticks; one that is running is waited for."""
        self.halt()
        while self._running:
            await asyncio.wait(set(self._running))
