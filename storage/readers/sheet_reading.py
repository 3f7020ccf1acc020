"""The state of reading one spreadsheet: where its columns are, what was found so far.

Knows how to find a header; parsing is in `sheets`, what spans rows in `sheet_checks`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic

from storage.readers import bounds
from storage.readers.columns import Column, R_co, SheetSpec
from storage.readers.files import Row, text_of
from storage.readers.problems import Problem, ProblemCode, ReadError, place
from storage.readers.sheet_rows import SheetRow
from storage.readers.values import brief

HEADER_WITHIN_ROWS = 10


@dataclass(frozen=True, slots=True)
class Aside:
    """A cell of a column that the kind does not know."""

    row: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was refused, with the text of its known cells by field."""

    row: int
    cells: tuple[tuple[str, str], ...]

    def text(self, field_name: str) -> str:
        """The text of a field as it stood in the file; empty where it was blank."""
        return dict(self.cells).get(field_name, "")


@dataclass(frozen=True, slots=True)
class Layout:
    """The header row and what stands at each place of it (from 0)."""

    row: int
    columns: tuple[tuple[int, Column], ...]
    unknown: tuple[tuple[int, str], ...]
    places: frozenset[int]
    """All places that have a header, known or not."""


@dataclass(slots=True)
class Reading(Generic[R_co]):
    """What has been read so far; `sources` runs beside `rows`; `told`: nameless columns named."""

    spec: SheetSpec[R_co]
    layout: Layout
    problems: list[Problem] = field(default_factory=list)
    rows: list[R_co] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    told: set[int] = field(default_factory=set)

    def report(self, source: Row, code: ProblemCode, clause: str) -> None:
        """Name a problem of a row; the clause follows 「第 N 行：」."""
        if len(self.problems) >= bounds.MAX_PROBLEMS:
            first = self.problems[0].message
            raise ReadError(
                f"表格里的问题超过 {bounds.MAX_PROBLEMS:,} 处，没有读取。头一处是：{first}"
                "请对照模板改好，再发一次。"
            )
        self.problems.append(Problem(source.number, code, f"{place(source.number)}：{clause}。"))

    def nameless(self, source: Row) -> list[int]:
        """The places of a row that hold something under no header at all."""
        known = self.layout.places
        return [at for at, cell in enumerate(source.cells) if cell is not None and at not in known]

    def drop(self, indexes: Iterable[int]) -> None:
        """Move rows, by their index, to the rejected."""
        gone = set(indexes)
        if not gone:
            return
        for index in gone:
            self.rejected.append(rejected_of(self.layout, self.sources[index]))
        keep = [index for index in range(len(self.rows)) if index not in gone]
        self.rows = [self.rows[index] for index in keep]
        self.sources = [self.sources[index] for index in keep]


def rejected_of(layout: Layout, source: Row) -> Rejected:
    texts = (
        (column.field, text_of(source.cells[at]) if at < len(source.cells) else "")
        for at, column in layout.columns
    )
    return Rejected(source.number, tuple(texts))


def find_header(spec: SheetSpec[SheetRow], rows: Iterator[Row]) -> tuple[Layout | None, list[Row]]:
    """The row of column names, perhaps below a title; and the rows read beyond it."""
    head: list[Row] = []
    for row in rows:
        head.append(row)
        if len(head) == HEADER_WITHIN_ROWS:
            break
    best: tuple[int, int] | None = None
    for index, row in enumerate(head):
        score = len({column.field for _, column in _named(spec, row)})
        if score and (best is None or score > best[0]):
            best = score, index
    required = sum(column.required for column in spec.columns)
    if best is None or best[0] < min(2, required):
        return None, head
    return _layout(spec, head[best[1]]), head[best[1] + 1 :]


def _named(spec: SheetSpec[SheetRow], row: Row) -> list[tuple[int, Column]]:
    found = ((at, spec.column_of(text_of(cell))) for at, cell in enumerate(row.cells))
    return [(at, column) for at, column in found if column is not None]


def _layout(spec: SheetSpec[SheetRow], row: Row) -> Layout:
    columns = _named(spec, row)
    known = {at for at, _ in columns}
    unknown = tuple(
        (at, text_of(cell)) for at, cell in enumerate(row.cells) if at not in known and cell
    )
    places = frozenset(known | {at for at, _ in unknown})
    return Layout(row.number, tuple(columns), unknown, places)


def header_problems(spec: SheetSpec[SheetRow], layout: Layout) -> list[Problem]:
    problems: list[Problem] = []
    counts = Counter(column.header for _, column in layout.columns)
    for column in spec.columns:
        if column.required and not counts[column.header]:
            text = f"第 {layout.row} 行（表头）：缺少“{column.header}”列，这一列必须有。"
            problems.append(Problem(layout.row, ProblemCode.COLUMN_MISSING, text))
        if counts[column.header] > 1:
            text = f"第 {layout.row} 行（表头）：“{column.header}”列出现了"
            text += f" {counts[column.header]} 次，只读取了第一列，请核对。"
            problems.append(Problem(layout.row, ProblemCode.COLUMN_DUPLICATE, text))
    if layout.unknown:
        names = "、".join(f"“{brief(name)}”" for _, name in layout.unknown)
        text = f"第 {layout.row} 行（表头）：不认识的列 {names}，内容已另放，没有导入。"
        problems.append(Problem(layout.row, ProblemCode.COLUMN_UNKNOWN, text))
    return problems
