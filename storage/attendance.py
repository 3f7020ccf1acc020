"""Who was present at which session. Others' presence is told to whoever runs the class only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Insert, Select, and_, bindparam, case, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.prepared import Prepared
from storage.scope import TRAINEE, Scope
from storage.tables import (
    attendance,
    check_in_windows,
    enrolments,
    organisations,
    people,
    sessions,
    training_classes,
)
from storage.unit import Unit

CHECK_IN = "check_in"
ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Presence:
    """One record: when, how it was judged, and by which way it came."""

    at: datetime
    judgement: str
    method: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many trainees a session has and how they signed in."""

    trainees: int
    on_time: int
    late: int

    @property
    def present(self) -> int:
        """All who signed in."""
        return self.on_time + self.late


@dataclass(frozen=True, slots=True)
class Missing:
    """A trainee without a record."""

    name: str
    staff_number: str
    organisation: str


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One past session of a person; `judgement` None: no record. `opened`: sign-in was held."""

    class_name: str
    programme_id: int
    topic: str
    starts_at: datetime
    ends_at: datetime
    at: datetime | None
    judgement: str | None
    opened: bool


_ONE = Prepared(
    select(attendance.c.at, attendance.c.judgement, attendance.c.method).where(
        attendance.c.session_id == bindparam("session_id"),
        attendance.c.person_id == bindparam("person_id"),
        attendance.c.kind == CHECK_IN,
    )
)
_SIGNED_IN = Prepared(
    select(func.count().label("people")).where(
        attendance.c.session_id == bindparam("session_id"), attendance.c.kind == CHECK_IN
    )
)
_WRITTEN = ("session_id", "person_id", "kind", "at", "judgement", "method", "remark")


def _record(dialect: str) -> Insert:
    """A record, unless there is one already: the constraint decides, whoever comes first."""
    maker = sqlite.insert if dialect == "sqlite" else postgresql.insert
    values: dict[str, object] = {name: bindparam(name) for name in _WRITTEN}
    return maker(attendance).values(values).on_conflict_do_nothing()


_RECORD = Prepared(_record)
_record_of_trainee = and_(
    attendance.c.session_id == sessions.c.id,
    attendance.c.person_id == enrolments.c.person_id,
    attendance.c.kind == CHECK_IN,
)
_trainees = (
    sessions.join(
        enrolments,
        and_(
            enrolments.c.training_class_id == sessions.c.training_class_id,
            enrolments.c.role == TRAINEE,
        ),
    )
    .join(people, enrolments.c.person_id == people.c.id)
    .join(organisations, people.c.organisation_id == organisations.c.id)
    .outerjoin(attendance, _record_of_trainee)
)
_COUNTS = (
    select(
        func.count(),
        func.count(case((attendance.c.judgement != "late", 1))),
        func.count(case((attendance.c.judgement == "late", 1))),
    )
    .select_from(_trainees)
    .where(
        sessions.c.id == bindparam("session_id"),
        # who has left is not waited for; who was there is counted all the same
        (people.c.status == ACTIVE) | attendance.c.id.is_not(None),
    )
)
_OWN = (
    select(
        training_classes.c.name,
        training_classes.c.programme_id,
        sessions.c.topic,
        sessions.c.starts_at,
        sessions.c.ends_at,
        attendance.c.at,
        attendance.c.judgement,
        exists().where(check_in_windows.c.session_id == sessions.c.id).label("opened"),
    )
    .select_from(
        sessions.join(training_classes, sessions.c.training_class_id == training_classes.c.id)
        .join(
            enrolments,
            and_(
                enrolments.c.training_class_id == sessions.c.training_class_id,
                enrolments.c.role == TRAINEE,
            ),
        )
        .outerjoin(attendance, _record_of_trainee)
    )
    .where(
        enrolments.c.person_id == bindparam("person_id"), sessions.c.starts_at < bindparam("until")
    )
    .order_by(sessions.c.starts_at.desc(), sessions.c.id.desc())
    .limit(500)
)


class Attendance:
    """Writing and reading presence."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def sign_in(
        self,
        session_id: int,
        person_id: int,
        at: datetime,
        judgement: str,
        method: str,
        remark: str = "",
    ) -> bool:
        """Record a check-in; False where there is one already, which stays as it is."""
        return bool(
            self._unit.run(
                _RECORD,
                {
                    "session_id": session_id,
                    "person_id": person_id,
                    "kind": CHECK_IN,
                    "at": at,
                    "judgement": judgement,
                    "method": method,
                    "remark": remark,
                },
            )
        )

    def of(self, session_id: int, person_id: int) -> Presence | None:
        """A person's check-in at a session."""
        row = self._unit.row(_ONE, {"session_id": session_id, "person_id": person_id})
        return None if row is None else Presence(*row)

    def signed_in(self, session_id: int) -> int:
        """How many have signed in: a number that everybody may know."""
        return int(self._unit.value(_SIGNED_IN, {"session_id": session_id}))

    def counts(self, session_id: int, scope: Scope) -> Counts:
        """The session in numbers, of the people whom the scope has."""
        row = self._unit.row(_COUNTS.where(scope.members()), {"session_id": session_id})
        assert row is not None
        return Counts(*row)

    def missing(self, session_id: int, scope: Scope) -> tuple[Missing, ...]:
        """Trainees without a record whom the scope has, by organisation."""
        return tuple(Missing(*row) for row in self._unit.rows(_missing(session_id, scope)))

    def own(self, person_id: int, until: datetime) -> tuple[OwnSession, ...]:
        """A trainee's sessions that began before a moment, the latest first."""
        found = {"person_id": person_id, "until": until}
        return tuple(OwnSession(*row) for row in self._unit.rows(_OWN, found))


def _missing(session_id: int, scope: Scope) -> Select[tuple[str, str, str]]:
    return (
        select(people.c.name, people.c.staff_number, organisations.c.name)
        .select_from(_trainees)
        .where(
            sessions.c.id == session_id,
            people.c.status == ACTIVE,
            attendance.c.id.is_(None),
            scope.members(),
        )
        .order_by(organisations.c.name, people.c.staff_number)
    )
