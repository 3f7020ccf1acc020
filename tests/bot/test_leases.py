"""Work that one of several processes does: taken over after a death, at once after a goodbye."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

import pytest

from bot.leases import Leasing
from bot.workers import Workers
from simulator.clock import SimClock
from storage.database import Database
from storage.leases import Lease

NOW = datetime(2021, 7, 12, 8, 20, tzinfo=timezone(timedelta(hours=8)))
SHORT = timedelta(seconds=0.3)


@asynccontextmanager
async def processes(url: str) -> AsyncIterator[tuple[Leasing, Leasing, SimClock]]:
    """Two processes on one database, with one clock."""
    clock = SimClock(NOW, frozen=True)
    databases = [Database(url), Database(url)]
    workers = [Workers(database) for database in databases]
    yield Leasing(workers[0], clock, "a"), Leasing(workers[1], clock, "b"), clock
    for each in workers:
        each.close()
    for database in databases:
        database.close()


class Job:
    """Runs until cancelled, or until told to end."""

    def __init__(self) -> None:
        self.begun = 0
        self.running = False
        self.end = asyncio.Event()

    async def __call__(self) -> None:
        """Note that it runs."""
        self.begun += 1
        self.running = True
        try:
            await self.end.wait()
        finally:
            self.running = False


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that must come true within seconds."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def test_one_of_two_processes_works_and_the_other_takes_over(database_url: str) -> None:
    async with processes(database_url) as (first, second, clock):
        jobs = Job(), Job()
        a = asyncio.create_task(first.while_held("job", jobs[0], SHORT))
        await until(lambda: jobs[0].running)
        b = asyncio.create_task(second.while_held("job", jobs[1], SHORT))
        await asyncio.sleep(SHORT.total_seconds())
        assert not jobs[1].running
        a.cancel()  # a goodbye: nothing to wait for
        await until(lambda: jobs[1].running)
        assert not jobs[0].running
        jobs[1].end.set()
        await b
        assert clock.now() == NOW


async def test_a_dead_holder_is_replaced_when_its_lease_ends(database_url: str) -> None:
    async with processes(database_url) as (first, second, clock):
        assert await first.hold("job", timedelta(seconds=30))
        job = Job()
        task = asyncio.create_task(second.while_held("job", job, SHORT))
        await asyncio.sleep(SHORT.total_seconds())
        assert not job.begun
        clock.advance(timedelta(seconds=30))
        await until(lambda: job.running)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await first.hold("job")


async def test_work_stops_where_the_lease_is_lost_and_begins_again(database_url: str) -> None:
    async with processes(database_url) as (first, second, clock):
        job = Job()
        task = asyncio.create_task(first.while_held("job", job, SHORT))
        await until(lambda: job.running)
        clock.advance(timedelta(minutes=1))  # asleep for so long
        while not await second.hold("job", timedelta(minutes=2)):
            clock.advance(timedelta(minutes=1))
        await until(lambda: not job.running)
        assert await second.release("job")
        await until(lambda: job.begun == 2 and job.running)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_goodbye_while_lost_work_is_ending_is_heard(database_url: str) -> None:
    """Found by the hour of faults: the stop waited for ever."""
    async with processes(database_url) as (first, second, clock):
        began, ending, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def slow_to_end() -> None:
            began.set()
            try:
                await asyncio.Event().wait()
            finally:
                ending.set()
                await done.wait()

        task = asyncio.create_task(first.while_held("job", slow_to_end, SHORT))
        await asyncio.wait_for(began.wait(), 5)
        clock.advance(timedelta(minutes=1))
        while not await second.hold("job", timedelta(minutes=2)):
            clock.advance(timedelta(minutes=1))
        await asyncio.wait_for(ending.wait(), 5)
        task.cancel()
        done.set()
        await asyncio.wait({task}, timeout=5)
        assert task.cancelled()


async def test_an_error_in_the_work_is_not_swallowed(database_url: str) -> None:
    async with processes(database_url) as (first, _, _clock):

        async def fail() -> None:
            raise ValueError("broken")

        with pytest.raises(ValueError, match="broken"):
            await first.while_held("job", fail, SHORT)
        held: Lease | None = await first.look("job")
        assert held is not None
        assert not held.alive(NOW)


async def test_values_are_read_by_everybody(database_url: str) -> None:
    async with processes(database_url) as (first, second, _):
        assert await first.take("token") is not None
        assert await first.put("token", "abc")
        assert not await second.put("token", "other")
        seen = await second.look("token")
        assert seen is not None
        assert seen.value == "abc"
