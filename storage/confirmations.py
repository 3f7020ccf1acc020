"""How far a notice is: who has confirmed, who has not, and what could not be delivered.

Guarded: told to a `Watcher`, who sees the people of their branches and the trainees of the
classes they lead, and nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from storage.notices import APPROVED, NOTICE_ROWS, Notice
from storage.outbox_values import DeliveryStatus
from storage.people import in_branches
from storage.tables import (
    deliveries,
    enrolments,
    notice_recipients,
    notices,
    organisations,
    people,
)
from storage.unit import Unit

TRAINEE = "trainee"
PURPOSE = "notice"
_WAITING = (DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED)
_FAILED = (DeliveryStatus.REJECTED, DeliveryStatus.UNKNOWN, DeliveryStatus.DEAD)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who looks at confirmations: branches they administer, and the classes they lead."""

    person_id: int
    branches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Confirmations:
    """One organisation's part of a notice. `unreachable`: no account to write to."""

    organisation: str
    people: int
    confirmed: int
    sent: int
    waiting: int
    failed: int
    unreachable: int


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Somebody who has not confirmed."""

    name: str
    staff_number: str
    organisation: str


class ConfirmationBoard:
    """Reading confirmations."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def watched(self, watcher: Watcher, number: int | None = None) -> Notice | None:
        """The latest notice, or the one of that number, sent to people the watcher sees."""
        concerned = exists(
            select(notice_recipients.c.id)
            .join(people, notice_recipients.c.person_id == people.c.id)
            .join(organisations, people.c.organisation_id == organisations.c.id)
            .where(notice_recipients.c.notice_id == notices.c.id, _seen_by(watcher))
            .correlate(notices)
        )
        statement = NOTICE_ROWS.where(notices.c.status == APPROVED, concerned)
        if number is not None:
            statement = statement.where(notices.c.number == number)
        row = self._unit.row(
            statement.order_by(notices.c.approved_at.desc(), notices.c.number.desc()).limit(1)
        )
        return None if row is None else Notice(*row)

    def confirmations(
        self, notice_id: int, watcher: Watcher, branch: str | None = None
    ) -> tuple[Confirmations, ...]:
        """How far a notice is, by organisation; `branch` narrows what the watcher sees."""
        statement = _recipients(
            notice_id,
            watcher,
            branch,
            organisations.c.name,
            func.count(),
            _number(notice_recipients.c.confirmed_at.is_not(None)),
            _number(deliveries.c.status == DeliveryStatus.SENT),
            _number(deliveries.c.status.in_(_WAITING)),
            _number(deliveries.c.status.in_(_FAILED)),
            _number(deliveries.c.id.is_(None)),
        )
        rows = self._unit.rows(statement.group_by(organisations.c.name).order_by("name"))
        return tuple(Confirmations(*row) for row in rows)

    def missing(
        self, notice_id: int, watcher: Watcher, branch: str | None = None
    ) -> tuple[Unconfirmed, ...]:
        """Who has not confirmed, among the people the watcher sees."""
        statement = _recipients(
            notice_id,
            watcher,
            branch,
            people.c.name,
            people.c.staff_number,
            organisations.c.name,
        )
        rows = self._unit.rows(
            statement.where(notice_recipients.c.confirmed_at.is_(None)).order_by(
                organisations.c.name, people.c.staff_number
            )
        )
        return tuple(Unconfirmed(*row) for row in rows)

    def held(self) -> tuple[tuple[int, int], ...]:
        """Notices with deliveries that have not left: number and how many."""
        rows = self._unit.rows(
            select(notices.c.number, func.count())
            .join(deliveries, deliveries.c.notice_id == notices.c.id)
            .where(deliveries.c.status.in_(_WAITING))
            .group_by(notices.c.number)
            .order_by(notices.c.number)
        )
        return tuple((row[0], row[1]) for row in rows)


def _recipients(notice_id: int, watcher: Watcher, branch: str | None, *columns: Any) -> Select[Any]:
    """A query over a notice's recipients whom the watcher sees, with their first delivery."""
    statement = (
        select(*columns)
        .select_from(
            notice_recipients.join(people, notice_recipients.c.person_id == people.c.id)
            .join(organisations, people.c.organisation_id == organisations.c.id)
            .outerjoin(
                deliveries,
                and_(
                    deliveries.c.notice_id == notice_recipients.c.notice_id,
                    deliveries.c.person_id == notice_recipients.c.person_id,
                    deliveries.c.purpose == PURPOSE,
                ),
            )
        )
        .where(notice_recipients.c.notice_id == notice_id, _seen_by(watcher))
    )
    return statement if branch is None else statement.where(in_branches([branch]))


def _seen_by(watcher: Watcher) -> ColumnElement[bool]:
    """A condition on people (joined with their organisation)."""
    led = enrolments.alias("led")
    attends = exists(
        select(enrolments.c.id)
        .join(led, led.c.training_class_id == enrolments.c.training_class_id)
        .where(
            enrolments.c.person_id == people.c.id,
            enrolments.c.role == TRAINEE,
            led.c.person_id == watcher.person_id,
            led.c.role != TRAINEE,
        )
        .correlate(people)
    )
    return or_(in_branches(watcher.branches), attends) if watcher.branches else attends


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))
