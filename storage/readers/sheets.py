"""Reads an office's spreadsheets into rows, by the declaration of their kind (templates.md).

A row with a wrong cell is not among the rows but among the rejected, named with its number.
Knows no database: whether a person is new is decided by whoever holds the roster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic

from storage.readers.columns import NOTES_SHEET, Column, R_co, SheetSpec
from storage.readers.files import (
    Cell,
    Row,
    decode,
    is_workbook,
    iter_sheets,
    read_text_grid,
    text_of,
)
from storage.readers.problems import Problem, ProblemCode, ReadError, place
from storage.readers.sheet_checks import duplicates, lost_zeros
from storage.readers.sheet_kinds import spec_of
from storage.readers.sheet_reading import (
    Aside,
    Layout,
    Reading,
    Rejected,
    find_header,
    header_problems,
    rejected_of,
)
from storage.readers.sheet_rows import Kind, SheetRow
from storage.readers.values import DATE_PARSERS, is_serial


@dataclass(frozen=True, slots=True)
class Sheet(Generic[R_co]):
    """What a spreadsheet holds; rows in file order."""

    kind: Kind
    filename: str
    rows: tuple[R_co, ...]
    problems: tuple[Problem, ...]
    unknown_columns: tuple[str, ...]
    aside: tuple[Aside, ...]
    rejected: tuple[Rejected, ...]
    present: frozenset[str]
    """The fields whose columns are in the file: an absent column changes nothing on import."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that must be corrected."""
        return tuple(problem for problem in self.problems if not problem.is_note)


def read_sheet(kind: Kind, data: bytes, filename: str) -> Sheet[SheetRow]:
    """Read a spreadsheet (.xlsx or .csv, whatever its name) as the given kind.

    Raises ReadError where there is nothing to read: wrong file type, empty, no header.
    """
    return read_rows(spec_of(kind), data, filename)


def read_rows(spec: SheetSpec[R_co], data: bytes, filename: str) -> Sheet[R_co]:
    """`read_sheet` for a declaration, with the type of its rows."""
    reading: Reading[R_co] | None = None
    ignored: list[Problem] = []
    for name, rows in _sheets(data):
        if reading is not None:
            if any(True for _ in rows):
                text = f"工作表「{name}」没有读取，只读取了第一张有表头的工作表。"
                ignored.append(Problem(None, ProblemCode.SHEET_IGNORED, text))
            continue
        layout, first = find_header(spec, rows)
        if layout is not None:
            reading = Reading(spec, layout, header_problems(spec, layout))
            _read_body(reading, first, rows)
    if reading is None:
        wanted = "、".join(column.header for column in spec.columns if column.required)
        raise ReadError(f"没有找到「{spec.title}」的表头，应有：{wanted}。请对照模板检查第一行。")
    lost_zeros(reading)
    duplicates(reading)
    if not reading.rows and not reading.rejected:
        text = "表头下面没有内容。"
        reading.problems.append(Problem(reading.layout.row, ProblemCode.NO_ROWS, text))
    return _finished(reading, filename, ignored)


def _finished(reading: Reading[R_co], filename: str, ignored: list[Problem]) -> Sheet[R_co]:
    problems = sorted(reading.problems, key=lambda problem: problem.row or 0)
    return Sheet(
        kind=reading.spec.kind,
        filename=filename,
        rows=tuple(reading.rows),
        problems=(*problems, *ignored),
        unknown_columns=tuple(name for _, name in reading.layout.unknown),
        aside=tuple(reading.aside),
        rejected=tuple(sorted(reading.rejected, key=lambda item: item.row)),
        present=frozenset(column.field for _, column in reading.layout.columns),
    )


def _sheets(data: bytes) -> Iterator[tuple[str, Iterator[Row]]]:
    if not is_workbook(data):
        grid = read_text_grid(decode(data))
        yield grid.name, iter(grid.rows)
        return
    for name, rows in iter_sheets(data):
        if name != NOTES_SHEET:
            yield name, rows


