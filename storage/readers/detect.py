"""Tells which kind of file was sent, by what stands in it: for files sent in a chat.

The name only decides between kinds that fit equally well. Knows no sender and no permission.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath

from storage.readers.columns import NOTES_SHEET, SheetSpec
from storage.readers.files import Row, decode, is_workbook, iter_sheets, read_text_grid
from storage.readers.plan_table import find_table
from storage.readers.problems import ReadError
from storage.readers.sheet_kinds import SPECS
from storage.readers.sheet_reading import HEADER_WITHIN_ROWS, find_header
from storage.readers.sheet_rows import Kind, SheetRow

_DOCUMENT_ENDINGS = frozenset({".txt", ".md", ".docx", ".pdf", ".html", ".htm"})
_Score = tuple[int, int, int]


def detect(data: bytes, filename: str) -> Kind | None:
    """The kind, or None where nothing fits. Raises nothing: an unreadable file fits nothing."""
    try:
        return kind_of(data, filename)
    except ReadError:
        return None


def kind_of(data: bytes, filename: str) -> Kind | None:
    """The kind, or None where nothing fits; raises ReadError where it should be a table and
    cannot be read."""
    path = PurePath(filename.lower())
    if path.suffix == ".toml":
        return Kind.RULES
    try:
        return _by_content(data, path.stem) or _document(path)
    except ReadError:
        document = _document(path)
        if document is None:
            raise
        return document


def _document(path: PurePath) -> Kind | None:
    return Kind.DOCUMENT if path.suffix in _DOCUMENT_ENDINGS else None


def _by_content(data: bytes, stem: str) -> Kind | None:
    best: tuple[_Score, Kind] | None = None
    for rows in _heads(data):
        for spec in SPECS:
            score = _score(spec, rows, stem)
            if score and (best is None or score > best[0]):
                best = score, spec.kind
        if best:
            return best[1]
    return Kind.PLAN if find_table(data) else None


def _heads(data: bytes) -> Iterator[list[Row]]:
    """The first rows of each sheet."""
    if not is_workbook(data):
        yield list(read_text_grid(decode(data)).rows[:HEADER_WITHIN_ROWS])
        return
    for name, rows in iter_sheets(data):
        if name != NOTES_SHEET:
            yield list(islice(rows, HEADER_WITHIN_ROWS))


def _score(spec: SheetSpec[SheetRow], rows: list[Row], stem: str) -> _Score | None:
    """Known columns less unknown ones; None where a required column is missing."""
    layout, _ = find_header(spec, iter(rows))
    if layout is None:
        return None
    fields = {column.field for _, column in layout.columns}
    required = {column.field for column in spec.columns if column.required}
    if not required <= fields:
        return None
    named = int(stem in {spec.kind.value, spec.title})
    return len(fields) - len(layout.unknown), named, len(required)
