"""Importing in a chat: dry run, 确认, undo; whose data a school reaches (A01, A02, C11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import pytest

from handlers.contract import Intent, Received, Turn
from handlers.imports import INTENTS
from handlers.reply import Action, Reply
from handlers.slots import Slots
from storage.imports.waiting import WaitingFiles
from storage.people import People
from storage.readers.reading import read_file
from storage.readers.sheet_rows import Kind
from storage.readers.sheet_write import write_template
from storage.rule_sets import RuleSets
from storage.scope import EVERYTHING
from storage.unit import Unit
from tests.handlers.turns import MONDAY, allowed, seen, turn
from tests.storage.imports.offices import DEMO, load_demo

START, UNDO = INTENTS
HEADER = "姓名,工号,单位,身份,状态\n"


@pytest.fixture
def office(unit: Unit) -> Unit:
    load_demo(unit)
    return unit


def send(unit: Unit, name: str, text: str | bytes, filename: str = "名册.csv") -> Reply:
    data = text if isinstance(text, bytes) else text.encode()
    return handle(
        START, turn(unit, name, START, file=Received(filename, b"", read_file(data, filename)))
    )


def handle(intent: Intent, given: Turn) -> Reply:
    assert intent.handle is not None
    return intent.handle(given)


def do(unit: Unit, name: str, action: Action | None, *, later: timedelta = timedelta()) -> Reply:
    assert action is not None
    intent = next(each for each in INTENTS if each.name == action.intent)
    given = turn(unit, name, intent, now=MONDAY + later)
    return handle(intent, replace(given, slots=Slots(dict(action.slots))))


def confirm(unit: Unit, name: str, reply: Reply, **more: timedelta) -> Reply:
    assert reply.question is not None
    return do(unit, name, reply.question.confirm, **more)


def status(unit: Unit, name: str) -> str:
    return People(unit).named(name, EVERYTHING)[0].status


def test_only_administrators_import(office: Unit) -> None:
    assert allowed(office, "孙丽", START)
    assert allowed(office, "李国强", START)
    for name in ("张伟", "周明", "董洁"):
        assert not allowed(office, name, START)
    assert not allowed(office, None, START)


def test_words_alone_get_what_can_be_imported_and_its_templates(office: Unit) -> None:
    school = handle(START, turn(office, "孙丽", START, "导入"))
    county = handle(START, turn(office, "李国强", START, "导入"))
    assert "教师名册模板" in seen(school)
    assert "培训计划模板" not in seen(school)
    assert "培训计划模板" in seen(county)
    assert school.question is not None
    assert school.question.choices[0].action.intent == "export.file"


def test_a_roster_is_told_row_by_row_and_saved_only_after_yes(office: Unit) -> None:
    reply = send(
        office,
        "孙丽",
        HEADER + "新老师,430990,城关小学,教师,在职\n王芳,430104,城关小学,教师,请假\n"
        "外校的,430991,云溪县第一中学,教师,在职\n坏工号,4.4E+17,城关小学,教师,在职\n",
    )
    text = seen(reply)
    assert "还没有保存" in text
    assert "第 2 行 新老师" in text
    assert "状态 在职 → 请假" in text
    assert "第 4 行：单位「云溪县第一中学」不在您管理的范围里" in text
    assert "第 5 行" in text
    assert len(reply.text) < 700
    assert People(office).named("新老师", EVERYTHING) == ()
    saved = confirm(office, "孙丽", reply)
    assert "新增 1 人，改动 1 人" in saved.text
    assert "撤销导入" in seen(saved)
    assert len(People(office).named("新老师", EVERYTHING)) == 1
    assert status(office, "王芳") == "on_leave"
    assert People(office).named("外校的", EVERYTHING) == ()


def test_a_confirmed_file_is_saved_once(office: Unit) -> None:
    reply = send(office, "孙丽", HEADER + "新老师,430990,城关小学,教师,在职\n")
    confirm(office, "孙丽", reply)
    again = confirm(office, "孙丽", reply)
    assert again.refused
    assert "已经处理过" in again.text


def test_nobody_saves_a_file_of_somebody_else(office: Unit) -> None:
    reply = send(office, "李国强", HEADER + "新老师,430990,城关小学,教师,在职\n")
    stolen = confirm(office, "孙丽", reply)
    assert stolen.refused
    assert People(office).named("新老师", EVERYTHING) == ()
    assert not confirm(office, "李国强", reply).refused


def test_those_missing_from_a_whole_school_are_named_and_chosen(office: Unit) -> None:
    lines = [
        f"{person.name},{person.staff_number},城关小学"
        for name in ("孙丽", "张伟", "李娜", "王芳", "何静")
        for person in People(office).named(name, EVERYTHING)
    ]
    text = "姓名,工号,单位\n" + "\n".join([*lines, "新老师,430990,城关小学"])
    reply = send(office, "孙丽", text)
    assert "赵敏" in reply.text
    assert "标为“调出”" in reply.text
    keep = next(c for c in reply.question.choices if "不动" in c.label)  # type: ignore[union-attr]
    do(office, "孙丽", keep.action)
    assert status(office, "赵敏") == "active"
    again = send(office, "孙丽", text)
    confirm(office, "孙丽", again)
    assert status(office, "赵敏") == "transferred"


def test_an_import_is_undone_within_a_day(office: Unit) -> None:
    reply = send(office, "孙丽", HEADER + "新老师,430990,城关小学,教师,在职\n")
    confirm(office, "孙丽", reply)
    asked = handle(UNDO, turn(office, "孙丽", UNDO, "撤销导入"))
    assert "名册.csv" in asked.text
    assert len(People(office).named("新老师", EVERYTHING)) == 1
    done = confirm(office, "孙丽", asked, later=timedelta(hours=23))
    assert "已撤销" in done.text
    assert People(office).named("新老师", EVERYTHING) == ()


def test_after_a_day_or_for_somebody_else_it_is_not(office: Unit) -> None:
    reply = send(office, "孙丽", HEADER + "新老师,430990,城关小学,教师,在职\n")
    saved = confirm(office, "孙丽", reply)
    number = str(saved.audit["import"])
    other = do(office, "郑强", Action("import.undo", (("number", number),)))
    assert other.refused
    assert "没有" in other.text
    late = do(
        office, "孙丽", Action("import.undo", (("number", number),)), later=timedelta(hours=25)
    )
    assert "超过 24 小时" in late.text
    by_officer = do(office, "李国强", Action("import.undo", (("number", number),)))
    assert by_officer.question is not None


def test_a_plan_is_imported_with_every_oddity_named(office: Unit) -> None:
    data = (DEMO / "plan.csv").read_bytes().replace("2021年教师".encode(), "2022年教师".encode())
    reply = send(office, "李国强", data, "plan.csv")
    assert "序号 6 在第 10 行已经用过" in reply.text
    assert "495" in reply.text
    assert reply.files
    saved = confirm(office, "李国强", reply)
    assert "新增 8 个项目" in saved.text
    school = send(office, "孙丽", data, "plan.csv")
    assert school.refused
    assert "只能由县级管理员导入" in school.text


def test_the_seed_plan_in_a_chat(office: Unit, shared: object) -> None:
    seed = shared / "seeds" / "000_18f97366548c1bed.txt"  # type: ignore[operator]
    reply = send(office, "李国强", seed.read_bytes(), seed.name)
    assert "其余" in reply.text
    for named in ("63,165", "65,335", "序号 33", "序号 36", "混写天数和学时"):
        assert named in reply.text
    (report,) = reply.files
    assert report.name.endswith(".xlsx")
    assert len(reply.text) < 900


def test_what_cannot_be_read_is_said_in_words(office: Unit) -> None:
    for data, name in ((b"\x89PNG....", "a.png"), (b"", "b.xlsx"), ("你好".encode(), "c.txt")):
        reply = send(office, "李国强", data, name)
        assert reply.refused
        assert "没有导入" in reply.text


def test_nothing_new_is_nothing_to_confirm(office: Unit) -> None:
    reply = send(office, "孙丽", HEADER + "张伟,430102,城关小学,教师,在职\n")
    assert reply.question is None
    assert "没有需要保存的改动" in reply.text
    empty = send(office, "孙丽", write_template(Kind.ROSTER), "名册.xlsx")
    assert "没有需要保存的改动" in empty.text


def test_a_file_that_nobody_came_back_for_is_dropped(office: Unit) -> None:
    (sun,) = People(office).named("孙丽", EVERYTHING)
    waiting = WaitingFiles(office, sun.id)
    one = read_file((HEADER + "张伟,1,城关小学,,\n").encode(), "a.csv")
    other = read_file((HEADER + "李娜,2,城关小学,,\n").encode(), "a:b.csv")
    first = waiting.keep(one, MONDAY)
    second = waiting.keep(other, MONDAY)
    assert waiting.look(first) is None
    assert waiting.look(second) == other
    assert waiting.take(second)
    assert not waiting.take(second)
    assert waiting.look(second) is None


def test_a_rule_set_is_checked_in_full_and_adopted(office: Unit) -> None:
    text = (files("config") / "rules" / "default.toml").read_text("utf-8")
    broken = send(office, "李国强", text.replace("[cycle]", "[cicle]"), "rules.toml")
    assert broken.question is None
    assert "有错误" in broken.text
    assert send(office, "孙丽", text, "rules.toml").refused
    confirm(office, "李国强", send(office, "李国强", text, "rules.toml"))
    (zhang,) = People(office).named("张伟", EVERYTHING)
    (adopted,) = RuleSets(office).reaching(zhang.organisation_id)
    assert adopted.body == text
