"""Streams the rows of a worksheet, with the ranges that are merged.

60,000 people come in within seconds that way, and a sheet that wants more than `bounds` allows
ends where it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from storage.readers import bounds
from storage.readers.bounds import broken, too_many_columns, too_much
from storage.readers.package import Walk, whole_number
from storage.readers.problems import ReadError
from storage.readers.xlsx_book import SheetPart, Workbook, cell_too_long, moment_of

Cell = str | int | float | bool | datetime | date | time | None
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_RANGE = re.compile(rf"\$?{_PLACE.pattern}(?::{_PLACE.pattern})?")


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, rows and columns from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


class Seen:
    """What has been met so far in all sheets of a workbook."""

    __slots__ = ("cells", "characters", "rows")

    def __init__(self) -> None:
        self.rows = self.cells = self.characters = 0


class _Walker:
    """Collects the cells of a row while expat walks the sheet."""

    def __init__(self, book: Workbook, seen: Seen, *, results: bool) -> None:
        self.done: list[tuple[int, list[Cell]]] = []
        self.merges: list[Merge] = []
        self._texts = book.texts
        self._dates, self._spans = book.formats
        self._epoch = book.epoch
        self._results = results
        self._seen = seen
        self._row = 0
        self._column = 0
        self._cells: list[Cell] = []
        self._type = "n"
        self._style = 0
        self._formula = False
        self._value: list[str] = []
        self._inline: list[str] = []
        self._into: list[str] | None = None
        self._length = 0
        self._phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._seen.cells += 1
            if self._seen.cells > bounds.MAX_CELLS_SEEN:
                raise too_much("表格里的单元格太多")
            place = attributes.get("r")
            self._column = _column(place) if place else self._column + 1
            self._type = attributes.get("t", "n")
            self._style = whole_number(attributes.get("s"))
            self._formula = False
            self._value, self._inline, self._length = [], [], 0
        elif tag == "v":
            self._into = self._value
        elif tag == "t" and not self._phonetic:
            self._into = self._inline
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "row":
            self._open_row(attributes.get("r"))
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        if tag in {"v", "t"}:
            self._into = None
        elif tag == "c":
            value = self._read()
            if value is not None:
                if self._column > bounds.MAX_COLUMNS:
                    raise too_many_columns()
                self._cells += [None] * (self._column - len(self._cells))
                self._cells[self._column - 1] = value
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "row" and self._cells:
            self.done.append((self._row, self._cells))

    def text(self, data: str) -> None:
        if self._into is not None:
            self._length += len(data)
            if self._length > bounds.MAX_CELL_TEXT:
                raise cell_too_long()
            self._into.append(data)

    def _open_row(self, number: str | None) -> None:
        self._seen.rows += 1
        if self._seen.rows > bounds.MAX_ROWS_SEEN:
            raise too_much(f"表格里连空白行一共超过 {bounds.MAX_ROWS_SEEN:,} 行")
        self._row = self._row + 1 if number is None else whole_number(number)
        if not 0 < self._row <= bounds.SHEET_ROWS:
            raise broken("表格里有一行的位置不正常")
        self._column = 0
        self._cells = []

    def _merge(self, reference: str) -> None:
        if len(self.merges) >= bounds.MAX_MERGES:
            raise too_much(f"表格里合并的单元格超过 {bounds.MAX_MERGES:,} 处")
        found = _RANGE.fullmatch(reference)
        if found is None:
            raise broken("表格里有一处合并单元格不正常")
        left, top, right, bottom = found.groups()
        merge = Merge(int(top), _column(left), int(bottom or top), _column(right or left))
        if merge.bottom > bounds.SHEET_ROWS:
            raise broken("表格里有一处合并单元格不正常")
        self.merges.append(merge)

    def _read(self) -> Cell:
        if self._formula and not self._results:
            return "=" + ("".join(self._value) or "…")
        if self._type == "inlineStr":
            return self._shown("".join(self._inline))
        raw = "".join(self._value)
        if not raw:
            return None
        if self._type == "s":
            return self._shown(self._shared(raw))
        if self._type == "n":
            return self._number(raw)
        if self._type == "b":
            return raw == "1"
        return _iso(raw) if self._type == "d" else self._shown(raw)

    def _shared(self, raw: str) -> str:
        at = whole_number(raw, -1)
        if not 0 <= at < len(self._texts):
            raise ReadError(f"表格第 {self._row} 行起读不出来，请重新保存为 .xlsx 再发。")
        return self._texts[at]

    def _shown(self, text: str) -> str | None:
        if not text or text.isspace():
            return None
        self._seen.characters += len(text)
        if self._seen.characters > bounds.MAX_CHARACTERS:
            raise too_much("表格里的文字太多")
        return text

    def _number(self, raw: str) -> Cell:
        """A number, a moment; what is neither stays text and is refused by its column."""
        try:
            number = float(raw) if any(mark in raw for mark in ".eE") else int(raw)
            if self._style not in self._dates:
                return number
            moment = moment_of(number, self._epoch, span=self._style in self._spans)
        except (ValueError, OverflowError):
            return self._shown(raw)
        return _time_of_day(moment) if isinstance(moment, timedelta) else moment


def walk_sheet(
    book: Workbook, sheet: SheetPart, seen: Seen, *, results: bool = False
) -> Iterator[tuple[int, list[Cell]]]:
    """(row number, cells from column A) for every row that holds something.

    `results`: formulas give what they came to, not themselves. Raises ReadError.
    """
    walker = _Walker(book, seen, results=results)
    for _ in Walk(walker, book.elements).through(book.package.pieces(sheet.part)):
        yield from walker.done
        walker.done.clear()


def merged_sheet(
    book: Workbook, sheet: SheetPart, seen: Seen
) -> tuple[list[tuple[int, list[Cell]]], tuple[Merge, ...]]:
    """A whole sheet with its merged ranges; only the first cell of a range holds something."""
    walker = _Walker(book, seen, results=True)
    for _ in Walk(walker, book.elements).through(book.package.pieces(sheet.part)):
        pass
    rows = dict(walker.done)
    blanked = 0
    for merge in walker.merges:
        tall = merge.bottom - merge.top < len(rows)
        for number in range(merge.top, merge.bottom + 1) if tall else rows:
            cells = rows.get(number)
            blanked += 1
            if cells is None or not merge.top <= number <= merge.bottom:
                continue
            first = merge.left if number == merge.top else merge.left - 1
            last = min(merge.right, len(cells))
            cells[first:last] = [None] * max(0, last - first)
        if blanked > bounds.MAX_MERGED_ROWS:
            raise too_much("表格里合并的单元格太大")
    return sorted(rows.items()), tuple(walker.merges)


def _iso(text: str) -> Cell:
    # A date cell of the strict format; what is no date stays text and is refused by its column.
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)
    except ValueError:
        return text


def _time_of_day(length: timedelta) -> time | str:
    # A time of day may come as a duration; 25:30 stays text and is refused later.
    within = timedelta() <= length < timedelta(days=1)
    return (datetime(1900, 1, 1, tzinfo=UTC) + length).time() if within else str(length)


def _column(place: str) -> int:
    number = 0
    for letter in place[:4]:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    if not 0 < number <= bounds.SHEET_COLUMNS:
        raise broken("表格里有一格的位置不正常")
    return number
