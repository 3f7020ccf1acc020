"""How far a notice is: who has confirmed, who has not, and what could not be delivered.

Guarded: told of the people whom the scope of whoever asks has, and of nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, or_, select

from storage.notices import APPROVED, NOTICE_ROWS, Notice
from storage.outbox_values import DeliveryStatus
from storage.scope import Scope, in_branches
from storage.tables import (
    deliveries,
    notice_recipients,
    notices,
    organisations,
    people,
)
from storage.unit import Unit

PURPOSE = "notice"
# Of several deliveries to one person (parked by QQ, sent by WeCom) the best one says how far the
# notice is.
_RANKS = {
    DeliveryStatus.SENT: 7,
    DeliveryStatus.CLAIMED: 6,
    DeliveryStatus.QUEUED: 6,
    DeliveryStatus.PARKED: 5,
    DeliveryStatus.UNKNOWN: 4,
    DeliveryStatus.DEAD: 3,
    DeliveryStatus.REJECTED: 2,
    DeliveryStatus.CANCELLED: 1,
}
_RANK = case(*((deliveries.c.status == status, rank) for status, rank in _RANKS.items()), else_=0)


@dataclass(frozen=True, slots=True)
class Confirmations:
    """One organisation's part of a notice, by people, each counted in one state of sending.

    `parked`: waits until they speak. `unknown`: it may have arrived. `unreachable`: no account.
    """

    organisation: str
    people: int
    confirmed: int
    sent: int
    waiting: int
    parked: int
    unknown: int
    failed: int
    unreachable: int


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Somebody who has not confirmed."""

    name: str
    staff_number: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody whom a notice has not reached; `status` None: nothing could be queued."""

    name: str
    staff_number: str
    organisation: str
    status: DeliveryStatus | None
    channel: str
    error: str


class ConfirmationBoard:
    """Reading confirmations."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def watched(self, scope: Scope, number: int | None = None) -> Notice | None:
        """The latest notice, or the one of that number, sent to people the scope has."""
        concerned = exists(
            select(notice_recipients.c.id)
            .join(people, notice_recipients.c.person_id == people.c.id)
            .join(organisations, people.c.organisation_id == organisations.c.id)
            .where(notice_recipients.c.notice_id == notices.c.id, scope.people())
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
        self, notice_id: int, scope: Scope, branch: str | None = None
    ) -> tuple[Confirmations, ...]:
        """How far a notice is, by organisation; `branch` narrows what the scope has."""
        best = _best(notice_id)
        statement = _recipients(
            notice_id,
            scope,
            branch,
            organisations.c.name,
            func.count(),
            _number(notice_recipients.c.confirmed_at.is_not(None)),
            _number(best.c.rank == _RANKS[DeliveryStatus.SENT]),
            _number(best.c.rank == _RANKS[DeliveryStatus.QUEUED]),
            _number(best.c.rank == _RANKS[DeliveryStatus.PARKED]),
            _number(best.c.rank == _RANKS[DeliveryStatus.UNKNOWN]),
            _number(
                best.c.rank.in_((_RANKS[DeliveryStatus.DEAD], _RANKS[DeliveryStatus.REJECTED]))
            ),
            _number(best.c.rank.is_(None)),
        ).outerjoin(best, best.c.person_id == notice_recipients.c.person_id)
        rows = self._unit.rows(statement.group_by(organisations.c.name).order_by("name"))
        return tuple(Confirmations(*row) for row in rows)

    def unreached(self, notice_id: int, scope: Scope) -> tuple[Unreached, ...]:
        """Whom a notice has not reached, though nothing is on its way to them; with the reason."""
        best = _best(notice_id)
        mine = and_(
            deliveries.c.notice_id == notice_id,
            deliveries.c.person_id == notice_recipients.c.person_id,
            best.c.rank == _RANK,
        )
        rows = self._unit.rows(
            _recipients(
                notice_id,
                scope,
                None,
                people.c.id,
                people.c.name,
                people.c.staff_number,
                organisations.c.name,
                deliveries.c.status,
                deliveries.c.channel,
                deliveries.c.error,
            )
            .outerjoin(best, best.c.person_id == notice_recipients.c.person_id)
            .outerjoin(deliveries, mine)
            .where(
                or_(
                    best.c.rank.is_(None),
                    best.c.rank.between(
                        _RANKS[DeliveryStatus.REJECTED], _RANKS[DeliveryStatus.PARKED]
                    ),
                ),
                notice_recipients.c.confirmed_at.is_(None),
            )
            .order_by(organisations.c.name, people.c.staff_number)
        )
        once = {row[0]: row for row in rows}
        return tuple(
            Unreached(
                row[1],
                row[2],
                row[3],
                None if row[4] is None else DeliveryStatus(row[4]),
                row[5] or "",
                row[6] or "",
            )
            for row in once.values()
        )

    def missing(
        self, notice_id: int, scope: Scope, branch: str | None = None
    ) -> tuple[Unconfirmed, ...]:
        """Who has not confirmed, among the people the scope has."""
        statement = _recipients(
            notice_id,
            scope,
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


def _recipients(notice_id: int, scope: Scope, branch: str | None, *columns: Any) -> Select[Any]:
    """A query over a notice's recipients whom the scope has, each once."""
    statement = (
        select(*columns)
        .select_from(
            notice_recipients.join(people, notice_recipients.c.person_id == people.c.id).join(
                organisations, people.c.organisation_id == organisations.c.id
            )
        )
        .where(notice_recipients.c.notice_id == notice_id, scope.people())
    )
    return statement if branch is None else statement.where(in_branches([branch]))


def _best(notice_id: int) -> Subquery:
    """By person, the rank of the delivery that got furthest."""
    return (
        select(deliveries.c.person_id, func.max(_RANK).label("rank"))
        .where(
            deliveries.c.notice_id == notice_id,
            deliveries.c.purpose == PURPOSE,
            deliveries.c.person_id.is_not(None),
        )
        .group_by(deliveries.c.person_id)
        .subquery()
    )


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))
