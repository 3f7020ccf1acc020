"""The clock of a simulated world: real time with an offset, or frozen.

Knows nothing of chats; whoever must act when the time is moved registers a listener.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

Listener = Callable[[datetime], None]


class SimClock:
    """Tells the time of the simulated world; always aware and in UTC.

    Running (the default) it follows the machine's clock plus an offset; frozen it stands still
    until it is moved. `set` and `advance` keep the mode.
    """

    def __init__(self, start: datetime | None = None, *, frozen: bool = False) -> None:
        self._offset = timedelta()
        self._still: datetime | None = _real_now() if frozen else None
        self._listeners: list[Listener] = []
        self._passed = 0.0
        self._running_since = None if frozen else time.monotonic()
        if start is not None:
            self._move(start)

    @property
    def frozen(self) -> bool:
        return self._still is not None

    @property
    def real(self) -> bool:
        """True while the clock shows nothing but the machine's time."""
        return self._still is None and not self._offset

    def now(self) -> datetime:
        return self._still if self._still is not None else _real_now() + self._offset

    def monotonic(self) -> float:
        """Seconds that have passed here: time that is moved forwards counts, backwards nothing."""
        running = self._running_since
        return self._passed + (0.0 if running is None else time.monotonic() - running)

    def http_date(self) -> str:
        """The moment as an HTTP answer's Date header tells it, in whole seconds."""
        return format_datetime(self.now(), usegmt=True)

    def set(self, moment: datetime) -> None:
        """Moves to an aware moment, forwards or backwards; ValueError for a naive one."""
        self._move(moment)
        self._tell()

    def advance(self, delta: timedelta) -> None:
        self.set(self.now() + delta)

    def freeze(self) -> None:
        """Stops the clock where it stands."""
        self._still = self.now()
        self._passed, self._running_since = self.monotonic(), None
        self._tell()

    def run(self) -> None:
        """Lets a frozen clock run on from where it stands."""
        moment = self.now()
        self._still = None
        self._start_running()
        self._move(moment)
        self._tell()

    def resume(self) -> None:
        """Back to real time."""
        self._passed += max(0.0, (_real_now() - self.now()).total_seconds())
        self._still = None
        self._start_running()
        self._offset = timedelta()
        self._tell()

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener(now)` after each move; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _move(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("the clock needs an aware moment")
        moment = moment.astimezone(UTC)
        self._passed += max(0.0, (moment - self.now()).total_seconds())
        if self._still is not None:
            self._still = moment
        else:
            self._offset = moment - _real_now()

    def _start_running(self) -> None:
        if self._running_since is None:
            self._running_since = time.monotonic()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener(self.now())


def _real_now() -> datetime:
    return datetime.now(UTC)
