"""When a check-in is on time, late, too early or too late, and how much absence is too much.

Policies are values that an office sets; told every time, it reads no clock and knows no person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from handlers.rules.shanghai import local

NOON = 12
EVENING = 18
EARLY_WARNINGS = (Fraction(1, 2), Fraction(4, 5))
"""Shares of the absence limit at which trainee and tutor are warned (story L06)."""


class CheckIn(StrEnum):
    """The judgement on a check-in."""

    ON_TIME = "on_time"
    LATE = "late"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"


class HalfDay(StrEnum):
    """The half day a session belongs to, by its start."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"

    @property
    def word(self) -> str:
        """The half day in Chinese."""
        return _HALF_DAY_WORDS[self]


_HALF_DAY_WORDS = {HalfDay.MORNING: "上午", HalfDay.AFTERNOON: "下午", HalfDay.EVENING: "晚上"}


@dataclass(frozen=True, slots=True)
class AttendancePolicy:
    """An office's sign-in policy (domain 2.3, "must be configurable").

    The window opens `opens_before` the start. Up to and including `grace` after the start is on
    time, after that late. It closes `closes_after` the start, at the end of the session if that
    comes first; with None it closes at the end. The default of 30 minutes is our choice: who
    comes later than that asks the tutor for a make-up (补签) instead of being booked as late by
    a code that somebody read out. Raises ValueError for spans that contradict each other.
    """

    opens_before: timedelta = timedelta(minutes=30)
    grace: timedelta = timedelta(minutes=10)
    closes_after: timedelta | None = timedelta(minutes=30)
    check_out: bool = False
    absence_limit: Fraction = Fraction(1, 5)

    def __post_init__(self) -> None:
        nothing = timedelta(0)
        if self.opens_before < nothing or self.grace < nothing:
            raise ValueError("opens_before and grace can't be negative")
        if self.closes_after is not None and self.closes_after < self.grace:
            raise ValueError("the window can't close before the grace is over")
        if not 0 < self.absence_limit <= 1:
            raise ValueError("the absence limit is a share above 0 and at most 1")


@dataclass(frozen=True, slots=True)
class Window:
    """One session's sign-in: from `opens` to `on_time_until` on time, then late to `closes`.

    All three moments are themselves inside.
    """

    opens: datetime
    on_time_until: datetime
    closes: datetime


def window(
    session_start: datetime,
    session_end: datetime,
    policy: AttendancePolicy,
    opened_at: datetime | None = None,
) -> Window:
    """The sign-in window of a session; all times aware.

    `opened_at` is when a tutor opened the sign-in by hand. Opened after the start, grace and
    closing count from then, so that nobody is late because the tutor was; opened before the
    ordinary window, the window opens with it. The end of the session closes in any case.
    """
    _check_order(session_start, session_end)
    opens = session_start - policy.opens_before
    counted_from = session_start
    if opened_at is not None:
        opens = min(opens, opened_at) if opened_at < session_start else opened_at
        counted_from = max(session_start, opened_at)
    closes = session_end
    if policy.closes_after is not None:
        closes = min(counted_from + policy.closes_after, session_end)
    return Window(opens, min(counted_from + policy.grace, closes), closes)


def judge_check_in(
    session_start: datetime,
    session_end: datetime,
    at: datetime,
    policy: AttendancePolicy,
    opened_at: datetime | None = None,
) -> CheckIn:
    """The judgement on a check-in at a moment, to the second: what the clock shows decides.

    Fractions of a second are dropped, so 08:40:00.9 is 08:40:00. Raises ValueError for a naive
    time or a session that ends before it starts.
    """
    span = window(session_start, session_end, policy, opened_at)
    second = at.replace(microsecond=0)
    if second < span.opens.replace(microsecond=0):
        return CheckIn.TOO_EARLY
    if second > span.closes:
        return CheckIn.TOO_LATE
    return CheckIn.ON_TIME if second <= span.on_time_until else CheckIn.LATE


def half_day(session_start: datetime) -> HalfDay:
    """The half day in which a session starts: before 12:00, before 18:00, later."""
    hour = local(session_start).hour
    if hour < NOON:
        return HalfDay.MORNING
    return HalfDay.AFTERNOON if hour < EVENING else HalfDay.EVENING


def absence_ratio(absent: int, total: int) -> Fraction:
    """The share of sessions (or half days, or class hours) missed; of none held, zero."""
    if not 0 <= absent <= total:
        raise ValueError(f"{absent} absences of {total}")
    return Fraction(absent, total) if total else Fraction(0)


def absence_limit_reached(absent: int, total: int, limit: Fraction) -> bool:
    """Whether the absence *reaches* the limit: at exactly 1/5 there is no credit (Jianghan)."""
    return total > 0 and absence_ratio(absent, total) >= limit


def early_warning(absent: int, total: int, limit: Fraction) -> Fraction | None:
    """The highest share of the limit (1/2, 4/5, 1) that the absence has reached, or None."""
    ratio = absence_ratio(absent, total)
    reached = [share for share in (*EARLY_WARNINGS, Fraction(1)) if ratio >= share * limit]
    return reached[-1] if reached and absent else None


def _check_order(session_start: datetime, session_end: datetime) -> None:
    if session_start.tzinfo is None or session_end.tzinfo is None:
        raise ValueError("session times must know their zone")
    if session_end <= session_start:
        raise ValueError("the session ends before it starts")
