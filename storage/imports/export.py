"""The office's own records as the rows of its spreadsheets, so that what goes out comes in again.

One door: whoever exports brings the scope of what they may see, and perhaps one class of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from storage.imports.changes import ImportRefusedError
from storage.imports.export_training import (
    attendance_rows,
    classes_rows,
    credits_rows,
    deadlines_rows,
    submissions_rows,
    timetable_rows,
)
from storage.imports.roster_roles import SCOPED
from storage.imports.words import stage_word
from storage.readers.sheet_rows import (
    Kind,
    OrganisationRow,
    RosterRow,
    SheetRow,
)
from storage.scope import Scope, in_branches
from storage.tables import (
    accounts,
    organisations,
    people,
    roles,
)
from storage.unit import AnyRow, Unit


def rows_of(unit: Unit, kind: Kind, scope: Scope, class_id: int | None = None) -> list[SheetRow]:
    """The records of a kind that the scope has, of one class where it is named.

    Raises ImportRefusedError for a kind without records.
    """
    found: list[SheetRow]
    match kind:
        case Kind.ORGANISATIONS:
            found = list(_organisations(unit, scope))
        case Kind.ROSTER:
            found = list(_roster(unit, scope))
        case Kind.CLASSES:
            found = list(classes_rows(unit, scope, class_id))
        case Kind.TIMETABLE:
            found = list(timetable_rows(unit, scope, class_id))
        case Kind.DEADLINES:
            found = list(deadlines_rows(unit))
        case Kind.CREDITS:
            found = list(credits_rows(unit, scope))
        case Kind.SUBMISSIONS:
            found = list(submissions_rows(unit, scope))
        case Kind.ATTENDANCE:
            found = list(attendance_rows(unit, scope, class_id))
        case _:
            raise ImportRefusedError("这类表目前还不能导出。")
    return found


def _organisations(unit: Unit, scope: Scope) -> Sequence[OrganisationRow]:
    rows = unit.rows(
        select(organisations).where(in_branches(scope.branches)).order_by(organisations.c.path)
    )
    names = {row.id: row.name for row in rows}
    return [
        OrganisationRow(0, r.name, names.get(r.parent_id), r.kind, tuple(r.aliases)) for r in rows
    ]


def _roster(unit: Unit, scope: Scope) -> Sequence[RosterRow]:
    statement = select(people, organisations.c.name.label("unit"), organisations.c.parent_id).join(
        organisations, people.c.organisation_id == organisations.c.id
    )
    rows = unit.rows(
        statement.where(in_branches(scope.branches)).order_by(
            organisations.c.path, people.c.staff_number
        )
    )
    units = {row.id: row for row in unit.rows(select(organisations))}
    held: dict[int, list[AnyRow]] = {}
    for role in unit.rows(select(roles).order_by(roles.c.id)):
        held.setdefault(role.person_id, []).append(role)
    names: dict[int, str] = {}
    for account in unit.rows(select(accounts).where(accounts.c.channel == "wecom")):
        names.setdefault(account.person_id, account.account)
    found = []
    for row in rows:
        above = units.get(row.parent_id)
        own = held.get(row.id, [])
        found.append(
            RosterRow(
                row=0,
                name=row.name,
                staff_number=row.staff_number,
                unit=row.unit,
                district=above.name if above is not None and above.kind == "district" else None,
                school_stage=stage_word(row.school_stage),
                subject=row.subject,
                position=row.post,
                mobile=row.mobile,
                roles=tuple(r.role for r in own) or ("teacher",),
                scope=_scope(row.organisation_id, own, units),
                wecom_account=names.get(row.id),
                joined=row.joined_on,
                status=row.status,
            )
        )
    return found


def _scope(unit_id: int, held: Sequence[AnyRow], units: Mapping[int, AnyRow]) -> str | None:
    """管理范围, which is one column for all roles: empty where it is what each role has by default.

    Whoever holds two scoped roles has a default for each (templates.md), and a name in the column
    would move the one to the other's branch when the sheet comes in again.
    """
    for role in held:
        branch = units.get(role.organisation_id)
        if role.role not in SCOPED or branch is None:
            continue
        default = branch.parent_id is None if role.role == "county_admin" else branch.id == unit_id
        if not default:
            return str(branch.name)
    return None
