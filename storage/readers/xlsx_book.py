"""What is needed of a workbook before its sheets: their names and parts, the shared texts, and
which cell formats are dates.

The meaning of formats and serial numbers is openpyxl's, held against it by tests; openpyxl itself
builds every style and sheet as objects before anybody can say that there are too many.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property

from storage.readers import bounds
from storage.readers.bounds import broken, too_much
from storage.readers.package import Package, listened, whole_number
from storage.readers.problems import ReadError

_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
WINDOWS_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (serial numbers have no zone)
MAC_EPOCH = datetime(1904, 1, 1)  # noqa: DTZ001
_DAY_SECONDS = 86_400
# The built-in number formats that are dates or times (18.8.30), and the one that is a length.
BUILT_IN_DATES = frozenset({*range(14, 23), 45, 46, 47})
BUILT_IN_SPANS = frozenset({46})
_LONGEST_FORMAT = 255  # Excel's own
_LITERAL = re.compile(r'"[^"]{0,255}"|\[(?!hh?\]|mm?\]|ss?\])[^\]]{0,255}\]')
_DATE_LETTER = re.compile(r"(?<![_\\])[dmhysDMHYS]")
_SPAN = re.compile(r"\[(?:hh?|mm?|ss?)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet: its name and the part of the package in which its cells stand."""

    name: str
    part: str
    visible: bool


