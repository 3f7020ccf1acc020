"""Who writes from which account, and the one-time codes that bind an account to a person."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update

from storage.addresses import is_address
from storage.people import PERSON_COLUMNS, Person, person_of
from storage.prepared import Prepared
from storage.tables import accounts, binding_codes, organisations, people, tries
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Account:
    """One account of one channel, bound to a person.

    awaits: it has a teacher's rights only until a second person says yes. news_at: when it became
    this person's, or got another id; None: longer ago than anybody was told of it.
    consent: which wording of what is kept the person was shown.
    """

    channel: str
    account: str
    bound_at: datetime
    id: int = 0
    person_id: int = 0
    issued_by: int | None = None
    awaits: bool = False
    news_at: datetime | None = None
    consent: str = ""


@dataclass(frozen=True, slots=True)
class BindingCode:
    """An open one-time code: for whom, and until when."""

    id: int
    person_id: int
    expires_at: datetime


_HOLDER = Prepared(
    select(*PERSON_COLUMNS)
    .select_from(
        accounts.join(people, accounts.c.person_id == people.c.id).join(
            organisations, people.c.organisation_id == organisations.c.id
        )
    )
    .where(accounts.c.channel == bindparam("channel"), accounts.c.account == bindparam("account"))
)
ACCOUNT_COLUMNS = (
    accounts.c.channel,
    accounts.c.account,
    accounts.c.bound_at,
    accounts.c.id,
    accounts.c.person_id,
    accounts.c.issued_by_id,
    accounts.c.awaits,
    accounts.c.news_at,
    accounts.c.consent,
)
_OF_PERSON = Prepared(
    select(*ACCOUNT_COLUMNS)
    .where(accounts.c.person_id == bindparam("person_id"))
    .order_by(accounts.c.bound_at, accounts.c.id)
)

_TRIES = Prepared(
    select(tries.c.at)
    .where(
        tries.c.purpose == bindparam("purpose"),
        tries.c.subject == bindparam("subject"),
        tries.c.at > bindparam("since"),
    )
    .order_by(tries.c.at)
)


def code_hash(code: str) -> str:
    """How a binding code is kept: never as it is. Codes are random, so no salt is needed."""
    return hashlib.sha256(code.encode()).hexdigest()


class Accounts:
    """Accounts, their holders and binding codes."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def holder(self, channel: str, account: str) -> Person | None:
        """The person an account is bound to."""
        row = self._unit.row(_HOLDER, {"channel": channel, "account": account})
        return None if row is None else person_of(row)

    def of_person(self, person_id: int) -> tuple[Account, ...]:
        """A person's accounts, oldest first."""
        return tuple(Account(*row) for row in self._unit.rows(_OF_PERSON, {"person_id": person_id}))

    def among(
        self, person_ids: Collection[int], realms: Collection[str]
    ) -> dict[int, tuple[tuple[str, str], ...]]:
        """By person, their accounts of these namespaces, oldest first; of a few people."""
        rows = self._unit.rows(
            select(accounts.c.person_id, accounts.c.channel, accounts.c.account)
            .where(accounts.c.person_id.in_(person_ids), accounts.c.channel.in_(realms))
            .order_by(accounts.c.bound_at, accounts.c.id)
        )
        found: dict[int, tuple[tuple[str, str], ...]] = {}
        for person, realm, account in rows:
            found[person] = (*found.get(person, ()), (realm, account))
        return found

    def bind(
        self,
        channel: str,
        account: str,
        person_id: int,
        now: datetime,
        *,
        issued_by: int | None = None,
        awaits: bool = False,
        consent: str = "",
    ) -> bool:
        """Bind a free account; False where it is bound already, or can be nobody's address."""
        return is_address(channel, account) and bool(
            self._unit.insert_new(
                accounts,
                {
                    "channel": channel,
                    "account": account,
                    "person_id": person_id,
                    "bound_at": now,
                    "issued_by_id": issued_by,
                    "awaits": awaits,
                    "consent": consent,
                    "news_at": now,
                },
            )
        )

    def unbind(self, channel: str, account: str) -> bool:
        """Forget whose account it is; False where it was nobody's."""
        return bool(
            self._unit.run(
                delete(accounts).where(accounts.c.channel == channel, accounts.c.account == account)
            )
        )

    def issue_code(
        self, person_id: int, code: str, issued_by: int | None, now: datetime, expires_at: datetime
    ) -> None:
        """Keep a new code for a person; older open ones stop working."""
        self._unit.run(
            update(binding_codes)
            .where(binding_codes.c.person_id == person_id, binding_codes.c.used_at.is_(None))
            .values(expires_at=now)
        )
        self._unit.add(
            insert(binding_codes),
            {
                "person_id": person_id,
                "code_hash": code_hash(code),
                "issued_by_id": issued_by,
                "issued_at": now,
                "expires_at": expires_at,
            },
        )

    def open_code(self, person_id: int, code: str, now: datetime) -> BindingCode | None:
        """The unused, unexpired code of this person."""
        row = self._unit.row(
            select(binding_codes.c.id, binding_codes.c.person_id, binding_codes.c.expires_at).where(
                binding_codes.c.person_id == person_id,
                binding_codes.c.code_hash == code_hash(code),
                binding_codes.c.used_at.is_(None),
                binding_codes.c.expires_at > now,
            )
        )
        return None if row is None else BindingCode(*row)

    def use_code(self, code_id: int, now: datetime) -> bool:
        """Use a code up; False where somebody else was faster."""
        return bool(
            self._unit.run(
                update(binding_codes)
                .where(binding_codes.c.id == code_id, binding_codes.c.used_at.is_(None))
                .values(used_at=now)
            )
        )


class Tries:
    """Wrong codes, counted per subject (an account, a person, a class) over a span of time."""

    def __init__(self, unit: Unit, purpose: str) -> None:
        self._unit = unit
        self._purpose = purpose

    def since(self, subject: str, since: datetime) -> tuple[datetime, ...]:
        """The moments of wrong tries, oldest first."""
        rows = self._unit.rows(
            _TRIES, {"purpose": self._purpose, "subject": subject, "since": since}
        )
        return tuple(row.at for row in rows)

    def count(self, subject: str, since: datetime) -> int:
        """How many wrong tries."""
        return int(
            self._unit.value(
                select(func.count()).where(
                    tries.c.purpose == self._purpose, tries.c.subject == subject, tries.c.at > since
                )
            )
        )

    def add(self, subject: str, at: datetime) -> None:
        """Note one wrong try."""
        self._unit.add(insert(tries), {"purpose": self._purpose, "subject": subject, "at": at})

    def forget(self, subject: str) -> None:
        """A right code ends the count."""
        self._unit.run(
            delete(tries).where(tries.c.purpose == self._purpose, tries.c.subject == subject)
        )
