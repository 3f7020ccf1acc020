"""One loader for each kind of file: plans what a file that was read would change.

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
from storage.readers.problems import ReadError
from storage.readers.reading import ReadFile
from storage.readers.sheet_kinds import spec_of
from storage.readers.sheet_rows import Kind
from storage.readers.sheets import Sheet
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


def plan_file(unit: Unit, file: ReadFile, context: Context) -> Changes:
    """Plan the changes of a file that was read; nothing is written.

    Raises ReadError or ImportRefusedError with a Chinese sentence.
    """
    kind = file.kind
    if kind is None:
        raise ReadError(file.refusal or "认不出这是哪一种表，请对照模板检查表头。")
    if not context.scope.everything and kind not in OF_SCHOOLS:
        raise ImportRefusedError(f"「{title_of(kind)}」只能由县级管理员导入。")
    if kind not in LOADABLE:
        raise ImportRefusedError(f"「{title_of(kind)}」目前还不能导入。")
    if file.refusal:
        raise ReadError(file.refusal)
    if kind is Kind.PLAN:
        return plan.plan_changes(unit, file.plan, context, file.filename)
    if kind is Kind.RULES:
        return rule_text.plan_changes(unit, file.text, context)
    return SHEET_LOADERS[kind](unit, file.sheet, context)
