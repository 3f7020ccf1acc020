"""Messages that wait until their account speaks, because the platform refused them for now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, update

from storage.outbox_values import DeliveryStatus
from storage.tables import deliveries
from storage.unit import Unit

_OTHER = deliveries.alias("other")
_ARRIVED = exists().where(
    _OTHER.c.notice_id == deliveries.c.notice_id,
    _OTHER.c.person_id == deliveries.c.person_id,
    _OTHER.c.status == DeliveryStatus.SENT,
)


class Parking:
    """Letting them go."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def release(self, channel: str, place: str, account: str, now: datetime) -> int:
        """This account spoke: what waited for that may leave, unless it arrived another way."""
        waiting = update(deliveries).where(
            deliveries.c.channel == channel,
            deliveries.c.place == place,
            deliveries.c.account == account,
            deliveries.c.status == DeliveryStatus.PARKED,
        )
        self._unit.run(
            waiting.where(_ARRIVED).values(
                status=DeliveryStatus.CANCELLED, error="arrived elsewhere", settled_at=now
            )
        )
        return self._unit.run(
            waiting.values(
                status=DeliveryStatus.QUEUED, not_before=now, batch_id=None, settled_at=None
            )
        )
