"""The rows of an office's spreadsheets as frozen values, one class a kind (templates.md).

Codes of closed lists are identifiers (storage.imports.words). `row` is the sheet row. Knows
nothing of files or tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What a file may be: the KIND of `import` and `export`."""

    ROSTER = "roster"
    ORGANISATIONS = "organisations"
    PLAN = "plan"
    CLASSES = "classes"
    TIMETABLE = "timetable"
    DEADLINES = "deadlines"
    CREDITS = "credits"
    RESULTS = "results"
    ATTENDANCE = "attendance"
    SUBMISSIONS = "submissions"
    DOCUMENT = "document"
    RULES = "rules"


class _Checked:
    """What every row can be asked: faults that lie between its cells."""

    __slots__ = ()

    def faults(self) -> Iterator[str]:
        """Chinese clauses, one for each fault; none where the cells agree."""
        yield from ()


@dataclass(frozen=True, slots=True)
class RosterRow(_Checked):
    """A person. `scope` None: the own `unit` of a school_admin, the root of a county_admin.

    roles: teacher school_admin county_admin class_tutor workshop_leader provider.
    status: active transferred retired on_leave. `joined` is a day, the first where only a
    month is given.
    """

    row: int
    name: str
    staff_number: str
    unit: str
    district: str | None = None
    school_stage: str | None = None
    subject: str | None = None
    position: str | None = None
    mobile: str | None = None
    roles: tuple[str, ...] = ("teacher",)
    scope: str | None = None
    wecom_account: str | None = None
    joined: date | None = None
    status: str = "active"


@dataclass(frozen=True, slots=True)
class OrganisationRow(_Checked):
    """A unit of the tree; `parent` None: the root. category: city county district school
    institution."""

    row: int
    name: str
    parent: str | None = None
    category: str | None = None
    short_names: tuple[str, ...] = ()

    def faults(self) -> Iterator[str]:
        """A unit above itself."""
        if self.parent == self.name:
            yield "“上级”写的是自己"


@dataclass(frozen=True, slots=True)
class ClassRow(_Checked):
    """One person in one class. role: trainee class_tutor workshop_leader online_tutor."""

    row: int
    training_class: str
    programme: str
    name: str
    staff_number: str
    role: str = "trainee"
    wecom_group: str | None = None
    qq_group: str | None = None


@dataclass(frozen=True, slots=True)
class TimetableRow(_Checked):
    """One session of a class, times of day in Asia/Shanghai."""

    row: int
    training_class: str
    day: date
    start: time
    end: time
    place: str | None = None
    topic: str | None = None
    lecturer: str | None = None
    check_out: bool = False

    def faults(self) -> Iterator[str]:
        """An end that is not after the start."""
        if self.end <= self.start:
            yield f"“结束”{self.end:%H:%M} 不晚于“开始”{self.start:%H:%M}"


@dataclass(frozen=True, slots=True)
class DeadlineRow(_Checked):
    """A thing due. `due_time` None: the whole day counts. audience: trainee school provider."""

    row: int
    item: str
    due_date: date
    due_time: time | None = None
    programme: str | None = None
    training_class: str | None = None
    audience: str = "trainee"
    note: str | None = None
    link: str | None = None
    consequence: str | None = None

    @property
    def due(self) -> tuple[date, time | None]:
        """Day and time as the one column 截止 holds them."""
        return self.due_date, self.due_time


@dataclass(frozen=True, slots=True)
class CreditRow(_Checked):
    """A ledger entry. level: national provincial municipal county school; mode: face_to_face
    online school_based; status: recognised pending rejected. `credit` None: by the rule set."""

    row: int
    staff_number: str
    name: str | None
    credit_year: int
    programme: str
    level: str | None
    mode: str | None
    class_hours: Decimal
    credit: Decimal | None = None
    status: str = "recognised"
    evidence: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class ResultRow(_Checked):
    """Results of one trainee; scores as given, None where the cell is blank."""

    row: int
    training_class: str
    staff_number: str
    name: str | None = None
    online_score: Decimal | None = None
    offline_score: Decimal | None = None
    homework: str | None = None
    conclusion: str | None = None


@dataclass(frozen=True, slots=True)
class AttendanceRow(_Checked):
    """One line of a paper or platform sign-in sheet."""

    row: int
    training_class: str
    day: date
    staff_number: str
    name: str | None = None
    check_in: time | None = None
    check_out: time | None = None
    note: str | None = None

    def faults(self) -> Iterator[str]:
        """A check-out before the check-in."""
        if self.check_in and self.check_out and self.check_out < self.check_in:
            yield f"“签退时间”{self.check_out:%H:%M} 早于“签到时间”{self.check_in:%H:%M}"


@dataclass(frozen=True, slots=True)
class SubmissionRow(_Checked):
    """Something handed in; `submitted_at` in Asia/Shanghai, None where not given."""

    row: int
    item: str
    staff_number: str
    submitted_at: datetime | None = None


SheetRow = (
    RosterRow
    | OrganisationRow
    | ClassRow
    | TimetableRow
    | DeadlineRow
    | CreditRow
    | ResultRow
    | AttendanceRow
    | SubmissionRow
)
