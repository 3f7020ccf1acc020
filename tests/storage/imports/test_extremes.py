"""Whatever stands in a cell, an import is planned and saved, or its row is named: on both engines.

SQLite takes any length and any number; PostgreSQL refuses, and a refusal would be an error code.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from storage.imports.changes import ImportRefusedError
from storage.imports.loaders import SHEET_LOADERS, plan_file
from storage.imports.saving import save
from storage.readers.columns import Column
from storage.readers.files import text_of
from storage.readers.problems import ReadError
from storage.readers.reading import read_file
from storage.readers.sheet_kinds import spec_of
from storage.readers.sheet_rows import Kind
from storage.unit import Unit
from tests.storage.imports.offices import context, load_demo
from tests.storage.readers.tables import HEADER

# cells that are there in the demo office, so that a row is taken but for the one odd cell
KNOWN = {
    "工号": "430102",
    "姓名": "张伟",
    "单位": "城关小学",
    "上级": "城关小学",
    "班级": "信息技术1班",
    "项目": "中小学教师信息技术应用能力提升工程2.0培训",
    "管理范围": "",
}
VALUES = (
    "9" * 30,
    "9" * 5_000,
    "1e300",
    "1e999999999",
    "0.123456789",
    "-1",
    "NaN",
    "Infinity",
    "0001-01-01",
    "9999-12-31 23:59",
    "24:00",
    "\ud83c\udf89".encode("utf-16", "surrogatepass").decode("utf-16") * 30,
    "\x01\x1f\x7f",
    "\u202e\u200b\u2028",
    "'; DROP TABLE people; --",
    "%s %(a)s {0} \\",
)


def odd_cells(column: Column) -> Iterator[str]:
    yield from VALUES
    for length in (column.longest, column.longest + 1, 30_000):
        yield "长" * length


def one_row(kind: Kind, odd: Column, value: str) -> bytes:
    spec = spec_of(kind)
    cells = {
        column.header: KNOWN.get(column.header, text_of(column.examples[0]))
        for column in spec.columns
    }
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(cells)
    writer.writerow((cells | {odd.header: value}).values())
    return text.getvalue().encode()


def bring_in(unit: Unit, data: bytes, kind: Kind) -> None:
    try:
        changes = plan_file(unit, read_file(data, "a.csv", kind), context())
    except (ReadError, ImportRefusedError):
        return
    if not changes.is_empty:
        save(unit, changes, "a.csv", "", context())


@pytest.mark.parametrize("kind", SHEET_LOADERS)
def test_an_odd_cell_in_any_column(unit: Unit, kind: Kind) -> None:
    load_demo(unit)
    for column in spec_of(kind).columns:
        for value in odd_cells(column):
            bring_in(unit, one_row(kind, column, value), kind)


def test_an_odd_cell_anywhere_in_a_plan(unit: Unit) -> None:
    load_demo(unit)
    good = ["1", "县", "类", "名", "网络", "教师", "10", "50", "学院"]
    for at in range(len(good)):
        for value in (*VALUES, "长" * 30_000, "12" * 5_000):
            row = "\t".join(value if index == at else cell for index, cell in enumerate(good))
            bring_in(unit, f"2021年度计划\n{HEADER}\n{row}\n".encode(), Kind.PLAN)
