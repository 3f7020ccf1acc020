"""The list of an office's spreadsheets, one declaration a kind (templates.md).

Add a column to a declaration and reading, the template, its sheet 说明 and the export have it.
"""

from __future__ import annotations

from typing import Final

from storage.readers.columns import SheetSpec
from storage.readers.problems import ReadError
from storage.readers.sheet_people import CLASSES, ORGANISATIONS, ROSTER
from storage.readers.sheet_rows import Kind, SheetRow
from storage.readers.sheet_training import (
    ATTENDANCE,
    CREDITS,
    DEADLINES,
    RESULTS,
    SUBMISSIONS,
    TIMETABLE,
)

SPECS: Final[tuple[SheetSpec[SheetRow], ...]] = (
    ORGANISATIONS,
    ROSTER,
    CLASSES,
    TIMETABLE,
    DEADLINES,
    CREDITS,
    RESULTS,
    ATTENDANCE,
    SUBMISSIONS,
)
"""In the order in which an office is imported: units before people, people before classes."""


def spec_of(kind: Kind) -> SheetSpec[SheetRow]:
    """The declaration of a kind; raises ReadError for a kind that is not one of these sheets."""
    for spec in SPECS:
        if spec.kind is kind:
            return spec
    raise ReadError(f"没有「{kind.value}」这种表格。")
