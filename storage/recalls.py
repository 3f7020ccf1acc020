"""Taking back what was sent: which calls of a notice, and what came of each.

One call may have reached a thousand people: a platform takes back calls, not single messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from storage.outbox_values import BatchStatus, DeliveryStatus, Json
from storage.tables import deliveries, delivery_batches
from storage.unit import Unit

WANTED, DONE, FAILED = "wanted", "done", "failed"
_ERROR_LENGTH = 200


@dataclass(frozen=True, slots=True)
class SentCall:
    """One call that was made, and the platform's name for what it sent."""

    batch_id: int
    channel: str
    request: Json
    platform_id: str
    called_at: datetime


@dataclass(frozen=True, slots=True)
class RecallTally:
    """How many people's messages of a notice stand where; by channel."""

    wanted: Mapping[str, int]
    done: Mapping[str, int]
    failed: Mapping[str, int]


class Recalls:
    """Asking for them, doing them, reporting them."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def drop_waiting(self, notice_id: int, now: datetime) -> int:
        """Cancel what has not left yet; how many messages."""
        return self._unit.run(
            update(deliveries)
            .where(
                deliveries.c.notice_id == notice_id,
                deliveries.c.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.PARKED)),
            )
            .values(status=DeliveryStatus.CANCELLED, error="recalled", settled_at=now)
        )

    def want(self, notice_id: int, channel: str, since: datetime) -> int:
        """Ask for the recall of this channel's calls made after `since`; how many messages."""
        batches = select(deliveries.c.batch_id).where(
            deliveries.c.notice_id == notice_id, deliveries.c.channel == channel
        )
        asked = (
            delivery_batches.c.id.in_(batches),
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
                    delivery_batches.c.recall == WANTED,
                    deliveries.c.channel == channel,
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
        """How many people's messages stand where."""
        rows = self._unit.rows(
            select(delivery_batches.c.recall, deliveries.c.channel, func.count())
            .join(deliveries, deliveries.c.batch_id == delivery_batches.c.id)
            .where(
                deliveries.c.notice_id == notice_id,
                delivery_batches.c.recall != "",
                deliveries.c.status.in_((DeliveryStatus.SENT, DeliveryStatus.UNKNOWN)),
            )
            .group_by(delivery_batches.c.recall, deliveries.c.channel)
        )
        by: dict[str, dict[str, int]] = {WANTED: {}, DONE: {}, FAILED: {}}
        for recall, channel, count in rows:
            by[recall][channel] = count
        return RecallTally(by[WANTED], by[DONE], by[FAILED])
