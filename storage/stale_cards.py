"""Cards whose buttons still wait although their people have confirmed: by typing, or elsewhere.

A call that sent cards may be followed by one update of them, for as many people as one likes; what
allows it stands behind a bar in the call's platform_id. Knows no platform.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select, update

from storage.outbox_values import BatchStatus, DeliveryStatus, Json
from storage.tables import deliveries, delivery_batches, notice_recipients
from storage.unit import Unit

_MOST = 100
_RECIPIENT = and_(
    notice_recipients.c.notice_id == deliveries.c.notice_id,
    notice_recipients.c.person_id == deliveries.c.person_id,
)


@dataclass(frozen=True, slots=True)
class StaleCard:
    """One call, and those of its people who have confirmed."""

    batch_id: int
    request: Json
    platform_id: str
    accounts: tuple[str, ...]


class StaleCards:
    """Finding them, and noting that they were seen to."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def due(
        self, channel: str, now: datetime, *, settles: timedelta, life: timedelta
    ) -> tuple[StaleCard, ...]:
        """Calls of the last `life` whose update is worth while.

        Where everybody has confirmed, at once; else after `settles`, since it can be done once.
        """
        confirmed = func.count(notice_recipients.c.confirmed_at)
        rows = self._unit.rows(
            select(
                delivery_batches.c.id,
                delivery_batches.c.request,
                delivery_batches.c.platform_id,
            )
            .join(deliveries, deliveries.c.batch_id == delivery_batches.c.id)
            .join(notice_recipients, _RECIPIENT)
            .where(
                delivery_batches.c.channel == channel,
                delivery_batches.c.status == BatchStatus.SETTLED,
                delivery_batches.c.platform_id.like("%|_%"),
                delivery_batches.c.recall == "",
                delivery_batches.c.called_at > now - life,
                deliveries.c.status == DeliveryStatus.SENT,
            )
            .group_by(delivery_batches.c.id)
            .having(
                and_(
                    confirmed > 0,
                    (confirmed == func.count())
                    | (func.max(delivery_batches.c.called_at) <= now - settles),
                )
            )
            .order_by(delivery_batches.c.id)
            .limit(_MOST)
        )
        return tuple(
            StaleCard(row.id, row.request, row.platform_id, self._confirmed(row.id)) for row in rows
        )

    def done(self, batch_id: int) -> None:
        """What allowed the update is used up."""
        which = delivery_batches.c.id == batch_id
        kept = str(self._unit.value(select(delivery_batches.c.platform_id).where(which)) or "")
        self._unit.run(
            update(delivery_batches).where(which).values(platform_id=kept.partition("|")[0])
        )

    def _confirmed(self, batch_id: int) -> tuple[str, ...]:
        rows = self._unit.rows(
            select(deliveries.c.account)
            .join(notice_recipients, _RECIPIENT)
            .where(
                deliveries.c.batch_id == batch_id,
                deliveries.c.status == DeliveryStatus.SENT,
                notice_recipients.c.confirmed_at.is_not(None),
            )
            .order_by(deliveries.c.id)
        )
        return tuple(row.account for row in rows)
