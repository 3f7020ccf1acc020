"""Sessions whose sign-in somebody may open, and the windows in which it stands open.

Guarded: what is run is reached through the scope of whoever asks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, select, update

from storage.prepared import Prepared
from storage.scope import TRAINEE, Scope
from storage.tables import (
    check_in_windows,
    enrolments,
    programmes,
    sessions,
    training_classes,
)
from storage.unit import Unit

MOST_SESSIONS = 200


@dataclass(frozen=True, slots=True)
class RunSession:
    """A session that the asker runs; moments are aware."""

    id: int
    class_id: int
    class_name: str
    programme: str
    aliases: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    place: str
    topic: str


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A sign-in that stands open until `closes_at`."""

    session_id: int
    code: str
    opened_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class CodeWindow:
    """A window that a typed code belongs to. `mine`: the typist is a trainee of its class."""

    session_id: int
    class_id: int
    class_name: str
    topic: str
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    mine: bool

    def open_at(self, moment: datetime) -> bool:
        """Whether the code opened it then; the closing second itself is inside."""
        if self.closed_at is not None and moment >= self.closed_at:
            return False
        return moment.replace(microsecond=0) <= self.closes_at


_attends = exists().where(
    enrolments.c.training_class_id == sessions.c.training_class_id,
    enrolments.c.person_id == bindparam("person_id"),
    enrolments.c.role == TRAINEE,
)
_RUN_SESSIONS = (
    select(
        sessions.c.id,
        sessions.c.training_class_id,
        training_classes.c.name,
        programmes.c.name,
        programmes.c.aliases,
        sessions.c.starts_at,
        sessions.c.ends_at,
        sessions.c.place,
        sessions.c.topic,
    )
    .join(training_classes, sessions.c.training_class_id == training_classes.c.id)
    .join(programmes, training_classes.c.programme_id == programmes.c.id)
    .order_by(sessions.c.starts_at, sessions.c.id)
    .limit(MOST_SESSIONS)
)
_CODE_WINDOWS = (
    select(
        sessions.c.id,
        sessions.c.training_class_id,
        training_classes.c.name,
        sessions.c.topic,
        sessions.c.starts_at,
        sessions.c.ends_at,
        check_in_windows.c.opened_at,
        check_in_windows.c.closes_at,
        check_in_windows.c.closed_at,
        _attends.label("mine"),
    )
    .join(sessions, check_in_windows.c.session_id == sessions.c.id)
    .join(training_classes, sessions.c.training_class_id == training_classes.c.id)
    .order_by(check_in_windows.c.opened_at.desc(), check_in_windows.c.id.desc())
)
_BY_CODE = Prepared(
    _CODE_WINDOWS.where(
        check_in_windows.c.code == bindparam("code"),
        check_in_windows.c.opened_at > bindparam("since"),
    )
)
_OF_TRAINEE = Prepared(
    _CODE_WINDOWS.where(_attends, check_in_windows.c.opened_at > bindparam("since"))
)
_IN_USE = select(check_in_windows.c.code).where(check_in_windows.c.opened_at > bindparam("since"))


class Windows:
    """Opening, closing and finding sign-ins."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def sessions_run(self, scope: Scope, start: datetime, end: datetime) -> tuple[RunSession, ...]:
        """The sessions that are run and touch a span, earliest first."""
        return self._sessions(
            _RUN_SESSIONS.where(sessions.c.starts_at < end, sessions.c.ends_at > start, _run(scope))
        )

    def session_run(self, scope: Scope, session_id: int) -> RunSession | None:
        """One session, if it is run by whoever asks."""
        found = self._sessions(_RUN_SESSIONS.where(sessions.c.id == session_id, _run(scope)))
        return found[0] if found else None

    def next_run(self, scope: Scope, after: datetime) -> RunSession | None:
        """The next session that is run and starts after a moment."""
        found = self._sessions(
            _RUN_SESSIONS.where(sessions.c.starts_at > after, _run(scope)).limit(1)
        )
        return found[0] if found else None

    def open_in(self, session_ids: Sequence[int], now: datetime) -> tuple[OpenWindow, ...]:
        """The windows of these sessions that stand open."""
        rows = self._unit.rows(
            select(
                check_in_windows.c.session_id,
                check_in_windows.c.code,
                check_in_windows.c.opened_at,
                check_in_windows.c.closes_at,
            ).where(
                check_in_windows.c.session_id.in_(session_ids),
                check_in_windows.c.closed_at.is_(None),
                check_in_windows.c.closes_at >= now.replace(microsecond=0),
            )
        )
        return tuple(OpenWindow(*row) for row in rows)

    def opened(self, session_ids: Sequence[int]) -> frozenset[int]:
        """Those of these sessions whose sign-in was ever opened."""
        rows = self._unit.rows(
            select(check_in_windows.c.session_id)
            .where(check_in_windows.c.session_id.in_(session_ids))
            .distinct()
        )
        return frozenset(row[0] for row in rows)

    def first_opened(self, session_id: int) -> datetime | None:
        """When a session's sign-in was opened for the first time."""
        moment: datetime | None = self._unit.value(
            select(check_in_windows.c.opened_at)
            .where(check_in_windows.c.session_id == session_id)
            .order_by(check_in_windows.c.opened_at)
            .limit(1)
        )
        return moment

    def open(self, session_id: int, code: str, by: int, now: datetime, closes_at: datetime) -> bool:
        """Open a session's sign-in; False where it stands open already, whoever was faster."""
        self._unit.run(
            update(check_in_windows)
            .where(
                check_in_windows.c.session_id == session_id,
                check_in_windows.c.closed_at.is_(None),
                check_in_windows.c.closes_at < now.replace(microsecond=0),
            )
            .values(closed_at=check_in_windows.c.closes_at)
        )
        return bool(
            self._unit.insert_new(
                check_in_windows,
                {
                    "session_id": session_id,
                    "code": code,
                    "opened_by_id": by,
                    "opened_at": now,
                    "closes_at": closes_at,
                },
            )
        )

    def close(self, session_id: int, now: datetime) -> bool:
        """Close a session's sign-in; False where it was closed already."""
        return bool(
            self._unit.run(
                update(check_in_windows)
                .where(
                    check_in_windows.c.session_id == session_id,
                    check_in_windows.c.closed_at.is_(None),
                )
                .values(closed_at=now)
            )
        )

    def codes_since(self, since: datetime) -> Collection[str]:
        """Codes given out since a moment; a new one differs from all of them."""
        return {row.code for row in self._unit.rows(_IN_USE, {"since": since})}

    def by_code(self, code: str, person_id: int, since: datetime) -> tuple[CodeWindow, ...]:
        """Windows with this code opened since a moment, the latest first."""
        found = {"code": code, "person_id": person_id, "since": since}
        return tuple(CodeWindow(*row) for row in self._unit.rows(_BY_CODE, found))

    def of_trainee(self, person_id: int, since: datetime) -> tuple[CodeWindow, ...]:
        """Windows of the classes that a person attends, the latest first."""
        found = {"person_id": person_id, "since": since}
        return tuple(CodeWindow(*row) for row in self._unit.rows(_OF_TRAINEE, found))

    def _sessions(self, statement: Select[Any]) -> tuple[RunSession, ...]:
        return tuple(
            RunSession(row[0], row[1], row[2], row[3], tuple(row[4]), *row[5:])
            for row in self._unit.rows(statement)
        )


def _run(scope: Scope) -> ColumnElement[bool]:
    return scope.classes(sessions.c.training_class_id)
