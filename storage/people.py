"""People, organisations and roles of the roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from storage.person_names import spelled
from storage.prepared import Prepared
from storage.tables import organisations, people, roles
from storage.unit import AnyRow, Unit

# Who still belongs to the office's people; everybody else is a guest (domain.md 2.1).
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
    """Reading the roster. What a person may see of others is narrowed by `within`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def by_id(self, person_id: int) -> Person | None:
        """One person."""
        row = self._unit.row(_BY_ID, {"id": person_id})
        return None if row is None else person_of(row)

    def by_staff_number(self, number: str) -> Person | None:
        """One person by the unique 工号."""
        row = self._unit.row(_BY_NUMBER, {"number": number})
        return None if row is None else person_of(row)

    def named(self, name: str, within: Sequence[str] | None = None) -> tuple[Person, ...]:
        """Everybody of that name, however it is typed; `within` limits to branches of the tree."""
        statement = _BY_NAME if within is None else _BY_NAME.where(in_branches(within))
        return tuple(person_of(row) for row in self._unit.rows(statement, {"name": spelled(name)}))

    def roles_of(self, person_id: int) -> tuple[HeldRole, ...]:
        """The roles a person holds."""
        return tuple(HeldRole(*row) for row in self._unit.rows(_ROLES, {"id": person_id}))

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


def in_branches(paths: Sequence[str]) -> Any:
    """A condition: the person's organisation lies in one of these branches (none: nobody)."""
    if not paths:
        return people.c.id.is_(None)
    return or_(*(organisations.c.path.startswith(path, autoescape=True) for path in paths))
