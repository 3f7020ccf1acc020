"""What `run_bot.py import` and `export` do: files in, a report as text and JSON out.

Prints nothing and asks nothing: whoever calls has decided whether it is a dry run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from storage.database import Database
from storage.imports.changes import Changes, Context, Finding, ImportRefusedError, Line
from storage.imports.export import rows_of
from storage.imports.export_training import plan_items
from storage.imports.loaders import plan_file, title_of
from storage.imports.office import load_office, unloaded
from storage.imports.report import counts, full_text, saved_counts
from storage.imports.saving import save
from storage.readers.office import OfficeFiles
from storage.readers.plan import plan_json
from storage.readers.reading import ReadFile
from storage.readers.sheet_rows import Kind
from storage.scope import EVERYTHING

FINDINGS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class CommandReport:
    """text: for a person; json: for a programme. saved: something was written.

    errors: how many rows or files were not taken.
    """

    text: str
    json: str
    saved: bool
    errors: int


def kind_named(word: str) -> Kind:
    """A KIND of the command line; raises ImportRefusedError naming those that there are."""
    try:
        return Kind(word)
    except ValueError:
        kinds = " ".join(kind.value for kind in Kind)
        raise ImportRefusedError(f"没有「{word}」这种文件，可以是：{kinds} office。") from None


def import_file(
    database: Database, file: ReadFile, context: Context, *, dry_run: bool
) -> CommandReport:
    """Import a file that was read; raises ReadError or ImportRefusedError with a Chinese
    sentence."""
    with database.unit() as unit:
        changes = plan_file(unit, file, context)
        result = None
        if not (dry_run or changes.is_empty):
            result = save(unit, changes, file.filename, file.digest, context)
    text = full_text(changes)
    if result is not None:
        text += (
            f"\n\n已保存：{saved_counts(result)}。导入编号 {result.import_id}，24 小时内可撤销。"
        )
    elif dry_run:
        text += "\n\n这是试运行，没有保存。"
    else:
        text += "\n\n没有需要保存的改动。"
    if changes.kind is Kind.PLAN:
        facts: object = plan_json(file.plan)
    else:
        facts = _facts(changes) | {"import_id": result.import_id if result else None}
    return CommandReport(text, _json(facts), result is not None, len(changes.errors))


def import_office(
    database: Database, files: OfficeFiles, context: Context, *, dry_run: bool = False
) -> CommandReport:
    """Import an office folder that was read, all or nothing; raises as `import_file`."""
    with database.unit() as unit:
        loaded = load_office(unit, files, context)
        if dry_run:
            unit.release(keep=False)
    lines: list[str] = []
    for each in loaded:
        lines.append(f"{title_of(each.kind)}：{counts(each.changes)}")
        findings = (*each.changes.errors, *each.changes.notes)
        lines += [f"  {finding.message}" for finding in findings[:FINDINGS_SHOWN]]
    aside = list(unloaded(files))
    lines += aside
    saved = not dry_run and any(each.result for each in loaded)
    nothing = "已保存。" if saved else "没有需要保存的改动。"
    lines.append("这是试运行，没有保存。" if dry_run else nothing)
    facts = {
        "files": [_facts(each.changes) for each in loaded],
        "aside": aside,
    }
    errors = sum(len(each.changes.errors) for each in loaded)
    return CommandReport("\n".join(lines), _json(facts), saved, errors)


def export_file(database: Database, kind: Kind) -> bytes:
    """The office's own records of a kind as an .xlsx that can be imported again."""
    from storage.readers.sheet_write import write_plan, write_sheet  # noqa: PLC0415 - brings openpyxl

    with database.unit() as unit:
        if kind is Kind.PLAN:
            return write_plan(plan_items(unit))
        return write_sheet(kind, rows_of(unit, kind, EVERYTHING))


def export_template(kind: Kind) -> bytes:
    """An empty spreadsheet of a kind with two example rows and a sheet 说明."""
    from storage.readers.sheet_write import write_template  # noqa: PLC0415 - brings openpyxl

    return write_template(kind)


def _facts(changes: Changes) -> dict[str, object]:
    return {
        "kind": changes.kind.value,
        "added": _lines(changes.adds),
        "changed": _lines(changes.changes),
        "leavers": _lines(changes.leavers),
        "unchanged": changes.unchanged,
        "problems": _lines_of(changes.errors),
        "notes": _lines_of(changes.notes),
    }


def _lines(lines: Sequence[Line]) -> list[dict[str, object]]:
    return [{"row": line.row, "text": line.words} for line in lines]


def _lines_of(findings: Sequence[Finding]) -> list[dict[str, object]]:
    return [{"row": finding.row, "message": finding.message} for finding in findings]


def _json(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False)
