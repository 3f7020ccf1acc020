"""Opens a file that came in: decides what it is by its bytes and gives its cells row by row.

Knows nothing of what the columns mean. Guards against huge files and packed bombs.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, TYPE_CHECKING
from xml.etree.ElementTree import ParseError

import texts
from storage.readers.problems import ReadError

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

_BROKEN = (ParseError, ValueError, TypeError, KeyError, IndexError, zipfile.BadZipFile)
MAX_FILE_BYTES = 40 * 1024 * 1024
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_MERGED_SHEET_CELLS = 2_000_000
CSV_FIELD_BYTES = 1024 * 1024
EXACT_INTEGERS = 10**15  # a spreadsheet keeps fifteen digits of a number

Cell = str | int | float | bool | datetime | date | time | None

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
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
class Merge:
    """A merged range, rows and columns from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


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
    if len(data) > MAX_FILE_BYTES:
        raise ReadError(f"文件超过 {MAX_FILE_BYTES // 1024 // 1024} MB，请拆成几个文件再发。")
    for magic, sentence in _OTHER_KINDS:
        if data.startswith(magic):
            raise ReadError(sentence)
    if not data.startswith(b"PK"):
        return False
    _check_package(data)
    return True


def decode(data: bytes) -> str:
    """Text in UTF-8, UTF-16 with its mark, or GBK (GB 18030); raises ReadError otherwise."""
    try:
        return texts.decode(data)
    except texts.NotTextError:
        raise ReadError(
            "文件的文字编码认不出来，请另存为 .xlsx 或 UTF-8 编码的文本再发。"
        ) from None


def lines_of(text: str) -> list[str]:
    """The lines as an editor counts them: only CR, LF and CR LF end a line."""
    return re.split(r"\r\n|\r|\n", text)


def read_text_grid(text: str) -> Grid:
    """A .csv or a text with tabs as rows; the number of a row is the line where it starts."""
    csv.field_size_limit(CSV_FIELD_BYTES)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Row] = []
    started = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _check_size(len(rows), len(cells))
                rows.append(Row(started, tuple(cell.strip() or None for cell in cells)))
            started = reader.line_num + 1
    except csv.Error as error:
        raise ReadError("这个文本表格读不了，请另存为 .xlsx 再发。") from error
    return Grid("", tuple(rows))


def iter_sheets(data: bytes) -> Iterator[tuple[str, Iterator[Row]]]:
    """Each visible sheet of an .xlsx as (name, rows), streamed; formulas come as 「=…」."""
    from storage.readers.xlsx_rows import walk_sheet  # noqa: PLC0415 - brings openpyxl

    book = _open(data, streamed=True)
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                yield sheet.title, _stream(walk_sheet(book, sheet))
    finally:
        book.close()


def read_workbook(data: bytes) -> tuple[Grid, ...]:
    """Each visible sheet of an .xlsx whole, with its merged ranges and the results of formulas."""
    book = _open(data, streamed=False)
    grids: list[Grid] = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        if sheet.max_row * sheet.max_column > MAX_MERGED_SHEET_CELLS:
            raise ReadError("表格太大，请删去空白的行和列再发。")
        merges = tuple(
            Merge(item.min_row, item.min_col, item.max_row, item.max_col)
            for item in sheet.merged_cells.ranges
        )
        grids.append(
            Grid(
                sheet.title, tuple(_stream(enumerate(sheet.iter_rows(values_only=True), 1))), merges
            )
        )
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
    head = [line for line in lines_of(text)[:200] if line.strip()]
    counts = {mark: sum(line.count(mark) for line in head) for mark in ("\t", ",", ";")}
    return max(counts, key=lambda mark: counts[mark]) if any(counts.values()) else ","


def _check_package(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            names = {entry.filename for entry in entries}
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                raise ReadError("文件展开后太大，可能不是正常的表格，没有读取。")
            if "xl/workbook.xml" not in names:
                raise ReadError(_not_a_workbook(names))
            for name in names:
                if name.endswith((".xml", ".rels")):
                    with package.open(name) as part:
                        _check_part(part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise ReadError("文件已损坏或加了密码，打不开，请重新保存为 .xlsx 再发。") from error


def _check_part(part: IO[bytes]) -> None:
    # A workbook never declares a document type; one that does wants its entities expanded.
    head = part.read(4096)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise ReadError("文件里有不正常的内容，没有读取。")


def _not_a_workbook(names: set[str]) -> str:
    if any(name.startswith("word/") for name in names):
        return "这是 Word 文档，不是 Excel 表格，请发 .xlsx。"
    if any(name.startswith("ppt/") for name in names):
        return "这是演示文稿，不是 Excel 表格，请发 .xlsx。"
    if any(name == "content.xml" for name in names):
        return "这是 ODS 表格，请另存为 .xlsx 再发。"
    return "这是压缩包，不是 Excel 表格，请解压后再发里面的表格。"


def _open(data: bytes, *, streamed: bool) -> Workbook:
    import openpyxl  # noqa: PLC0415 - openpyxl takes 0.15 s that no start needs
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        return openpyxl.load_workbook(
            io.BytesIO(data), read_only=streamed, data_only=not streamed, keep_links=False
        )
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise ReadError("表格打不开，文件可能已损坏，请用 Excel 或 WPS 重新保存再发。") from error
    except (InvalidFileException, zipfile.BadZipFile, ParseError, OSError) as error:
        raise ReadError("表格打不开，文件可能已损坏，请用 Excel 或 WPS 重新保存再发。") from error


def _stream(source: Iterable[tuple[int, Sequence[object]]]) -> Iterator[Row]:
    count, number = 0, 0
    rows = iter(source)
    while True:
        try:
            number, cells = next(rows)
        except StopIteration:
            return
        except _BROKEN as error:
            text = f"表格第 {number + 1} 行起读不出来，请重新保存为 .xlsx 再发。"
            raise ReadError(text) from error
        values = _trimmed(cells)
        if values:
            _check_size(count, len(values))
            count += 1
            yield Row(number, values)


def _trimmed(cells: Sequence[object]) -> tuple[Cell, ...]:
    values = [_plain(cell) for cell in cells]
    while values and values[-1] is None:
        values.pop()
    return tuple(values)


def _plain(cell: object) -> Cell:
    if type(cell) is str:  # by far the most frequent: spare it the longer questions
        return cell if cell and not cell.isspace() else None
    if cell is None or isinstance(cell, bool | int | float | datetime | date | time):
        return cell
    if isinstance(cell, timedelta):
        # A time of day may come as a duration; 25:30 stays text and is refused later.
        within = timedelta() <= cell < timedelta(days=1)
        return (datetime(1900, 1, 1, tzinfo=UTC) + cell).time() if within else str(cell)
    text = str(cell)
    return text if text.strip() else None


def _check_size(rows: int, columns: int) -> None:
    if rows >= MAX_ROWS:
        raise ReadError(f"表格超过 {MAX_ROWS:,} 行，请拆成几个文件再发。")
    if columns > MAX_COLUMNS:
        raise ReadError(f"表格超过 {MAX_COLUMNS} 列，请只留需要的列再发。")
