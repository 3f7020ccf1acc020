"""The ticks: when to look; the rows in the database say what is due.

A missed or doubled tick is harmless, because every claim is a conditional update. The loop's own
clock measures the pauses: it is never set back. (APScheduler reckons in moments of the wall clock,
and stood still for an hour where that was set back by one.)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

logger = logging.getLogger("shixun.scheduler")

Tick = Callable[[], Awaitable[None]]
# A tick stands still that has not come for so many of its pauses, but at least so many seconds;
# one that is at work may take longer, where much is to be sent or files are slow.
_PAUSES, _COMES, _WORKS = 5, 60.0, 300.0


@dataclass(slots=True)
class _Job:
    """One of the ticks. `seen`: when it last began or ended (monotonic)."""

    name: str
    every: float
    tick: Tick
    seen: float = 0.0
    at_work: bool = False


class Ticker:
    """Calls coroutines every so many seconds, never twice at once."""

    def __init__(self, time: Callable[[], float] | None = None) -> None:
        """`time`: the monotonic clock by which a tick is late; the running loop's own."""
        self._time = time or (lambda: asyncio.get_running_loop().time())
        self._jobs: list[_Job] = []
        self._loops: dict[str, asyncio.Task[None]] = {}
        self._running: set[asyncio.Task[None]] = set()

    def every(self, seconds: float, tick: Tick, name: str) -> None:
        """Register a tick; what it raises is logged and the next one comes all the same."""
        self._jobs.append(_Job(name, seconds, tick))

    def start(self) -> None:
        """Begin to tick on the running loop."""
        now = self._time()
        for job in self._jobs:
            job.seen = now
            self._loops[job.name] = asyncio.create_task(self._beat(job))

    def stalled(self) -> tuple[str, ...]:
        """Which ticks stand still, by name; none before the start and after the stop."""
        if not self._loops:
            return ()
        now = self._time()
        return tuple(
            job.name
            for job in self._jobs
            if self._loops[job.name].done()
            or now - job.seen > max(_WORKS if job.at_work else _COMES, _PAUSES * job.every)
        )

    def halt(self) -> set[asyncio.Task[None]]:
        """No more ticks; those that are still running."""
        for beat in self._loops.values():
            beat.cancel()
        self._loops.clear()
        return set(self._running)

    async def stop(self) -> None:
        """No more ticks; one that is running is waited for."""
        self.halt()
        while self._running:
            await asyncio.wait(set(self._running))

    async def _beat(self, job: _Job) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            # what took longer than its pause is begun again at once, and once only
            due = max(due + job.every, loop.time())
            await asyncio.sleep(due - loop.time())
            # a task of its own: stopping must not cut a call that is being made
            job.at_work, job.seen = True, self._time()
            task = asyncio.create_task(_safely(job))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await asyncio.wait({task})
            job.at_work, job.seen = False, self._time()


async def _safely(job: _Job) -> None:
    try:
        await job.tick()
    except Exception:
        logger.exception("tick failed", extra={"reason": job.name})