def _read_body(reading: Reading[R_co], first: Iterable[Row], rest: Iterator[Row]) -> None:
    # The first of two columns with one name is read.
    places = {column.field: (at, column) for at, column in reversed(reading.layout.columns)}
    absent = [column for column in reading.spec.columns if column.field not in places]
    defaults: dict[str, object] = {column.field: column.default for column in absent}
    lacking = any(column.required for column in absent)
    examples = _examples(reading.layout)
    headers = tuple(column.header for _, column in reading.layout.columns)
    width = max(at for at, _ in reading.layout.columns) + 1
    for source in chain(first, rest):
        cells = source.cells + (None,) * (width - len(source.cells))
        texts = tuple(text_of(cells[at]) for at, _ in reading.layout.columns)
        if not any(texts) or texts == headers:
            continue
        if texts in examples:
            text = f"{place(source.number)}：这是模板自带的示例行，已跳过。"
            reading.problems.append(Problem(source.number, ProblemCode.EXAMPLE_ROW, text))
            continue
        _set_aside(reading, source)
        values = None if lacking else _parsed(reading, source, cells, places, defaults)
        row = None if values is None else _built(reading, source, values)
        if row is None:
            reading.rejected.append(rejected_of(reading.layout, source))
        else:
            reading.rows.append(row)
            reading.sources.append(source)


def _examples(layout: Layout) -> frozenset[tuple[str, ...]]:
    columns = [column for _, column in layout.columns]
    return frozenset(tuple(text_of(column.examples[turn]) for column in columns) for turn in (0, 1))


def _set_aside(reading: Reading[R_co], source: Row) -> None:
    for at in reading.nameless(source):
        name = f"第 {at + 1} 列"
        if at not in reading.told:
            reading.told.add(at)
            row = reading.layout.row
            text = f"第 {row} 行（表头）：{name}没有列名，却有内容（如第 {source.number} 行），"
            text += "没有导入。"
            reading.problems.append(Problem(row, ProblemCode.COLUMN_UNKNOWN, text))
        reading.aside.append(Aside(source.number, name, text_of(source.cells[at])))
    for at, name in reading.layout.unknown:
        text = text_of(source.cells[at]) if at < len(source.cells) else ""
        if text:
            reading.aside.append(Aside(source.number, name, text))


def _parsed(
    reading: Reading[R_co],
    source: Row,
    cells: Sequence[Cell],
    places: dict[str, tuple[int, Column]],
    defaults: dict[str, object],
) -> dict[str, object] | None:
    values = dict(defaults)
    sound = True
    for name, (at, column) in places.items():
        cell = cells[at]
        if isinstance(cell, str) and cell.startswith("=") and len(cell) > 1:
            clause = f"“{column.header}”是公式，请复制后用“粘贴为数值”改成结果"
            reading.report(source, ProblemCode.FORMULA, clause)
            sound = False
            continue
        try:
            value = column.parse(cell)
        except ValueError as error:
            damaged = column.as_text and not isinstance(cell, str | None)
            damaged = damaged or (column.as_text and "改成" in str(error))
            code = ProblemCode.TEXT_NUMBER_DAMAGED if damaged else ProblemCode.CELL_INVALID
            reading.report(source, code, f"“{column.header}”{error}")
            sound = False
            continue
        if value is None and column.required and not column.blank_ok:
            reading.report(source, ProblemCode.CELL_MISSING, f"“{column.header}”是空的，必须填写")
            sound = False
        if column.too_long(value):
            clause = f"“{column.header}”太长，最多 {column.longest} 字"
            reading.report(source, ProblemCode.CELL_INVALID, clause)
            sound = False
        if value is not None and column.parse in DATE_PARSERS and is_serial(cell):
            clause = f"“{column.header}”是数字 {text_of(cell)}，已换算为 {value}，请核对"
            reading.report(source, ProblemCode.DATE_FROM_SERIAL, clause)
        values[name] = column.default if value is None else value
    return values if sound else None


def _built(reading: Reading[R_co], source: Row, values: dict[str, object]) -> R_co | None:
    row = reading.spec.build(row=source.number, **values)
    faults = list(row.faults())
    for fault in faults:
        reading.report(source, ProblemCode.CELL_INVALID, fault)
    return None if faults else row
