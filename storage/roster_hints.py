"""What a platform's directory says of its members and the roster does not, and accounts that moved.

A hint is read by an officer and never applied to people by itself. What is applied is an account:
it moves with its person when the platform gives it another id. Knows no platform.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, case, delete, func, insert, or_, select, update

from storage.people import IN_SERVICE
from storage.scope import Scope, in_branches
from storage.tables import accounts, deliveries, organisations, people, reachability, roster_hints
from storage.unit import AnyRow, Unit


class HintKind(StrEnum):
    """What the directory said (wecom.md 1.8)."""

    CREATED = "create_user"
    DEPARTMENTS = "update_user"
    RENAMED = "renamed"  # the account moved with its person
    RENAME_TAKEN = "rename_taken"  # the new id is somebody else's account here
    DELETED = "delete_user"
    REUSED = "reused"  # a deleted id came back: it was unbound, whoever has it now must bind
    HIDDEN = "unsubscribe"  # taken out of the app's visible range, or disabled
    PARTY_CREATED = "create_party"
    PARTY_CHANGED = "update_party"
    PARTY_DELETED = "delete_party"
    OPEN_ID = "open_id"  # an encrypted id is this account; handled from the beginning


class Moved(StrEnum):
    """What became of an account whose id changed."""

    NOBODYS = "nobodys"
    DONE = "done"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class RosterHint:
    """One hint with the person that the account is bound to, if any.

    `detail` holds plain facts of the directory: a name, numbers of departments.
    """

    id: int
    at: datetime
    channel: str
    kind: HintKind
    account: str
    new_account: str
    detail: Mapping[str, str]
    person: str = ""
    organisation: str = ""
    in_service: bool = False


# the account that a hint speaks of now
_ACCOUNT = case(
    (roster_hints.c.new_account != "", roster_hints.c.new_account), else_=roster_hints.c.account
)


class RosterHints:
    """Noting and listing them. One that concerns nobody of the roster is the whole office's."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(
        self,
        kind: HintKind,
        channel: str,
        account: str,
        now: datetime,
        *,
        new_account: str = "",
        detail: Mapping[str, str] | None = None,
        handled: bool = False,
    ) -> int:
        """Note one; its id. `handled`: there is nothing to do about it."""
        return self._unit.add(
            insert(roster_hints),
            {
                "at": now,
                "channel": channel,
                "kind": kind.value,
                "account": account,
                "new_account": new_account,
                "detail": dict(detail or {}),
                "handled_at": now if handled else None,
            },
        )

    def open(self, scope: Scope, limit: int = 50) -> tuple[RosterHint, ...]:
        """Those that nobody has dealt with, newest first."""
        statement = _hints(
            roster_hints,
            people.c.name,
            organisations.c.name.label("organisation"),
            people.c.status,
        )
        rows = self._unit.rows(
            _open(statement, scope).order_by(roster_hints.c.id.desc()).limit(limit)
        )
        return tuple(_hint(row) for row in rows)

    def count(self, scope: Scope) -> int:
        """How many of them."""
        return int(self._unit.value(_open(_hints(func.count()), scope)))

    def handle(self, first: int, last: int, now: datetime, scope: Scope) -> int:
        """Somebody has dealt with all between these ids; how many."""
        chosen = _open(_hints(roster_hints.c.id), scope).where(
            roster_hints.c.id.between(first, last)
        )
        return self._unit.run(
            update(roster_hints)
            .where(roster_hints.c.id.in_(chosen.scalar_subquery()))
            .values(handled_at=now)
        )

    def settle(self, channel: str, account: str, kinds: Sequence[HintKind], now: datetime) -> int:
        """What was said of an account holds no longer (it came back, it is gone again)."""
        return self._unit.run(
            update(roster_hints)
            .where(
                roster_hints.c.channel == channel,
                roster_hints.c.account == account,
                roster_hints.c.kind.in_(kinds),
                roster_hints.c.handled_at.is_(None),
            )
            .values(handled_at=now)
        )

    def was(self, channel: str, account: str, kind: HintKind) -> bool:
        """Whether this was ever said of an account."""
        return bool(
            self._unit.value(
                select(func.count()).where(
                    roster_hints.c.channel == channel,
                    roster_hints.c.account == account,
                    roster_hints.c.kind == kind,
                )
            )
        )

    def renamed_to(self, channel: str, account: str) -> bool:
        """Whether this account has its id from the directory's renaming of another."""
        return bool(
            self._unit.value(
                select(func.count()).where(
                    roster_hints.c.channel == channel,
                    roster_hints.c.new_account == account,
                    roster_hints.c.kind == HintKind.RENAMED,
                )
            )
        )

    # -- ids ------------------------------------------------------------------------------------

    def account_of(self, channel: str, open_id: str) -> str:
        """The account that an encrypted id stands for; empty: not known."""
        found = self._unit.value(
            select(roster_hints.c.new_account).where(
                roster_hints.c.channel == channel,
                roster_hints.c.kind == HintKind.OPEN_ID,
                roster_hints.c.account == open_id,
            )
        )
        return str(found or "")

    def move(self, channel: str, old: str, new: str, now: datetime | None = None) -> Moved:
        """An account has another id from now on: its person, and what waits for it, go with it.

        now: when, where the person's other accounts are to hear of it.
        """
        self._unit.lock()
        self._unit.run(
            update(roster_hints)
            .where(
                roster_hints.c.channel == channel,
                roster_hints.c.kind == HintKind.OPEN_ID,
                roster_hints.c.new_account == old,
            )
            .values(new_account=new)
        )
        holder = self._holder(channel, old)
        if holder is None:
            return Moved.NOBODYS
        there = self._holder(channel, new)
        if there is not None and there != holder:
            return Moved.TAKEN
        mine = (accounts.c.channel == channel, accounts.c.account == old)
        if there is not None:
            self._unit.run(delete(accounts).where(*mine))
        else:
            news = {} if now is None else {"news_at": now, "told_at": None}
            self._unit.run(update(accounts).where(*mine).values(account=new, **news))
        self._unit.run(
            delete(reachability).where(
                reachability.c.channel == channel, reachability.c.account == old
            )
        )
        self._unit.run(
            update(deliveries)
            .where(
                or_(
                    deliveries.c.channel == channel, deliveries.c.channel.startswith(channel + "_")
                ),
                deliveries.c.account == old,
                deliveries.c.place == "private",
                # what is on its way has the old id in its frozen call
                deliveries.c.batch_id.is_(None),
                deliveries.c.settled_at.is_(None),
            )
            .values(account=new)
        )
        return Moved.DONE

    def _holder(self, channel: str, account: str) -> int | None:
        found = self._unit.value(
            select(accounts.c.person_id).where(
                accounts.c.channel == channel, accounts.c.account == account
            )
        )
        return None if found is None else int(found)


def _hints(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(
        roster_hints.outerjoin(
            accounts,
            (accounts.c.channel == roster_hints.c.channel) & (accounts.c.account == _ACCOUNT),
        )
        .outerjoin(people, accounts.c.person_id == people.c.id)
        .outerjoin(organisations, people.c.organisation_id == organisations.c.id)
    )


def _open(statement: Select[Any], scope: Scope) -> Select[Any]:
    # of nobody's account the joined organisation is empty: only the whole office sees it
    return statement.where(roster_hints.c.handled_at.is_(None), in_branches(scope.branches))


def _hint(row: AnyRow) -> RosterHint:
    return RosterHint(
        id=row.id,
        at=row.at,
        channel=row.channel,
        kind=HintKind(row.kind),
        account=row.account,
        new_account=row.new_account,
        detail=row.detail,
        person=row.name or "",
        organisation=row.organisation or "",
        in_service=row.status in IN_SERVICE,
    )
