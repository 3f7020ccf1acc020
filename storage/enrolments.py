"""Which classes a person is in, as what, and what the members of a class may know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from storage.tables import class_groups, enrolments, people, programmes, training_classes
from storage.unit import Unit

TRAINEE = "trainee"
ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Membership:
    """One class of a person. role: trainee class_tutor workshop_leader online_tutor."""

    class_id: int
    class_name: str
    programme_id: int
    programme: str
    aliases: tuple[str, ...]
    year: int
    level: str | None
    role: str


@dataclass(frozen=True, slots=True)
class ClassStaff:
    """Somebody who runs a class: name and role are for its members to know, nothing else is."""

    class_id: int
    person_id: int
    name: str
    role: str


class Named(NamedTuple):
    """Somebody of a class who is called so."""

    class_id: int
    name: str
    person_id: int


_OF_PERSON = (
    select(
        training_classes.c.id,
        training_classes.c.name,
        programmes.c.id,
        programmes.c.name,
        programmes.c.aliases,
        programmes.c.year,
        programmes.c.level,
        enrolments.c.role,
    )
    .select_from(
        enrolments.join(
            training_classes, enrolments.c.training_class_id == training_classes.c.id
        ).join(programmes, training_classes.c.programme_id == programmes.c.id)
    )
    .where(enrolments.c.person_id == bindparam("person_id"))
    .order_by(programmes.c.year.desc(), training_classes.c.name, enrolments.c.id)
)


class Enrolments:
    """Reading enrolments. What others may see of a class is narrowed to one's own classes."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of_person(self, person_id: int) -> tuple[Membership, ...]:
        """A person's classes, the newest programmes first; two roles in one class are two."""
        return tuple(
            Membership(row[0], row[1], row[2], row[3], tuple(row[4]), row[5], row[6], row[7])
            for row in self._unit.rows(_OF_PERSON, {"person_id": person_id})
        )

    def staff(self, class_ids: Sequence[int]) -> tuple[ClassStaff, ...]:
        """Who runs these classes."""
        rows = self._unit.rows(
            select(
                enrolments.c.training_class_id,
                people.c.id,
                people.c.name,
                enrolments.c.role,
            )
            .join(people, enrolments.c.person_id == people.c.id)
            .where(enrolments.c.training_class_id.in_(class_ids), enrolments.c.role != TRAINEE)
            .order_by(enrolments.c.training_class_id, enrolments.c.role, people.c.staff_number)
        )
        return tuple(ClassStaff(*row) for row in rows)

    def trainee_counts(self, class_ids: Sequence[int]) -> dict[int, int]:
        """How many trainees each of these classes has; a class without any is absent."""
        rows = self._unit.rows(
            select(enrolments.c.training_class_id, func.count())
            .where(enrolments.c.training_class_id.in_(class_ids), enrolments.c.role == TRAINEE)
            .group_by(enrolments.c.training_class_id)
        )
        return {row[0]: int(row[1]) for row in rows}

    def fellow(self, class_ids: Sequence[int], name: str) -> tuple[int, ...]:
        """In which of the asker's own classes somebody of that name is."""
        rows = self._unit.rows(
            select(enrolments.c.training_class_id)
            .join(people, enrolments.c.person_id == people.c.id)
            .where(enrolments.c.training_class_id.in_(class_ids), people.c.name == name)
            .distinct()
        )
        return tuple(row[0] for row in rows)

    def named(self, class_ids: Sequence[int], names: Sequence[str]) -> tuple[Named, ...]:
        """Everybody in service of these names in each of these classes, whatever they are there."""
        rows = self._unit.rows(
            select(enrolments.c.training_class_id, people.c.name, people.c.id)
            .join(people, enrolments.c.person_id == people.c.id)
            .where(
                enrolments.c.training_class_id.in_(class_ids),
                people.c.name.in_(names),
                people.c.status == ACTIVE,
            )
            .distinct()
            .order_by(people.c.id)
        )
        return tuple(Named(*row) for row in rows)

    def groups(self, class_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """The platforms on which each class has a group chat."""
        rows = self._unit.rows(
            select(class_groups.c.training_class_id, class_groups.c.channel)
            .where(class_groups.c.training_class_id.in_(class_ids))
            .order_by(class_groups.c.channel)
        )
        found: dict[int, tuple[str, ...]] = {}
        for class_id, channel in rows:
            found[class_id] = (*found.get(class_id, ()), channel)
        return found
