"""People, organisations and roles of the roster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, select

from storage.person_names import spelled
from storage.prepared import Prepared
from storage.scope import Scope
from storage.tables import organisations, people, roles
from storage.unit import AnyRow, Unit

# Who still belongs to the office's people; everybody else is a guest.
IN_SERVICE = frozenset({"active", "on_leave"})


@dataclass(frozen=True, slots=True)
class Person:
    """One entry of the roster."""

    id: int
    staff_number: str
    name: str
    organisation_id: int
    organisation: str
    organisation_path: str
    school_stage: str | None
    subject: str | None
    post: str | None
    mobile: str | None
    status: str
    joined_on: date | None

    @property
    def in_service(self) -> bool:
        """Not transferred away and not retired."""
        return self.status in IN_SERVICE


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role of a person, with the branch of the organisation tree it is held for."""

    role: str
    organisation_id: int | None
    organisation_path: str | None


@dataclass(frozen=True, slots=True)
class Organisation:
    """A bureau, district, school or provider."""

    id: int
    parent_id: int | None
    name: str
    kind: str
    path: str
    aliases: tuple[str, ...]


PERSON_COLUMNS = (
    people.c.id,
    people.c.staff_number,
    people.c.name,
    people.c.organisation_id,
    organisations.c.name.label("organisation"),
    organisations.c.path.label("organisation_path"),
    people.c.school_stage,
    people.c.subject,
    people.c.post,
    people.c.mobile,
    people.c.status,
    people.c.joined_on,
)


def select_people() -> Select[Any]:
    """A query of people with their organisation, to be narrowed by the caller."""
    return select(*PERSON_COLUMNS).join(
        organisations, people.c.organisation_id == organisations.c.id
    )


def person_of(row: AnyRow) -> Person:
    """A person out of a row that starts with PERSON_COLUMNS."""
    return Person(*row[: len(PERSON_COLUMNS)])


_BY_ID = Prepared(select_people().where(people.c.id == bindparam("id")))
_BY_NUMBER = select_people().where(people.c.staff_number == bindparam("number"))
_BY_NAME = select_people().where(people.c.name == bindparam("name")).order_by(people.c.id)
_ROLES = Prepared(
    select(roles.c.role, roles.c.organisation_id, organisations.c.path)
    .outerjoin(organisations, roles.c.organisation_id == organisations.c.id)
    .where(roles.c.person_id == bindparam("id"))
    .order_by(roles.c.id)
)


class People:
    """Reading the roster. Others are told to whoever may see them, and are nobody to the rest."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def by_id(self, person_id: int) -> Person | None:
        """One person."""
        row = self._unit.row(_BY_ID, {"id": person_id})
        return None if row is None else person_of(row)

    def by_staff_number(self, number: str, scope: Scope) -> Person | None:
        """One person by the unique 工号, where the scope has them."""
        row = self._unit.row(_BY_NUMBER.where(scope.people()), {"number": number})
        return None if row is None else person_of(row)

    def named(self, name: str, scope: Scope) -> tuple[Person, ...]:
        """Everybody of that name, however it is typed, whom the scope has."""
        rows = self._unit.rows(_BY_NAME.where(scope.people()), {"name": spelled(name)})
        return tuple(person_of(row) for row in rows)

    def is_named(self, name: str) -> bool:
        """Whether anybody of the roster is called so; says nothing of them."""
        return self._unit.row(_BY_NAME.limit(1), {"name": spelled(name)}) is not None

    def roles_of(self, person_id: int) -> tuple[HeldRole, ...]:
        """The roles a person holds."""
        return tuple(HeldRole(*row) for row in self._unit.rows(_ROLES, {"id": person_id}))

    def tops(self) -> tuple[str, ...]:
        """The paths of the units that stand at the top: one, in a tree that was imported."""
        rows = self._unit.rows(
            select(organisations.c.path).where(organisations.c.parent_id.is_(None))
        )
        return tuple(row.path for row in rows)

    def organisations(self) -> tuple[Organisation, ...]:
        """The whole tree, parents first."""
        rows = self._unit.rows(
            select(
                organisations.c.id,
                organisations.c.parent_id,
                organisations.c.name,
                organisations.c.kind,
                organisations.c.path,
                organisations.c.aliases,
            ).order_by(organisations.c.path)
        )
        return tuple(
            Organisation(r.id, r.parent_id, r.name, r.kind, r.path, tuple(r.aliases)) for r in rows
        )
