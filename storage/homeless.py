"""Messages that wait for a channel which is not there (any more): they can never leave."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update

from storage.outbox_values import DeliveryStatus
from storage.tables import deliveries
from storage.unit import Unit


def give_up(unit: Unit, channels: Collection[str], before: datetime, now: datetime) -> int:
    """List as not reached what was queued before and whose channel is not among these."""
    return unit.run(
        update(deliveries)
        .where(
            deliveries.c.status == DeliveryStatus.QUEUED,
            deliveries.c.channel.not_in(tuple(channels)),
            deliveries.c.queued_at < before,
        )
        .values(status=DeliveryStatus.DEAD, error="这个渠道没有配置", settled_at=now)
    )
