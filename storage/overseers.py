"""Who administers a branch of the tree: whom to tell of what concerns its people's accounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import literal, select

from storage.people import IN_SERVICE
from storage.tables import organisations, people, roles
from storage.unit import Unit


class Overseers:
    """Reading them."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of(self, path: str, held: Collection[str]) -> Mapping[int, frozenset[str]]:
        """Everybody in service who holds one of these roles for a branch with this unit in it."""
        rows = self._unit.rows(
            select(people.c.id, roles.c.role)
            .join(roles, roles.c.person_id == people.c.id)
            .join(organisations, roles.c.organisation_id == organisations.c.id)
            .where(
                roles.c.role.in_(list(held)),
                people.c.status.in_(sorted(IN_SERVICE)),
                literal(path).like(organisations.c.path + "%"),
            )
            .order_by(people.c.id)
        )
        found: dict[int, frozenset[str]] = {}
        for row in rows:
            found[row.id] = found.get(row.id, frozenset()) | {row.role}
        return found
