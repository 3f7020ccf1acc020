"""Turns filled rows of a plan into items: modes, units, numbers, days; doubts are named by row.

Knows the year of the plan only as a value; looks at one row at a time.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from storage.readers.plan_model import Draft, Field, PlanItem
from storage.readers.plan_table import LABELS, PlanTable
from storage.readers.plan_time import read_span
from storage.readers.plan_values import (
    LONGEST_DAYS,
    MODE_WORDS,
    UNIT_WORDS,
    find_codes,
    header_unit,
    infer_unit,
    read_duration,
    read_headcount,
    read_modes,
)
from storage.readers.problems import Problem, ProblemCode, place


def build_items(table: PlanTable, year: int | None) -> tuple[PlanItem, ...]:
    """An item for every row, in file order; problems go to the table."""
    items = tuple(_item(table, draft, year) for draft in table.drafts)
    _mixed_units(table, items)
    return items


def _item(table: PlanTable, draft: Draft, year: int | None) -> PlanItem:
    modes = _modes(table, draft)
    value, unit = _duration(table, draft, modes)
    start, end = _days(table, draft, year)
    rows = (draft.number, *sorted(set(draft.filled.values())))
    texts = (draft.text(Field.CODE), draft.text(Field.NAME), draft.text(Field.AUDIENCE))
    return PlanItem(
        seq=draft.text(Field.SEQ),
        unit=draft.text(Field.UNIT),
        topic=draft.text(Field.TOPIC),
        name=draft.text(Field.NAME),
        mode=modes,
        audience=draft.text(Field.AUDIENCE),
        duration_value=value,
        duration_unit=unit,
        headcount=_headcount(table, draft),
        provider=draft.text(Field.PROVIDER),
        codes=find_codes((*texts, draft.text(Field.PROVIDER), draft.text(Field.TOPIC))),
        start=start,
        end=end,
        source_rows=tuple(dict.fromkeys(rows)),
    )


def _say(table: PlanTable, draft: Draft, code: ProblemCode, clause: str) -> None:
    text = f"{place(draft.number, draft.text(Field.SEQ))}：{clause}。"
    table.problems.append(Problem(draft.number, code, text))


def _invalid(table: PlanTable, draft: Draft, name: Field, wanted: str) -> None:
    clause = f"“{LABELS[name]}”写的是「{draft.text(name)}」，{wanted}，没有采用，请核对"
    _say(table, draft, ProblemCode.CELL_INVALID, clause)


def _modes(table: PlanTable, draft: Draft) -> tuple[str, ...]:
    text = draft.text(Field.MODE)
    if not text:
        return ()
    modes, inferred = read_modes(text)
    if not modes:
        _invalid(table, draft, Field.MODE, "不是 本地、异地、网络")
    elif inferred:
        words = "+".join(MODE_WORDS[mode] for mode in modes)
        clause = f"培训形式「{text}」按 {words} 读取"
        _say(table, draft, ProblemCode.MODE_INFERRED, clause)
    return modes


def _duration(
    table: PlanTable, draft: Draft, modes: tuple[str, ...]
) -> tuple[Decimal | None, str | None]:
    text = draft.text(Field.DURATION)
    if not text:
        return None, None
    found = read_duration(text)
    if found is None:
        _invalid(table, draft, Field.DURATION, "不是一个天数或学时数")
        return None, None
    value, unit = found
    if unit:
        return value, unit
    fixed = header_unit(table.headers[Field.DURATION])
    if fixed:
        if fixed == "day" and value > LONGEST_DAYS:
            clause = f"“{value}”在天数栏里偏大，可能是学时，仍按天计，请核对"
            _say(table, draft, ProblemCode.UNIT_INFERRED, clause)
        return value, fixed
    unit, sure = infer_unit(value, modes)
    if not sure:
        form = "+".join(MODE_WORDS[mode] for mode in modes) or "没有写"
        clause = f"“{value}”没有写明天还是学时，培训形式是 {form}，"
        clause += f"按 {value} {UNIT_WORDS[unit]}计，请核对"
        _say(table, draft, ProblemCode.UNIT_INFERRED, clause)
    return value, unit


def _headcount(table: PlanTable, draft: Draft) -> int | None:
    text = draft.text(Field.HEADCOUNT)
    if not text:
        return None
    count = read_headcount(text)
    if count is None:
        _invalid(table, draft, Field.HEADCOUNT, "不是一个整数")
    return count


def _days(table: PlanTable, draft: Draft, year: int | None) -> tuple[date | None, date | None]:
    text = draft.text(Field.TIME)
    if not text:
        return None, None
    span = read_span(text, year)
    if span is None:
        reason = "" if year else "（文件没有写年份）"
        clause = f"时间「{text}」看不懂{reason}，开始和结束日期为空，请核对"
        _say(table, draft, ProblemCode.TIME_UNCLEAR, clause)
        return None, None
    if span.assumed:
        clause = f"时间「{text}」没有写年份，按 {span.start.year} 年"
        clause += f"到 {span.end.year} 年计" if span.turned else "计"
        _say(table, draft, ProblemCode.YEAR_ASSUMED, clause)
    return span.start, span.end


def _mixed_units(table: PlanTable, items: tuple[PlanItem, ...]) -> None:
    if header_unit(table.headers.get(Field.DURATION, "")):
        return
    days = sum(item.duration_unit == "day" for item in items)
    hours = sum(item.duration_unit == "class_hour" for item in items)
    if days and hours:
        label = table.headers[Field.DURATION]
        text = f"第 {table.header_row} 行（表头）：“{label}”一栏混写天数和学时，"
        text += f"已逐行判断：{days} 行按天，{hours} 行按学时；拿不准的已在各行注明。"
        table.problems.append(Problem(table.header_row, ProblemCode.MIXED_UNITS, text))
