"""Whatever somebody sends is answered with a sentence, in time, and in a bounded memory.

Every file is read as the bot reads it: in a process of its own, under its limits.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.readers.apart import Limits, ReadingRoom
from storage.readers.plan import read_plan
from storage.readers.problems import ReadError
from storage.readers.reading import read_file
from storage.readers.sheet_kinds import SPECS
from storage.readers.sheet_rows import Kind
from storage.readers.sheet_write import write_sheet, write_template
from storage.readers.sheets import Sheet, read_sheet
from tests.storage.readers.hostile import ODD, REFUSED, dated, made, package

# a tenth of what a workbook of 2 KB once took, and what an honest file of 60,000 people needs
TIGHT = Limits(memory=256 * 1024 * 1024, processor=4, clock=20.0)
SENTENCE = re.compile(
    r"[^A-Za-z_{}]*(?:(?:Excel|WPS|Word|Office|PDF|ODS|UTF-8|MB|xlsx|csv|doc|xls)[^A-Za-z_{}]*)*。"
)


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_one_sentence_within_its_limits(name: str) -> None:
    read = ReadingRoom(TIGHT).read(made(name), "名册.xlsx")
    assert SENTENCE.fullmatch(read.refusal), read.refusal
    assert "请" in read.refusal, "it says what to do"
    assert read.content is None
    # its own words, not what is said of a process that died
    assert "没有读完" not in read.refusal
    assert "读不出来，可能" not in read.refusal


@pytest.mark.parametrize("name", ODD)
def test_what_is_only_odd_is_read(name: str) -> None:
    read = ReadingRoom(TIGHT).read(made(name), "名册.xlsx")
    assert read.refusal == ""
    assert read.sheet.rows[0].row == 2


@pytest.mark.parametrize("kind", [*(spec.kind for spec in SPECS), Kind.PLAN, Kind.RULES])
@pytest.mark.parametrize("name", [*REFUSED, *ODD])
def test_every_kind_of_table_bears_it(name: str, kind: Kind) -> None:
    """In this process, where a limit would not save us: the bounds themselves hold."""
    began = time.process_time()
    read = read_file(made(name), "a.xlsx", kind)
    assert time.process_time() - began < 8, "seconds of processor"
    assert (read.content is None) == bool(read.refusal)


@pytest.mark.parametrize("raw", ["1e300", "nan", "inf", "-inf", "1e999", "-1e9", "-5", "9" * 400])
@pytest.mark.parametrize("kind", [spec.kind for spec in SPECS])
def test_a_day_that_no_calendar_has_is_a_mistake_of_its_row(raw: str, kind: Kind) -> None:
    sheet = read_sheet(Kind.TIMETABLE, dated(raw), "课表.xlsx")
    assert sheet.rows == ()
    assert [problem.row for problem in sheet.errors] == [2]
    assert all(len(problem.message) < 200 for problem in sheet.errors)
    assert read_file(dated(raw), "a.xlsx", kind).digest


# made once: a workbook has the moment in which it was written
GOOD = (write_template(Kind.ROSTER), package())


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_workbook_with_bytes_changed_anywhere(data: st.DataObject) -> None:
    good = bytearray(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(1, 8))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    _bearable(bytes(good))


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            '<row> </row> <c> </c> <c_r="B2"> <v> </v> 1 <f> </f> <c_t="s"> <is> <t> </t> </is>'
            ' <row_r="0"> <c_r=""> &#0; < <c_s="-1"> <c_t="d"> <rPh> </rPh> ]]>'
            ' <mergeCell_ref="B1:A9"/>'.replace(" ", "\n")
            .replace("_", " ")
            .split("\n")
        ),
        max_size=30,
    )
)
def test_tags_in_any_order(tags: list[str]) -> None:
    _bearable(package(f"<worksheet><sheetData>{''.join(tags)}</sheetData></worksheet>"))


@settings(max_examples=150)
@given(
    st.text('",\n\r\t; |｜　姓名工号单位项目培训人数1\u200b\x00\ufeff', max_size=200) | st.binary()
)
def test_any_text(given_text: str | bytes) -> None:
    _bearable(given_text if isinstance(given_text, bytes) else given_text.encode())


def _bearable(data: bytes) -> None:
    for kind in (None, Kind.ROSTER, Kind.TIMETABLE, Kind.PLAN):
        read = read_file(data, "a.xlsx", kind)
        assert read.kind in (kind, None) or kind is None


def _roster(rows: int) -> bytes:
    head = "姓名,工号,单位,学段,学科,身份,状态\n"
    people = (
        f"张伟{n % 97},YX{n:08d},第{n % 300}中心小学,小学,语文,教师,在职\n" for n in range(rows)
    )
    return (head + "".join(people)).encode()


@pytest.mark.slow
def test_an_honest_roster_of_60000_people_is_read_within_the_limits() -> None:
    rows = read_sheet(Kind.ROSTER, _roster(60_000), "a.csv").rows
    for data in (_roster(60_000), write_sheet(Kind.ROSTER, rows)):
        read = ReadingRoom(Limits(memory=256 * 1024 * 1024)).read(data, "名册")
        assert read.refusal == ""
        assert read.sheet.rows == rows


def test_a_table_that_is_wrong_in_every_row_names_the_first() -> None:
    head = "姓名,工号,单位,入职年月\n"
    data = head + "".join(f"张伟,{n},城关小学,去年\n" for n in range(25_000))
    read = read_file(data.encode(), "a.csv")
    assert read.kind is None
    assert "第 2 行：“入职年月”「去年」不是日期" in read.refusal
    assert read.refusal.endswith("再发一次。")


CELL_BOUNDS: dict[str, Callable[[], bytes]] = {
    "long": lambda: "长".encode() * 30_000,
    "digits": lambda: b"9" * 30_000,
    "brackets": lambda: b"(" * 30_000,
    "blanks": lambda: b"1" + b" " * 30_000 + b"1",
    "bars": lambda: "1｜".encode() * 5_000,
    "dots": lambda: b"1." * 15_000,
}


@pytest.mark.parametrize("name", CELL_BOUNDS)
def test_a_long_cell_in_any_column_costs_little(name: str) -> None:
    """As header, as value, and in the prose of a plan: no rule looks at a text again and again."""
    text = CELL_BOUNDS[name]()
    for spec in SPECS:
        head = ",".join(column.header for column in spec.columns).encode()
        cells = b",".join(b'"' + text + b'"' for _ in spec.columns[:8])
        for data in (head + b"\n" + cells, cells + b"\n" + head):
            began = time.process_time()
            try:
                found = read_sheet(spec.kind, data, "a.csv")
            except ReadError:
                found = None
            assert time.process_time() - began < 1.0, spec.kind
            if isinstance(found, Sheet):
                assert all(len(problem.message) < 2000 for problem in found.problems)
    began = time.process_time()
    prose = "关于做好2021年度教师培训工作的通知".encode() + text + b"\n"
    read_plan(prose + "项目名称\t培训人数\n甲\t5\n".encode() + b"2\t" + text, "a.txt")
    assert time.process_time() - began < 2.0


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_the_limits_hold_for_what_no_bound_foresaw() -> None:
    """An honest file under too tight limits stands for the attack that we do not know."""
    small = ReadingRoom(Limits(memory=90 * 1024 * 1024)).read(_roster(60_000), "a.csv")
    assert "拆成几个文件" in small.refusal
    short = ReadingRoom(Limits(processor=1)).read(_roster(60_000), "a.csv")
    assert "拆成几个文件" in short.refusal
