"""Taking back what was sent: which calls of a notice, and what came of each.

One call may have reached a thousand people: a platform takes back calls, not single messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select, update

from storage.outbox_rows import OutboxRows
from storage.outbox_values import BatchStatus, DeliveryStatus, Json
from storage.tables import deliveries, delivery_batches
from storage.unit import Unit

WANTED, DONE, FAILED = "wanted", "done", "failed"
_ERROR_LENGTH = 200
_WAITING = (DeliveryStatus.QUEUED, DeliveryStatus.PARKED)
# It arrived, or may have: the call was made and nobody said that it did not.
_LEFT = or_(
    deliveries.c.status.in_((DeliveryStatus.SENT, DeliveryStatus.UNKNOWN)),
    and_(
        deliveries.c.status == DeliveryStatus.CLAIMED,
        delivery_batches.c.status.in_((BatchStatus.CALLED, BatchStatus.REPEATED)),
    ),
)


@dataclass(frozen=True, slots=True)
class SentCall:
    """One call that was made, and the platform's name for what it sent."""

    batch_id: int
    channel: str
    request: Json
    platform_id: str
    called_at: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """Messages of a notice that left in one call, or may have; `place` private or group."""

    channel: str
    place: str
    called_at: datetime
    messages: int


@dataclass(frozen=True, slots=True)
class RecallTally:
    """How many messages of a notice stand where; by channel.

    `left`: all that left. What is in none of the others was not asked for: it could not be
    taken back. `why`: by channel, what the platform said of those that failed.
    """

    left: Mapping[str, int]
    wanted: Mapping[str, int]
    done: Mapping[str, int]
    failed: Mapping[str, int]
    why: Mapping[str, str]

    def kept(self, channel: str) -> int:
        """How many stay where they are, because nobody could ask for them or it failed."""
        back = self.wanted.get(channel, 0) + self.done.get(channel, 0)
        return self.left.get(channel, 0) - back


class Recalls:
    """Asking for them, doing them, reporting them."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def drop_waiting(self, notice_id: int, now: datetime) -> int:
        """Cancel what has not left yet, frozen calls that were not made too; how many messages."""
        self._unit.lock()
        frozen = self._unit.rows(
            select(delivery_batches.c.id)
            .where(
                delivery_batches.c.id.in_(_batches_of(notice_id)),
                delivery_batches.c.status == BatchStatus.FROZEN,
            )
            .order_by(delivery_batches.c.id)
        )
        OutboxRows(self._unit).dissolve([row.id for row in frozen])
        return self._unit.run(
            update(deliveries)
            .where(deliveries.c.notice_id == notice_id, deliveries.c.status.in_(_WAITING))
            .values(status=DeliveryStatus.CANCELLED, error="recalled", settled_at=now)
        )

    def waiting(self, notice_id: int) -> int:
        """How many messages have not left and would be cancelled."""
        return int(
            self._unit.value(
                select(func.count())
                .select_from(deliveries)
                .outerjoin(delivery_batches, deliveries.c.batch_id == delivery_batches.c.id)
                .where(
                    deliveries.c.notice_id == notice_id,
                    or_(
                        deliveries.c.status.in_(_WAITING),
                        delivery_batches.c.status == BatchStatus.FROZEN,
                    ),
                )
            )
        )

    def gone(self, notice_id: int) -> tuple[Gone, ...]:
        """What has left, call by call, by channel and time."""
        rows = self._unit.rows(
            select(
                deliveries.c.channel,
                deliveries.c.place,
                delivery_batches.c.called_at,
                func.count(),
            )
            .join(delivery_batches, deliveries.c.batch_id == delivery_batches.c.id)
            .where(deliveries.c.notice_id == notice_id, _LEFT)
            .group_by(
                deliveries.c.channel,
                deliveries.c.place,
                delivery_batches.c.id,
                delivery_batches.c.called_at,
            )
            .order_by(deliveries.c.channel, delivery_batches.c.called_at)
        )
        return tuple(Gone(*row) for row in rows)

    def want(self, notice_id: int, channel: str, since: datetime) -> int:
        """Ask for the recall of this channel's calls made after `since`; how many messages."""
        asked = (
            delivery_batches.c.id.in_(_batches_of(notice_id)),
            delivery_batches.c.channel == channel,
            delivery_batches.c.status.in_(
                (BatchStatus.CALLED, BatchStatus.REPEATED, BatchStatus.SETTLED)
            ),
            delivery_batches.c.called_at >= since,
        )
        self._unit.run(
            update(delivery_batches)
            .where(*asked, delivery_batches.c.recall == "")
            .values(recall=WANTED)
        )
        return int(
            self._unit.value(
                select(func.count())
                .select_from(deliveries)
                .join(delivery_batches, deliveries.c.batch_id == delivery_batches.c.id)
                .where(
                    deliveries.c.notice_id == notice_id,
                    deliveries.c.channel == channel,
                    delivery_batches.c.recall == WANTED,
                    _LEFT,
                )
            )
        )

    def due(self, channel: str, limit: int = 100) -> tuple[SentCall, ...]:
        """Settled calls whose recall is wanted. Recalling twice does no harm."""
        rows = self._unit.rows(
            select(
                delivery_batches.c.id,
                delivery_batches.c.channel,
                delivery_batches.c.request,
                delivery_batches.c.platform_id,
                delivery_batches.c.called_at,
            )
            .where(
                delivery_batches.c.recall == WANTED,
                delivery_batches.c.channel == channel,
                delivery_batches.c.status == BatchStatus.SETTLED,
            )
            .order_by(delivery_batches.c.id)
            .limit(limit)
        )
        return tuple(SentCall(*row) for row in rows)

    def settle(self, batch_id: int, problem: str) -> None:
        """Note what came of one; `problem` empty: it was taken back."""
        self._unit.run(
            update(delivery_batches)
            .where(delivery_batches.c.id == batch_id, delivery_batches.c.recall == WANTED)
            .values(recall=FAILED if problem else DONE, recall_error=problem[:_ERROR_LENGTH])
        )

    def tally(self, notice_id: int) -> RecallTally:
        """How many messages stand where."""
        rows = self._unit.rows(
            select(
                delivery_batches.c.recall,
                delivery_batches.c.recall_error,
                deliveries.c.channel,
                func.count(),
            )
            .join(deliveries, deliveries.c.batch_id == delivery_batches.c.id)
            .where(deliveries.c.notice_id == notice_id, _LEFT)
            .group_by(
                delivery_batches.c.recall, delivery_batches.c.recall_error, deliveries.c.channel
            )
            .order_by(func.count())
        )
        left: Counter[str] = Counter()
        by: dict[str, Counter[str]] = {WANTED: Counter(), DONE: Counter(), FAILED: Counter()}
        why: dict[str, str] = {}
        for recall, error, channel, count in rows:
            left[channel] += count
            if recall in by:
                by[recall][channel] += count
            if recall == FAILED:
                why[channel] = error  # the commonest comes last
        return RecallTally(left, by[WANTED], by[DONE], by[FAILED], why)


def _batches_of(notice_id: int) -> Select[tuple[int]]:
    return select(deliveries.c.batch_id).where(
        deliveries.c.notice_id == notice_id, deliveries.c.batch_id.is_not(None)
    )
