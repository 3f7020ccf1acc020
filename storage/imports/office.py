"""Loads a whole office folder in one unit, each file after those that it refers to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from storage.imports import plan, rule_text
from storage.imports.changes import Changes, Context, ImportResult
from storage.imports.loaders import SHEET_LOADERS
from storage.imports.saving import save
from storage.readers.office import OfficeFiles
from storage.readers.sheet_rows import Kind
from storage.unit import Unit

# A class may name a programme, so the plan comes before the classes.
_ORDER = (
    Kind.ORGANISATIONS,
    Kind.ROSTER,
    Kind.PLAN,
    *(kind for kind in SHEET_LOADERS if kind not in {Kind.ORGANISATIONS, Kind.ROSTER}),
    Kind.RULES,
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file of the folder: what it changed, and what was saved (None: nothing new)."""

    kind: Kind
    changes: Changes
    result: ImportResult | None


def load_office(unit: Unit, files: OfficeFiles, context: Context) -> tuple[Loaded, ...]:
    """Plan and save each file that is there, in this unit."""
    loaded: list[Loaded] = []
    for kind in _ORDER:
        changes = _planned(unit, kind, files, context)
        if changes is None:
            continue
        result = None
        if not changes.is_empty:
            name = f"{files.folder.name}/{kind.value}"
            result = save(unit, changes, name, "", context)
        loaded.append(Loaded(kind, changes, result))
    return tuple(loaded)


def _planned(unit: Unit, kind: Kind, files: OfficeFiles, context: Context) -> Changes | None:
    if kind is Kind.PLAN:
        if files.plan is None:
            return None
        return plan.plan_changes(unit, files.plan, context, files.folder.name)
    if kind is Kind.RULES:
        return None if files.rules is None else rule_text.plan_changes(unit, files.rules, context)
    sheet = files.sheet(kind)
    return None if sheet is None else SHEET_LOADERS[kind](unit, sheet, context)


def unloaded(files: OfficeFiles) -> Iterator[str]:
    """What lies in the folder and is not loaded, one sentence each."""
    for sheet in files.sheets:
        if sheet.kind not in SHEET_LOADERS:
            yield f"{sheet.filename}：这类表目前还不能导入，没有导入。"
    if files.documents:
        yield f"documents：{len(files.documents)} 个文件，文件目前还不能导入，没有导入。"
    for each in files.problems:
        if each.file.upper().startswith("README"):
            continue
        if each.problem.row is None and each.problem.code.value.startswith("file_"):
            yield each.problem.message
