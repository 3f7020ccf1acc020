"""Taking an account from its person: given up, taken back by the office, or locked as 不是我.

What waits for the account leaves by another of the person's, or not at all. Knows no platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from storage.accounts import Account, Accounts
from storage.journal import PendingQuestions
from storage.outbox_rows import ROW, queued_of
from storage.outbox_values import DeliveryStatus, Queued
from storage.tables import account_locks, deliveries
from storage.unit import Unit

_WAITING = (DeliveryStatus.QUEUED, DeliveryStatus.PARKED)


class AccountLocks:
    """Locked accounts, and what ends with an account."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def take_away(self, account: Account) -> bool:
        """It is nobody's from now on, and what it was asked is forgotten; False: it was not."""
        taken = Accounts(self._unit).unbind(account.channel, account.account)
        PendingQuestions(self._unit).forget(account.channel, account.account)
        return taken

    def lock(self, account: Account, by: int, now: datetime) -> bool:
        """Take it away, and let no code but the county's bind it again."""
        if not self.take_away(account):
            return False
        self.lift(account.channel, account.account)
        self._unit.insert_new(
            account_locks,
            {
                "channel": account.channel,
                "account": account.account,
                "person_id": account.person_id,
                "locked_by_id": by,
                "at": now,
            },
        )
        return True

    def locked_at(self, channel: str, account: str) -> datetime | None:
        """Since when it is locked; None: it is not."""
        moment: datetime | None = self._unit.value(
            select(account_locks.c.at).where(
                account_locks.c.channel == channel, account_locks.c.account == account
            )
        )
        return moment

    def lift(self, channel: str, account: str) -> None:
        """It may be bound again."""
        self._unit.run(
            delete(account_locks).where(
                account_locks.c.channel == channel, account_locks.c.account == account
            )
        )

    def withdraw(self, account: Account, now: datetime) -> Sequence[Queued]:
        """Cancel what still waits for this account alone; what it was, so that it goes elsewhere.

        A call that is already frozen is made: it says where it goes.
        """
        waits = (
            or_(
                deliveries.c.channel == account.channel,
                deliveries.c.channel.startswith(account.channel + "_", autoescape=True),
            ),
            deliveries.c.account == account.account,
            deliveries.c.place == "private",
            deliveries.c.person_id == account.person_id,
            deliveries.c.status.in_(_WAITING),
        )
        rows = self._unit.rows(select(*ROW).where(*waits).order_by(deliveries.c.id))
        self._unit.run(
            update(deliveries)
            .where(*waits)
            .values(status=DeliveryStatus.CANCELLED, error="account gone", settled_at=now)
        )
        return [queued_of(row) for row in rows]
