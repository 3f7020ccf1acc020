"""The office's own names, as the understanding must know them."""

from __future__ import annotations

from sqlalchemy import func, select

from storage.tables import imports, organisations, people, programmes, training_classes
from storage.unit import Unit

# a name and the other ways of writing it
Named = tuple[str, tuple[str, ...]]
_KINDS = {
    "school": "schools",
    "institution": "providers",
    "county": "regions",
    "city": "regions",
    "district": "regions",
}


class OfficeNames:
    """Names of programmes, classes, organisations and people."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def version(self) -> str:
        """Changes whenever names may have changed: every import leaves a row."""
        newest = self._unit.row(select(func.max(imports.c.id), func.max(imports.c.undone_at)))
        return repr(tuple(newest)) if newest is not None else ""

    def all(self) -> dict[str, list[Named]]:
        """Names by kind: programmes, classes, schools, providers, regions, people."""
        names: dict[str, list[Named]] = {
            kind: [] for kind in ("programmes", "classes", "people", *_KINDS.values())
        }
        for row in self._unit.rows(
            select(programmes.c.name, programmes.c.aliases).order_by(programmes.c.id)
        ):
            names["programmes"].append((row.name, tuple(row.aliases)))
        for row in self._unit.rows(select(training_classes.c.name).order_by(training_classes.c.id)):
            names["classes"].append((row.name, ()))
        for row in self._unit.rows(
            select(organisations.c.name, organisations.c.aliases, organisations.c.kind).order_by(
                organisations.c.id
            )
        ):
            names[_KINDS.get(row.kind, "schools")].append((row.name, tuple(row.aliases)))
        for row in self._unit.rows(select(people.c.name).distinct().order_by(people.c.name)):
            names["people"].append((row.name, ()))
        return names
