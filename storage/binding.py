"""Whom a one-time code may bind, and who of a branch still needs one.

Beside storage.accounts, which keeps one code and one account at a time. Gives nobody's data to
a guest: what is looked up by a name are ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Exists, bindparam, exists, func, insert, or_, select, update

from storage.accounts import code_hash
from storage.people import Person, person_of, select_people
from storage.person_names import spelled
from storage.scope import Scope, in_branches
from storage.tables import accounts, binding_codes, organisations, people
from storage.unit import Unit

ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code that was issued to somebody, whether it still works or not.

    issued_by: None where the command line gave it.
    """

    id: int
    person_id: int
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None
    issued_by: int | None = None


class Binding:
    """Codes by name, and codes for many."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def hold_called(self, words: str) -> tuple[int, ...]:
        """The ids of everybody of that name or 工号, kept from other binders until the unit ends.

        Holding makes attempts on one person wait for each other, so that wrong codes are counted
        before the next is judged (the lock is SQLite's own writer there).
        """
        self._unit.lock()
        rows = self._unit.rows(
            select(people.c.id)
            .where(or_(people.c.name == spelled(words), people.c.staff_number == words))
            .order_by(people.c.id)
            .with_for_update()
        )
        return tuple(row.id for row in rows)

    def found(self, person_ids: Sequence[int], code: str) -> FoundCode | None:
        """The latest code of these people with these symbols, used and expired ones included."""
        row = self._unit.row(
            select(
                binding_codes.c.id,
                binding_codes.c.person_id,
                binding_codes.c.issued_at,
                binding_codes.c.expires_at,
                binding_codes.c.used_at,
                binding_codes.c.issued_by_id,
            )
            .where(
                binding_codes.c.person_id.in_(person_ids),
                binding_codes.c.code_hash == code_hash(code),
            )
            .order_by(binding_codes.c.id.desc())
        )
        return None if row is None else FoundCode(*row)

    def without_account(self, scope: Scope) -> tuple[Person, ...]:
        """People in service of the scope's branches without any account, by organisation."""
        rows = self._unit.rows(
            select_people()
            .where(in_branches(scope.branches), people.c.status == ACTIVE, ~_has_account())
            .order_by(organisations.c.path, people.c.staff_number)
        )
        return tuple(person_of(row) for row in rows)

    def open_codes(self, person_ids: Sequence[int], now: datetime) -> int:
        """How many of these people hold a code that still works."""
        wanted = set(person_ids)
        rows = self._unit.rows(
            select(binding_codes.c.person_id).where(
                binding_codes.c.used_at.is_(None), binding_codes.c.expires_at > now
            )
        )
        return len({row.person_id for row in rows} & wanted)

    def issue_many(
        self, codes: Mapping[int, str], issued_by: int, now: datetime, expires_at: datetime
    ) -> None:
        """Keep a new code for each person; what they held before stops working."""
        self._unit.lock()
        rows = self._unit.rows(
            select(binding_codes.c.id, binding_codes.c.person_id).where(
                binding_codes.c.used_at.is_(None), binding_codes.c.expires_at > now
            )
        )
        self._unit.run(
            update(binding_codes)
            .where(binding_codes.c.id == bindparam("old"))
            .values(expires_at=bindparam("at")),
            [{"old": row.id, "at": now} for row in rows if row.person_id in codes],
        )
        self._unit.run(
            insert(binding_codes),
            [
                {
                    "person_id": person_id,
                    "code_hash": code_hash(code),
                    "issued_by_id": issued_by,
                    "issued_at": now,
                    "expires_at": expires_at,
                }
                for person_id, code in codes.items()
            ],
        )

    def accounts_of(self, person_id: int) -> int:
        """How many accounts a person has."""
        return int(
            self._unit.value(
                select(func.count()).select_from(accounts).where(accounts.c.person_id == person_id)
            )
        )


def _has_account() -> Exists:
    return exists().where(accounts.c.person_id == people.c.id)
