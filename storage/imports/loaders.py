"""One loader for each kind of file: reads it and plans what it would change.

Add a kind: declare its sheet in storage/readers, write its `plan_changes`, name it here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from storage.imports import (
    classes,
    credits,
    deadlines,
    organisations,
    plan,
    roster,
    rule_text,
    timetable,
)
from storage.imports.changes import Changes, Context, ImportRefusedError
from storage.readers.files import decode
from storage.readers.plan import read_plan
from storage.readers.sheet_kinds import spec_of
from storage.readers.sheet_rows import Kind
from storage.readers.sheets import Sheet, read_sheet
from storage.unit import Unit

SheetLoader = Callable[[Unit, Sheet[Any], Context], Changes]

# In the order in which a whole office is loaded: what is referred to comes first.
SHEET_LOADERS: Final[dict[Kind, SheetLoader]] = {
    Kind.ORGANISATIONS: organisations.plan_changes,
    Kind.ROSTER: roster.plan_changes,
    Kind.CLASSES: classes.plan_changes,
    Kind.TIMETABLE: timetable.plan_changes,
    Kind.DEADLINES: deadlines.plan_changes,
    Kind.CREDITS: credits.plan_changes,
    Kind.SUBMISSIONS: deadlines.plan_submissions,
}
LOADABLE: Final = frozenset({*SHEET_LOADERS, Kind.PLAN, Kind.RULES})
# What the administrator of a school may bring in, for the own people only.
OF_SCHOOLS: Final = frozenset({Kind.ROSTER, Kind.CREDITS, Kind.SUBMISSIONS})
_TITLES: Final = {Kind.PLAN: "培训计划", Kind.RULES: "学分规则", Kind.DOCUMENT: "文件"}


def title_of(kind: Kind) -> str:
    """What a kind of file is called."""
    return _TITLES.get(kind) or spec_of(kind).title


def plan_file(unit: Unit, kind: Kind, data: bytes, filename: str, context: Context) -> Changes:
    """Read a file as this kind and plan its changes; nothing is written.

    Raises ReadError or ImportRefusedError with a Chinese sentence.
    """
    if not context.scope.everything and kind not in OF_SCHOOLS:
        raise ImportRefusedError(f"「{title_of(kind)}」只能由县级管理员导入。")
    if kind is Kind.PLAN:
        return plan.plan_changes(unit, read_plan(data, filename), context, filename)
    if kind is Kind.RULES:
        return rule_text.plan_changes(unit, decode(data), context)
    if kind not in SHEET_LOADERS:
        raise ImportRefusedError(f"「{title_of(kind)}」目前还不能导入。")
    return SHEET_LOADERS[kind](unit, read_sheet(kind, data, filename), context)
