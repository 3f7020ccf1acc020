"""When to leave a platform alone, and how to find out that it is well again (story O12).

Five failures in a row open the breaker for 1, 2, 4… 15 minutes; then one call is let through:
it closes the breaker or opens it again for longer. Told the time; knows no platform. The pause
itself is kept by the core, so that every process keeps quiet and an officer can read the cause.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

FAILURES = 5
LONGEST = timedelta(minutes=15)
# A probe without an outcome is given up after this: longer than any call may take.
PROBE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing may be called for so long, and why (Chinese)."""

    span: timedelta
    cause: str


@dataclass(slots=True)
class Breaker:
    """Of one channel in one process."""

    first: timedelta = timedelta(minutes=1)
    _failures: int = 0
    _level: int = 0
    _opened: datetime | None = None
    _until: datetime | None = None
    _probe: datetime | None = None
    _round: int = field(default=0)

    def room(self, now: datetime) -> int | None:
        """How many calls may be prepared: none, one to try, or any number (None)."""
        if self._until is None:
            return None
        if self._closed_at(now) > now:
            return 0
        return 0 if self._probing(now) else 1

    def enter(self, now: datetime) -> int | None:
        """A ticket for one call; None: not now, `again_at` says when."""
        room = self.room(now)
        if room == 0:
            return None
        if room == 1:
            self._probe = now
        return self._round

    def again_at(self, now: datetime) -> datetime:
        """When it is worth asking again."""
        return max(self._closed_at(now), now + timedelta(seconds=5))

    def worked(self, ticket: int) -> None:
        """The platform did something with the call, were it a refusal of its contents."""
        if ticket == self._round:
            self._failures, self._level = 0, 0
            self._until = self._opened = self._probe = None

    def failed(self, ticket: int, now: datetime, cause: str) -> Stop | None:
        """It did nothing, or nobody knows. The stop that follows, if one does."""
        if ticket != self._round:
            return None  # begun before the breaker opened: that it fails is no news
        self._failures += 1
        if self._until is None and self._failures < FAILURES:
            return None
        return self.trip(ticket, now, self.first, cause)

    def trip(
        self, ticket: int, now: datetime, span: timedelta, cause: str, *, grows: bool = True
    ) -> Stop | None:
        """The platform said itself that it wants to be left alone for `span`."""
        if ticket != self._round:
            return None
        if grows:
            span = max(span, min(span * 2**self._level, LONGEST))
        self._level = min(self._level + 1, 10)
        self._round += 1
        self._failures, self._probe = 0, None
        self._opened, self._until = now, now + span
        return Stop(span, cause)

    def _closed_at(self, now: datetime) -> datetime:
        """The end of the pause; a clock that was set back ends it."""
        if self._until is None or self._opened is None or now < self._opened:
            return now
        return self._until

    def _probing(self, now: datetime) -> bool:
        return self._probe is not None and self._probe <= now < self._probe + PROBE
