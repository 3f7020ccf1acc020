"""Writes a planned roster: units, people, roles and accounts, each in few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from storage.imports.changes import Context
from storage.imports.recorder import Recorder, Update, select_in
from storage.imports.roster_roles import RoleChange
from storage.imports.tree import Node, Tree
from storage.people import Person
from storage.tables import accounts, people, roles

WECOM = "wecom"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody new: 工号, unit, and the other columns of people."""

    staff_number: str
    node: Node
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A WeCom account for who has this 工号. rights: that person has some over others."""

    account: str
    staff_number: str
    rights: bool


@dataclass(slots=True)
class RosterWrite:
    """All that a roster will write; `tree` holds the units that are new."""

    tree: Tree
    arrivals: list[Arrival] = field(default_factory=list)
    changes: list[tuple[Person, Node, dict[str, Any]]] = field(default_factory=list)
    roles: list[tuple[str, RoleChange]] = field(default_factory=list)
    removed_roles: list[int] = field(default_factory=list)
    accounts: list[NewAccount] = field(default_factory=list)


def write_roster(recorder: Recorder, plan: RosterWrite, context: Context) -> None:
    """Units first, then people, then what refers to them."""
    plan.tree.save(recorder)
    rows = [
        {"staff_number": a.staff_number, "organisation_id": a.node.id} | a.values
        for a in plan.arrivals
    ]
    recorder.insert(people, rows)
    recorder.update(people, [_update(person, node, new) for person, node, new in plan.changes])
    numbers = [number for number, _ in plan.roles] + [each.staff_number for each in plan.accounts]
    found = select_in(
        recorder.unit, select(people.c.id, people.c.staff_number), people.c.staff_number, numbers
    )
    ids = {row.staff_number: row.id for row in found}
    recorder.remove(roles, plan.removed_roles)
    recorder.insert(
        roles,
        [
            {
                "person_id": ids[number],
                "role": change.role,
                "organisation_id": change.node.id if change.node else None,
            }
            for number, change in plan.roles
        ],
    )
    recorder.insert(
        accounts,
        [
            {
                "channel": WECOM,
                "account": each.account,
                "person_id": ids[each.staff_number],
                "bound_at": context.now,
                "news_at": context.now,
                "issued_by_id": context.by,
                "awaits": each.rights and context.by is not None,
            }
            for each in plan.accounts
        ],
        known_by=("channel", "account", "person_id", "bound_at"),
    )


def write_leavers(recorder: Recorder, leavers: Sequence[Person]) -> None:
    """Mark people as 调出 and take their rights over others; their record stays."""
    after = {"status": "transferred"}
    recorder.update(people, [Update(p.id, {"status": p.status}, after) for p in leavers])
    rows = select_in(
        recorder.unit,
        select(roles.c.id).where(roles.c.role != "teacher"),
        roles.c.person_id,
        [person.id for person in leavers],
    )
    recorder.remove(roles, [row.id for row in rows])


def _update(person: Person, node: Node, wanted: dict[str, Any]) -> Update:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in ({"organisation_id": node.id} | wanted).items():
        if getattr(person, name) != value:
            before[name] = getattr(person, name)
            after[name] = value
    return Update(person.id, before, after)
