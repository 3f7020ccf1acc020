"""Units of work in threads: saved in groups, nobody held up, nothing lost, nothing left behind."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.workers import GROUP, THREADS, Workers
from storage.database import Database
from storage.journal import SeenMessages
from storage.tables import metadata, seen_messages
from storage.unit import Unit

NOW = datetime(2021, 7, 12, tzinfo=UTC)


@pytest.fixture
def workers(runner: asyncio.Runner, database: Database) -> Iterator[Workers]:
    """On each engine, closed at the end."""
    made = Workers(database)
    yield made
    made.close()


def write(unit: Unit, name: str) -> str:
    """Write one row."""
    assert SeenMessages(unit).first("test", name, NOW)
    return name


def noting(name: str) -> Callable[[Unit], str]:
    """A job that writes one row."""
    return lambda unit: write(unit, name)


def count(database: Database) -> int:
    """How many rows are on disk, seen from another connection."""
    with database.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(seen_messages)).scalar_one())


async def test_a_result_is_given_once_it_is_on_disk(workers: Workers, database: Database) -> None:
    for number in range(5):
        assert await workers.run(noting(f"m{number}")) == f"m{number}"
        assert count(database) == number + 1


async def test_many_at_once_are_all_saved(workers: Workers, database: Database) -> None:
    names = [f"m{number}" for number in range(500)]
    told = await asyncio.gather(*(workers.run(noting(n)) for n in names))
    assert told == names
    assert count(database) == 500


async def test_what_waits_is_committed_together(workers: Workers, database: Database) -> None:
    """One commit waits for the disk; it is shared by all that wait (SQLite only)."""
    if database.dialect != "sqlite":
        return  # there each turn is a transaction and the server groups their commits
    flushes = 0
    flush = database.lane.flush

    def counted() -> None:
        nonlocal flushes
        flushes += 1
        flush()

    database.lane.flush = counted  # type: ignore[method-assign]
    await asyncio.gather(*(workers.run(noting(f"{n}")) for n in range(320)))
    assert count(database) == 320
    assert flushes <= 320 / GROUP + 20


async def test_an_error_undoes_its_own_unit_only(workers: Workers, database: Database) -> None:
    def broken(unit: Unit) -> None:
        write(unit, "never")
        raise ValueError("no")

    told = await asyncio.gather(
        workers.run(noting("before")),
        workers.run(broken),
        workers.run(noting("after")),
        return_exceptions=True,
    )
    assert told[0] == "before"
    assert isinstance(told[1], ValueError)
    assert told[2] == "after"
    assert count(database) == 2


async def test_an_error_of_the_database_is_given_and_the_next_goes_on(
    workers: Workers, database: Database
) -> None:
    await workers.run(noting("one"))
    with pytest.raises(AssertionError):
        await workers.run(noting("one"))
    await workers.run(noting("two"))
    assert count(database) == 2


async def test_even_an_exit_is_handed_over(workers: Workers, database: Database) -> None:
    """A thread that died of it would leave everybody behind it waiting for ever."""

    class Leave(BaseException):
        pass

    def leave(unit: Unit) -> None:
        write(unit, "never")
        raise Leave

    for _ in range(3):
        with pytest.raises(Leave):
            await workers.run(leave)
    assert await workers.run(noting("still here")) == "still here"
    assert count(database) == 1


async def test_a_slow_job_does_not_hold_up_others(workers: Workers) -> None:
    go = threading.Event()
    slow = asyncio.create_task(workers.run(lambda _unit: go.wait(10)))
    await asyncio.sleep(0.01)
    begun = time.monotonic()
    for number in range(20):
        await workers.run(noting(f"m{number}"))
    assert time.monotonic() - begun < 2
    assert not slow.done()
    go.set()
    assert await slow is True


async def test_a_slow_job_that_has_written_holds_up_writers_only_on_sqlite(
    workers: Workers, database: Database
) -> None:
    go = threading.Event()

    def slow(unit: Unit) -> None:
        write(unit, "slow")
        go.wait(10)

    def read(unit: Unit) -> int:
        return int(unit.value(select(func.count()).select_from(seen_messages)))

    running = asyncio.create_task(workers.run(slow))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(2):
        assert await workers.run(read) == 0, "readers never wait, and never see the unfinished"
    writer = asyncio.create_task(workers.run(noting("other")))
    await asyncio.sleep(0.2)
    assert writer.done() is (database.dialect != "sqlite")
    go.set()
    await asyncio.gather(running, writer)
    assert count(database) == 2


async def test_more_slow_jobs_than_threads_all_end(workers: Workers) -> None:
    go = threading.Event()
    waiting = [
        asyncio.create_task(workers.run(lambda _unit: go.wait(20))) for _ in range(THREADS + 15)
    ]
    await asyncio.sleep(0.5)
    go.set()
    async with asyncio.timeout(10):
        assert all(await asyncio.gather(*waiting))
        assert await workers.run(lambda _unit: "again") == "again"


async def test_a_cancelled_waiter_does_not_disturb_the_others(
    workers: Workers, database: Database
) -> None:
    go = threading.Event()

    def slow(unit: Unit) -> None:
        go.wait(10)
        write(unit, "slow")

    given_up = asyncio.create_task(workers.run(slow))
    others = [asyncio.create_task(workers.run(noting(f"m{n}"))) for n in range(30)]
    await asyncio.sleep(0.05)
    given_up.cancel()
    others[3].cancel()
    go.set()
    told = await asyncio.gather(*others, return_exceptions=True)
    assert sum(isinstance(each, str) for each in told) >= 29
    await asyncio.to_thread(workers.close)
    assert 30 <= count(database) <= 31


async def test_turns_of_many_tasks_and_readers_at_once(
    workers: Workers, database: Database
) -> None:
    def read(unit: Unit) -> int:
        return int(unit.value(select(func.count()).select_from(seen_messages)))

    async def one(name: str) -> None:
        for turn in range(10):
            await workers.run(noting(f"{name}-{turn}"))
            assert await workers.run(read) >= turn + 1, "one's own write is read back"

    await asyncio.gather(*(one(f"t{number}") for number in range(30)))
    assert count(database) == 300


async def test_closing_finishes_what_runs(database: Database) -> None:
    others = set(threading.enumerate())
    workers = Workers(database)
    waiting = [asyncio.create_task(workers.run(noting(f"m{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    await asyncio.to_thread(workers.close)
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)
    assert count(database) == 50
    assert not {t for t in set(threading.enumerate()) - others if t.name.startswith("turn-")}


async def test_after_closing_nothing_hangs(database: Database) -> None:
    """A tick that comes while the process goes down must end, not wait for ever."""
    workers = Workers(database)
    await workers.run(noting("one"))
    workers.close()
    async with asyncio.timeout(2):
        with pytest.raises(RuntimeError):
            await workers.run(noting("two"))


Step = tuple[str, float]
KINDS = st.sampled_from(["write", "read", "fail", "slow", "cancel"])


def job_of(kind: str, name: str) -> Callable[[Unit], str]:
    """One of several ways to go through a unit of work."""

    def job(unit: Unit) -> str:
        if kind == "read":
            unit.value(select(func.count()).select_from(seen_messages))
            return "read"
        if kind == "slow":
            time.sleep(0.04)
        write(unit, name)
        if kind == "fail":
            raise ValueError(name)
        return name

    return job


@settings(max_examples=15)
@given(steps=st.lists(st.tuples(KINDS, st.floats(0, 0.01)), max_size=40))
def test_any_mixture_ends_with_what_was_kept(steps: list[Step]) -> None:
    """Whatever comes in whatever order: each job ends, and what was told is on disk."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'office.sqlite'}")
        metadata.create_all(database.engine, tables=[seen_messages])
        asyncio.run(_mixture(database, steps))
        database.close()


async def _mixture(database: Database, steps: list[Step]) -> None:
    workers = Workers(database)
    tasks: list[asyncio.Task[str]] = []
    for number, (kind, pause) in enumerate(steps):
        tasks.append(asyncio.create_task(workers.run(job_of(kind, f"m{number}"))))
        if pause > 0.005:
            await asyncio.sleep(pause)
        if kind == "cancel":
            tasks[-1].cancel()
    async with asyncio.timeout(20):
        told = await asyncio.gather(*tasks, return_exceptions=True)
        await workers.run(noting("last"))
    kept = 1 + sum(each == f"m{number}" for number, each in enumerate(told))
    cancelled = sum(isinstance(each, asyncio.CancelledError) for each in told)
    workers.close()
    assert kept <= count(database) <= kept + cancelled
    for number, (kind, _) in enumerate(steps):
        if kind == "fail":
            assert isinstance(told[number], ValueError)
