"""Opens a file that came in: decides what it is by its bytes and gives its cells row by row.

Knows nothing of what the columns mean. How much is read at most: `bounds`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

import texts
from storage.readers import bounds
from storage.readers.bounds import broken, too_many_columns, too_many_rows, too_much
from storage.readers.problems import ReadError
from storage.readers.xlsx_book import Workbook
from storage.readers.xlsx_rows import Cell, Merge, Seen, merged_sheet, walk_sheet

__all__ = ["Cell", "Grid", "Merge", "Row"]

EXACT_INTEGERS = 10**15  # a spreadsheet keeps fifteen digits of a number
_DELIMITER_LINES = 200

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LINE_END = re.compile(r"\r\n|\r|\n")
_OTHER_KINDS = (
    (_OLE, "这是旧版 Office 文件（.doc/.xls）或加了密码的文件，请另存为不加密的 .xlsx 再发。"),
    (b"%PDF", "这是 PDF 文件，不是表格，请发 .xlsx 或 .csv。"),
    (b"\x89PNG", "这是图片，不是表格，请发 .xlsx 或 .csv。"),
    (b"\xff\xd8\xff", "这是图片，不是表格，请发 .xlsx 或 .csv。"),
    (b"GIF8", "这是图片，不是表格，请发 .xlsx 或 .csv。"),
    (b"Rar!", "这是压缩包，请解压后再发里面的表格。"),
    (b"7z\xbc\xaf", "这是压缩包，请解压后再发里面的表格。"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `number` as the officer finds it (file line or sheet row, from 1)."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet (or the one table of a text file); blank rows are left out."""

    name: str
    rows: tuple[Row, ...]
    merges: tuple[Merge, ...] = ()


def is_workbook(data: bytes) -> bool:
    """True for an .xlsx, False for text.

    Raises ReadError for anything else, whatever its name says, and for what is too large.
    """
    if not data.strip():
        raise ReadError("文件是空的，请检查后重新发送。")
    if len(data) > bounds.MAX_FILE_BYTES:
        raise too_large()
    for magic, sentence in _OTHER_KINDS:
        if data.startswith(magic):
            raise ReadError(sentence)
    return data.startswith(b"PK")


def too_large() -> ReadError:
    """Of a file of more bytes than are read."""
    most = bounds.MAX_FILE_BYTES // 1024 // 1024
    return ReadError(f"文件超过 {most} MB，请拆成几个文件再发。")


def decode(data: bytes) -> str:
    """Text in UTF-8, UTF-16 with its mark, or GBK (GB 18030); raises ReadError otherwise."""
    try:
        return texts.decode(data)
    except texts.NotTextError:
        raise ReadError(
            "文件的文字编码认不出来，请另存为 .xlsx 或 UTF-8 编码的文本再发。"
        ) from None


def lines_of(text: str) -> Iterator[str]:
    """The lines as an editor counts them: only CR, LF and CR LF end a line.

    Raises ReadError at the line that is one too many.
    """
    for start, end, _ in _places(text):
        yield text[start:end]


def _places(text: str) -> Iterator[tuple[int, int, int]]:
    """Of each line where it begins, where it ends, and where the next begins."""
    start = 0
    for count, end in enumerate(_LINE_END.finditer(text), 1):
        if count > bounds.MAX_ROWS_SEEN:
            raise too_much(f"文件里连空白行一共超过 {bounds.MAX_ROWS_SEEN:,} 行")
        yield start, end.start(), end.end()
        start = end.end()
    yield start, len(text), len(text)


def read_text_grid(text: str) -> Grid:
    """A .csv or a text with tabs as rows; the number of a row is the line where it starts."""
    csv.field_size_limit(bounds.MAX_RECORD)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=_delimiter(text))
    rows: list[Row] = []
    started = 1
    try:
        for cells in reader:
            lines.begin_record()
            values = tuple(cell.strip() or None for cell in cells)
            if any(values):
                _check_size(len(rows), len(values))
                rows.append(Row(started, values))
            started = reader.line_num + 1
    except csv.Error as error:
        raise broken(f"这个文本表格从第 {started} 行起读不了") from error
    return Grid("", tuple(rows))


def split_text(text: str, mark: re.Pattern[str]) -> Grid:
    """The lines of a text as rows, cut wherever the mark stands."""
    rows: list[Row] = []
    for number, line in enumerate(lines_of(text), 1):
        if line and not line.isspace():
            if len(line) > bounds.MAX_RECORD:
                raise _long_line(number)
            _check_size(len(rows), 0)
            rows.append(Row(number, tuple(mark.split(line, bounds.MAX_COLUMNS - 1))))
    return Grid("", tuple(rows))


class _Lines:
    """The lines of a text with their ends, as the csv module wants them.

    A quote that is never closed makes one row of all that follows: it ends where a row is too
    long, before its cells are made.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._places = _places(text)
        self._count = 0
        self._length = 0
        self._first = 1

    def begin_record(self) -> None:
        """A row is whole; the next line begins another."""
        self._length = 0
        self._first = self._count + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        start, _, after = next(self._places)
        self._count += 1
        self._length += after - start
        if self._length > bounds.MAX_RECORD:
            raise _long_line(self._first)
        return self._text[start:after]


def _long_line(number: int) -> ReadError:
    return ReadError(
        f"从第 {number} 行起有一行太长，没有读取：可能列太多，或者有一个英文双引号没有成对。"
        "请检查这一行，或者用 Excel 打开，另存为 .xlsx 再发。"
    )


def iter_sheets(data: bytes) -> Iterator[tuple[str, Iterator[Row]]]:
    """Each visible sheet of an .xlsx as (name, rows), streamed; formulas come as 「=…」."""
    book, seen = Workbook(data), Seen()
    for sheet in book.sheets():
        if sheet.visible:
            yield sheet.name, _stream(walk_sheet(book, sheet, seen))


def read_workbook(data: bytes) -> tuple[Grid, ...]:
    """Each visible sheet of an .xlsx whole, with its merged ranges and the results of formulas."""
    book, seen = Workbook(data), Seen()
    grids: list[Grid] = []
    for sheet in book.sheets():
        if sheet.visible:
            rows, merges = merged_sheet(book, sheet, seen)
            grids.append(Grid(sheet.name, tuple(_stream(rows)), merges))
    return tuple(grids)


def text_of(cell: Cell) -> str:
    """What the cell shows: trimmed text, numbers without a needless 「.0」, dates in ISO form."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.strip().strip("\u200b\ufeff")
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        exact = cell.is_integer() and abs(cell) < EXACT_INTEGERS
        return str(int(cell)) if exact else str(Decimal(repr(cell)))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return str(cell)


def _delimiter(text: str) -> str:
    head = [line for _, line in zip(range(_DELIMITER_LINES), lines_of(text), strict=False)]
    counts = {mark: sum(line.count(mark) for line in head) for mark in ("\t", ",", ";")}
    return max(counts, key=lambda mark: counts[mark]) if any(counts.values()) else ","


def _stream(source: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[Row]:
    count = 0
    for number, cells in source:
        values = list(cells)
        while values and values[-1] is None:
            values.pop()
        if values:
            _check_size(count, len(values))
            count += 1
            yield Row(number, tuple(values))


def _check_size(rows: int, columns: int) -> None:
    if rows >= bounds.MAX_ROWS:
        raise too_many_rows()
    if columns > bounds.MAX_COLUMNS:
        raise too_many_columns()
