"""Plans what a roster changes: people by 工号, their units, roles and WeCom accounts.

Nobody is deleted: whoever is missing from a file that covers a unit may be marked 调出.
Writing is in `roster_write`. Who may import what is decided by the context's scope.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from storage.imports.changes import Changes, Context, Finding, Line, of_problems
from storage.imports.lookups import people_by_number
from storage.imports.recorder import select_in
from storage.imports.roster_roles import (
    RoleChange,
    granted_roles,
    held_roles,
    roles_after,
)
from storage.imports.roster_units import UnitFinder
from storage.imports.roster_write import (
    Arrival,
    NewAccount,
    RosterWrite,
    write_leavers,
    write_roster,
)
from storage.imports.tree import Node, fold
from storage.imports.words import FIELDS, STATUS_WORDS, stage_code, stage_word, subject_name
from storage.people import Person, select_people
from storage.readers.problems import place
from storage.readers.sheet_rows import Kind, RosterRow
from storage.readers.sheets import Sheet
from storage.tables import account_locks, accounts, people
from storage.unit import Unit

WECOM = "wecom"
# From this share of a unit's people on, the file is taken to cover the whole unit.
WHOLE_UNIT = 0.5


@dataclass(slots=True)
class _Draft:
    context: Context
    finder: UnitFinder
    known: dict[str, Person]
    roles: dict[int, list[RoleChange]]
    holders: dict[str, int]
    # how many accounts, on any platform, the people of the file have
    held: Counter[int]
    locked: frozenset[str]
    write: RosterWrite
    adds: list[Line] = field(default_factory=list)
    changes: list[Line] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    same: int = 0
    claimed: set[str] = field(default_factory=set)

    def refuse(self, row: RosterRow, clause: str) -> None:
        self.errors.append(Finding(row.row, f"{place(row.row)}：{clause}。"))

    def note(self, row: RosterRow, clause: str) -> None:
        self.notes.append(Finding(row.row, f"{place(row.row)}：{clause}。"))


def plan_changes(unit: Unit, sheet: Sheet[RosterRow], context: Context) -> Changes:
    """Adds, changes by column, leavers, and a finding for each row that is not taken."""
    known = people_by_number(unit, (row.staff_number for row in sheet.rows))
    wanted = [fold_account(row.wecom_account) for row in sheet.rows if row.wecom_account]
    holders = select_in(
        unit,
        select(accounts.c.account, accounts.c.person_id).where(accounts.c.channel == WECOM),
        accounts.c.account,
        wanted,
    )
    ids = [person.id for person in known.values()]
    held = select_in(unit, select(accounts.c.person_id), accounts.c.person_id, ids)
    locked = select_in(
        unit,
        select(account_locks.c.account).where(account_locks.c.channel == WECOM),
        account_locks.c.account,
        wanted,
    )
    finder = UnitFinder.load(unit, sheet.rows, may_create=context.scope.everything)
    draft = _Draft(
        context=context,
        finder=finder,
        known=known,
        roles=held_roles(unit, ids),
        holders={row.account: row.person_id for row in holders},
        held=Counter(row.person_id for row in held),
        locked=frozenset(row.account for row in locked),
        write=RosterWrite(finder.tree),
    )
    for row in sheet.rows:
        _take(draft, row, sheet.present)
    leavers = _leavers(unit, draft, sheet)
    lines = [Line(None, f"{p.name}（{p.staff_number}，{p.organisation}）") for p in leavers]
    return Changes(
        kind=Kind.ROSTER,
        unit_word="人",
        adds=tuple(draft.adds),
        changes=tuple(draft.changes),
        leavers=tuple(lines),
        unchanged=draft.same,
        errors=(*of_problems(sheet.problems, notes=False), *draft.errors),
        notes=(*of_problems(sheet.problems, notes=True), *finder.notes, *draft.notes),
        write=lambda recorder: write_roster(recorder, draft.write, context),
        write_leavers=lambda recorder: write_leavers(recorder, leavers),
    )


def fold_account(account: str) -> str:
    """A WeCom userid as it is kept: without case (wecom.md 2.8)."""
    return account.strip().casefold()


def _take(draft: _Draft, row: RosterRow, present: frozenset[str]) -> None:
    person = draft.known.get(row.staff_number)
    scope = draft.context.scope
    if person is not None and not scope.covers(person.organisation_path):
        draft.refuse(row, f"工号「{row.staff_number}」不在您管理的单位里；调动请由县级管理员办理")
        return
    node = draft.finder.find(row)
    if node is None or not draft.finder.tree.within(node, scope):
        draft.refuse(row, f"单位「{row.unit}」不在您管理的范围里")
        return
    grants, problem = granted_roles(draft.finder.tree, row, node)
    held = draft.roles.get(person.id, []) if person else []
    if problem is None and not scope.everything:
        problem = _beyond_school(grants, held)
    if problem is not None:
        draft.refuse(row, problem)
        return
    account = fold_account(row.wecom_account) if row.wecom_account else None
    if account and (clause := _taken_account(draft, account, person)):
        draft.refuse(row, clause)
        return
    if account:
        draft.claimed.add(account)
    fresh = account if _may_have(draft, row, account, person) else None
    wanted = _wanted(row, present, person)
    change = roles_after(
        row,
        grants,
        held,
        exact="roles" in present and scope.everything,
        moved_from=person.organisation_id if person and person.organisation_id != node.id else None,
    )
    draft.write.roles += [(row.staff_number, added) for added in change.added]
    if fresh is not None:
        rights = any(each.role != "teacher" for each in (*grants, *held))
        draft.write.accounts.append(NewAccount(fresh, row.staff_number, rights=rights))
    if person is None:
        draft.write.arrivals.append(Arrival(row.staff_number, node, wanted))
        draft.adds.append(Line(row.row, f"{row.name}（{row.staff_number}，{node.name}）"))
        return
    draft.write.removed_roles += change.removed_ids
    words = _differences(person, wanted, node) + change.words
    if fresh is not None:
        words.append(_binding_words(draft, fresh, person))
    if node.id != person.organisation_id or _changed(person, wanted):
        draft.write.changes.append((person, node, wanted))
    if words:
        draft.changes.append(Line(row.row, f"{row.name}：{'，'.join(words)}"))
    else:
        draft.same += 1


def _beyond_school(grants: list[RoleChange], held: list[RoleChange]) -> str | None:
    """A school administrator enters teachers; other roles are the county's to give."""
    have = {each.role for each in held} | {"teacher"}
    if any(grant.role not in have for grant in grants):
        return "“身份”里除教师以外的身份由县级管理员设置"
    return None


