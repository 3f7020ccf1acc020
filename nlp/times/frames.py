"""Narrowing: each token turns the stretch of time read so far into a finer one.

Pure functions on naive local time; knows no text. A calendar that runs out raises ValueError,
OverflowError or IndexError, and the reader drops the expression.
"""

# ruff: noqa: PLR2004 - hours, days and months are their own names
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from nlp.times.tokens import RANK, Kind
from nlp.times.values import Terms

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Frame:
    """A stretch [start, end) and how fine the words were; `noon` is the part that it lies in."""

    rank: int
    start: datetime
    end: datetime
    kind: str = ""
    word: str = ""

    @property
    def day(self) -> datetime:
        return self.start.replace(hour=0, minute=0)


@dataclass(frozen=True, slots=True)
class Env:
    """What the reading depends on besides the text."""

    now: datetime
    terms: Terms
    past: bool

    @property
    def today(self) -> datetime:
        return midnight(self.now)


def midnight(day: date) -> datetime:
    """00:00 of a day, naive."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - local wall time by design


def add_months(day: datetime, months: int) -> datetime:
    """The same day `months` later; the last of the month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return day.replace(year=year, month=month + 1, day=number)
        except ValueError:
            if number == 28 or not 1 <= year <= 9999:
                raise
    raise ValueError(day)


def month_of(year: int, month: int) -> tuple[datetime, datetime]:
    first = datetime(year, month, 1)  # noqa: DTZ001
    return first, add_months(first, 1)


def months_of(year: int, first: int, last: int) -> tuple[datetime, datetime]:
    """From the first of one month to the end of another of the same year."""
    return month_of(year, first)[0], month_of(year, last)[1]


def one_day(day: date) -> tuple[datetime, datetime]:
    first = midnight(day)
    return first, first + DAY


def week_of(day: datetime) -> datetime:
    """Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())


def near_month(env: Env, month: int) -> int:
    """Year of a month without a year: coming or present; in reports the last one."""
    now = env.now
    if env.past:
        return now.year - (month > now.month)
    return now.year + (month < now.month)


def near_day(env: Env, number: int) -> datetime:
    """A day without a month: the coming one; in reports the last one."""
    step = -1 if env.past else 1
    first = env.today.replace(day=1)
    for months in range(14):
        start = add_months(first, step * months)
        try:
            day = start.replace(day=number)
        except ValueError:
            continue
        if (day <= env.today) if env.past else (day >= env.today):
            return day
    raise ValueError(number)


def at_hour(day: datetime, hours: int) -> datetime:
    """`hours` from midnight of `day`; 24 is the next midnight."""
    return midnight(day) + hours * HOUR


def clock_hour(hour: int, vague: int, part: tuple[int, int] | None) -> int:
    """The hour in figures of 24 (or up to 30 for the night after), by the part of the day.

    Without a part, one to five are of the afternoon: nobody trains at three in the morning.
    """
    if part is None:
        return hour + 12 if vague and 1 <= hour <= 5 else hour
    first, last = part
    if hour >= 13:
        return hour
    if (first, last) == (0, 6):
        return 0 if hour == 12 else hour + 12 if hour >= 10 else hour  # 半夜11点
    if first == 11:  # noon
        return hour + 12 if 1 <= hour <= 4 else hour
    if first in {12, 17}:
        return hour + 12 if 1 <= hour <= 11 else hour
    if first == 18:
        return hour + 24 if 1 <= hour <= 4 else 24 if hour in {0, 12} else hour + 12
    return hour


def rank_of(kind: str) -> int:
    return RANK[kind]


def frame(kind: str, bounds: tuple[datetime, datetime], word: str = "") -> Frame:
    return Frame(RANK[kind], bounds[0], bounds[1], kind, word)


def combine(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour))


def is_month(found: Frame | None) -> bool:
    """Whether a frame is a single month (what 上旬 and 第一周 narrow)."""
    return found is not None and found.kind in {Kind.MONTH, Kind.REL_MONTH, Kind.YEAR_MONTH}
