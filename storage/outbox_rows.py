"""The outbox's rows: reading, settling and giving them back; no decisions about calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, exists, or_, select, update

from storage.addresses import is_address
from storage.outbox_turns import ANSWER, in_turns
from storage.outbox_values import (
    MAX_ANSWER_ATTEMPTS,
    MAX_ATTEMPTS,
    BatchStatus,
    DeliveryStatus,
    Outcome,
    Queued,
    Result,
    answer_backoff,
    backoff,
)
from storage.sending import UNSTOPPABLE
from storage.tables import deliveries, delivery_batches, notice_recipients, notices
from storage.unit import AnyRow, Unit

ROW = (
    deliveries.c.id,
    deliveries.c.account,
    deliveries.c.person_id,
    deliveries.c.notice_id,
    deliveries.c.purpose,
    deliveries.c.body,
    deliveries.c.attempts,
    deliveries.c.unique_key,
    deliveries.c.place,
)
# As storage.outbox_turns sees them.
_TURN = (
    deliveries.c.id,
    deliveries.c.account,
    deliveries.c.place,
    deliveries.c.person_id,
    deliveries.c.purpose,
)
# Confirmed meanwhile, or of a notice that was withdrawn: also what came back to be tried again.
UNWANTED = or_(
    exists().where(
        notice_recipients.c.notice_id == deliveries.c.notice_id,
        notice_recipients.c.person_id == deliveries.c.person_id,
        notice_recipients.c.confirmed_at.is_not(None),
    ),
    exists().where(notices.c.id == deliveries.c.notice_id, notices.c.recalled_at.is_not(None)),
)
_FINAL = {
    Result.SENT: DeliveryStatus.SENT,
    Result.REJECTED: DeliveryStatus.REJECTED,
    Result.UNKNOWN: DeliveryStatus.UNKNOWN,
    Result.DEAD: DeliveryStatus.DEAD,
    Result.PARKED: DeliveryStatus.PARKED,
}
_ERROR_LENGTH = 200
_RETRY = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("row"), deliveries.c.status == DeliveryStatus.CLAIMED)
    .values(
        status=DeliveryStatus.QUEUED,
        batch_id=None,
        attempts=bindparam("tried"),
        not_before=bindparam("at"),
        error=bindparam("why"),
    )
)


def queued_of(row: AnyRow) -> Queued:
    """A delivery out of a row that starts with ROW."""
    return Queued(*row[: len(ROW)])


def again_at(outcome: Outcome, attempts: int, now: datetime, purpose: str) -> datetime:
    """When a delivery that is to be retried may leave again."""
    if outcome.retry_at is not None:
        return outcome.retry_at
    if purpose == ANSWER:
        return now + answer_backoff(attempts)
    return now + backoff(attempts, outcome.delivery)


class OutboxRows:
    """What a unit does to rows that the outbox has chosen."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def due(
        self, channel: str, now: datetime, limit: int, but: Sequence[str], *, answers_only: bool
    ) -> list[AnyRow]:
        """Rows that may leave, answers first, each kind the oldest first; locked for this unit.

        Of the answers as many people's as can be: one person's thousands fill no claim.
        """
        ready = (
            deliveries.c.channel == channel,
            deliveries.c.status == DeliveryStatus.QUEUED,
            deliveries.c.not_before <= now,
            deliveries.c.account.not_in(but),
        )
        own = deliveries.c.purpose.in_(UNSTOPPABLE)
        waiting = self._unit.rows(
            select(*_TURN).where(*ready, own).order_by(deliveries.c.not_before, deliveries.c.id)
        )
        first = [row.id for row in in_turns(waiting)[:limit]]
        found = self._locked(deliveries.c.id.in_(first), *ready, most=limit) if first else []
        if answers_only or len(found) >= limit:
            return found
        return [*found, *self._locked(*ready, ~own, most=limit - len(found))]

    def _locked(self, *which: ColumnElement[bool], most: int) -> list[AnyRow]:
        return list(
            self._unit.rows(
                select(*ROW, UNWANTED.label("unwanted"))
                .where(*which)
                .order_by(deliveries.c.not_before, deliveries.c.id)
                .limit(most)
                .with_for_update(skip_locked=True, of=deliveries)
            )
        )

    def carried(self, batches: Sequence[int]) -> Sequence[AnyRow]:
        """The unsettled deliveries of these batches."""
        return self._unit.rows(
            select(*ROW)
            .where(
                deliveries.c.batch_id.in_(batches), deliveries.c.status == DeliveryStatus.CLAIMED
            )
            .order_by(deliveries.c.id)
        )

    def holds_stoppable(self, batch_id: int) -> bool:
        """Whether the stop switch concerns anything in this batch."""
        return any(row.purpose not in UNSTOPPABLE for row in self.carried([batch_id]))

    def settle(
        self, rows: Sequence[int], status: DeliveryStatus, error: str, now: datetime
    ) -> None:
        """Give rows that are queued or claimed their last status."""
        if rows:
            self._unit.run(
                update(deliveries)
                .where(
                    deliveries.c.id.in_(rows),
                    deliveries.c.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED)),
                )
                .values(status=status, error=error[:_ERROR_LENGTH], settled_at=now)
            )

    def to_one(self, channel: str, rows: Sequence[Queued], now: datetime) -> Sequence[Queued]:
        """Those that go to a single account or chat.

        Whatever wrote it, an address of several or of everybody (@all, a|b) is in no call.
        """
        good = [row for row in rows if row.place != "private" or is_address(channel, row.account)]
        stray = [row.id for row in rows if row not in good] if len(good) < len(rows) else []
        self.settle(stray, DeliveryStatus.REJECTED, "账号格式不对，没有发", now)
        return good

    def finish(
        self, outcomes: Sequence[Outcome], carried: Mapping[int, Queued], now: datetime
    ) -> None:
        """Apply outcomes; what may be retried goes back into the queue or is given up."""
        retries: list[dict[str, object]] = []
        last: dict[tuple[DeliveryStatus, str], list[int]] = {}
        for each in outcomes:
            tried, purpose = carried[each.delivery].attempts, carried[each.delivery].purpose
            most = MAX_ANSWER_ATTEMPTS if purpose == ANSWER else MAX_ATTEMPTS
            if each.result is not Result.RETRY:
                last.setdefault((_FINAL[each.result], each.error), []).append(each.delivery)
            elif each.retry_at is None and tried >= most:
                last.setdefault((DeliveryStatus.DEAD, each.error), []).append(each.delivery)
            else:
                retries.append(
                    {
                        "row": each.delivery,
                        # a pause that the platform asked for is no failed attempt
                        "tried": tried if each.retry_at is None else tried - 1,
                        "at": again_at(each, tried, now, purpose),
                        "why": each.error[:_ERROR_LENGTH],
                    }
                )
        for (status, error), rows in last.items():
            self.settle(rows, status, error, now)
        self._unit.run(_RETRY, retries)

    def dissolve(self, batches: Sequence[int], owner: str | None = None) -> None:
        """Undo the freezing of batches that were never called; `owner` limits to one's own."""
        for batch_id in batches:
            frozen = update(delivery_batches).where(
                delivery_batches.c.id == batch_id, delivery_batches.c.status == BatchStatus.FROZEN
            )
            if owner is not None:
                frozen = frozen.where(delivery_batches.c.owner == owner)
            if not self._unit.run(frozen.values(status=BatchStatus.DISSOLVED, request={})):
                continue
            self._unit.run(
                update(deliveries)
                .where(
                    deliveries.c.batch_id == batch_id,
                    deliveries.c.status == DeliveryStatus.CLAIMED,
                )
                .values(
                    status=DeliveryStatus.QUEUED,
                    batch_id=None,
                    attempts=deliveries.c.attempts - 1,
                )
            )

    def give_up(self, batches: Sequence[int], now: datetime) -> None:
        """List what was called without an answer and must not be repeated."""
        if not batches:
            return
        silent = [row.id for row in self.carried(batches)]
        self.settle(silent, DeliveryStatus.UNKNOWN, "no answer", now)
        self._unit.run(
            update(delivery_batches)
            .where(delivery_batches.c.id.in_(batches))
            .values(status=BatchStatus.SETTLED)
        )
