"""What waits for a moment of a clock that has since been set back, brought into the new present.

A pause is written down as the moment at which it ends: an hour that is told twice would make a
pause of seconds an hour long. What is meant for a time of day (a notice for 10:15) keeps it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update

from storage.outbox_values import BatchStatus, DeliveryStatus
from storage.tables import deliveries, delivery_batches, pauses
from storage.unit import Unit

# longer than the pause before any further attempt (storage.outbox_values.backoff)
_RETRY_MOST = timedelta(hours=1)
_OPEN = (BatchStatus.FROZEN, BatchStatus.CALLED, BatchStatus.REPEATED)


def bring_back(unit: Unit, was: datetime, now: datetime, lease: timedelta) -> int:
    """Let the queue go on where the clock went from `was` to `now`; how many messages may leave.

    lease: how long a call that is being made may take.
    """
    unit.lock()
    for each in unit.rows(select(pauses)):
        this = (pauses.c.channel == each.channel, pauses.c.chat == each.chat)
        until = now + (each.until - was)
        unit.run(update(pauses).where(*this).values(since=min(each.since, now), until=until))
    # whoever makes a call now keeps it as long as anybody may
    unit.run(
        update(delivery_batches)
        .where(
            delivery_batches.c.status.in_(_OPEN),
            delivery_batches.c.lease_until > now + lease,
        )
        .values(lease_until=now + lease)
    )
    # queued under the old time and due in it; or waiting for another attempt
    was_due = and_(deliveries.c.queued_at > now, deliveries.c.not_before <= was)
    again = and_(deliveries.c.attempts > 0, deliveries.c.not_before <= was + _RETRY_MOST)
    return unit.run(
        update(deliveries)
        .where(
            # those of a call that is never made go back into the queue
            deliveries.c.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED)),
            deliveries.c.not_before > now,
            or_(was_due, again),
        )
        .values(not_before=now)
    )
