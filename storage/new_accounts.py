"""Accounts that became somebody's, or got another id, and that their other accounts must hear of.

However they came: by a code, by a roster, by the platform's directory. Knows no platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select, update

from storage.accounts import ACCOUNT_COLUMNS, Account
from storage.tables import accounts
from storage.unit import Unit

# as long as 不是我 locks it
FRESH = timedelta(days=7)
_OTHER = accounts.alias("other")
_UNTOLD = and_(accounts.c.news_at.is_not(None), accounts.c.told_at.is_(None))
_HAS_OTHERS = exists().where(
    _OTHER.c.person_id == accounts.c.person_id, _OTHER.c.id != accounts.c.id
)


class NewAccounts:
    """What is still to be told, and what is fresh."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def untold(self, now: datetime, limit: int = 200) -> Sequence[Account]:
        """Those whose people have others that were not told; they count as told from here on."""
        self._unit.run(
            update(accounts).where(_UNTOLD, ~_HAS_OTHERS).values(told_at=accounts.c.news_at)
        )
        rows = self._unit.rows(
            select(*ACCOUNT_COLUMNS)
            .where(_UNTOLD)
            .order_by(accounts.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        self._unit.run(
            update(accounts).where(accounts.c.id.in_([row.id for row in rows])).values(told_at=now)
        )
        return [Account(*row) for row in rows]

    def later_than(self, mine: Account, now: datetime) -> Sequence[Account]:
        """The person's accounts that are news to this one of theirs, the newest first.

        Only what came after it: whoever came last cannot lock out who was there before.
        """
        rows = self._unit.rows(
            select(*ACCOUNT_COLUMNS)
            .where(
                accounts.c.person_id == mine.person_id,
                accounts.c.id != mine.id,
                accounts.c.news_at > now - FRESH,
                or_(
                    accounts.c.news_at > mine.bound_at,
                    and_(accounts.c.news_at == mine.bound_at, accounts.c.id > mine.id),
                ),
            )
            .order_by(accounts.c.news_at.desc(), accounts.c.id.desc())
        )
        return [Account(*row) for row in rows]
