"""The outbox: what must reach an account, exactly once across crashes where the platform helps.

A call is written down with its exact request before it is made (performance.md, "Exactly once
across kill -9"). Each method is one step in a unit of its own that the caller has committed
before it goes on: freeze, called, the call itself, settle. Knows no platform and no rendering.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update

from storage.outbox_rows import OutboxRows, again_at, queued_of
from storage.outbox_turns import in_turns
from storage.outbox_values import (
    Batch,
    BatchStatus,
    DeliveryStatus,
    FrozenRequest,
    Group,
    Json,
    NewDelivery,
    Outcome,
    Queued,
    Result,
    Unsendable,
)
from storage.sending import Sending
from storage.tables import deliveries, delivery_batches
from storage.unit import Unit

_UNSETTLED = (BatchStatus.CALLED, BatchStatus.REPEATED)


class Outbox:
    """The queue of one office. `owner` names one run of one process, never two."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = OutboxRows(unit)
        self._sending = Sending(unit)

    def enqueue(self, new: Sequence[NewDelivery], now: datetime) -> int:
        """Put messages into the queue; how many were not there yet. ValueError: to nowhere."""
        if not all(each.channel and each.account for each in new):
            raise ValueError("a message without a channel or an account")
        return self._unit.insert_new(
            deliveries,
            [
                {
                    "unique_key": each.unique_key,
                    "channel": each.channel,
                    "account": each.account,
                    "place": each.place,
                    "person_id": each.person_id,
                    "notice_id": each.notice_id,
                    "purpose": each.purpose,
                    "body": dict(each.body),
                    "status": DeliveryStatus.QUEUED,
                    "not_before": each.not_before,
                    "queued_at": now,
                }
                for each in new
            ],
        )

    def freeze(
        self,
        channel: str,
        owner: str,
        now: datetime,
        *,
        lease: timedelta,
        limit: int,
        group: Group,
        but: Sequence[str] = (),
    ) -> tuple[Batch, ...]:
        """Claim due rows, drop what is no longer wanted, write down the calls for the rest.

        `but`: accounts or chats that must be left alone for now. `lease` must be longer than a
        call may take. Raises ValueError where `group` names a delivery twice or one it was not
        given.
        """
        self._unit.lock()
        rows = self._rows.due(channel, now, limit, but, answers_only=self._sending.stopped())
        self._rows.settle(
            [row.id for row in rows if row.unwanted], DeliveryStatus.CANCELLED, "", now
        )
        due_now = in_turns(queued_of(row) for row in rows if not row.unwanted)
        wanted = {each.id: each for each in self._rows.to_one(channel, due_now, now)}
        requests: list[FrozenRequest] = []
        for each in group(tuple(wanted.values())) if wanted else ():
            if isinstance(each, Unsendable):
                wanted.pop(each.delivery)
                self._rows.settle([each.delivery], DeliveryStatus.REJECTED, each.error, now)
            else:
                requests.append(each)
        _check(requests, wanted.keys())
        frame = {
            "channel": channel,
            "status": BatchStatus.FROZEN,
            "owner": owner,
            "lease_until": now + lease,
            "frozen_at": now,
        }
        return tuple(self._write(frame, each, wanted) for each in requests)

    def holds(self, unique_key: str) -> bool:
        """Whether this message is here, whatever became of it."""
        found = select(deliveries.c.id).where(deliveries.c.unique_key == unique_key)
        return self._unit.value(found) is not None

    def body(self, delivery_id: int) -> Json | None:
        """What a delivery holds, whatever became of it."""
        body: Json | None = self._unit.value(
            select(deliveries.c.body).where(deliveries.c.id == delivery_id)
        )
        return body

    def called(self, batch_id: int, owner: str, now: datetime) -> bool:
        """Note that the call is made now. False: don't; it was stopped or is another's.

        Must be on disk before the call. A stopped batch that was never called is dissolved.
        """
        self._unit.lock()
        if self._sending.stopped() and self._rows.holds_stoppable(batch_id):
            self._rows.dissolve([batch_id], owner=owner)
            return False
        # past its lease it may be another's at any moment
        mine = (
            delivery_batches.c.id == batch_id,
            delivery_batches.c.owner == owner,
            delivery_batches.c.lease_until > now,
        )
        first = self._unit.run(
            update(delivery_batches)
            .where(*mine, delivery_batches.c.status == BatchStatus.FROZEN)
            .values(status=BatchStatus.CALLED, called_at=now)
        )
        return bool(first) or bool(
            self._unit.value(
                select(func.count()).where(*mine, delivery_batches.c.status == BatchStatus.REPEATED)
            )
        )

    def settle(
        self,
        batch_id: int,
        owner: str,
        outcomes: Sequence[Outcome],
        now: datetime,
        platform_id: str = "",
    ) -> bool:
        """Note what a call did; a delivery without an outcome becomes unknown.

        False: another process took the batch over, and its outcome counts. A repeated call that
        is refused for now is repeated word for word again: the first one may have arrived.
        """
        self._unit.lock()
        batch = self._unit.row(
            select(delivery_batches.c.status)
            .where(
                delivery_batches.c.id == batch_id,
                delivery_batches.c.owner == owner,
                delivery_batches.c.status.in_(_UNSETTLED),
            )
            .with_for_update()
        )
        if batch is None:
            return False
        carried = {row.id: queued_of(row) for row in self._rows.carried([batch_id])}
        by_id = {each.delivery: each for each in outcomes if each.delivery in carried}
        retries = [each for each in by_id.values() if each.result is Result.RETRY]
        if batch.status == BatchStatus.REPEATED and retries:
            return self.repeat_later(
                batch_id,
                owner,
                min(again_at(each, 1, now, carried[each.delivery].purpose) for each in retries),
            )
        for result in Result:
            self._rows.finish(
                [each for each in by_id.values() if each.result is result], carried, now
            )
        silent = [each for each in carried if each not in by_id]
        self._rows.settle(silent, DeliveryStatus.UNKNOWN, "no outcome", now)
        self._unit.run(
            update(delivery_batches)
            .where(delivery_batches.c.id == batch_id)
            .values(status=BatchStatus.SETTLED, platform_id=platform_id)
        )
        return True

    def repeat_later(self, batch_id: int, owner: str, at: datetime) -> bool:
        """A call ended without an answer and the platform drops repeats: recover it at `at`."""
        return bool(
            self._unit.run(
                update(delivery_batches)
                .where(
                    delivery_batches.c.id == batch_id,
                    delivery_batches.c.owner == owner,
                    delivery_batches.c.status.in_(_UNSETTLED),
                )
                .values(lease_until=at)
            )
        )

    def let_go(self, owner: str) -> int:
        """Give back what this run has frozen and will not call any more; how many calls."""
        self._unit.lock()
        frozen = self._unit.rows(
            select(delivery_batches.c.id).where(
                delivery_batches.c.owner == owner,
                delivery_batches.c.status == BatchStatus.FROZEN,
            )
        )
        self._rows.dissolve([row.id for row in frozen], owner=owner)
        return len(frozen)

    def recover(
        self,
        channel: str,
        owner: str,
        now: datetime,
        *,
        lease: timedelta,
        repeats: Callable[[Json], timedelta | None],
    ) -> tuple[Batch, ...]:
        """Take over the batches whose lease ran out; the calls that are to be repeated.

        `repeats`: how long after a first call the platform drops the very same one, less a
        margin; None where it does not. Never called: back into the queue. Called too long
        ago, or not repeatable: unknown. Nothing is touched while sending is stopped.
        """
        self._unit.lock()
        if self._sending.stopped():
            return ()
        rows = self._unit.rows(
            select(delivery_batches)
            .where(
                delivery_batches.c.channel == channel,
                delivery_batches.c.status.in_((BatchStatus.FROZEN, *_UNSETTLED)),
                delivery_batches.c.lease_until <= now,
            )
            .order_by(delivery_batches.c.id)
            .with_for_update(skip_locked=True)
        )
        self._rows.dissolve([row.id for row in rows if row.status == BatchStatus.FROZEN])
        made = [row for row in rows if row.status != BatchStatus.FROZEN]
        again = [
            row
            for row in made
            if (span := repeats(row.request)) is not None and now < row.called_at + span
        ]
        repeated = {row.id for row in again}
        self._rows.give_up([row.id for row in made if row.id not in repeated], now)
        self._unit.run(
            update(delivery_batches)
            .where(delivery_batches.c.id.in_(repeated))
            .values(status=BatchStatus.REPEATED, owner=owner, lease_until=now + lease)
        )
        return tuple(
            Batch(
                row.id,
                channel,
                row.request,
                tuple(queued_of(each) for each in self._rows.carried([row.id])),
                repeat=True,
            )
            for row in again
        )

    def _write(
        self, frame: Mapping[str, object], frozen: FrozenRequest, rows: Mapping[int, Queued]
    ) -> Batch:
        request = dict(frozen.request)
        batch_id = self._unit.add(insert(delivery_batches), {**frame, "request": request})
        claimed = self._unit.run(
            update(deliveries)
            .where(
                deliveries.c.id.in_(frozen.deliveries),
                deliveries.c.status == DeliveryStatus.QUEUED,
            )
            .values(
                status=DeliveryStatus.CLAIMED,
                batch_id=batch_id,
                attempts=deliveries.c.attempts + 1,
            )
        )
        assert claimed == len(frozen.deliveries), "a locked row was claimed by somebody else"
        carried = tuple(rows[each] for each in frozen.deliveries)
        return Batch(batch_id, str(frame["channel"]), request, carried)


def _check(requests: Sequence[FrozenRequest], known: Iterable[int]) -> None:
    """Each delivery stands in one call at most, and in none that it was not offered for."""
    named = [each for request in requests for each in request.deliveries]
    if len(named) != len(set(named)) or not set(named) <= set(known):
        raise ValueError("a delivery was grouped twice or is not one of those that are due")
