"""Our walk through a workbook gives what openpyxl gives, for whatever openpyxl can write."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_timedelta_format
from openpyxl.styles.numbers import is_date_format as is_date_of_openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904, from_excel
from openpyxl.utils.exceptions import IllegalCharacterError

from storage.readers import files
from storage.readers.files import Cell, Merge
from storage.readers.problems import ReadError
from storage.readers.xlsx_book import (
    BUILT_IN_DATES,
    BUILT_IN_SPANS,
    MAC_EPOCH,
    WINDOWS_EPOCH,
    is_date_format,
    is_span_format,
    moment_of,
)
from tests.storage.readers.tables import workbook

CODES = st.text('dmyhsDMYHS"[]\\_;@0#.:-/ 年月日$', max_size=20)


def of_openpyxl(data: bytes) -> list[list[tuple[object, ...]]]:
    """Every visible sheet's rows, blank ends and blank rows left out."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    sheets = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        rows = []
        for cells in sheet.iter_rows(values_only=True):
            values: list[object] = [
                None if isinstance(cell, str) and not cell.strip() else cell for cell in cells
            ]
            while values and values[-1] is None:
                values.pop()
            if values:
                rows.append(tuple(values))
        sheets.append(rows)
    return sheets


def test_every_sort_of_cell() -> None:
    rows: list[tuple[Cell, ...]] = [
        ("文字", 1, 2.5, True, None, "x"),
        (datetime(2021, 7, 12, 8, 30), date(2021, 7, 12), time(8, 30), 1e20, "共享"),  # noqa: DTZ001
        ("  ", None, "a&<b>", "换\n行", -1, 0),
        ("#N/A", "_x000D_", "x005F_", "0012", 10**18),
    ]
    data = workbook(*rows)
    ((_, streamed),) = ((name, tuple(found)) for name, found in files.iter_sheets(data))
    (whole,) = files.read_workbook(data)
    assert [row.cells for row in streamed] == of_openpyxl(data)[0]
    assert whole.rows == streamed
    assert [row.number for row in streamed] == [1, 2, 3, 4]


def test_merged_ranges_hold_only_their_first_cell() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for number in range(1, 7):
        sheet.append([f"{letter}{number}" for letter in "ABCDE"])
    for merged in ("A1:B3", "D2:D6", "E1:E2", "A5:C5"):
        sheet.merge_cells(merged)
    # Excel leaves the cells below blank; others leave their text there
    buffer = io.BytesIO()
    book.save(buffer)
    (grid,) = files.read_workbook(buffer.getvalue())
    assert [row.cells for row in grid.rows] == of_openpyxl(buffer.getvalue())[0]
    assert Merge(1, 1, 3, 2) in grid.merges
    assert len(grid.merges) == 4


def test_hidden_sheets_charts_and_links_are_passed_over() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(("甲",))))
    book.create_chartsheet("图")
    hidden = book.create_sheet("藏")
    hidden.append(["乙"])
    hidden.sheet_state = "veryHidden"
    book.create_sheet("三").append(["丙"])
    buffer = io.BytesIO()
    book.save(buffer)
    found = [(name, [row.cells for row in rows]) for name, rows in _sheets(buffer.getvalue())]
    assert found == [("Sheet1", [("甲",)]), ("三", [("丙",)])]


def _sheets(data: bytes) -> list[tuple[str, tuple[files.Row, ...]]]:
    return [(name, tuple(rows)) for name, rows in files.iter_sheets(data)]


@given(
    st.lists(st.lists(st.none() | st.integers() | st.booleans() | st.text(max_size=9)), max_size=6)
)
def test_whatever_can_be_written(rows: list[list[Cell]]) -> None:
    try:
        data = workbook(*(tuple(row) for row in rows))
    except IllegalCharacterError:
        return
    expected = of_openpyxl(data)[0]
    (grid,) = files.read_workbook(data)
    assert [row.cells for row in grid.rows] == expected


def test_built_in_formats_are_openpyxl_s() -> None:
    dates = {at for at, code in BUILTIN_FORMATS.items() if is_date_of_openpyxl(code)}
    spans = {at for at, code in BUILTIN_FORMATS.items() if is_timedelta_format(code)}
    assert dates == BUILT_IN_DATES
    assert spans == BUILT_IN_SPANS


@given(CODES)
def test_own_formats_are_openpyxl_s(code: str) -> None:
    assert is_date_format(code) is is_date_of_openpyxl(code)
    assert is_span_format(code) is is_timedelta_format(code)


NUMBERS = st.floats(-10_000, 200_000) | st.integers(-100, 100_000)


@given(NUMBERS, st.booleans())
def test_serial_numbers_are_openpyxl_s(number: float, span: bool) -> None:
    for ours, theirs in ((WINDOWS_EPOCH, WINDOWS_EPOCH), (MAC_EPOCH, CALENDAR_MAC_1904)):
        assert moment_of(number, ours, span=span) == from_excel(number, theirs, timedelta=span)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e300, -1e9, 10**12])
def test_no_calendar_has_that_day(number: float) -> None:
    for span in (False, True):
        try:
            found = moment_of(number, WINDOWS_EPOCH, span=span)
        except (ValueError, OverflowError):
            continue
        assert isinstance(found, timedelta)


def test_only_a_workbook_is_one() -> None:
    with pytest.raises(ReadError, match="压缩包"):
        list(files.iter_sheets(b"PK\x05\x06" + bytes(18)))
