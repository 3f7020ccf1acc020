"""The plan of a notice as frozen values, and its fields as columns name them.

Knows no file format. `headcount` is always 人次 (enrolments of a phase), never persons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from storage.readers.problems import Problem


class Field(StrEnum):
    """What a column of a plan table holds."""

    SEQ = "seq"
    UNIT = "unit"
    TOPIC = "topic"
    NAME = "name"
    MODE = "mode"
    AUDIENCE = "audience"
    DURATION = "duration"
    HEADCOUNT = "headcount"
    PROVIDER = "provider"
    TIME = "time"
    CODE = "code"


# signs, as many as the tables hold
LONGEST = {
    Field.SEQ: 20,
    Field.UNIT: 120,
    Field.TOPIC: 120,
    Field.NAME: 200,
    Field.PROVIDER: 200,
}
LONGEST_OTHER = 2_000


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One row of the table: a phase of a programme.

    mode: of local, offsite, online. duration_unit: day, class_hour, or None without a value.
    start and end: inclusive days. source_rows: its own row first, then the rows from which
    blank cells were filled.
    """

    seq: str
    unit: str
    topic: str
    name: str
    mode: tuple[str, ...]
    audience: str
    duration_value: Decimal | None
    duration_unit: str | None
    headcount: int | None
    provider: str
    codes: tuple[str, ...]
    start: date | None
    end: date | None
    source_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """Totals as printed or as counted; None where the file says nothing.

    headcount: 人次. subtotal: the total line of the table (printed only). programmes: by written
    serial numbers. national_joint: 国培省市联合. county_joint: 市县联合. rows: counted only.
    """

    headcount: int | None = None
    subtotal: int | None = None
    programmes: int | None = None
    national_joint: int | None = None
    county_joint: int | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row exactly as it stands in the file."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan table with what its notice says of itself; `source` keeps every row as written."""

    title: str
    document_number: str | None
    year: int | None
    issuer: str | None
    items: tuple[PlanItem, ...]
    problems: tuple[Problem, ...]
    stated: PlanTotals
    computed: PlanTotals
    source: tuple[SourceRow, ...]


@dataclass(slots=True)
class Draft:
    """A row on its way to an item: texts by field, what was filled and from which row.

    group: index of the programme (rows under one serial). starts: opens that programme.
    """

    number: int
    texts: dict[Field, str]
    merged: dict[Field, int] = field(default_factory=dict)
    filled: dict[Field, int] = field(default_factory=dict)
    group: int = -1
    starts: bool = False
    numbered: bool = False

    def text(self, name: Field) -> str:
        """The text of a field; empty where blank or without a column."""
        return self.texts.get(name, "")