class Workbook:
    """An opened .xlsx. Raises ReadError for what is none."""

    def __init__(self, data: bytes) -> None:
        self.package = Package(data)
        if _BOOK not in self.package.names:
            raise ReadError(_not_a_workbook(self.package.names))
        # of all parts together
        self.elements = [0]
        self._targets: dict[str, tuple[str, str]] = {}
        self._listed: list[tuple[str, str, str]] = []
        self.epoch = WINDOWS_EPOCH
        self._hear(_BOOK, self._in_book)
        if _RELATIONS in self.package.names:
            self._hear(_RELATIONS, self._in_relations)

    def sheets(self) -> Iterator[SheetPart]:
        """The worksheets in their order; charts and parts that are missing are passed over."""
        for name, relation, state in self._listed:
            kind, part = self._targets.get(relation, ("", ""))
            if kind == "worksheet" and part in self.package.names:
                yield SheetPart(name, part, state == "visible")

    @cached_property
    def texts(self) -> list[str]:
        """The shared texts."""
        part = self._part_of("sharedStrings")
        if part is None:
            return []
        texts = _Texts()
        listened(self.package, part, texts, self.elements)
        return texts.found

    @cached_property
    def formats(self) -> tuple[frozenset[int], frozenset[int]]:
        """The cell formats that show a date or time, and those that show a length of time."""
        part = self._part_of("styles")
        if part is None:
            return frozenset(), frozenset()
        styles = _Styles()
        listened(self.package, part, styles, self.elements)
        return styles.dates(), styles.spans()

    def _part_of(self, kind: str) -> str | None:
        parts = [part for named, part in self._targets.values() if named == kind]
        return next((part for part in parts if part in self.package.names), None)

    def _hear(self, part: str, each: Callable[[str, dict[str, str]], None]) -> None:
        listened(self.package, part, _Tags(each), self.elements)

    def _in_book(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
            self.epoch = MAC_EPOCH
        elif tag == "sheet":
            if len(self._listed) >= bounds.MAX_SHEETS:
                raise too_much(f"文件里的工作表超过 {bounds.MAX_SHEETS:,} 张")
            # r:id, with whatever namespace the writer uses
            relation = next(
                (value for name, value in attributes.items() if name.rpartition("}")[2] == "id"), ""
            )
            name = attributes.get("name", "")[:100]
            self._listed.append((name, relation, attributes.get("state", "visible")))

    def _in_relations(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != "Relationship" or attributes.get("TargetMode") == "External":
            return
        if len(self._targets) >= 2 * bounds.MAX_SHEETS:
            raise too_much("文件里的部分太多")
        target = attributes.get("Target", "")
        part = target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        kind = attributes.get("Type", "").rpartition("/")[2]
        self._targets[attributes.get("Id", "")] = kind, part


class _Tags:
    """Hands on each opening tag."""

    def __init__(self, each: Callable[[str, dict[str, str]], None]) -> None:
        self.start = each

    def end(self, tag: str) -> None: ...

    def text(self, data: str) -> None: ...


class _Texts:
    """The shared texts: what is shown, without the pronunciation above it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._length = 0
        self._phonetic = 0
        self._open = False

    def start(self, tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            if len(self.found) >= bounds.MAX_TEXTS:
                raise too_much("表格里的文字太多")
            self._pieces, self._length = [], 0
        elif tag == "rPh":
            self._phonetic += 1
        elif tag == "t":
            self._open = not self._phonetic

    def end(self, tag: str) -> None:
        if tag == "si":
            self.found.append("".join(self._pieces).replace("x005F_", ""))
        elif tag == "rPh":
            self._phonetic -= 1
        elif tag == "t":
            self._open = False

    def text(self, data: str) -> None:
        if self._open:
            self._length += len(data)
            if self._length > bounds.MAX_CELL_TEXT:
                raise cell_too_long()
            self._pieces.append(data)


class _Styles:
    """The number formats of the cell formats."""

    def __init__(self) -> None:
        self._custom: dict[int, str] = {}
        self._used: list[int] = []
        self._within = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "cellXfs":
            self._within = True
        elif tag == "xf" and self._within:
            if len(self._used) >= bounds.MAX_STYLES:
                raise too_much("表格里的单元格格式太多")
            self._used.append(whole_number(attributes.get("numFmtId")))
        elif tag == "numFmt" and len(self._custom) < bounds.MAX_STYLES:
            code = attributes.get("formatCode", "")
            if len(code) <= _LONGEST_FORMAT:
                self._custom[whole_number(attributes.get("numFmtId"))] = code

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._within = False

    def text(self, data: str) -> None: ...

    def dates(self) -> frozenset[int]:
        return self._those(is_date_format, BUILT_IN_DATES)

    def spans(self) -> frozenset[int]:
        return self._those(is_span_format, BUILT_IN_SPANS)

    def _those(self, fits: Callable[[str], bool], built_in: frozenset[int]) -> frozenset[int]:
        own = {number for number, code in self._custom.items() if fits(code)}
        wanted = own | (built_in - self._custom.keys())
        return frozenset(at for at, number in enumerate(self._used) if number in wanted)


def is_date_format(code: str) -> bool:
    """Whether a number format shows a date or a time."""
    return bool(_DATE_LETTER.search(_LITERAL.sub("", code.partition(";")[0])))


def is_span_format(code: str) -> bool:
    """Whether a number format shows a length of time: [h]:mm."""
    return bool(_SPAN.search(code.partition(";")[0]))


def moment_of(number: float, epoch: datetime, *, span: bool) -> datetime | time | timedelta:
    """What a serial number means; raises ValueError or OverflowError for what no calendar has."""
    if span:
        length = timedelta(days=number)
        # to the millisecond
        return timedelta(
            seconds=length.total_seconds() // 1, microseconds=round(length.microseconds, -3)
        )
    day, fraction = divmod(number, 1)
    rest = timedelta(milliseconds=round(fraction * _DAY_SECONDS * 1000))
    if 0 <= number < 1 and not rest.days:
        return (WINDOWS_EPOCH + rest).time()
    if 0 < number < 60 and epoch == WINDOWS_EPOCH:  # noqa: PLR2004 (Excel's 29 February 1900)
        day += 1
    return epoch + timedelta(days=day) + rest


def cell_too_long() -> ReadError:
    """Of a text that no cell of Excel can hold."""
    return broken(f"表格里有一格文字超过 {bounds.MAX_CELL_TEXT:,} 字")


def _not_a_workbook(names: frozenset[str]) -> str:
    if any(name.startswith("word/") for name in names):
        return "这是 Word 文档，不是 Excel 表格，请发 .xlsx。"
    if any(name.startswith("ppt/") for name in names):
        return "这是演示文稿，不是 Excel 表格，请发 .xlsx。"
    if any(name == "content.xml" for name in names):
        return "这是 ODS 表格，请另存为 .xlsx 再发。"
    return "这是压缩包，不是 Excel 表格，请解压后再发里面的表格。"
