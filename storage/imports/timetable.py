"""Loads timetables: the sessions of classes, known by class and start."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from storage.imports.changes import Changes, Context, Finding, Line, of_problems
from storage.imports.lookups import classes_by_name
from storage.imports.recorder import Recorder, Update, select_in
from storage.imports.tree import fold
from storage.readers.problems import place
from storage.readers.sheet_rows import Kind, TimetableRow
from storage.readers.sheets import Sheet
from storage.readers.values import ZONE
from storage.tables import sessions
from storage.unit import AnyRow, Unit

_WORDS = {
    "ends_at": "结束时间",
    "place": "地点",
    "topic": "主题",
    "lecturer": "主讲",
    "check_out": "签退",
}


def plan_changes(unit: Unit, sheet: Sheet[TimetableRow], context: Context) -> Changes:
    """New and changed sessions; one that is no longer in the file stays and is named."""
    classes = classes_by_name(unit)
    ids = {classes[key].id for key in {fold(r.training_class) for r in sheet.rows} & set(classes)}
    saved = {
        (row.training_class_id, row.starts_at): row
        for row in select_in(unit, select(sessions), sessions.c.training_class_id, list(ids))
    }
    adds: list[Line] = []
    changes: list[Line] = []
    errors: list[Finding] = []
    new: list[dict[str, Any]] = []
    updates: list[Update] = []
    for row in sheet.rows:
        found = classes.get(fold(row.training_class))
        if found is None:
            text = f"{place(row.row)}：没有班级「{row.training_class}」，请先导入班级名单。"
            errors.append(Finding(row.row, text))
            continue
        values = _values(row)
        old = saved.get((found.id, values["starts_at"]))
        words = f"{row.training_class} {row.day:%m-%d} {row.start:%H:%M} {row.topic or ''}".strip()
        if old is None:
            new.append(values | {"training_class_id": found.id})
            adds.append(Line(row.row, words))
            continue
        after = _changed(row, values, old, sheet.present)
        if after:
            updates.append(Update(old.id, {name: getattr(old, name) for name in after}, after))
            names = "、".join(_WORDS[name] for name in after)
            changes.append(Line(row.row, f"{words}：{names}有改动"))
    wanted = {(v["training_class_id"], v["starts_at"]) for v in new}
    notes = _notes(sheet, classes, saved) + _overlaps(sheet)

    def write(recorder: Recorder) -> None:
        recorder.insert(sessions, new)
        recorder.update(sessions, updates)

    return Changes(
        kind=Kind.TIMETABLE,
        unit_word="次课",
        adds=tuple(adds),
        changes=tuple(changes),
        unchanged=len(sheet.rows) - len(wanted) - len(updates) - len(errors),
        errors=(*of_problems(sheet.problems, notes=False), *errors),
        notes=(*of_problems(sheet.problems, notes=True), *notes),
        write=write,
    )


def _values(row: TimetableRow) -> dict[str, Any]:
    return {
        "starts_at": datetime.combine(row.day, row.start, ZONE),
        "ends_at": datetime.combine(row.day, row.end, ZONE),
        "place": row.place or "",
        "topic": row.topic or "",
        "lecturer": row.lecturer or "",
        "check_out": row.check_out,
    }


def _changed(
    row: TimetableRow, values: dict[str, Any], old: AnyRow, present: frozenset[str]
) -> dict[str, Any]:
    """Columns that differ; a column that the file does not have changes nothing."""
    optional = {"place", "topic", "lecturer", "check_out"} - present
    return {
        name: value
        for name, value in values.items()
        if name not in optional and getattr(old, name) != value
    }


def _notes(
    sheet: Sheet[TimetableRow], classes: dict[str, Any], saved: dict[tuple[int, datetime], AnyRow]
) -> list[Finding]:
    """Saved sessions on the days of the file that the file does not have."""
    days: dict[int, set[object]] = {}
    listed: set[tuple[int, datetime]] = set()
    for row in sheet.rows:
        found = classes.get(fold(row.training_class))
        if found is not None:
            days.setdefault(found.id, set()).add(row.day)
            listed.add((found.id, datetime.combine(row.day, row.start, ZONE)))
    notes = []
    for key, old in saved.items():
        start = old.starts_at.astimezone(ZONE)
        if key not in listed and start.date() in days.get(key[0], set()):
            text = f"原有课次 {start:%m-%d %H:%M}「{old.topic}」不在表里，仍然保留，请核对。"
            notes.append(Finding(None, text))
    return notes


def _overlaps(sheet: Sheet[TimetableRow]) -> list[Finding]:
    rows = sorted(sheet.rows, key=lambda row: (fold(row.training_class), row.day, row.start))
    return [
        Finding(
            later.row,
            f"{place(later.row)}：「{later.training_class}」这次课与第 {earlier.row} 行时间重叠，"
            "已按原样导入，请核对。",
        )
        for earlier, later in pairwise(rows)
        if (fold(earlier.training_class), earlier.day) == (fold(later.training_class), later.day)
        and later.start < earlier.end
    ]
