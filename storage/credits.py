"""The credit ledger: entries as they were registered, never a total.

Figures are derived from these rows by the rules of the place; nothing here adds anything up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import bindparam, select

from storage.prepared import Found, Prepared
from storage.tables import credit_entries
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One line of a ledger; level, mode and status are identifiers, put in words by imports."""

    id: int
    year: int
    programme: str
    level: str
    mode: str
    class_hours: Decimal
    credits: Decimal | None
    status: str
    basis: str
    reason: str
    occurred_on: date | None


@dataclass(frozen=True, slots=True)
class StoredLedger:
    """A person's entries, equal and hashable as they stand in the database.

    What was worked out from them is kept under them, so the entries themselves are only made for
    a ledger that nothing is kept for: making them costs three times what reading them does.
    """

    _found: Found

    def __len__(self) -> int:
        """How many entries."""
        return len(self._found)

    def entries(self) -> tuple[StoredEntry, ...]:
        """All entries of all years and states, in the order in which they were registered."""
        return tuple(StoredEntry(*row) for row in self._found.rows())


_OF_PERSON = Prepared(
    select(
        credit_entries.c.id,
        credit_entries.c.year,
        credit_entries.c.programme,
        credit_entries.c.level,
        credit_entries.c.mode,
        credit_entries.c.class_hours,
        credit_entries.c.credits,
        credit_entries.c.status,
        credit_entries.c.basis,
        credit_entries.c.reason,
        credit_entries.c.occurred_on,
    )
    .where(credit_entries.c.person_id == bindparam("person_id"))
    .order_by(credit_entries.c.id)
)


class Credits:
    """Reading one person's ledger."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def ledger(self, person_id: int) -> StoredLedger:
        """A person's ledger."""
        return StoredLedger(self._unit.found(_OF_PERSON, {"person_id": person_id}))
