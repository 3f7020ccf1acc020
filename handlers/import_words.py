"""How a dry run is told: first problems, what is new and gone, what 确认 does, the full report.

Knows the changes that an import would make; writes nothing.
"""

from __future__ import annotations

from handlers.files import XLSX, workbook
from handlers.reply import Choice, File, action
from storage.imports.changes import Changes
from storage.readers.sheet_rows import Kind

PROBLEMS_SHOWN = 10
LINES_SHOWN = 3
LONGEST_LINE = 60
LONGEST_PROBLEM = 72
_GONE_WORDS = {Kind.ROSTER: "标为“调出”", Kind.CLASSES: "退出班级"}


def choices(changes: Changes, token: str) -> tuple[Choice, ...]:
    """What may be pressed below a dry run; the first is what 确认 means."""
    cancel = Choice("取消", action("flow.cancel"), quiet=True)
    confirm = Choice("确认", action("import.start", file=token, leavers="1"))
    if not changes.leavers:
        return confirm, cancel
    keep = Choice("只导入，不动原有的人", action("import.start", file=token))
    return confirm, keep, cancel


def problems(changes: Changes) -> str:
    """The first problems, errors before notes; the rest stands in the file."""
    found = [*sorted(changes.errors, key=lambda each: each.row or 0), *changes.notes]
    shown = [f"· {_short(each.message)}" for each in found[:PROBLEMS_SHOWN]]
    if len(found) > len(shown):
        shown.append(f"其余 {len(found) - len(shown)} 处见附件。")
    return "".join(f"{line}\n" for line in shown)


def _short(message: str) -> str:
    """The head of a long sentence; the whole of it stands in the file."""
    return message if len(message) <= LONGEST_PROBLEM else f"{message[:LONGEST_PROBLEM]}…"


def lines(changes: Changes) -> str:
    """The first lines of what is new, changed and gone."""
    parts = (("新增", changes.adds), ("改动", changes.changes), ("表里没有", changes.leavers))
    text = ""
    for word, lines in parts:
        if lines:
            some = "；".join(
                f"第 {line.row} 行 {line.words}"[:LONGEST_LINE] if line.row else line.words
                for line in lines[:LINES_SHOWN]
            )
            more = f" 等 {len(lines)} {changes.unit_word}" if len(lines) > LINES_SHOWN else ""
            text += f"{word}：{some}{more}\n"
    return text


def what_confirming_does(changes: Changes) -> str:
    """What 确认 will do and leave out."""
    text = ""
    if changes.errors:
        text += "有错误的行不会导入，改好后可以再发一次。\n"
    if changes.leavers:
        gone = _GONE_WORDS.get(changes.kind, "离开")
        text += f"确认后，表里没有的 {len(changes.leavers)} {changes.unit_word}将{gone}。\n"
    return f"{text}回复「确认」保存，或「取消」。"


def report_file(name: str, changes: Changes) -> tuple[File, ...]:
    """Everything that the dry run says, as a sheet; none where the chat has said it all."""
    found = len(changes.errors) + len(changes.notes)
    lines = max(len(changes.adds), len(changes.changes), len(changes.leavers))
    is_cut = any(len(each.message) > LONGEST_PROBLEM for each in (*changes.errors, *changes.notes))
    if found <= PROBLEMS_SHOWN and lines <= LINES_SHOWN and not is_cut:
        return ()
    rows = [
        *(("错误（不导入）", _row(each.row), each.message) for each in changes.errors),
        *(("提示", _row(each.row), each.message) for each in changes.notes),
        *(("新增", _row(line.row), line.words) for line in changes.adds),
        *(("改动", _row(line.row), line.words) for line in changes.changes),
        *(("表里没有", _row(line.row), line.words) for line in changes.leavers),
    ]
    stem = name.rpartition(".")[0] or name
    data = workbook("导入检查", ("类别", "行", "说明"), rows)
    return (File(f"导入检查-{stem}.xlsx", data, XLSX),)


def _row(row: int | None) -> str:
    return "" if row is None else str(row)
