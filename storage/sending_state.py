"""What waits, what left and what did not arrive: for the preview and for 发送情况.

Counts over the outbox, answers to people's own questions aside. Knows no platform.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from storage.outbox_values import DeliveryStatus
from storage.sending import UNSTOPPABLE
from storage.tables import deliveries, notices
from storage.unit import Unit

_WAITING = (DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED)
_LOST = (DeliveryStatus.REJECTED, DeliveryStatus.UNKNOWN, DeliveryStatus.DEAD)
_OTHER = deliveries.alias("other")
_ARRIVED = exists().where(
    _OTHER.c.notice_id == deliveries.c.notice_id,
    _OTHER.c.person_id == deliveries.c.person_id,
    _OTHER.c.status == DeliveryStatus.SENT,
)
_OFFICE = deliveries.c.purpose.not_in(UNSTOPPABLE)


@dataclass(frozen=True, slots=True)
class WayState:
    """One way's part of the outbox. `next_at`: when the first of what waits may leave."""

    channel: str
    waiting: int
    sent: int
    parked: int
    unknown: int
    failed: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeState:
    """One notice's part of what left, by people and groups, or of what did not arrive."""

    number: int
    people: int
    groups: int


class SendingState:
    """Reading it."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def ahead(self, now: datetime) -> Mapping[str, int]:
        """How many messages each way has to send before one that is queued now."""
        rows = self._unit.rows(
            select(deliveries.c.channel, func.count())
            .where(deliveries.c.status.in_(_WAITING), deliveries.c.not_before <= now)
            .group_by(deliveries.c.channel)
        )
        return {row[0]: row[1] for row in rows}

    def by_way(self, sent_since: datetime, lost_since: datetime) -> tuple[WayState, ...]:
        """All that waits or is parked; what was sent and what was lost since these moments."""
        status = deliveries.c.status
        waits = status.in_(_WAITING)
        lost = deliveries.c.settled_at >= lost_since
        rows = self._unit.rows(
            select(
                deliveries.c.channel,
                _number(waits),
                _number(and_(status == DeliveryStatus.SENT, deliveries.c.settled_at >= sent_since)),
                _number(status == DeliveryStatus.PARKED),
                _number(and_(status == DeliveryStatus.UNKNOWN, lost)),
                _number(and_(status.in_((DeliveryStatus.REJECTED, DeliveryStatus.DEAD)), lost)),
                func.min(case((waits, deliveries.c.not_before))),
            )
            .where(
                _OFFICE,
                or_(
                    status.in_((*_WAITING, DeliveryStatus.PARKED)),
                    deliveries.c.settled_at >= min(sent_since, lost_since),
                ),
            )
            .group_by(deliveries.c.channel)
            .order_by(deliveries.c.channel)
        )
        return tuple(WayState(*row) for row in rows)

    def left(self, since: datetime) -> tuple[NoticeState, ...]:
        """What left since a moment, by notice, the latest notice first."""
        return self._by_notice(
            and_(deliveries.c.status == DeliveryStatus.SENT, deliveries.c.settled_at >= since)
        )

    def held(self) -> tuple[NoticeState, ...]:
        """What has not left, by notice, the latest notice first."""
        return self._by_notice(deliveries.c.status.in_((*_WAITING, DeliveryStatus.PARKED)))

    def lost(self, since: datetime) -> tuple[NoticeState, ...]:
        """Notices that somebody did not get since a moment, by no way, as far as is known."""
        return self._by_notice(
            and_(deliveries.c.status.in_(_LOST), deliveries.c.settled_at >= since, ~_ARRIVED)
        )

    def groups(self, notice_id: int) -> Mapping[DeliveryStatus, int]:
        """How many groups' messages of one notice stand where."""
        rows = self._unit.rows(
            select(deliveries.c.status, func.count())
            .where(deliveries.c.notice_id == notice_id, deliveries.c.place == "group")
            .group_by(deliveries.c.status)
        )
        return {DeliveryStatus(row[0]): row[1] for row in rows}

    def _by_notice(self, condition: ColumnElement[bool]) -> tuple[NoticeState, ...]:
        group = deliveries.c.place == "group"
        rows: Sequence[tuple[int, int, int]] = [
            (row[0], row[1], row[2])
            for row in self._unit.rows(
                select(
                    notices.c.number,
                    func.count(func.distinct(deliveries.c.person_id)),
                    _number(group),
                )
                .join(notices, deliveries.c.notice_id == notices.c.id)
                .where(condition)
                .group_by(notices.c.number)
                .order_by(notices.c.number.desc())
            )
        ]
        return tuple(NoticeState(*row) for row in rows)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))
