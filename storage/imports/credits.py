"""Loads credit entries into the ledger; an entry that stands there already is not added again."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from storage.imports.changes import Changes, Context, Finding, Line, of_problems
from storage.imports.lookups import people_by_number
from storage.imports.recorder import Recorder, Update, select_in
from storage.imports.tree import fold
from storage.people import Person
from storage.readers.problems import place
from storage.readers.sheet_rows import CreditRow, Kind
from storage.readers.sheets import Sheet
from storage.tables import credit_entries
from storage.types import DECIMAL_SCALE
from storage.unit import AnyRow, Unit

_Key = tuple[int, int, str, str, str, object]
_WORDS = {
    "class_hours": "学时",
    "credits": "学分",
    "status": "状态",
    "basis": "依据",
    "reason": "原因",
}
# More than a teacher's whole career: such a figure is a 工号 in the wrong column.
LARGEST = Decimal(100_000)


@dataclass(slots=True)
class _Draft:
    context: Context
    known: dict[str, Person]
    saved: dict[_Key, list[AnyRow]]
    new: list[dict[str, Any]] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    adds: list[Line] = field(default_factory=list)
    changes: list[Line] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    same: int = 0


def plan_changes(unit: Unit, sheet: Sheet[CreditRow], context: Context) -> Changes:
    """New and changed entries. From a school, what the county recognises comes in as pending."""
    known = people_by_number(unit, (row.staff_number for row in sheet.rows))
    saved: dict[_Key, list[AnyRow]] = {}
    ids = [person.id for person in known.values()]
    statement = select(credit_entries).order_by(credit_entries.c.id)
    for row in select_in(unit, statement, credit_entries.c.person_id, ids):
        key = (row.person_id, row.year, fold(row.programme), row.level, row.mode, row.occurred_on)
        saved.setdefault(key, []).append(row)
    draft = _Draft(context, known, saved)
    for entry in sheet.rows:
        _take(draft, entry)

    def write(recorder: Recorder) -> None:
        marks = {"import_id": recorder.import_id, "recorded_at": context.now}
        recorder.insert(credit_entries, [values | marks for values in draft.new])
        recorder.update(credit_entries, draft.updates)

    return Changes(
        kind=Kind.CREDITS,
        unit_word="条",
        adds=tuple(draft.adds),
        changes=tuple(draft.changes),
        unchanged=draft.same,
        errors=(*of_problems(sheet.problems, notes=False), *draft.errors),
        notes=(*of_problems(sheet.problems, notes=True), *draft.notes),
        write=write,
    )


def _take(draft: _Draft, row: CreditRow) -> None:
    person = draft.known.get(row.staff_number)
    problem = _problem(draft, row, person)
    if person is None or problem:
        draft.errors.append(Finding(row.row, f"{place(row.row)}：{problem}。"))
        return
    values = _values(draft, row)
    key = (
        person.id,
        row.credit_year,
        fold(row.programme),
        values["level"],
        values["mode"],
        row.day,
    )
    words = f"{person.name} {row.credit_year} {row.programme}"
    same = draft.saved.get(key)
    if not same:
        draft.new.append(values | {"person_id": person.id, "source_row": row.row})
        draft.adds.append(Line(row.row, words))
        return
    old = same.pop(0)
    if not draft.context.scope.everything and old.status == "recognised" != values["status"]:
        if (old.class_hours, old.credits) == (row.class_hours, row.credit):
            draft.same += 1
        else:
            text = f"{place(row.row)}：这一条已由县级认定，不能再改；确需更正请联系县级管理员。"
            draft.errors.append(Finding(row.row, text))
        return
    after = {name: values[name] for name in _WORDS if getattr(old, name) != values[name]}
    if after:
        draft.updates.append(Update(old.id, {name: getattr(old, name) for name in after}, after))
        names = "、".join(_WORDS[name] for name in after)
        draft.changes.append(Line(row.row, f"{words}：{names}有改动"))
    else:
        draft.same += 1


def _problem(draft: _Draft, row: CreditRow, person: Person | None) -> str | None:
    if person is None or not draft.context.scope.covers(person.organisation_path):
        where = "名册里" if draft.context.scope.everything else "您管理的单位里"
        return f"工号「{row.staff_number}」不在{where}"
    if row.name and fold(row.name) != fold(person.name):
        return f"工号「{row.staff_number}」在名册里是另一个姓名，请核对"
    for word, amount in (("学时", row.class_hours), ("学分", row.credit)):
        if amount is not None and amount > LARGEST:
            return f"“{word}”{amount} 太大，请核对是否填错了列"
        if amount is not None and (amount * DECIMAL_SCALE) % 1:
            return f"“{word}”{amount} 的小数超过四位，请核对"
    return None


def _values(draft: _Draft, row: CreditRow) -> dict[str, Any]:
    level, mode = row.level, row.mode
    if level is None:
        level = "school" if mode == "school_based" else "county"
        _note(draft, row, f"没有写级别，按{'校本' if level == 'school' else '县培'}登记")
    if mode is None:
        mode = "school_based" if level == "school" else "face_to_face"
        _note(draft, row, f"没有写形式，按{'校本' if mode == 'school_based' else '集中'}登记")
    status = row.status
    if not draft.context.scope.everything and level != "school" and status == "recognised":
        status = "pending"
        _note(draft, row, "校本以外的学分由县级认定，按待审核登记")
    return {
        "year": row.credit_year,
        "programme": row.programme,
        "level": level,
        "mode": mode,
        "class_hours": row.class_hours,
        "credits": row.credit,
        "status": status,
        "basis": row.evidence or "",
        # a rejected entry's 依据 is why it was rejected
        "reason": (row.evidence or "") if status == "rejected" else "",
        "occurred_on": row.day,
    }


def _note(draft: _Draft, row: CreditRow, clause: str) -> None:
    draft.notes.append(Finding(row.row, f"{place(row.row)}：{clause}。"))
