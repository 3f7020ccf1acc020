"""Loads deadlines: what is due, by when, for whom; and what has been handed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import select

from storage.imports.changes import Changes, Context, Finding, Line, of_problems
from storage.imports.lookups import classes_by_name, people_by_number, programmes_by_name
from storage.imports.recorder import Recorder, Update, select_in
from storage.imports.tree import fold
from storage.people import Person
from storage.readers.problems import place
from storage.readers.sheet_rows import DeadlineRow, Kind, SubmissionRow
from storage.readers.sheets import Sheet
from storage.readers.values import ZONE
from storage.tables import deadlines, enrolments, submissions, training_classes
from storage.unit import AnyRow, Unit

# A date without an hour: the last second of that day.
END_OF_DAY = time(23, 59, 59)
_Key = tuple[str, int | None, int | None, str]


def plan_changes(unit: Unit, sheet: Sheet[DeadlineRow], context: Context) -> Changes:
    """New and changed deadlines, known by what is due, for which class and for whom."""
    classes, plans = classes_by_name(unit), programmes_by_name(unit)
    saved = {_key(row): row for row in unit.rows(select(deadlines))}
    adds: list[Line] = []
    changes: list[Line] = []
    errors: list[Finding] = []
    new: dict[_Key, dict[str, Any]] = {}
    updates: list[Update] = []
    for row in sheet.rows:
        values, problem = _values(row, classes, plans)
        if problem:
            errors.append(Finding(row.row, f"{place(row.row)}：{problem}。"))
            continue
        key = (row.item, values["programme_id"], values["training_class_id"], row.audience)
        old = saved.get(key)
        line = Line(row.row, f"{row.item}（{row.due_date}截止）")
        if key in new:
            errors.append(Finding(row.row, f"{place(row.row)}：「{row.item}」在表里出现了两次。"))
        elif old is None:
            new[key] = values
            adds.append(line)
        else:
            after = {name: value for name, value in values.items() if getattr(old, name) != value}
            if after:
                updates.append(Update(old.id, {name: getattr(old, name) for name in after}, after))
                changes.append(line)

    def write(recorder: Recorder) -> None:
        recorder.insert(deadlines, list(new.values()))
        recorder.update(deadlines, updates)

    return Changes(
        kind=Kind.DEADLINES,
        unit_word="项",
        adds=tuple(adds),
        changes=tuple(changes),
        unchanged=len(sheet.rows) - len(adds) - len(changes) - len(errors),
        errors=(*of_problems(sheet.problems, notes=False), *errors),
        notes=of_problems(sheet.problems, notes=True),
        write=write,
    )


def _key(row: AnyRow) -> _Key:
    return row.title, row.programme_id, row.training_class_id, row.audience


def _values(
    row: DeadlineRow, classes: dict[str, Any], plans: dict[str, Any]
) -> tuple[dict[str, Any], str | None]:
    programme = plans.get(fold(row.programme)) if row.programme else None
    group = classes.get(fold(row.training_class)) if row.training_class else None
    if row.programme and programme is None:
        # 项目 or 班级: some write the class into the one column that they kept
        group = group or classes.get(fold(row.programme))
        if group is None:
            return {}, f"没有项目「{row.programme}」，请先导入培训计划或班级名单"
    if row.training_class and group is None:
        return {}, f"没有班级「{row.training_class}」，请先导入班级名单"
    moment = datetime.combine(row.due_date, row.due_time or END_OF_DAY, ZONE)
    return {
        "title": row.item,
        "due_at": moment,
        "whole_day": row.due_time is None,
        "programme_id": None if programme is None or group is not None else programme.id,
        "training_class_id": None if group is None else group.id,
        "audience": row.audience,
        "description": row.note or "",
        "link": row.link or "",
        "consequence": row.consequence or "",
    }, None


def plan_submissions(unit: Unit, sheet: Sheet[SubmissionRow], context: Context) -> Changes:
    """What was handed in; an item of several classes is the one of the person's own class."""
    known = people_by_number(unit, (row.staff_number for row in sheet.rows))
    items: dict[str, list[AnyRow]] = {}
    for row in unit.rows(select(deadlines)):
        items.setdefault(fold(row.title), []).append(row)
    places = _places(unit, [person.id for person in known.values()])
    saved = {
        (row.deadline_id, row.person_id): row
        for row in select_in(
            unit, select(submissions), submissions.c.person_id, [p.id for p in known.values()]
        )
    }
    adds: list[Line] = []
    errors: list[Finding] = []
    new: list[dict[str, Any]] = []
    updates: list[Update] = []
    same = 0
    for entry in sheet.rows:
        person = known.get(entry.staff_number)
        found, problem = _item(entry, person, items, places, context)
        if found is None or person is None:
            errors.append(Finding(entry.row, f"{place(entry.row)}：{problem}。"))
            continue
        old = saved.get((found.id, person.id))
        if old is None:
            new.append({"deadline_id": found.id, "person_id": person.id, "at": entry.submitted_at})
            adds.append(Line(entry.row, f"{entry.item}：{person.name}"))
        elif entry.submitted_at is not None and old.at != entry.submitted_at:
            updates.append(Update(old.id, {"at": old.at}, {"at": entry.submitted_at}))
        else:
            same += 1

    def write(recorder: Recorder) -> None:
        recorder.insert(submissions, new)
        recorder.update(submissions, updates)

    return Changes(
        kind=Kind.SUBMISSIONS,
        unit_word="条",
        adds=tuple(adds),
        changes=tuple(Line(None, "提交时间有改动") for _ in updates),
        unchanged=same,
        errors=(*of_problems(sheet.problems, notes=False), *errors),
        notes=of_problems(sheet.problems, notes=True),
        write=write,
    )


def _places(unit: Unit, people_ids: Sequence[int]) -> dict[int, set[tuple[str, int]]]:
    """The classes and programmes each person is in."""
    statement = select(
        enrolments.c.person_id, training_classes.c.id, training_classes.c.programme_id
    ).join(training_classes, enrolments.c.training_class_id == training_classes.c.id)
    found: dict[int, set[tuple[str, int]]] = {}
    for row in select_in(unit, statement, enrolments.c.person_id, people_ids):
        found.setdefault(row.person_id, set()).update(
            {("class", row.id), ("programme", row.programme_id)}
        )
    return found


def _item(
    row: SubmissionRow,
    person: Person | None,
    items: dict[str, list[AnyRow]],
    places: dict[int, set[tuple[str, int]]],
    context: Context,
) -> tuple[AnyRow | None, str]:
    if person is None or not context.scope.covers(person.organisation_path):
        return None, f"工号「{row.staff_number}」不在名册里"
    found = items.get(fold(row.item), [])
    if not found:
        return None, f"没有截止事项「{row.item}」，请先导入截止事项"
    if len(found) == 1:
        return found[0], ""
    own = places.get(person.id, set())
    concerned = [
        item
        for item in found
        if ("class", item.training_class_id) in own or ("programme", item.programme_id) in own
    ]
    if len(concerned) == 1:
        return concerned[0], ""
    return None, f"「{row.item}」有 {len(found)} 项，分不清是哪一项"
