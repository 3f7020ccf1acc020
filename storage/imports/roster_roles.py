"""What a roster's 身份 and 管理范围 give and take: roles with the branch they are held for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from storage.imports.recorder import select_in
from storage.imports.tree import Node, Tree
from storage.imports.words import ROLE_WORDS
from storage.readers.sheet_rows import RosterRow
from storage.tables import roles
from storage.unit import Unit

# Held for a branch of the tree; the others are held for classes or oneself.
SCOPED = frozenset({"school_admin", "county_admin", "provider"})
# Given by the class lists too, so a roster that does not name them takes nothing away.
FROM_CLASSES = frozenset({"class_tutor", "workshop_leader"})
# Whoever has left the office's care keeps the record of a teacher and no rights over others.
GONE = frozenset({"transferred", "retired"})


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A role with its branch. id: of a saved one; node: of one to be given."""

    role: str
    organisation_id: int | None = None
    node: Node | None = None
    id: int | None = None


@dataclass(slots=True)
class RolePlan:
    """Roles to give and take, and the words for the report."""

    added: list[RoleChange] = field(default_factory=list)
    removed_ids: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def held_roles(unit: Unit, person_ids: Sequence[int]) -> dict[int, list[RoleChange]]:
    """The saved roles of these people."""
    rows = select_in(unit, select(roles), roles.c.person_id, person_ids)
    held: dict[int, list[RoleChange]] = {}
    for row in rows:
        change = RoleChange(row.role, row.organisation_id, id=row.id)
        held.setdefault(row.person_id, []).append(change)
    return held


def granted_roles(tree: Tree, row: RosterRow, node: Node) -> tuple[list[RoleChange], str | None]:
    """The roles that a row names, or in Chinese why it cannot be taken."""
    scope = tree.find(row.scope) if row.scope else None
    if row.scope and scope is None:
        return [], f"“管理范围”「{row.scope}」不在单位表里"
    if row.scope and not SCOPED.intersection(row.roles):
        return [], "写了“管理范围”，但“身份”里没有校级管理员、县级管理员或承办机构"
    grants = []
    for role in row.roles:
        if role in SCOPED:
            branch = scope or (tree.root() if role == "county_admin" else node)
            grants.append(RoleChange(role, branch.id if branch else None, branch))
        else:
            grants.append(RoleChange(role))
    return grants, None


def roles_after(
    row: RosterRow,
    grants: Sequence[RoleChange],
    held: Sequence[RoleChange],
    *,
    exact: bool,
    moved_from: int | None,
) -> RolePlan:
    """What to give and take. exact: roles of the roster that the row does not name are taken.

    moved_from: the unit that the person leaves, and with it its administration.
    """
    plan = RolePlan()
    if row.status in GONE:
        grants = [grant for grant in grants if grant.role == "teacher"]
    have = {(each.role, each.organisation_id) for each in held}
    for grant in grants:
        is_new_unit = grant.node is not None and grant.node.id is None
        if is_new_unit or (grant.role, grant.organisation_id) not in have:
            plan.added.append(grant)
            plan.words.append(f"增加身份 {ROLE_WORDS[grant.role]}")
    wanted = {(grant.role, grant.organisation_id) for grant in grants}
    for each in held:
        kept = (each.role, each.organisation_id) in wanted or not exact
        if each.role == "school_admin" and each.organisation_id == moved_from:
            kept = (each.role, each.organisation_id) in wanted
        if each.role in FROM_CLASSES and row.status not in GONE:
            kept = True
        if row.status in GONE and each.role != "teacher":
            kept = False
        if not kept:
            assert each.id is not None
            plan.removed_ids.append(each.id)
            plan.words.append(f"收回身份 {ROLE_WORDS.get(each.role, each.role)}")
    return plan
