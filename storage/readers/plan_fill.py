"""Groups the rows of a plan under their serial numbers and fills blank cells from above.

Every fill is named by row. Within one serial a blank is a merged cell; across serials only unit,
topic and name are filled, and that is called doubtful. Numbers are never filled.
"""

from __future__ import annotations

import re

from storage.readers.plan_model import Draft, Field
from storage.readers.plan_table import LABELS, PlanTable
from storage.readers.problems import Problem, ProblemCode, place

WITHIN = (
    Field.SEQ,
    Field.UNIT,
    Field.TOPIC,
    Field.NAME,
    Field.MODE,
    Field.AUDIENCE,
    Field.PROVIDER,
    Field.TIME,
)
ACROSS = (Field.UNIT, Field.TOPIC, Field.NAME)
EXPECTED = (*WITHIN[1:7], Field.DURATION, Field.HEADCOUNT)
_UNIT_LIKE = re.compile(r".*(局|院|处|科|室|中心|股|所|校|协会|学会)")


def looks_like_unit(text: str) -> bool:
    """Whether a topic reads like the name of an office or school (市教科院)."""
    return bool(_UNIT_LIKE.fullmatch(text))


def fill(table: PlanTable) -> None:
    """Give every draft its group and its filled cells; problems go to the table."""
    by_row: dict[int, Draft] = {}
    above: Draft | None = None
    for draft in table.drafts:
        by_row[draft.number] = draft
        _fill_merged(table, draft, by_row)
        draft.starts = _starts(table, draft, above)
        draft.numbered = draft.starts and bool(draft.text(Field.SEQ) or not table.has(Field.SEQ))
        draft.group = draft.number if draft.starts or above is None else above.group
        if above is not None and not draft.starts:
            _fill_within(table, draft, above)
        elif above is not None:
            _fill_across(table, draft, above)
        _report(table, draft)
        above = draft


def _fill_merged(table: PlanTable, draft: Draft, by_row: dict[int, Draft]) -> None:
    """Cells that the sheet itself merges with one above (.xlsx)."""
    shared: list[Field] = []
    for name, anchor in draft.merged.items():
        source = by_row.get(anchor)
        if source is None or not source.text(name):
            continue
        if name in WITHIN:
            draft.texts[name] = source.text(name)
            draft.filled[name] = anchor
        else:
            shared.append(name)
    if shared:
        labels = "、".join(f"“{LABELS[name]}”" for name in shared)
        anchor = draft.merged[shared[0]]
        text = (
            f"{place(draft.number, draft.text(Field.SEQ))}：{labels}与第 {anchor} 行是合并单元格，"
        )
        text += "只在那一行计一次。"
        table.problems.append(Problem(draft.number, ProblemCode.MERGED_NUMBER, text))


def _starts(table: PlanTable, draft: Draft, above: Draft | None) -> bool:
    if Field.SEQ in draft.filled:
        return False
    if draft.text(Field.SEQ):
        return True
    if not table.has(Field.SEQ):
        return bool(draft.text(Field.NAME)) and Field.NAME not in draft.filled
    if not draft.text(Field.NAME) or Field.NAME in draft.filled:
        return False
    # A row without a number that names itself wholly is a programme of its own ([000], line 103).
    topic = draft.text(Field.TOPIC)
    own_topic = bool(topic) and (above is None or topic != above.text(Field.TOPIC))
    own_unit = bool(draft.text(Field.UNIT)) and Field.UNIT not in draft.filled
    return (own_topic and not table.has(Field.UNIT)) or (
        own_unit and (own_topic or not table.has(Field.TOPIC))
    )


def _fill_within(table: PlanTable, draft: Draft, above: Draft) -> None:
    for name in WITHIN:
        if table.has(name) and not draft.text(name) and above.text(name):
            draft.texts[name] = above.text(name)
            draft.filled[name] = above.filled.get(name, above.number)
    filled = [name for name in WITHIN if name in draft.filled]
    if filled:
        labels = "、".join(LABELS[name] for name in filled)
        rows = "、".join(str(row) for row in sorted({draft.filled[name] for name in filled}))
        text = f"{place(draft.number, draft.text(Field.SEQ))}：{labels}为空（合并单元格），"
        text += f"按同一项目的第 {rows} 行补上。"
        table.problems.append(Problem(draft.number, ProblemCode.FILLED_DOWN, text))


def _fill_across(table: PlanTable, draft: Draft, above: Draft) -> None:
    topic = draft.text(Field.TOPIC)
    for name in ACROSS:
        blank = table.has(name) and not draft.text(name) and above.text(name)
        # Where the sheet merges cells of this column itself, a blank means blank.
        if not blank or name in table.merged_columns:
            continue
        if name is Field.UNIT and looks_like_unit(topic):
            continue
        draft.texts[name] = above.text(name)
        draft.filled[name] = above.filled.get(name, above.number)
        text = f"{place(draft.number, draft.text(Field.SEQ))}：“{LABELS[name]}”为空，按第 "
        text += f"{draft.filled[name]} 行补为「{above.text(name)}」，不一定对，请核对。"
        table.problems.append(Problem(draft.number, ProblemCode.FILLED_ACROSS, text))


def _report(table: PlanTable, draft: Draft) -> None:
    where = place(draft.number, draft.text(Field.SEQ))
    if table.has(Field.SEQ) and not draft.text(Field.SEQ):
        text = f"第 {draft.number} 行：没有序号，内容是「{_gist(draft)}」，没有编号，请核对。"
        table.problems.append(Problem(draft.number, ProblemCode.SERIAL_MISSING, text))
    topic = draft.text(Field.TOPIC)
    in_topic = not draft.text(Field.UNIT) and Field.TOPIC not in draft.filled
    misplaced = table.has(Field.UNIT) and in_topic and looks_like_unit(topic)
    if misplaced:
        text = f"{where}：“{LABELS[Field.TOPIC]}”栏写的是「{topic}」，像是单位名称，"
        text += f"而“{LABELS[Field.UNIT]}”为空，可能写错了栏，已按原样保留，请核对。"
        table.problems.append(Problem(draft.number, ProblemCode.UNIT_IN_TOPIC, text))
    shared = {name for name in draft.merged if name not in WITHIN}
    missing = [
        LABELS[name]
        for name in EXPECTED
        if table.has(name)
        and not draft.text(name)
        and name not in shared
        and not (misplaced and name is Field.UNIT)
    ]
    if missing:
        text = f"{where}：{'、'.join(missing)}为空，请核对。"
        table.problems.append(Problem(draft.number, ProblemCode.CELL_MISSING, text))


def _gist(draft: Draft) -> str:
    return draft.text(Field.NAME) or draft.text(Field.AUDIENCE) or draft.text(Field.TOPIC)
