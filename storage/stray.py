"""Queued messages of channels that are not there (any more): told, and never queued for ever."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import func, select, update

from storage.outbox_rows import ROW, queued_of
from storage.outbox_values import DeliveryStatus, Queued
from storage.tables import deliveries
from storage.unit import Unit

NO_CHANNEL = "这个渠道没有配置"


class Stray:
    """What waits for a channel that nobody serves."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def queued(self, known: Collection[str]) -> Mapping[str, int]:
        """How many are queued or on their way by channels that are not known, by name."""
        rows = self._unit.rows(
            select(deliveries.c.channel, func.count())
            .where(
                deliveries.c.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED)),
                deliveries.c.channel.not_in(tuple(known)),
            )
            .group_by(deliveries.c.channel)
        )
        return {str(channel): int(count) for channel, count in rows}

    def give_up(self, known: Collection[str], before: datetime, now: datetime) -> int:
        """List as not reached what has been queued for so long; how many."""
        return self._unit.run(
            update(deliveries)
            .where(
                deliveries.c.status == DeliveryStatus.QUEUED,
                deliveries.c.channel.not_in(tuple(known)),
                deliveries.c.queued_at < before,
            )
            .values(status=DeliveryStatus.DEAD, error=NO_CHANNEL, settled_at=now)
        )

    def park(self, known: Collection[str], now: datetime) -> tuple[Queued, ...]:
        """Take them out of the queue, with the cause; those that were taken out just now."""
        found = (
            select(*ROW)
            .where(deliveries.c.status == DeliveryStatus.QUEUED, deliveries.c.channel.not_in(known))
            .with_for_update(skip_locked=True, of=deliveries)
        )
        rows = tuple(queued_of(row) for row in self._unit.rows(found))
        if rows:
            self._unit.run(
                update(deliveries)
                .where(
                    deliveries.c.status == DeliveryStatus.QUEUED,
                    deliveries.c.channel.not_in(known),
                )
                .values(status=DeliveryStatus.PARKED, error=NO_CHANNEL, settled_at=now)
            )
        return rows

    def unpark(self, known: Collection[str], now: datetime) -> int:
        """The channel is there again: what waited for it may leave."""
        return self._unit.run(
            update(deliveries)
            .where(
                deliveries.c.status == DeliveryStatus.PARKED,
                deliveries.c.error == NO_CHANNEL,
                deliveries.c.channel.in_(known),
            )
            .values(
                status=DeliveryStatus.QUEUED,
                not_before=now,
                batch_id=None,
                settled_at=None,
                error="",
            )
        )

    def waiting(self) -> int:
        """How many wait for a channel that is not there."""
        return int(
            self._unit.value(
                select(func.count()).where(
                    deliveries.c.status == DeliveryStatus.PARKED,
                    deliveries.c.error == NO_CHANNEL,
                )
            )
        )
