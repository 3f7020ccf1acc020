"""When a message may leave: quiet hours defer it, they never drop it.

Knows no message and no calendar; days off come as a question that the caller answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handlers.rules.shanghai import SHANGHAI, local

MOST_DAYS = 60
"""No run of days off is longer; a predicate that never says no would hold messages for ever."""

DayOff = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Span:
    """A daily span from `start` up to but not including `end`; over midnight if end <= start."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("quiet hours are wall-clock times")
        if self.start == self.end:
            raise ValueError("a quiet span of the whole day would hold every message")

    def holds(self, at: time) -> bool:
        """Whether the wall-clock time lies in the span."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The daily quiet spans (any order, overlapping or not). At least a minute a day is free."""

    spans: tuple[Span, ...]

    def __post_init__(self) -> None:
        # The first free moment can only be the start of the day or the end of a span.
        candidates = (time(0), *(span.end for span in self.spans))
        if all(self.holds(at) for at in candidates):
            raise ValueError("the quiet spans together leave no time of the day")

    def holds(self, at: time) -> bool:
        """Whether the wall-clock time is quiet."""
        return any(span.holds(at) for span in self.spans)

    def also(self, span: Span) -> QuietHours:
        """These quiet hours and one more span, as when a person says 别晚上提醒我."""
        return QuietHours((*self.spans, span))


DEFAULT = QuietHours((Span(time(21, 30), time(7, 30)), Span(time(12, 0), time(14, 0))))
"""Nights and lunch (domain 2.4)."""


def next_allowed(at: datetime, quiet: QuietHours, day_off: DayOff | None = None) -> datetime:
    """The first moment from `at` on that is neither quiet nor on a day off.

    Returns `at` itself where it is allowed, else a time in China. Raises ValueError for a naive
    time and for a `day_off` that calls two months running off.
    """
    moment = local(at)
    last = moment.date() + timedelta(days=MOST_DAYS)
    while moment.date() <= last:
        if day_off is not None and day_off(moment.date()):
            tomorrow = moment.date() + timedelta(days=1)
            moment = datetime.combine(tomorrow, time(0), SHANGHAI)
            continue
        span = next((item for item in quiet.spans if item.holds(moment.time())), None)
        if span is None:
            return at if moment == at else moment
        end = datetime.combine(moment.date(), span.end, SHANGHAI)
        moment = end if end > moment else end + timedelta(days=1)
    raise ValueError("day_off leaves no working day within two months")
