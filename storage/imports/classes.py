"""Loads class lists: classes of a programme, who is in them as what, and their group chats."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from storage.imports.changes import Changes, Context, Finding, Line, of_problems
from storage.imports.lookups import (
    Found,
    classes_by_name,
    people_by_number,
    programmes_by_name,
)
from storage.imports.recorder import Recorder, select_in
from storage.imports.tree import fold
from storage.people import Person
from storage.readers.problems import place
from storage.readers.sheet_rows import ClassRow, Kind
from storage.readers.sheets import Sheet
from storage.tables import class_groups, enrolments, people, programmes, roles, training_classes
from storage.unit import Unit

# Running a class is a right of the person as well as a place in the class.
RIGHTS = frozenset({"class_tutor", "workshop_leader"})
# From this share of a class's people on, the file is taken to list the whole class.
WHOLE_CLASS = 0.5
CLASS_ROLE_WORDS = {
    "trainee": "学员",
    "class_tutor": "班主任",
    "workshop_leader": "坊主",
    "online_tutor": "辅导教师",
}


@dataclass(slots=True)
class _Draft:
    context: Context
    programmes: dict[str, Found]
    classes: dict[str, Found]
    known: dict[str, Person]
    enrolled: set[tuple[int, int, str]]
    groups: dict[tuple[str, str], int]
    new_programmes: dict[str, str] = field(default_factory=dict)
    new_classes: dict[str, tuple[str, str]] = field(default_factory=dict)
    new_enrolments: list[tuple[str, int, str]] = field(default_factory=list)
    new_groups: dict[tuple[str, str], str] = field(default_factory=dict)
    adds: list[Line] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    same: int = 0


def plan_changes(unit: Unit, sheet: Sheet[ClassRow], context: Context) -> Changes:
    """New classes, enrolments and groups; leavers are those no longer in a class's list."""
    known = people_by_number(unit, (row.staff_number for row in sheet.rows))
    classes = classes_by_name(unit)
    statement = select(enrolments)
    ids = [classes[name].id for name in {fold(r.training_class) for r in sheet.rows} & set(classes)]
    present = select_in(unit, statement, enrolments.c.training_class_id, ids)
    groups = unit.rows(
        select(class_groups.c.channel, class_groups.c.chat, class_groups.c.training_class_id)
    )
    draft = _Draft(
        context,
        programmes_by_name(unit),
        classes,
        known,
        {(row.training_class_id, row.person_id, row.role) for row in present},
        {(row.channel, row.chat): row.training_class_id for row in groups},
    )
    for row in sheet.rows:
        _take(draft, row)
    gone, leavers = _leavers(unit, draft, sheet)
    return Changes(
        kind=Kind.CLASSES,
        unit_word="条",
        adds=tuple(draft.adds),
        leavers=leavers,
        unchanged=draft.same,
        errors=(*of_problems(sheet.problems, notes=False), *draft.errors),
        notes=(*of_problems(sheet.problems, notes=True), *draft.notes),
        write=lambda recorder: _write(recorder, draft),
        write_leavers=lambda recorder: recorder.remove(enrolments, gone),
    )


def _take(draft: _Draft, row: ClassRow) -> None:
    person = draft.known.get(row.staff_number)
    if person is None:
        text = f"{place(row.row)}：工号「{row.staff_number}」不在名册里，请先导入教师名册。"
        draft.errors.append(Finding(row.row, text))
        return
    if fold(person.name) != fold(row.name):
        text = f"{place(row.row)}：工号「{row.staff_number}」在名册里是另一个姓名，请核对。"
        draft.errors.append(Finding(row.row, text))
        return
    key = fold(row.training_class)
    if key not in draft.classes and key not in draft.new_classes:
        programme = fold(row.programme)
        if programme not in draft.programmes and programme not in draft.new_programmes:
            draft.new_programmes[programme] = row.programme
            text = f"{place(row.row)}：项目「{row.programme}」不在计划里，将按名称新建。"
            draft.notes.append(Finding(row.row, text))
        draft.new_classes[key] = (row.training_class, programme)
        draft.adds.append(Line(row.row, f"新班级 {row.training_class}"))
    _take_groups(draft, row, key)
    found = draft.classes.get(key)
    if found is not None and (found.id, person.id, row.role) in draft.enrolled:
        draft.same += 1
        return
    draft.new_enrolments.append((key, person.id, row.role))
    words = f"{row.training_class}：{row.name}（{CLASS_ROLE_WORDS[row.role]}）"
    draft.adds.append(Line(row.row, words))


