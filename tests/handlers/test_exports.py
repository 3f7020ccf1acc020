"""Exporting: each within reach, no further; what is asked for by words and by buttons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from handlers.contract import Place
from handlers.exports import INTENTS, MANY_PEOPLE
from handlers.reply import Reply
from handlers.slots import Slots
from storage.readers.sheet_rows import Kind, SheetRow
from storage.readers.sheets import read_sheet
from storage.tables import deliveries
from storage.unit import Unit
from tests.handlers.turns import allowed, seen, turn
from tests.storage.imports.offices import bring_in, load_demo

(EXPORT,) = INTENTS


@pytest.fixture
def office(unit: Unit) -> Unit:
    load_demo(unit)
    return unit


def ask(unit: Unit, name: str, text: str, place: Place | None = None, **slots: str) -> Reply:
    assert EXPORT.handle is not None
    given = turn(unit, name, EXPORT, text, place=place)
    return EXPORT.handle(replace(given, slots=Slots(slots)))


def rows(reply: Reply, kind: Kind) -> tuple[SheetRow, ...]:
    (file,) = reply.files
    return read_sheet(kind, file.data, file.name).rows


def names(reply: Reply, kind: Kind) -> set[str]:
    return {str(getattr(row, "name", "")) for row in rows(reply, kind)}


def test_teachers_export_nothing(office: Unit) -> None:
    assert not allowed(office, "张伟", EXPORT)
    for name in ("周明", "孙丽", "李国强", "董洁"):
        assert allowed(office, name, EXPORT)


def test_a_tutor_gets_the_sign_in_sheet_of_the_own_class(office: Unit) -> None:
    reply = ask(office, "周明", "导出签到表")
    assert "信息技术1班-签到表.xlsx" in reply.text
    assert len(rows(reply, Kind.ATTENDANCE)) == 12 * 11
    assert "张伟" in names(reply, Kind.ATTENDANCE)
    other = ask(office, "周明", "导出签到表", programme="小学语文工作坊")
    assert other.refused
    assert not other.files


def test_a_tutor_gets_no_roster_and_no_credits(office: Unit) -> None:
    for text in ("导出名册", "导出学分"):
        reply = ask(office, "周明", text)
        assert reply.refused
        assert not reply.files


def test_a_school_gets_its_own_people_only(office: Unit) -> None:
    roster = ask(office, "孙丽", "导出本校名册")
    assert names(roster, Kind.ROSTER) == {"孙丽", "张伟", "李娜", "王芳", "赵敏", "何静", "蒋明"}
    credits = ask(office, "孙丽", "导出学分")
    assert "陈静" not in names(credits, Kind.CREDITS)
    assert "张伟" in names(credits, Kind.CREDITS)
    members = ask(office, "孙丽", "导出学员名单")
    assert names(members, Kind.CLASSES) == {"孙丽", "张伟", "李娜", "王芳", "赵敏", "何静"}
    for text in ("导出单位", "导出截止事项", "导出培训计划", "导出签到表"):
        assert ask(office, "孙丽", text).refused


def test_an_officer_gets_everything_and_chooses_the_class(office: Unit) -> None:
    assert len(rows(ask(office, "李国强", "导出名册"), Kind.ROSTER)) == 34
    asked = ask(office, "李国强", "导出签到表")
    assert asked.question is not None
    assert "信息技术1班" in seen(asked)
    chosen = dict(asked.question.choices[0].action.slots)
    assert ask(office, "李国强", "", None, **chosen).files
    assert ask(office, "李国强", "导出培训计划").files
    named = ask(office, "李国强", "导出签到表", programme="小学语文工作坊")
    assert "小学语文工作坊" in named.text


def test_a_provider_gets_the_own_class_without_telephone_numbers(office: Unit) -> None:
    reply = ask(office, "董洁", "导出学员名单")
    assert "心理健康网络班" in reply.text
    assert b"1380000" not in reply.files[0].data
    assert ask(office, "董洁", "导出名册").refused


def test_a_group_of_a_class_means_that_class(office: Unit) -> None:
    reply = ask(office, "李国强", "导出签到表", Place("wr-xinxi-1", 1))
    assert "信息技术1班" in reply.text


def test_templates_by_words_and_by_button(office: Unit) -> None:
    assert "教师名册-模板.xlsx" in ask(office, "孙丽", "导出模板 名册").text
    assert "课程表-模板.xlsx" in ask(office, "李国强", "", template="timetable").text
    assert ask(office, "李国强", "模板").question is not None
    assert ask(office, "李国强", "", template="document").refused


def test_nothing_named_is_a_choice(office: Unit) -> None:
    reply = ask(office, "周明", "导出")
    assert "签到表" in seen(reply)
    assert "名册" not in seen(reply)


def test_an_empty_sheet_is_not_sent(unit: Unit) -> None:
    load_demo(unit)
    reply = ask(unit, "黄丽", "导出提交记录")
    assert reply.files
    assert "没有可以导出的内容" in ask(unit, "谢军", "导出提交的作业").text or reply.files


def test_many_people_leave_with_a_purpose_and_the_others_hear_of_it(office: Unit) -> None:
    header = "姓名,工号,单位,学段\n"
    lines = [f"新{n:03},99{n:04},城关小学,小学" for n in range(MANY_PEOPLE)]
    bring_in(office, Kind.ROSTER, header + "\n".join(lines))
    asked = ask(office, "李国强", "导出名册")
    assert not asked.files
    assert asked.question is not None
    assert asked.question.fill is not None
    assert "用途" in asked.text
    given: dict[str, Any] = dict(asked.question.fill.slots)
    for empty in ("", " ", "好"):
        assert not ask(office, "李国强", "", **given, purpose=empty).files
    sent = ask(office, "李国强", "", **given, purpose="报市局核对")
    assert len(rows(sent, Kind.ROSTER)) > MANY_PEOPLE
    assert sent.audit["purpose"] == "报市局核对"
    assert "告诉了另外 1 位管理员" in sent.text
    (heard,) = office.rows(select(deliveries))
    assert heard.account == "penghui"
    assert "李国强" in heard.body["text"]
    assert "报市局核对" in heard.body["text"]
    # a school's many are told to the county
    ask(office, "孙丽", "", kind="roster", purpose="核对职务")
    told = {row.account for row in office.rows(select(deliveries)) if "孙丽" in row.body["text"]}
    assert told == {"liguoqiang", "penghui"}
