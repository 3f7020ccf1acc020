"""Writes spreadsheets: an empty template with two example rows, and rows as a file.

The columns are those of the declaration, so what goes out can come in again. Identifiers and
telephone numbers are written as text cells; no text ever becomes a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from storage.readers.columns import NOTES_SHEET, Column
from storage.readers.files import Cell
from storage.readers.plan_columns import PLAN_COLUMNS, PLAN_TITLE, plan_cell
from storage.readers.plan_model import PlanItem
from storage.readers.sheet_kinds import spec_of
from storage.readers.sheet_rows import Kind, SheetRow

TEXT_FORMAT = "@"
DATE_FORMAT = "yyyy-mm-dd"
_HEAD_FONT = Font(bold=True)
_REQUIRED_FILL = PatternFill("solid", fgColor="FFF2CC")
_WRAP = Alignment(wrap_text=True, vertical="top")
_MIN_WIDTH, _MAX_WIDTH = 10, 40
_GENERAL_NOTES = (
    "列的顺序可以调换；没有 ★ 的列可以不要；多出来的列不会导入。",
    "日期写 2021-07-12、2021/7/12 或 2021年7月12日；时间写 8:30、08:30 或 上午8:30。",
    "工号和手机号请保持文本格式：数字格式会丢掉开头的 0，或变成 4.4E+17。",
    "第一张表里的两行示例请删去；忘了删也会自动跳过。",
)


def write_template(kind: Kind) -> bytes:
    """An .xlsx with the header, two example rows and a sheet 说明 that explains each column."""
    if kind is Kind.PLAN:
        return template_of(PLAN_TITLE, PLAN_COLUMNS)
    spec = spec_of(kind)
    return template_of(spec.title, spec.columns)


def write_sheet(kind: Kind, rows: Iterable[SheetRow]) -> bytes:
    """The rows as an .xlsx with the columns of the kind."""
    spec = spec_of(kind)
    lines = ([column.write(getattr(row, column.field)) for column in spec.columns] for row in rows)
    return table_of(spec.title, spec.columns, lines)


def write_plan(items: Iterable[PlanItem]) -> bytes:
    """The items of a plan as an .xlsx; durations carry their unit, so they come in unambiguous."""
    lines = ([plan_cell(column.field, item) for column in PLAN_COLUMNS] for item in items)
    return table_of(PLAN_TITLE, PLAN_COLUMNS, lines)


def template_of(title: str, columns: Sequence[Column]) -> bytes:
    """The template of any declaration of columns."""
    book = Workbook(write_only=True)
    lines = ([column.examples[turn] for column in columns] for turn in (0, 1))
    _write_table(book, title, columns, lines)
    notes = book.create_sheet(NOTES_SHEET)
    for letter, width in zip("ABCD", (16, 8, 60, 24), strict=True):
        notes.column_dimensions[letter].width = width
    notes.append([_head(notes, text) for text in ("列名", "必填", "说明", "示例")])
    for column in columns:
        need = "★" if column.required and not column.blank_ok else ""
        example = next((value for value in column.examples if value is not None), None)
        line = (column.header, need, column.help, _example_text(example))
        notes.append([_text(notes, value) for value in line])
    notes.append([])
    for note in _GENERAL_NOTES:
        notes.append([_text(notes, note, wrap=False)])
    return _saved(book)


def table_of(
    title: str, columns: Sequence[Column], lines: Iterable[Sequence[Cell | Decimal]]
) -> bytes:
    """Header and lines of any declaration of columns."""
    book = Workbook(write_only=True)
    _write_table(book, title, columns, lines)
    return _saved(book)


def _write_table(
    book: Workbook,
    title: str,
    columns: Sequence[Column],
    lines: Iterable[Sequence[Cell | Decimal]],
) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for index, column in enumerate(columns, 1):
        dimension = sheet.column_dimensions[get_column_letter(index)]
        widest = max(len(str(value or "")) for value in (column.header, *column.examples))
        dimension.width = min(max(widest * 2, _MIN_WIDTH), _MAX_WIDTH)
        if column.as_text:
            # So that what the officer types below stays text too.
            dimension.number_format = TEXT_FORMAT
    sheet.append([_head(sheet, column.header, required=column.required) for column in columns])
    for line in lines:
        pairs = zip(columns, line, strict=True)
        sheet.append([_cell(sheet, column, value) for column, value in pairs])


def _cell(
    sheet: WriteOnlyWorksheet, column: Column, value: Cell | Decimal
) -> BookCell | Cell | Decimal:
    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub("", value)
        # A plain string is far cheaper to write than a styled cell; only these need one.
        return _text(sheet, text, wrap=False) if column.as_text or text.startswith("=") else text
    if isinstance(value, date):
        cell = WriteOnlyCell(sheet, value=datetime(value.year, value.month, value.day))  # noqa: DTZ001 (a spreadsheet's day has no zone)
        cell.number_format = DATE_FORMAT
        return cell
    return value


def _text(sheet: WriteOnlyWorksheet, text: str, *, wrap: bool = True) -> BookCell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    if wrap:
        cell.alignment = _WRAP
    else:
        cell.number_format = TEXT_FORMAT
    return cell


def _head(sheet: WriteOnlyWorksheet, text: str, *, required: bool = False) -> BookCell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = _HEAD_FONT
    if required:
        cell.fill = _REQUIRED_FILL
    return cell


def _example_text(value: Cell) -> str:
    return "" if value is None else str(value)


def _saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
