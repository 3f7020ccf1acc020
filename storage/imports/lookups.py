"""Finding what a file's rows speak of: people by 工号, classes, programmes, deadlines by name.

One query a few thousand names; knows no kind of file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from storage.imports.recorder import select_in
from storage.imports.tree import fold
from storage.people import Person, person_of, select_people
from storage.tables import enrolments, people, programmes, training_classes
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


def within(person: Person, scope: Sequence[str] | None) -> bool:
    """Whether a person's unit lies in one of these branches; None is everywhere."""
    return scope is None or person.organisation_path.startswith(tuple(scope))


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


def classes_by_id(unit: Unit, run_by: int | None) -> tuple[Found, ...]:
    """All classes, or only those that a person runs, newest first."""
    statement = select(training_classes.c.id, training_classes.c.name).distinct()
    if run_by is not None:
        statement = statement.join(
            enrolments, enrolments.c.training_class_id == training_classes.c.id
        ).where(enrolments.c.person_id == run_by, enrolments.c.role != "trainee")
    rows = unit.rows(statement.order_by(training_classes.c.id.desc()))
    return tuple(Found(row.id, row.name) for row in rows)
