"""Finding what a file's rows speak of: people by 工号, classes, programmes, deadlines by name.

One query a few thousand names; knows no kind of file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from storage.imports.recorder import select_in
from storage.imports.tree import fold
from storage.people import Person, person_of, select_people
from storage.scope import Scope
from storage.tables import people, programmes, training_classes
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Found:
    """A programme or a class: its id and name as saved."""

    id: int
    name: str


def people_by_number(unit: Unit, numbers: Iterable[str]) -> dict[str, Person]:
    """The people of the roster with these 工号."""
    rows = select_in(unit, select_people(), people.c.staff_number, list(numbers))
    found = (person_of(row) for row in rows)
    return {person.staff_number: person for person in found}


def classes_by_name(unit: Unit) -> dict[str, Found]:
    """All classes by folded name."""
    rows = unit.rows(select(training_classes.c.id, training_classes.c.name))
    return {fold(row.name): Found(row.id, row.name) for row in rows}


def programmes_by_name(unit: Unit) -> dict[str, Found]:
    """All programmes by folded name and alias; of several with one name, the latest year's."""
    rows = unit.rows(
        select(programmes.c.id, programmes.c.name, programmes.c.aliases).order_by(
            programmes.c.year, programmes.c.id
        )
    )
    found = {fold(alias): Found(r.id, r.name) for r in rows for alias in r.aliases}
    return found | {fold(r.name): Found(r.id, r.name) for r in rows}


def classes_run(unit: Unit, scope: Scope, *, whole: bool = False) -> tuple[Found, ...]:
    """The classes that the scope has, newest first; `whole`: with all their trainees."""
    condition = scope.whole_classes() if whole else scope.classes()
    rows = unit.rows(
        select(training_classes.c.id, training_classes.c.name)
        .where(condition)
        .order_by(training_classes.c.id.desc())
    )
    return tuple(Found(row.id, row.name) for row in rows)
