"""How much time is left, in words, and in which order deadlines are shown.

Told the date; knows no programme and nobody's state.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol, TypeVar

from handlers.rules.shanghai import day_of, local


class Due(Protocol):
    """What can be ordered: anything with a due date or moment, a consequence and a title."""

    @property
    def due(self) -> date | datetime:
        """The last day, or the last moment."""

    @property
    def consequence(self) -> str:
        """What follows from missing it; empty where nothing is written."""

    @property
    def title(self) -> str:
        """What is due."""


Item = TypeVar("Item", bound=Due)


def days_left(due: date | datetime, now: datetime) -> int:
    """Whole calendar days in China from now to the due day; negative when past."""
    return (day_of(due) - day_of(now)).days


def is_past(due: date | datetime, now: datetime) -> bool:
    """Whether it is over: a day when the day is over, a moment when it has gone by."""
    if isinstance(due, datetime):
        return local(due) < local(now)
    return due < day_of(now)


def left_in_words(due: date | datetime, now: datetime) -> str:
    """今天截止, 今天已截止, 还有3天, 已过期2天; with a moment, today's time is named."""
    left = days_left(due, now)
    if left > 0:
        return f"还有{left}天"
    if left < 0:
        return f"已过期{-left}天"
    if not isinstance(due, datetime):
        return "今天截止"
    return "今天已截止" if is_past(due, now) else f"今天截止（{local(due):%H:%M}）"


def in_order(items: Iterable[Item]) -> list[Item]:
    """By due day, within a day those with a consequence first, then by moment and title.

    A deadline without a time lasts to the end of its day, so it comes after those with one.
    """
    return sorted(items, key=_place)


def _place(item: Due) -> tuple[date, bool, bool, float, str]:
    moment = local(item.due).timestamp() if isinstance(item.due, datetime) else 0.0
    timed = isinstance(item.due, datetime)
    return day_of(item.due), not item.consequence, not timed, moment, item.title
