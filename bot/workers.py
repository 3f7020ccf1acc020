"""Threads that run units of work: few at a time, more only while one is slow, commits in groups.

Python's lock makes several busy threads slower than one, so on SQLite one thread works through
what waits and commits it together; a turn that takes longer than STALL seconds no longer counts
and another thread goes on beside it.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from storage.database import Database
from storage.faults import Fault, fault_of
from storage.unit import Unit

T = TypeVar("T")
STALL = 0.03
GROUP = 64
THREADS = 40
CLOSING = 5.0
FAULT_TOLD = 60.0  # seconds for which a fault of the database counts after it was last met


class _Seat:
    """One thread's present job, for the watch."""

    __slots__ = ("since", "stalled")

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.stalled = False


Inbox = queue.SimpleQueue[_Seat | None]


class Workers:
    """Runs `job(unit)` in a thread; the result is given once the unit is on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._limit = database.parallel
        self._jobs: deque[tuple[Callable[[Unit], Any], asyncio.Future[Any]]] = deque()
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._lock = threading.Lock()
        self._unseated = threading.Condition(self._lock)
        self._closed = False
        self._seats: set[_Seat] = set()
        self._threads: list[tuple[threading.Thread, Inbox]] = []
        # the last to become idle is the first to work again: its caches are warm
        self._idle: list[Inbox] = []
        self._watching = False
        self._fault: tuple[Fault | None, float] = (None, 0.0)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, job: Callable[[Unit], T]) -> T:
        """Run one unit of work; raises what the job raised, after rolling back.

        RuntimeError once the workers are closed.
        """
        self._loop = loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the workers are closed")
            self._jobs.append((job, future))
            if self._active() < self._limit:
                self._start()
        if not self._watching:
            self._watching = True
            loop.call_later(STALL, self._watch)
        return await future

    def close(self) -> None:
        """Take no more, do what waits, and let every thread end.

        Nobody may use a connection once it is closed: a thread that was started meanwhile must
        be waited for too.
        """
        until = time.monotonic() + CLOSING
        with self._lock:
            self._closed = True
            self._unseated.wait_for(lambda: not self._seats, timeout=CLOSING)
            threads = list(self._threads)
        for _, inbox in threads:
            inbox.put(None)
        for thread, _ in threads:
            thread.join(timeout=max(0.1, until - time.monotonic()))

    def fault(self) -> Fault | None:
        """What kept a unit from being saved lately: a small write may succeed on a full disk."""
        fault, at = self._fault
        return fault if time.monotonic() - at < FAULT_TOLD else None

    def _note(self, error: BaseException) -> None:
        fault = fault_of(error)
        if fault is not None:
            self._fault = fault, time.monotonic()

    def _active(self) -> int:
        return sum(not seat.stalled for seat in self._seats)

    def _start(self) -> None:
        """Seat one more thread, if there is one (the lock is held)."""
        if self._idle:
            inbox = self._idle.pop()
        elif len(self._threads) < THREADS:
            inbox = queue.SimpleQueue()
            name = f"turn-{len(self._threads)}"
            thread = threading.Thread(target=self._live, args=(inbox,), name=name, daemon=True)
            self._threads.append((thread, inbox))
            thread.start()
        else:
            return  # whoever becomes idle next looks for work
        seat = _Seat()
        self._seats.add(seat)
        inbox.put(seat)

    def _watch(self) -> None:
        """On the loop: while anything runs, see whether somebody is slow."""
        now = time.monotonic()
        with self._lock:
            for seat in self._seats:
                if not seat.stalled and now - seat.since > STALL:
                    seat.stalled = True
            # somebody must commit what the slow one left behind, and go on with what waits
            if self._seats and self._active() == 0:
                self._start()
            self._watching = bool(self._seats)
        if self._watching and self._loop is not None:
            self._loop.call_later(STALL, self._watch)

    def _live(self, inbox: Inbox) -> None:
        while (seat := inbox.get()) is not None:
            self._work(seat)
            with self._lock:
                self._idle.append(inbox)
                if self._jobs and self._active() < self._limit:
                    self._start()
                if not self._seats:
                    self._unseated.notify_all()

    def _work(self, seat: _Seat) -> None:
        """Group after group until nothing waits or this thread was found slow.

        The same thread goes on after a commit, with what came in meanwhile.
        """
        going = True
        while going:
            self._group(seat)
            try:
                self._database.lane.flush()
            except Exception as error:  # nobody waited for it, and this thread must go on
                self._note(error)
            with self._lock:
                going = bool(self._jobs) and not seat.stalled
                if not going:
                    # in the same breath: who brings the next job must find the seat empty
                    self._seats.discard(seat)

    def _group(self, seat: _Seat) -> None:
        """What waits now, at most GROUP jobs: they are committed together."""
        for _ in range(GROUP):
            with self._lock:
                if not self._jobs or seat.stalled:
                    return
                job, future = self._jobs.popleft()
                seat.since = time.monotonic()
            self._one(job, future)

    def _one(self, job: Callable[[Unit], Any], future: asyncio.Future[Any]) -> None:
        unit = self._database.open_unit()
        try:
            result = job(unit)
        except BaseException as error:
            self._note(error)  # before others hear that they were undone with it
            with suppress(Exception):  # what cannot even be undone must not end this thread
                unit.release(keep=False)
            self._settle(future, None, error)
            return
        try:
            unit.release(keep=True, saved=lambda error: self._settle(future, result, error))
        except BaseException as error:
            self._settle(future, None, error)

    def _settle(
        self, future: asyncio.Future[Any], result: Any, error: BaseException | None
    ) -> None:
        """From any thread: hand a result to the loop, waking it once for many."""
        assert self._loop is not None
        if error is not None:
            self._note(error)
        with self._lock:
            self._done.append((future, result, error))
            first = len(self._done) == 1
        if first:
            self._loop.call_soon_threadsafe(self._give)

    def _give(self) -> None:
        with self._lock:
            done, self._done = self._done, deque()
        for future, result, error in done:
            if future.cancelled():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
