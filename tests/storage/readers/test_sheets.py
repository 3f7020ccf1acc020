"""The spreadsheets of an office: layouts, damaged cells, repeated keys, templates, round trips."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.readers import bounds
from storage.readers.files import Cell
from storage.readers.problems import ProblemCode, ReadError
from storage.readers.sheet_kinds import SPECS
from storage.readers.sheet_people import CLASSES, ORGANISATIONS, ROSTER
from storage.readers.sheet_rows import Kind, RosterRow, SheetRow
from storage.readers.sheet_training import CREDITS, DEADLINES, SUBMISSIONS, TIMETABLE
from storage.readers.sheet_write import write_sheet, write_template
from storage.readers.sheets import Sheet, read_rows, read_sheet
from storage.readers.values import ZONE
from tests.storage.readers.tables import workbook

HEAD = ("姓名", "工号", "单位")


def codes(sheet: Sheet[SheetRow], row: int | None = None) -> list[str]:
    return [p.code.value for p in sheet.problems if row is None or p.row == row]


def roster(*rows: tuple[Cell, ...], head: tuple[Cell, ...] = HEAD) -> Sheet[RosterRow]:
    return read_rows(ROSTER, workbook(head, *rows), "roster.xlsx")


def test_any_order_below_a_title_with_unknown_columns_aside() -> None:
    data = workbook(
        ("某某县教师名册", None, None),
        ("★工 号", "备注", "单位（全称）", "姓名", "手机", "身份"),
        ("0012", "返聘", "城关小学", "张伟", "138 0000 0001", "教师、校级管理员"),
    )
    sheet = read_rows(ROSTER, data, "roster.xlsx")
    assert sheet.rows == (
        RosterRow(
            3,
            "张伟",
            "0012",
            "城关小学",
            mobile="13800000001",
            roles=("teacher", "school_admin"),
        ),
    )
    assert sheet.unknown_columns == ("备注",)
    assert [(a.row, a.column, a.text) for a in sheet.aside] == [(3, "备注", "返聘")]
    assert sheet.present == {"staff_number", "unit", "name", "mobile", "roles"}
    assert codes(sheet) == ["column_unknown"]


def test_numbers_damaged_by_the_spreadsheet_are_refused_with_their_rows() -> None:
    sheet = roster(
        ("甲", "0043100001", "小学"),
        ("乙", 43100002, "小学"),
        ("丙", 4.40524199001011234e17, "小学"),
        ("丁", "4.40524E+17", "小学"),
        ("戊", "0043100005", "小学"),
    )
    assert [row.name for row in sheet.rows] == ["甲", "戊"]
    assert [item.row for item in sheet.rejected] == [3, 4, 5]
    assert codes(sheet) == ["text_number_damaged"] * 3
    assert sheet.problems[0].message.startswith("第 3 行：“工号”是数字格式，只有 8 位")
    assert sheet.rejected[0].text("name") == "乙"


def test_numbers_that_look_whole_are_taken_and_named_once() -> None:
    sheet = roster(("甲", 431001, "小学"), ("乙", 431002, "小学"))
    assert [row.staff_number for row in sheet.rows] == ["431001", "431002"]
    assert codes(sheet) == ["text_number_as_number"]
    assert "第 2、3 行" in sheet.problems[0].message
    assert sheet.errors == ()


def test_a_telephone_number_is_not_repeated_in_the_message() -> None:
    head = (*HEAD, "手机号")
    sheet = roster(("甲", "01", "小学", 1380000000), ("乙", "02", "小学", 13800000002), head=head)
    assert [row.mobile for row in sheet.rows] == ["13800000002"]
    assert codes(sheet, 2) == ["text_number_damaged"]
    assert "1380000000" not in sheet.problems[0].message


def test_repeated_identifiers_name_both_rows() -> None:
    sheet = roster(
        ("甲", "01", "一小"), ("乙", "01", "二小"), ("丙", "02", "一小"), ("丙", "02", "一小")
    )
    assert [row.row for row in sheet.rows] == [4]
    assert [p.message for p in sheet.problems] == [
        "第 3 行：工号「01」与第 2 行重复，内容不同，两行都没有采用，请核对。",
        "第 5 行：工号「02」与第 4 行重复，两行内容相同，只取前一行。",
    ]


def test_blank_required_cells_formulas_and_unknown_words() -> None:
    head = (*HEAD, "状态", "入职年月")
    sheet = roster(
        ("甲", None, "小学", None, None),
        ("乙", "02", "=A2", None, None),
        ("丙", "03", "小学", "离职", None),
        ("丁", "04", "小学", None, 2015.1),
        ("戊", "05", "小学", None, "2015年9月"),
        head=head,
    )
    assert [(p.row, p.code.value) for p in sheet.problems] == [
        (2, "cell_missing"),
        (3, "formula"),
        (4, "cell_invalid"),
        (5, "cell_invalid"),
    ]
    assert sheet.rows[0].joined == date(2015, 9, 1)
    assert sheet.rows[0].status == "active"


def test_a_missing_or_doubled_column_is_named() -> None:
    sheet = read_rows(ROSTER, workbook(("姓名", "单位", "姓名"), ("甲", "小学", "乙")), "r.xlsx")
    assert sheet.rows == ()
    assert codes(sheet) == ["column_duplicate", "column_missing"]
    assert "工号" in sheet.problems[1].message


def test_a_column_without_a_name_is_not_dropped_in_silence() -> None:
    head = (*HEAD[:2], None, "单位")  # as when a header cell is merged over two columns
    sheet = roster(("甲", "01", "多出来的", "小学"), head=head)
    assert sheet.rows[0].unit == "小学"
    assert [(p.code.value, p.row) for p in sheet.problems] == [("column_unknown", 1)]
    assert "第 3 列" in sheet.problems[0].message
    assert sheet.aside[0].text == "多出来的"


def test_dates_and_times_in_every_form() -> None:
    head = ("班级", "日期", "开始", "结束", "签退")
    days: tuple[Cell, ...] = (
        "2021-07-12",
        "2021/7/12",
        "2021年7月12日",
        "２０２１．７．１２",
        datetime(2021, 7, 12),  # noqa: DTZ001 (as a spreadsheet holds it)
        date(2021, 7, 12),
        44389,
        20210712,
    )
    starts: tuple[Cell, ...] = (
        "8:30",
        "08:30",
        "上午8:30",
        "8：30",
        time(8, 30),
        "8点半",
        8.5 / 24,
        "8时30分",
    )
    ends: tuple[Cell, ...] = (
        "17:00",
        "下午5:00",
        "下午5点",
        "17时",
        time(17),
        "5:00 PM",
        17 / 24,
        "17:00:00",
    )
    rows = [
        (f"{n}班", day, start, end, "是")
        for n, (day, start, end) in enumerate(zip(days, starts, ends, strict=True))
    ]
    sheet = read_rows(TIMETABLE, workbook(head, *rows), "t.xlsx")
    assert [(r.day, r.start, r.end, r.check_out) for r in sheet.rows] == [
        (date(2021, 7, 12), time(8, 30), time(17), True)
    ] * len(days)
    assert codes(sheet) == ["date_from_serial"]


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("7月12日", "8:30", "9:30"),
        ("2021-02-30", "8:30", "9:30"),
        ("2021-07-12", "25:00", "9:30"),
        ("2021-07-12", "早上", "9:30"),
        ("2021-07-12", "9:30", "8:30"),
        (12, "8:30", "9:30"),
    ],
)
def test_times_that_are_none(day: Cell, start: Cell, end: Cell) -> None:
    head = ("班级", "日期", "开始", "结束")
    sheet = read_rows(TIMETABLE, workbook(head, ("甲班", day, start, end)), "t.xlsx")
    assert sheet.rows == ()
    assert codes(sheet, 2) == ["cell_invalid"]


def test_the_other_kinds() -> None:
    units = workbook(
        ("名称", "上级", "简称"), ("教育局", None, None), ("一小", "教育局", "一、实小")
    )
    organisations = read_rows(ORGANISATIONS, units, "o.xlsx")
    assert [row.parent for row in organisations.rows] == [None, "教育局"]
    assert organisations.rows[1].short_names == ("一", "实小")

    due = workbook(
        ("事项", "截止时间", "对象"),
        ("心得", "2021-07-20 17:00", None),
        ("方案", "2021年7月25日", "学校"),
    )
    deadlines = read_rows(DEADLINES, due, "d.xlsx").rows
    assert deadlines[0].due == (date(2021, 7, 20), time(17))
    assert (deadlines[1].due, deadlines[1].audience) == ((date(2021, 7, 25), None), "school")

    ledger = workbook(
        ("工号", "年度", "项目", "学时", "级别", "形式"),
        ("01", 2021, "甲", 0.1, "县培", "网络"),
        ("01", "2021年", "乙", "-3", "县培", "网络"),
        ("01", "2020-2021", "丙", "3", "县培", "网络"),
    )
    credits = read_rows(CREDITS, ledger, "c.xlsx")
    assert [row.class_hours for row in credits.rows] == [Decimal("0.1")]
    assert (credits.rows[0].level, credits.rows[0].mode) == ("county", "online")
    assert [p.row for p in credits.problems] == [3, 4]

    done = "事项,工号,提交时间\n心得,0001,2021-07-18 20:15\n心得,0002,\n"
    submissions = read_rows(SUBMISSIONS, done.encode("gb18030"), "s.csv").rows
    assert submissions[0].submitted_at == datetime(2021, 7, 18, 20, 15, tzinfo=ZONE)
    assert submissions[1].staff_number == "0002"


def test_a_class_repeats_a_person_only_in_another_class() -> None:
    rows = (("1班", "甲", "张", "01"), ("2班", "甲", "张", "01"), ("1班", "乙", "张", "01"))
    sheet = read_rows(CLASSES, workbook(("班级", "项目", "姓名", "工号"), *rows), "c.xlsx")
    assert [row.training_class for row in sheet.rows] == ["2班"]
    assert codes(sheet) == ["duplicate_key"]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind.value)
def test_a_template_explains_itself_and_its_examples_are_skipped(spec: object) -> None:
    kind = next(s.kind for s in SPECS if s is spec)
    columns = next(s.columns for s in SPECS if s is spec)
    data = write_template(kind)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert [cell.value for cell in book.worksheets[0][1]] == [c.header for c in columns]
    assert book.worksheets[0].max_row == 3
    assert book.sheetnames[1] == "说明"
    sheet = read_sheet(kind, data, "x.xlsx")
    assert sheet.rows == ()
    assert codes(sheet) == ["no_rows", "example_row", "example_row"]


def test_example_cells_are_cells_of_their_columns() -> None:
    for spec in SPECS:
        for column in spec.columns:
            for cell in column.examples:
                value = column.parse(cell)
                assert (value is None) == (cell is None)


NAMES = st.from_regex(r"[张王李甲乙][张王李甲乙1]{0,3}", fullmatch=True)
POSTS = st.text("张王李=+-@甲乙1", min_size=1, max_size=4)


@given(
    st.lists(
        st.builds(
            RosterRow,
            row=st.just(0),
            name=NAMES,
            position=st.none() | POSTS.filter(lambda post: not post.startswith("=")),
            staff_number=st.from_regex(r"[0-9]{4,10}", fullmatch=True),
            unit=st.just("城关小学"),
            mobile=st.none() | st.from_regex(r"1[0-9]{10}", fullmatch=True),
            roles=st.sampled_from([("teacher",), ("teacher", "workshop_leader")]),
            joined=st.none() | st.dates(date(1980, 1, 1), date(2030, 1, 1)),
            status=st.sampled_from(["active", "on_leave"]),
        ),
        max_size=5,
        unique_by=lambda row: row.staff_number,
    )
)
@settings(deadline=None)  # a machine at work is slow, and that is no fault
def test_what_goes_out_comes_in_again(rows: list[RosterRow]) -> None:
    sheet = read_rows(ROSTER, write_sheet(Kind.ROSTER, rows), "roster.xlsx")
    assert [problem for problem in sheet.problems if problem.code is not ProblemCode.NO_ROWS] == []
    assert len(sheet.rows) == len(rows)
    for number, (one, other) in enumerate(zip(rows, sheet.rows, strict=True), 2):
        assert other.row == number
        for name in ("name", "staff_number", "unit", "mobile", "roles", "joined", "status"):
            assert getattr(one, name) == getattr(other, name)


def test_identifiers_leave_as_text_and_no_text_becomes_a_formula() -> None:
    rows = [RosterRow(0, "=HYPERLINK(1)", "0012", "小学", mobile="13800000001")]
    cells = openpyxl.load_workbook(io.BytesIO(write_sheet(Kind.ROSTER, rows))).worksheets[0][2]
    assert [cells[at].data_type for at in (0, 1, 7)] == ["s", "s", "s"]
    assert cells[1].number_format == "@"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "旧版"),
        (b"%PDF-1.4", "PDF"),
        (b"PK\x03\x04broken", "损坏"),
        ("随便一段话".encode(), "表头"),
        (workbook(), "表头"),
        (workbook(("甲", "乙"), (1, 2)), "表头"),
    ],
)
def test_what_is_no_such_table_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(ReadError, match=words):
        read_sheet(Kind.ROSTER, data, "roster.xlsx")


def packed(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def test_other_packages_and_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ReadError, match="压缩包"):
        read_sheet(Kind.ROSTER, packed(readme=b"x"), "roster.xlsx")
    with pytest.raises(ReadError, match="Word"):
        read_sheet(Kind.ROSTER, packed(**{"word__document.xml": b"<a/>"}), "roster.xlsx")
    entities = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    with pytest.raises(ReadError, match="不正常"):
        read_sheet(Kind.ROSTER, packed(**{"xl__workbook.xml": entities}), "roster.xlsx")
    good = workbook(HEAD, ("甲", "01", "小学"), ("乙", "02", "小学"))
    monkeypatch.setattr(bounds, "MAX_ROWS", 2)
    with pytest.raises(ReadError, match="行"):
        read_sheet(Kind.ROSTER, good, "roster.xlsx")
    monkeypatch.setattr(bounds, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(ReadError, match="太大"):
        read_sheet(Kind.ROSTER, good, "roster.xlsx")


def test_a_second_sheet_is_named_and_a_hidden_one_is_not() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(HEAD, ("甲", "01", "小学"))))
    book.create_sheet("二").append(["x"])
    hidden = book.create_sheet("三")
    hidden.append(["x"])
    hidden.sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    sheet = read_rows(ROSTER, buffer.getvalue(), "r.xlsx")
    assert [p.message for p in sheet.problems] == [
        "工作表「二」没有读取，只读取了第一张有表头的工作表。"
    ]
