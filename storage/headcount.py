"""How many accounts of a platform the records know. Knows no platform."""

from __future__ import annotations

from sqlalchemy import func, select

from storage.tables import accounts
from storage.unit import Unit


def known_accounts(unit: Unit, realm: str) -> int:
    """How many accounts of this namespace are bound: its corp has at least so many."""
    return int(
        unit.value(select(func.count()).select_from(accounts).where(accounts.c.channel == realm))
    )
