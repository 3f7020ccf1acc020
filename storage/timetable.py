"""Sessions of the classes that a person attends or runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, select

from storage.tables import enrolments, programmes, sessions, training_classes
from storage.unit import Unit

TRAINEE = "trainee"
MOST_SESSIONS = 200


@dataclass(frozen=True, slots=True)
class ClassSession:
    """One session (课次); moments are aware. `runs`: the asker is there, but not as a trainee."""

    id: int
    class_id: int
    class_name: str
    programme: str
    starts_at: datetime
    ends_at: datetime
    place: str
    topic: str
    lecturer: str
    check_out: bool
    runs: bool


_runs = exists().where(
    enrolments.c.training_class_id == sessions.c.training_class_id,
    enrolments.c.person_id == bindparam("person_id"),
    enrolments.c.role != TRAINEE,
)
_SESSIONS = (
    select(
        sessions.c.id,
        sessions.c.training_class_id,
        training_classes.c.name.label("class_name"),
        programmes.c.name.label("programme"),
        sessions.c.starts_at,
        sessions.c.ends_at,
        sessions.c.place,
        sessions.c.topic,
        sessions.c.lecturer,
        sessions.c.check_out,
        _runs.label("runs"),
    )
    .join(training_classes, sessions.c.training_class_id == training_classes.c.id)
    .join(programmes, training_classes.c.programme_id == programmes.c.id)
    .where(
        exists().where(
            enrolments.c.training_class_id == sessions.c.training_class_id,
            enrolments.c.person_id == bindparam("person_id"),
        )
    )
    .order_by(sessions.c.starts_at, sessions.c.id)
    .limit(bindparam("most"))
)
_BETWEEN = _SESSIONS.where(
    sessions.c.starts_at < bindparam("end"), sessions.c.ends_at > bindparam("start")
)
_AFTER = _SESSIONS.where(sessions.c.ends_at > bindparam("start"))
_BEFORE = _SESSIONS.where(sessions.c.starts_at < bindparam("end"))
_LAST = _BEFORE.order_by(None).order_by(sessions.c.ends_at.desc())


class Timetable:
    """Reading the timetable; every question is about one person's own classes."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def between(
        self,
        person_id: int,
        start: datetime | None,
        end: datetime | None,
        classes: Sequence[int] | None = None,
    ) -> tuple[ClassSession, ...]:
        """Sessions that touch a span (an open side: None), earliest first; of some classes only."""
        if start is not None and end is not None:
            statement = _BETWEEN
        elif start is not None:
            statement = _AFTER
        else:
            statement = _BEFORE if end is not None else _SESSIONS
        found: dict[str, Any] = {"person_id": person_id, "most": MOST_SESSIONS}
        if start is not None:
            found["start"] = start
        if end is not None:
            found["end"] = end
        return self._sessions(_of_classes(statement, classes), found)

    def next_after(
        self, person_id: int, moment: datetime, classes: Sequence[int] | None = None
    ) -> ClassSession | None:
        """The session that is on or that comes next."""
        found = self._sessions(
            _of_classes(_AFTER, classes), {"person_id": person_id, "start": moment, "most": 1}
        )
        return found[0] if found else None

    def last_before(
        self, person_id: int, moment: datetime, classes: Sequence[int] | None = None
    ) -> ClassSession | None:
        """Of the sessions begun before a moment the one that ends last."""
        found = self._sessions(
            _of_classes(_LAST, classes), {"person_id": person_id, "end": moment, "most": 1}
        )
        return found[0] if found else None

    def _sessions(
        self, statement: Select[Any], parameters: dict[str, Any]
    ) -> tuple[ClassSession, ...]:
        return tuple(ClassSession(*row) for row in self._unit.rows(statement, parameters))


def _of_classes(statement: Select[Any], classes: Sequence[int] | None) -> Select[Any]:
    if classes is None:
        return statement
    return statement.where(sessions.c.training_class_id.in_(classes))