def _taken_account(draft: _Draft, account: str, person: Person | None) -> str | None:
    if account in draft.claimed:
        return f"企业微信账号「{account}」在表里出现了两次"
    holder = draft.holders.get(account)
    if holder is not None and (person is None or holder != person.id):
        return f"企业微信账号「{account}」已经绑定给别人"
    return None


def _may_have(draft: _Draft, row: RosterRow, account: str | None, person: Person | None) -> bool:
    """Whether the row binds an account: not one that somebody has added to another's unasked."""
    if account is None or account in draft.holders:
        return False
    if account in draft.locked:
        draft.note(
            row,
            f"企业微信账号「{account}」被本人否认过，已锁定，没有绑定；"
            "核对后请由县级管理员给本人发绑定码",
        )
        return False
    if person is not None and draft.held[person.id] and not draft.context.scope.everything:
        draft.note(
            row,
            "该老师已有账号，企业微信账号没有改；要换，请让本人先发「解除绑定」，或由县级管理员导入",
        )
        return False
    return True


def _binding_words(draft: _Draft, account: str, person: Person) -> str:
    """What the preview says of it; a second account is not to be overlooked."""
    count = draft.held[person.id]
    if not count:
        return "绑定企业微信账号"
    return f"再绑一个企业微信账号 {account}（原有 {count} 个账号不变，会通知本人）"


def _wanted(row: RosterRow, present: frozenset[str], person: Person | None) -> dict[str, Any]:
    """The columns of a person as the file has them; a blank optional cell changes nothing."""
    given: dict[str, Any] = {
        "name": row.name,
        "school_stage": stage_code(row.school_stage),
        "subject": subject_name(row.subject),
        "post": row.position,
        "mobile": row.mobile,
        "status": row.status if person is None or "status" in present else person.status,
        "joined_on": row.joined,
    }
    if person is None:
        return given
    return {
        name: getattr(person, name) if value is None else value for name, value in given.items()
    }


def _changed(person: Person, wanted: dict[str, Any]) -> bool:
    return any(getattr(person, name) != value for name, value in wanted.items())


def _differences(person: Person, wanted: dict[str, Any], node: Node) -> list[str]:
    words = []
    if node.id != person.organisation_id:
        words.append(f"单位 {person.organisation} → {node.name}")
    for name, value in wanted.items():
        old = getattr(person, name)
        if old == value:
            continue
        if name == "mobile":  # a number is not for a chat window
            words.append("手机号已改")
        else:
            words.append(f"{FIELDS[name]} {_shown(name, old)} → {_shown(name, value)}")
    return words


def _shown(name: str, value: object) -> str:
    if name == "status":
        return STATUS_WORDS.get(str(value), str(value))
    if name == "school_stage":
        return stage_word(None if value is None else str(value)) or "空"
    return "空" if value is None else str(value)


def _leavers(unit: Unit, draft: _Draft, sheet: Sheet[RosterRow]) -> tuple[Person, ...]:
    """Active people missing from the file, of units that the file covers."""
    # a row that was refused for a damaged cell still says that the person is there
    texts = {(item.text("name"), fold(item.text("unit"))) for item in sheet.rejected}
    listed = {row.staff_number for row in sheet.rows} | {
        item.text("staff_number") for item in sheet.rejected
    }
    nodes = {fold(row.unit): draft.finder.tree.find(row.unit) for row in sheet.rows}
    ids = [node.id for node in nodes.values() if node is not None and node.id is not None]
    rows = select_in(
        unit, select_people().where(people.c.status == "active"), people.c.organisation_id, ids
    )
    present = [Person(*row) for row in rows]
    total = Counter(person.organisation_id for person in present)
    there = Counter(p.organisation_id for p in present if p.staff_number in listed)
    return tuple(
        person
        for person in present
        if person.staff_number not in listed
        and (person.name, fold(person.organisation)) not in texts
        and draft.context.scope.covers(person.organisation_path)
        and there[person.organisation_id] >= WHOLE_UNIT * total[person.organisation_id]
    )
