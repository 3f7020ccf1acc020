"""What the credit ledger holds, as values: levels, modes, states and one entry.

Knows no rule set and no table; storage hands rows over in this shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import product

LARGEST_AMOUNT = Decimal(100_000)
"""No single entry comes near it; above it a figure is an identity number in the wrong column."""

FINEST_EXPONENT = -6
"""Amounts carry at most six decimal places, so that sums are exact in any order."""


class Level(StrEnum):
    """The five training levels (domain 2.1, after [000])."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    MUNICIPAL = "municipal"
    COUNTY = "county"
    SCHOOL = "school"

    @property
    def word(self) -> str:
        """The level as an officer writes it."""
        return _LEVEL_WORDS[self]


class Mode(StrEnum):
    """The form in which a training is done."""

    FACE_TO_FACE = "face_to_face"
    ONLINE = "online"
    SCHOOL_BASED = "school_based"
    BLENDED = "blended"
    PRACTICE = "practice"
    DEGREE_STUDY = "degree_study"

    @property
    def word(self) -> str:
        """The mode as an officer writes it."""
        return _MODE_WORDS[self]


_LEVEL_WORDS = {
    Level.NATIONAL: "国培",
    Level.PROVINCIAL: "省培",
    Level.MUNICIPAL: "市培",
    Level.COUNTY: "县培",
    Level.SCHOOL: "校本",
}
_MODE_WORDS = {
    Mode.FACE_TO_FACE: "集中",
    Mode.ONLINE: "网络",
    Mode.SCHOOL_BASED: "校本",
    Mode.BLENDED: "混合",
    Mode.PRACTICE: "实践",
    Mode.DEGREE_STUDY: "学历",
}

Cell = tuple[Level, Mode]
Cells = frozenset[Cell]

EVERYTHING: Cells = frozenset(product(Level, Mode))


class EntryStatus(StrEnum):
    """Where an entry stands in the audit."""

    RECOGNISED = "recognised"
    PENDING = "pending"
    REJECTED = "rejected"

    @property
    def word(self) -> str:
        """The state as an officer writes it."""
        return _STATUS_WORDS[self]


_STATUS_WORDS = {
    EntryStatus.RECOGNISED: "已认定",
    EntryStatus.PENDING: "待审核",
    EntryStatus.REJECTED: "已驳回",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a person's credit ledger.

    `year` is the credit year it is registered under (a school year is named by the year it
    starts in). `credits` is what the registrar wrote down, None where only hours are known.
    `reason` says why it was rejected. `accredited` is False for a provider that the rule set may
    refuse. Raises ValueError for amounts that are negative, not finite, larger than
    LARGEST_AMOUNT or finer than six decimal places.
    """

    id: int
    year: int
    programme: str
    level: Level
    mode: Mode
    class_hours: Decimal
    credits: Decimal | None = None
    status: EntryStatus = EntryStatus.RECOGNISED
    basis: str = ""
    reason: str = ""
    occurred_on: date | None = None
    accredited: bool = True

    def __post_init__(self) -> None:
        _check_amount("class_hours", self.class_hours)
        if self.credits is not None:
            _check_amount("credits", self.credits)

    @property
    def cell(self) -> Cell:
        """The category that ratios, caps and thresholds select by."""
        return self.level, self.mode


def category_word(level: Level, mode: Mode) -> str:
    """The category in Chinese: 县培网络, and 校本 where level and mode are the same word."""
    return level.word if level.word == mode.word else level.word + mode.word


def _check_amount(field: str, amount: Decimal) -> None:
    exponent = amount.as_tuple().exponent
    if (
        not isinstance(exponent, int)
        or not 0 <= amount <= LARGEST_AMOUNT
        or (exponent < FINEST_EXPONENT and amount != round(amount, -FINEST_EXPONENT))
    ):
        raise ValueError(f"{field} is not a usable amount: {amount}")
