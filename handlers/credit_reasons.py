"""How single ledger entries are said, and the reasons why a figure is what it is.

Knows standings and their parts, no tables and no turn.
"""

from __future__ import annotations

from handlers.credit_words import NOTHING, threshold_name
from handlers.rules.amounts import plain
from handlers.rules.credit_entries import EntryStatus, category_word
from handlers.rules.credit_explain import Explanation
from handlers.rules.credit_trace import EntryLine, Standing, StepKind

ENTRY_COLUMNS = (
    "年度",
    "项目",
    "级别",
    "形式",
    "学时",
    "登记学分",
    "计入学分",
    "状态",
    "依据",
    "日期",
    "说明",
)


def entry_line(line: EntryLine, standing: Standing) -> str:
    """One entry in one line, with what counts of it and why not all."""
    entry = line.entry
    unit = standing.rules.unit_word
    amount = plain(line.registered)
    if line.counted == line.registered and line.counts:
        state = f"计 {amount} {unit}"
    elif line.counts:
        state = f"登记 {amount}，计 {plain(line.counted)} {unit}"
    else:
        state = f"{amount} {unit}{_why_not(line)}"
    category = category_word(entry.level, entry.mode)
    day = f"，{entry.occurred_on.isoformat()}" if entry.occurred_on else ""
    word = standing.rules.cycle.year_word(entry.year)
    return (
        f"· {word} {entry.programme}（{category}，{plain(entry.class_hours)} 学时{day}）：{state}"
    )


def entry_cells(line: EntryLine) -> tuple[str, ...]:
    """One entry as a row of ENTRY_COLUMNS."""
    entry = line.entry
    return (
        str(entry.year),
        entry.programme,
        entry.level.word,
        entry.mode.word,
        plain(entry.class_hours),
        plain(line.registered),
        plain(line.counted),
        entry.status.word,
        entry.basis,
        entry.occurred_on.isoformat() if entry.occurred_on else "",
        "；".join(step.text for step in line.steps),
    )


def explanation_lines(
    found: Explanation, standing: Standing, most: int, year: int | None
) -> list[str]:
    """The steps that make up an amount first, else everything that was cut."""
    unit = standing.rules.unit_word
    lines = []
    shown = list(found.cuts)
    if found.matches:
        lines.append(f"少的 {plain(found.amount or NOTHING)} {unit}是因为：")
        shown = list(found.matches[0])
    elif found.gaps:
        gap = found.gaps[0]
        lines.append(f"{threshold_name(gap, standing)}正好还差 {plain(gap.missing)}。")
        shown = []
    elif found.amount is not None:
        lines.append(f"没有哪几条正好相差 {plain(found.amount)} {unit}。")
    if year is not None:
        shown = [step for step in shown if step.year in (year, None)]
    if not found.matches and shown:
        lines.append("下面这些没有（全部）计入：")
    elif not shown and not found.gaps:
        lines.append(f"没有被减掉的{unit}：已认定的记录都计入了。")
    lines += [f"{n}. {_step_words(s.text, s.clause)}" for n, s in enumerate(shown[:most], 1)]
    if len(shown) > most:
        lines.append(f"（还有 {len(shown) - most} 处，见「学分明细」）")
    remarks = [step for step in found.remarks if step.text]
    lines += [f"说明：{step.text}" for step in remarks[:2]]
    lines.append(f"所以本周期共计 {plain(standing.total)} {unit}。")
    return lines


def _why_not(line: EntryLine) -> str:
    entry = line.entry
    if entry.status is EntryStatus.PENDING:
        return "（待审核，未计入）"
    if entry.status is EntryStatus.REJECTED:
        return f"（已驳回：{entry.reason or '未写原因'}）"
    if any(step.kind is StepKind.OUT_OF_CYCLE for step in line.steps):
        return "（不在本周期，不计入）"
    return "（不计入）"


def _step_words(text: str, clause: str) -> str:
    return f"{text}（依据：{clause}）" if clause else text
