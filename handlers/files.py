"""Small spreadsheets that go out with a reply: a list too long for a chat.

Knows no topic. The spreadsheets that can come in again are written by storage.readers.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 60
NARROWEST = 8
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """An .xlsx of text cells, so that 工号 keep their zeros and no cell becomes a formula."""
    from openpyxl import Workbook  # noqa: PLC0415 - openpyxl takes 0.15 s that no start needs
    from openpyxl.styles import Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title[:31]
    widths = [_width(cell) for cell in header]
    sheet.append(list(header))
    for cells in rows:
        sheet.append([_safe(cell) for cell in cells])
        widths = [max(width, _width(cell)) for width, cell in zip(widths, cells, strict=True)]
    for column, width in enumerate(widths, 1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = min(width, WIDEST)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.number_format = "@"
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(text: str) -> str:
    """Text that a spreadsheet would take for a formula is marked as text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _width(text: str) -> int:
    """How wide a cell must be: a Chinese sign takes two places."""
    return max(NARROWEST, sum(2 if ord(sign) > 255 else 1 for sign in text) + 2)  # noqa: PLR2004
