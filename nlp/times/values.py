"""The values of time reading: spans, a reading, and the office's school terms.

Pure data; knows no grammar and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of time and where it was written.

    `begin` and `finish` are offsets in the given text; `start` and `end` are aware local
    datetimes, `end` exclusive; an open side is None (nlu/intents.md, Times).
    """

    text: str
    begin: int
    finish: int
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class TimeReading:
    """What a message says about time.

    `time_of_day` is `"HH:MM"`, `recurrence` an RFC 5545 RRULE without its prefix; neither
    is guessed: both are None unless written.
    """

    spans: tuple[Span, ...] = ()
    time_of_day: str | None = None
    recurrence: str | None = None


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """First and last days (both included) of the two terms of the year beginning in `year`."""

    year: int
    autumn_first: date
    autumn_last: date
    spring_first: date
    spring_last: date


@dataclass(frozen=True, slots=True)
class Terms:
    """The office's school calendar; years that it does not list have the default terms.

    The default is 1 September-31 January and 16 February-15 July (nlu/intents.md, Times);
    寒假 and 暑假 are what lies between.
    """

    years: tuple[SchoolYear, ...] = ()

    def school_year(self, year: int) -> SchoolYear:
        """Terms of the school year that begins in the autumn of `year`."""
        for listed in self.years:
            if listed.year == year:
                return listed
        return SchoolYear(
            year=year,
            autumn_first=date(year, 9, 1),
            autumn_last=date(year + 1, 1, 31),
            spring_first=date(year + 1, 2, 16),
            spring_last=date(year + 1, 7, 15),
        )

    def around(self, day: date) -> list[tuple[date, date]]:
        """Terms near `day` in order, as (first day, first day after the term)."""
        terms = []
        for year in range(day.year - 3, day.year + 3):
            known = self.school_year(year)
            terms.append((known.autumn_first, known.autumn_last + timedelta(days=1)))
            terms.append((known.spring_first, known.spring_last + timedelta(days=1)))
        return terms

    def winter(self, year: int) -> tuple[date, date]:
        """寒假 in the spring of `year`: (first day, first day of the next term)."""
        known = self.school_year(year - 1)
        return known.autumn_last + timedelta(days=1), known.spring_first

    def summer(self, year: int) -> tuple[date, date]:
        """暑假 of `year`: (first day, first day of the next term)."""
        first = self.school_year(year - 1).spring_last + timedelta(days=1)
        return first, self.school_year(year).autumn_first


DEFAULT_TERMS = Terms()