def _take_groups(draft: _Draft, row: ClassRow, key: str) -> None:
    found = draft.classes.get(key)
    # a QQ group's number is what a OneBot peer knows; the official QQ bot has ids of its own
    for channel, chat in (("wecom", row.wecom_group), ("onebot", row.qq_group)):
        if not chat:
            continue
        holder = draft.groups.get((channel, chat))
        claimed = draft.new_groups.get((channel, chat))
        if holder is None and claimed is None:
            draft.new_groups[channel, chat] = key
            draft.adds.append(Line(row.row, f"{row.training_class}：群 {chat}"))
        elif claimed not in {None, key} or (holder and (found is None or holder != found.id)):
            text = f"{place(row.row)}：群「{chat}」已经属于另一个班级，没有改动。"
            draft.errors.append(Finding(row.row, text))


def _leavers(
    unit: Unit, draft: _Draft, sheet: Sheet[ClassRow]
) -> tuple[list[int], tuple[Line, ...]]:
    """Enrolments of covered classes whose person is not in the file."""
    numbers: dict[int, set[str]] = {}
    for row in sheet.rows:
        found = draft.classes.get(fold(row.training_class))
        if found is not None:
            numbers.setdefault(found.id, set()).add(row.staff_number)
    refused = {item.text("staff_number") for item in sheet.rejected}
    statement = select(
        enrolments.c.id, enrolments.c.training_class_id, people.c.staff_number, people.c.name
    ).join(people, enrolments.c.person_id == people.c.id)
    rows = select_in(unit, statement, enrolments.c.training_class_id, list(numbers))
    gone: list[int] = []
    lines: list[Line] = []
    names = {found.id: found.name for found in draft.classes.values()}
    for number, listed in numbers.items():
        members = [row for row in rows if row.training_class_id == number]
        absent = [row for row in members if row.staff_number not in listed | refused]
        if len(members) - len(absent) >= WHOLE_CLASS * len(members):
            gone += [row.id for row in absent]
            lines += [Line(None, f"{names[number]}：{row.name}") for row in absent]
    return gone, tuple(lines)


def _write(recorder: Recorder, draft: _Draft) -> None:
    made = recorder.insert(
        programmes,
        [
            {
                "year": draft.context.now.year,
                "seq": "",
                "name": name,
                "topic": "",
                "sponsor_unit": "",
                "level": None,
                "document": "",
                "aliases": [],
                "import_id": recorder.import_id,
            }
            for name in draft.new_programmes.values()
        ],
    )
    programme_ids = {key: found.id for key, found in draft.programmes.items()}
    programme_ids |= dict(zip(draft.new_programmes, made, strict=True))
    added = recorder.insert(
        training_classes,
        [
            {"name": name, "programme_id": programme_ids[programme]}
            for name, programme in draft.new_classes.values()
        ],
    )
    ids = {key: found.id for key, found in draft.classes.items()}
    ids |= dict(zip(draft.new_classes, added, strict=True))
    recorder.insert(
        enrolments,
        [
            {"training_class_id": ids[key], "person_id": person, "role": role}
            for key, person, role in draft.new_enrolments
        ],
    )
    recorder.insert(
        class_groups,
        [
            {"training_class_id": ids[key], "channel": channel, "chat": chat}
            for (channel, chat), key in draft.new_groups.items()
        ],
    )
    _give_rights(recorder, draft)


def _give_rights(recorder: Recorder, draft: _Draft) -> None:
    wanted = {(person, role) for _, person, role in draft.new_enrolments if role in RIGHTS}
    rows = select_in(
        recorder.unit,
        select(roles.c.person_id, roles.c.role),
        roles.c.person_id,
        [person for person, _ in wanted],
    )
    missing = sorted(wanted - {(row.person_id, row.role) for row in rows})
    recorder.insert(
        roles,
        [{"person_id": person, "role": role, "organisation_id": None} for person, role in missing],
    )
