"""What a credit rule set says, as values: ratios, caps, thresholds, offsets, exclusions, cycle.

Credit rules differ by place in unit, ratio, cap, offset direction and consequence (domain 2.2), so
they are versioned data. This file only declares their shape; it reads no file and judges nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from handlers.rules.credit_entries import FINEST_EXPONENT, Cells, Entry

SCHOOL_YEAR_MONTH = 9


class YearKind(StrEnum):
    """What a credit year is: 1 January to 31 December, or 1 September to 31 August."""

    CALENDAR = "calendar"
    SCHOOL = "school"


class CycleStart(StrEnum):
    """From when a person's first cycle runs."""

    FIXED = "fixed"
    JOINING_YEAR = "joining_year"
    YEAR_AFTER_JOINING = "year_after_joining"


class CapPer(StrEnum):
    """What a cap limits the sum of; a programme is one within a year, level and mode."""

    ENTRY = "entry"
    PROGRAMME = "programme"
    YEAR = "year"
    CYCLE = "cycle"


class Period(StrEnum):
    """Over what a threshold is measured."""

    CYCLE = "cycle"
    YEAR = "year"
    PROBATION = "probation"


class Measure(StrEnum):
    """What a threshold counts: credits after caps, or recognised class hours as they stand."""

    CREDIT = "credit"
    CLASS_HOUR = "class_hour"


class RoundingMode(StrEnum):
    """How a figure is brought to the allowed number of places."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    UP = "up"


class RoundingAt(StrEnum):
    """Where rounding happens: on each converted entry, or once on each sum."""

    ENTRY = "entry"
    TOTAL = "total"


_DECIMAL_MODES = {
    RoundingMode.HALF_UP: ROUND_HALF_UP,
    RoundingMode.HALF_EVEN: ROUND_HALF_EVEN,
    RoundingMode.DOWN: ROUND_FLOOR,
    RoundingMode.UP: ROUND_CEILING,
}
_QUANTA = tuple(Decimal(1).scaleb(-places) for places in range(1 - FINEST_EXPONENT))
_FINEST = _QUANTA[-1]


@dataclass(frozen=True, slots=True)
class Rounding:
    """The rounding rule; `places` 0 to 6."""

    mode: RoundingMode = RoundingMode.HALF_UP
    places: int = 2
    at: RoundingAt = RoundingAt.ENTRY

    def __call__(self, amount: Decimal) -> Decimal:
        """The amount, rounded by this rule."""
        return amount.quantize(_QUANTA[self.places], _DECIMAL_MODES[self.mode])


@dataclass(frozen=True, slots=True)
class Ratio:
    """`credits` credits for every `hours` class hours of the selected categories."""

    cells: Cells
    credits: Decimal
    hours: Decimal
    clause: str = ""

    def convert(self, class_hours: Decimal) -> Decimal:
        """The credits of that many hours, to six places (the finest an entry carries)."""
        return (class_hours * self.credits / self.hours).quantize(_FINEST, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `maximum` credits of the selected categories count per entry, programme, year, cycle.

    Caps of one rule set never cross (one selection holds the other or they are apart), which is
    what makes the result independent of the order of application; the parser sees to it.
    """

    name: str
    per: CapPer
    maximum: Decimal
    cells: Cells
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """At least `minimum` of the selected categories, else `consequence`."""

    name: str
    per: Period
    minimum: Decimal
    cells: Cells
    measure: Measure = Measure.CREDIT
    consequence: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Offset:
    """What exceeds threshold `source` may fill a gap in threshold `target`, never the reverse."""

    source: str
    target: str
    maximum: Decimal | None = None
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Categories that do not count; with `unaccredited_only`, only from refused providers."""

    name: str
    cells: Cells
    unaccredited_only: bool = False
    clause: str = ""

    def covers(self, entry: Entry) -> bool:
        """Whether the entry does not count because of this rule."""
        return entry.cell in self.cells and not (self.unaccredited_only and entry.accredited)


@dataclass(frozen=True, slots=True)
class Probation:
    """New teachers' first months; their hours stay outside the cycle unless `in_cycle`."""

    months: int
    in_cycle: bool = False
    clause: str = ""

    def end(self, joined: date) -> date:
        """The first day after the probation of somebody who joined on that day."""
        months = joined.month - 1 + self.months
        first = date(joined.year + months // 12, months % 12 + 1, 1)
        return first + timedelta(days=min(joined.day, _days_in_month(first)) - 1)


@dataclass(frozen=True, slots=True)
class CycleRule:
    """The credit cycle: whole credit years, repeating from `start`."""

    years: int
    start: date
    begins: CycleStart = CycleStart.FIXED
    year_kind: YearKind = YearKind.CALENDAR

    @property
    def first_month(self) -> int:
        """The month a credit year starts in."""
        return 1 if self.year_kind is YearKind.CALENDAR else SCHOOL_YEAR_MONTH

    def year_of(self, day: date) -> int:
        """The credit year of a day, named by the calendar year it starts in."""
        return day.year if day.month >= self.first_month else day.year - 1

    def year_start(self, year: int) -> date:
        """The first day of a credit year."""
        return date(year, self.first_month, 1)

    def year_end(self, year: int) -> date:
        """The last day of a credit year."""
        return self.year_start(year + 1) - timedelta(days=1)

    def year_word(self, year: int) -> str:
        """The credit year in Chinese."""
        return f"{year} 年" if self.year_kind is YearKind.CALENDAR else f"{year} 学年"


@dataclass(frozen=True, slots=True)
class CreditRuleSet:
    """One version of one place's credit rules.

    `source` is the document; `not_given` lists, in Chinese, what the source does not say and
    what was therefore assumed or left out. `valid_to` is the last day, None while in force.
    """

    region: str
    version: str
    title: str
    source: str
    valid_from: date
    valid_to: date | None
    cycle: CycleRule
    thresholds: tuple[Threshold, ...]
    ratios: tuple[Ratio, ...] = ()
    caps: tuple[Cap, ...] = ()
    offsets: tuple[Offset, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    probation: Probation | None = None
    rounding: Rounding = Rounding()
    unit_word: str = "学分"
    absence_limit: Fraction | None = None
    not_given: tuple[str, ...] = ()

    def valid_on(self, day: date) -> bool:
        """Whether this version is in force on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def in_probation(self, entry: Entry, joined: date | None) -> bool | None:
        """Whether an entry falls into the probation; None where an undated one may or may not."""
        if self.probation is None or joined is None:
            return False
        end = self.probation.end(joined)
        if entry.occurred_on is not None:
            return joined <= entry.occurred_on < end
        first, last = self.cycle.year_start(entry.year), self.cycle.year_end(entry.year)
        if last < joined or first >= end:
            return False
        return True if joined <= first and last < end else None

    def probation_keeps_out(self, entry: Entry, joined: date | None) -> bool | None:
        """Whether an entry stays outside the cycle as probation hours; None as above."""
        if self.probation is None or self.probation.in_cycle:
            return False
        return self.in_probation(entry, joined)


def choose(rule_sets: Iterable[CreditRuleSet], region: str, on: date) -> CreditRuleSet | None:
    """The version of a region in force on a day; of several, the one that began last."""
    valid = [rules for rules in rule_sets if rules.region == region and rules.valid_on(on)]
    return max(valid, key=lambda rules: (rules.valid_from, rules.version), default=None)


def _days_in_month(first: date) -> int:
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return (after - first).days
