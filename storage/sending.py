"""The stop switch of all sending, and how many deliveries stand where."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from storage.journal import OfficeSettings
from storage.outbox_values import DeliveryStatus, Tally
from storage.tables import deliveries
from storage.unit import Unit

# A late answer to a person's own question is not held by the stop switch, nor is a word on whose
# account was bound or locked.
UNSTOPPABLE = ("answer", "account")
_SWITCH = "sending_stopped"
_HELD = (DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.PARKED)


class Sending:
    """Whether the office sends, and what it has sent."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def stop_all(self, by: int | None, now: datetime) -> bool:
        """Hold everything that has not been called; False: it was stopped already."""
        return self._turn(True, by, now)

    def resume(self, by: int | None, now: datetime) -> bool:
        """Let the queue go on; False: it was not stopped."""
        return self._turn(False, by, now)

    def stopped(self) -> bool:
        """Whether the stop switch is on."""
        value = OfficeSettings(self._unit).get(_SWITCH)
        return bool(value and value["on"])

    def counts(self, notice_id: int) -> Tally:
        """Where the deliveries of one notice stand."""
        return self._tally(deliveries.c.notice_id == notice_id)

    def report(self, since: datetime) -> Tally:
        """What left or failed since a moment, and all that waits or is parked (answers aside)."""
        return self._tally(
            and_(
                deliveries.c.purpose.not_in(UNSTOPPABLE),
                or_(deliveries.c.settled_at >= since, deliveries.c.status.in_(_HELD)),
            )
        )

    def next_due(self, channel: str) -> datetime | None:
        """When the next queued row may leave; None where the queue is empty."""
        moment: datetime | None = self._unit.value(
            select(func.min(deliveries.c.not_before)).where(
                deliveries.c.channel == channel, deliveries.c.status == DeliveryStatus.QUEUED
            )
        )
        return moment

    def _tally(self, condition: ColumnElement[bool]) -> Tally:
        rows = self._unit.rows(
            select(deliveries.c.status, func.count()).where(condition).group_by(deliveries.c.status)
        )
        return Tally(**{str(status): count for status, count in rows})

    def _turn(self, on: bool, by: int | None, now: datetime) -> bool:
        self._unit.lock()
        changed = self.stopped() is not on
        if changed:
            OfficeSettings(self._unit).put(_SWITCH, {"on": on, "by": by}, now)
        return changed
