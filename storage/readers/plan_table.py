"""Finds the plan table in a file: its header, its rows as texts, its total lines, the prose around.

Aligns rows that slipped by a column, and says so. Knows nothing of what the values mean beyond
whether a text can stand in a column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from storage.readers.columns import EXAMPLE_MARK, NOTES_SHEET, normal_header
from storage.readers.files import (
    Grid,
    decode,
    is_workbook,
    read_text_grid,
    read_workbook,
    split_text,
    text_of,
)
from storage.readers.plan_align import aligned
from storage.readers.plan_model import LONGEST, LONGEST_OTHER, Draft, Field, SourceRow
from storage.readers.problems import Problem, ProblemCode, place
from storage.readers.values import plain

ALIASES: dict[Field, tuple[str, ...]] = {
    Field.SEQ: ("序号", "项目序号", "编号", "号"),
    Field.UNIT: ("项目申请单位", "申请单位", "申报单位", "主办单位", "责任单位", "项目单位"),
    Field.TOPIC: ("项目专题", "专题", "项目类别", "培训类别", "项目类型", "类别"),
    Field.NAME: (
        "项目名称",
        "培训项目",
        "培训名称",
        "培训项目名称",
        "培训班名称",
        "班次名称",
        "项目",
    ),
    Field.MODE: ("培训形式", "培训方式", "形式", "方式"),
    Field.AUDIENCE: ("培训对象", "对象", "参训对象", "培训对象及范围"),
    Field.DURATION: (
        "培训天数/学时",
        "培训学时/天数",
        "天数/学时",
        "学时/天数",
        "培训天数",
        "天数",
        "培训学时",
        "学时",
        "学时数",
        "培训时长",
        "时长",
    ),
    Field.HEADCOUNT: (
        "培训人数",
        "人数",
        "计划人数",
        "培训人次",
        "人次",
        "培训规模",
        "规模",
        "名额",
    ),
    Field.PROVIDER: ("承办机构", "承办单位", "承训机构", "培训机构", "实施单位", "承担单位"),
    Field.TIME: (
        "时间",
        "培训时间",
        "实施时间",
        "起止时间",
        "计划时间",
        "时间安排",
        "培训起止时间",
    ),
    Field.CODE: ("代码", "项目代码", "项目编码", "项目编号"),
}
LABELS: dict[Field, str] = {
    name: aliases[0] for name, aliases in ALIASES.items() if name is not Field.CODE
} | {Field.CODE: "项目代码"}
_BY_HEADER = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
_TOTAL = re.compile(r"(小|合|总|共)\s*计|总数")
_TAB, _BAR = re.compile(r"\t"), re.compile(r"[|｜]")
_BLANKS = re.compile(r"\t|[ \u3000]{2,}")
_MIN_HEADERS = 3
_TOTAL_CELLS = 3  # a total line holds its label, its sum and perhaps one more figure


@dataclass(frozen=True, slots=True)
class TotalLine:
    """A printed subtotal or total: `label` as written, rows counted up to `above` drafts."""

    row: int
    label: str
    headcount: int | None
    above: int


@dataclass(slots=True)
class PlanTable:
    """The table as read; `columns` are (place, field) in file order."""

    header_row: int = 0
    headers: dict[Field, str] = field(default_factory=dict)
    columns: tuple[tuple[int, Field], ...] = ()
    merged_columns: frozenset[Field] = frozenset()
    drafts: list[Draft] = field(default_factory=list)
    totals: list[TotalLine] = field(default_factory=list)
    prose: list[tuple[int, str]] = field(default_factory=list)
    source: list[SourceRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def has(self, name: Field) -> bool:
        """Whether the table has a column for the field."""
        return name in self.headers


def find_table(data: bytes) -> PlanTable | None:
    """The plan table of the first sheet (or layout of a text) that has one; None without."""
    if not is_workbook(data):
        # one layout after another: each is as large as the text
        tables = (_table(grid) for grid in _layouts(decode(data)))
        return next((table for table in tables if table is not None), None)
    grids = read_workbook(data)
    for index, grid in enumerate(grids):
        table = _table(grid)
        if table is None:
            continue
        for other in grids[:index] + grids[index + 1 :]:
            if other.rows and other.name != NOTES_SHEET:
                text = f"工作表「{other.name}」没有读取，只读取了「{grid.name}」。"
                table.problems.append(Problem(None, ProblemCode.SHEET_IGNORED, text))
        return table
    return None


def _layouts(text: str) -> Iterator[Grid]:
    yield split_text(text, _TAB)
    yield read_text_grid(text)
    yield split_text(text, _BAR)
    yield split_text(text, _BLANKS)


def _table(grid: Grid) -> PlanTable | None:
    table = PlanTable()
    below = 0
    stray: list[tuple[int, str]] = []
    for row in grid.rows:
        texts = tuple(text_of(cell) for cell in row.cells)
        named = _named(texts)
        if _is_header(named):
            _open_table(table, grid, row.number, texts)
            below = max(below, _header_bottom(grid, row.number))
            stray.clear()
        elif row.number <= below:
            continue
        elif not table.columns:
            table.prose.append((row.number, " ".join(text for text in texts if text)))
        else:
            _read_line(table, grid, row.number, texts, stray)
    table.prose.extend(stray)
    return table if table.columns else None


def _named(texts: tuple[str, ...]) -> list[tuple[int, Field]]:
    found = ((at, _BY_HEADER.get(normal_header(text))) for at, text in enumerate(texts))
    return [(at, name) for at, name in found if name is not None]


def _is_header(named: list[tuple[int, Field]]) -> bool:
    names = {name for _, name in named}
    return len(names) >= _MIN_HEADERS or names >= {Field.NAME, Field.HEADCOUNT}


def _header_bottom(grid: Grid, row: int) -> int:
    return max((merge.bottom for merge in grid.merges if merge.top == row), default=row)


def _open_table(table: PlanTable, grid: Grid, row: int, texts: tuple[str, ...]) -> None:
    if table.columns:
        text = f"第 {row} 行：表头又出现一次，已跳过。"
        table.problems.append(Problem(row, ProblemCode.HEADER_REPEATED, text))
    taken: set[Field] = set()
    columns: list[tuple[int, Field]] = []
    for at, name in _named(texts):
        if name in taken:
            text = f"第 {row} 行（表头）：“{texts[at]}”与前面的列重复，只读取前一列，请核对。"
            table.problems.append(Problem(row, ProblemCode.COLUMN_DUPLICATE, text))
            continue
        taken.add(name)
        columns.append((at, name))
    if not table.columns:
        table.header_row = row
        table.headers = {name: texts[at] for at, name in columns}
        _header_problems(table, texts)
    table.columns = tuple(columns)
    places = dict(table.columns)
    table.merged_columns |= {
        places[merge.left - 1]
        for merge in grid.merges
        if merge.top > row and merge.bottom > merge.top and merge.left - 1 in places
    }


def _header_problems(table: PlanTable, texts: tuple[str, ...]) -> None:
    row = table.header_row
    for name in Field:
        if name in table.headers or name in {Field.CODE, Field.TIME}:
            continue
        text = f"第 {row} 行（表头）：没有“{LABELS[name]}”列，这一项全部为空。"
        table.problems.append(Problem(row, ProblemCode.COLUMN_MISSING, text))
    known = {at for at, _ in _named(texts)}
    unknown = [text for at, text in enumerate(texts) if text and at not in known]
    if unknown:
        names = "、".join(f"“{name}”" for name in unknown)
        text = f"第 {row} 行（表头）：不认识的列 {names}，内容没有导入。"
        table.problems.append(Problem(row, ProblemCode.COLUMN_UNKNOWN, text))


def _read_line(
    table: PlanTable,
    grid: Grid,
    number: int,
    texts: tuple[str, ...],
    stray: list[tuple[int, str]],
) -> None:
    written = [text for text in texts if text]
    label = next((text for text in written if _TOTAL.fullmatch(plain(text))), None)
    if label is not None and (written[0] == label or len(written) <= _TOTAL_CELLS):
        table.source.append(SourceRow(number, texts))
        headcount = _total_of(table, texts)
        table.totals.append(TotalLine(number, plain(label), headcount, len(table.drafts)))
        return
    anchors = _merged_into(grid, number)
    if len(written) + len(anchors) <= 1:
        stray.append((number, written[0]))
        return
    for row, text in stray:
        message = f"第 {row} 行：表格中间有一行文字「{text[:40]}」，没有当作项目，请核对。"
        table.problems.append(Problem(row, ProblemCode.STRAY_TEXT, message))
    stray.clear()
    if any(text.startswith(EXAMPLE_MARK) for text in written):
        message = f"第 {number} 行：这是模板自带的示例行，已跳过。"
        table.problems.append(Problem(number, ProblemCode.EXAMPLE_ROW, message))
        return
    table.source.append(SourceRow(number, texts))
    table.drafts.append(_draft(table, number, texts, anchors))


def _draft(table: PlanTable, number: int, texts: tuple[str, ...], anchors: dict[int, int]) -> Draft:
    width = max(at for at, _ in table.columns) + 1
    cells, clause, misfits = aligned(texts, table.columns, width)
    where = place(number, next((cells[at] for at, name in table.columns if name is Field.SEQ), ""))
    if clause:
        table.problems.append(Problem(number, ProblemCode.COLUMN_SHIFT, f"{where}：{clause}"))
    places = {name: at for at, name in table.columns}
    cells = _short_enough(table, number, where, cells)
    for name in misfits:
        value = cells[places[name]]
        text = f"{where}：“{LABELS[name]}”写的是「{value}」，可能是错位，已按原样保留，请核对。"
        table.problems.append(Problem(number, ProblemCode.CELL_INVALID, text))
    values = {name: cells[at] for at, name in table.columns}
    merged = {name: anchors[at] for at, name in table.columns if at in anchors and not values[name]}
    return Draft(number, values, merged)


def _short_enough(
    table: PlanTable, number: int, where: str, cells: tuple[str, ...]
) -> tuple[str, ...]:
    kept = list(cells)
    for at, name in table.columns:
        most = LONGEST.get(name, LONGEST_OTHER)
        if len(cells[at]) > most:
            kept[at] = cells[at][:most]
            text = f"{where}：“{LABELS[name]}”太长，只取了前 {most} 字，请核对。"
            table.problems.append(Problem(number, ProblemCode.CELL_INVALID, text))
    return tuple(kept)


def _merged_into(grid: Grid, row: int) -> dict[int, int]:
    """Place → row of the anchor, for cells of this row that belong to a cell above."""
    return {merge.left - 1: merge.top for merge in grid.merges if merge.top < row <= merge.bottom}


def _total_of(table: PlanTable, texts: tuple[str, ...]) -> int | None:
    places = {name: at for at, name in table.columns}
    at = places.get(Field.HEADCOUNT)
    candidates = [texts[at]] if at is not None and at < len(texts) and texts[at] else list(texts)
    for text in candidates:
        found = re.fullmatch(r"(\d{1,9})(?:\.0+)?\s*(?:人次|人)?", plain(text).replace(",", ""))
        if found:
            return int(found[1])
    return None
