"""The plan reader on tables made here: every kind of irregularity, other layouts, time columns."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.readers.plan import Plan, plan_json, read_plan
from storage.readers.plan_time import read_span
from storage.readers.plan_values import find_codes, infer_unit, read_duration, read_modes
from storage.readers.problems import MEANINGS, ProblemCode, ReadError
from storage.readers.sheet_rows import Kind
from storage.readers.sheet_write import write_plan, write_template
from tests.storage.readers.tables import HEADER, PLAN, lines_as_workbook


def codes(plan: Plan, row: int | None = None) -> set[str]:
    return {p.code.value for p in plan.problems if row is None or p.row == row}


def test_a_small_dirty_table() -> None:
    plan = read_plan(PLAN.encode(), "plan.txt")
    assert [item.source_rows[0] for item in plan.items] == [10, 11, 12, 14, 15, 16]
    assert [item.seq for item in plan.items] == ["1", "1", "2", "3", "3", "5"]
    assert [item.headcount for item in plan.items] == [50, 50, 130, 60, 80, None]
    assert plan.items[1].provider == "甲学院（国培省市联合立项）"
    assert plan.items[4].name == "书法培训"
    assert plan.items[4].duration_value == Decimal("2.5")
    assert (plan.stated.headcount, plan.computed.headcount) == (500, 370)
    assert (plan.stated.programmes, plan.computed.programmes) == (4, 5)
    assert (plan.stated.national_joint, plan.computed.national_joint) == (1, 1)
    assert codes(plan, 7) == {"total_mismatch", "programme_count_mismatch"}
    assert "arithmetic_mismatch" in codes(plan, 12)
    assert {"near_duplicate", "count_mismatch", "filled_across"} <= codes(plan, 14)
    assert {"column_shift", "serial_duplicate"} <= codes(plan, 15)
    assert {"serial_gap", "cell_invalid", "cell_missing"} <= codes(plan, 16)
    assert "total_mismatch" in codes(plan, 17)


def test_the_same_table_as_a_workbook_keeps_the_rows_of_the_sheet() -> None:
    assert read_plan(lines_as_workbook(PLAN), "a.xlsx").items == read_plan(PLAN.encode(), "a").items


def test_merged_cells_of_a_workbook_are_filled_but_numbers_counted_once() -> None:
    text = f"{HEADER}\n1\t甲局\t专题\t名称\t网络\t教师\t100\t50\t甲院\n\t\t\t\t本地\t教师\t6\t\t"
    merges = ("A2:A3", "B2:B3", "C2:C3", "D2:D3", "H2:H3", "I2:I3")
    plan = read_plan(lines_as_workbook(text, merges), "plan.xlsx")
    assert [(i.seq, i.name, i.headcount, i.provider) for i in plan.items] == [
        ("1", "名称", 50, "甲院"),
        ("1", "名称", None, "甲院"),
    ]
    assert plan.computed.headcount == 50
    assert {"filled_down", "merged_number"} <= codes(plan, 3)
    assert "cell_missing" not in codes(plan)


def test_a_blank_in_a_column_with_real_merges_stays_blank() -> None:
    tail = "网络\t教师\t60\t5\t甲院"
    units = ("甲局", "", "乙局", "")
    rows = [f"{n}\t{unit}\t专题\t名称{n}\t{tail}" for n, unit in enumerate(units, 1)]
    text = "\n".join([HEADER, *rows])
    plan = read_plan(lines_as_workbook(text, ("B2:B3",)), "plan.xlsx")
    assert [item.unit for item in plan.items] == ["甲局", "甲局", "乙局", ""]
    assert "cell_missing" in codes(plan, 5)


def test_another_office_with_times_codes_and_an_unknown_column() -> None:
    text = (
        "2021年某县教师培训计划表\n项目名称\t培训时间\t人数\t学时\t备注\n"
        "小学英语教师工作坊(C526)\t9月-12月\t１００人\t８０\t新增\n"
        "集中培训班\t2021年7月12日-18日\t60\t40\t\n"
        "跟岗\t待定\t20\t40\t\n合计\t\t180\t\t\n"
    )
    plan = read_plan(text.encode("gb18030"), "plan.txt")
    assert plan.year == 2021
    assert [item.headcount for item in plan.items] == [100, 60, 20]
    assert plan.items[0].codes == ("C526",)
    assert (plan.items[0].start, plan.items[0].end) == (date(2021, 9, 1), date(2021, 12, 31))
    assert (plan.items[1].start, plan.items[1].end) == (date(2021, 7, 12), date(2021, 7, 18))
    assert {item.duration_unit for item in plan.items} == {"class_hour"}
    assert "time_unclear" in codes(plan, 5)
    assert {"column_unknown", "column_missing"} <= codes(plan, 2)
    assert "total_mismatch" not in codes(plan)
    assert plan.stated.headcount == plan.computed.headcount == 180


def test_a_file_without_a_table_and_files_that_are_none() -> None:
    plan = read_plan("只有一段文字。".encode(), "a.txt")
    assert plan.items == ()
    assert codes(plan) == {"header_missing"}
    for data in (b"", b"%PDF-1.7", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        with pytest.raises(ReadError, match=r"。$"):
            read_plan(data, "a.xlsx")


def test_a_repeated_header_and_a_stray_line_are_named() -> None:
    row = "1\t甲局\t专题\t名称\t网络\t教师\t100\t50\t甲院"
    text = f"{HEADER}\n{row}\n第二页\n{HEADER}\n{row.replace('1', '2', 1)}\n说明：以上。"
    plan = read_plan(text.encode(), "a.txt")
    assert len(plan.items) == 2
    assert "header_repeated" in codes(plan, 4)
    assert "stray_text" not in codes(plan, 6)


def test_a_plan_goes_out_and_comes_in_again() -> None:
    plan = read_plan(PLAN.encode(), "plan.txt")
    again = read_plan(write_plan(plan.items), "plan.xlsx")
    for one, other in zip(plan.items, again.items, strict=True):
        assert (one.seq, one.name, one.mode, one.headcount) == (
            other.seq,
            other.name,
            other.mode,
            other.headcount,
        )
        assert (one.duration_value, one.duration_unit) == (
            other.duration_value,
            other.duration_unit,
        )


def test_the_template_comes_in_without_its_examples() -> None:
    plan = read_plan(write_template(Kind.PLAN), "plan.xlsx")
    assert plan.items == ()
    assert codes(plan) == {"example_row", "no_rows"}


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("9月-12月", (2021, 9, 1), (2021, 12, 31)),
        ("9-12月", (2021, 9, 1), (2021, 12, 31)),
        ("６月", (2021, 6, 1), (2021, 6, 30)),
        ("7月12日至8月3日", (2021, 7, 12), (2021, 8, 3)),
        ("7月12-18日", (2021, 7, 12), (2021, 7, 18)),
        ("2020.9-2020.12", (2020, 9, 1), (2020, 12, 31)),
        ("2021-07-12~2021-07-18", (2021, 7, 12), (2021, 7, 18)),
        ("5月中旬", (2021, 5, 11), (2021, 5, 20)),
        ("下半年", (2021, 7, 1), (2021, 12, 31)),
        ("12月-2月", (2021, 12, 1), (2022, 2, 28)),
        ("11月-次年3月", (2021, 11, 1), (2022, 3, 31)),
        ("2020年", (2020, 1, 1), (2020, 12, 31)),
    ],
)
def test_times(text: str, start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    span = read_span(text, 2021)
    assert span is not None
    assert (span.start, span.end) == (date(*start), date(*end))


@pytest.mark.parametrize(
    "text", ["待定", "暑假", "13月", "2月30日", "9月5日-9月1日", "-", "1-2-3月"]
)
def test_times_that_cannot_be_told(text: str) -> None:
    assert read_span(text, 2021) is None


def test_modes_durations_codes() -> None:
    assert read_modes("网络＋本地")[0] == ("local", "online")
    assert read_modes("线上线下混合") == (("local", "online"), True)
    assert read_modes("本地等") == ((), False)
    assert read_duration("１２ 天") == (Decimal(12), "day")
    assert read_duration("12天+100学时") is None
    assert infer_unit(Decimal(6), ("offsite",)) == ("day", True)
    assert infer_unit(Decimal(6), ("online",)) == ("class_hour", False)
    assert infer_unit(Decimal(60), ("local", "online")) == ("class_hour", False)
    assert find_codes(("工程2.0（C526、B203）", "见郴教通〔2020〕48号")) == (
        "C526",
        "B203",
        "郴教通〔2020〕48号",
    )


CELLS = st.sampled_from(
    ["", "1", "本地", "网络", "6", "100", "约70人", "甲院", "小计", "=A1", "２"]
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=11), max_size=12))
def test_no_table_makes_it_fall(rows: list[list[str]]) -> None:
    text = "\n".join([HEADER, *("\t".join(row) for row in rows)])
    plan = read_plan(text.encode(), "a.txt")
    assert plan.computed.headcount == sum(item.headcount or 0 for item in plan.items)
    assert len(plan_json(plan)) == 3
    assert all(problem.code in MEANINGS for problem in plan.problems)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fall(data: bytes) -> None:
    with suppress(ReadError):
        assert read_plan(data, "a").items == ()


def test_every_code_is_documented() -> None:
    assert set(MEANINGS) == set(ProblemCode)
