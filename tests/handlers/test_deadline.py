"""What is due, for trainees, schools and providers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from handlers import deadline
from handlers.contract import SHANGHAI
from handlers.permissions import Role
from storage.tables import deadlines, programme_phases, programmes, submissions
from storage.unit import Unit
from tests.handlers.turns import MONDAY, allowed, ask, person_id, seed_class, seed_people, turn

(QUERY,) = deadline.INTENTS


def add(unit: Unit, title: str, due: datetime, *, whole_day: bool = True, **more: object) -> int:
    return unit.add(
        insert(deadlines),
        {
            "title": title,
            "due_at": due,
            "whole_day": whole_day,
            "programme_id": None,
            "training_class_id": None,
            "audience": "trainee",
            "description": "",
            "link": "",
            "consequence": "",
            **more,
        },
    )


def on(day: int, hour: int = 23, minute: int = 59) -> datetime:
    return datetime(2021, 7, day, hour, minute, tzinfo=SHANGHAI)


def done(unit: Unit, deadline_id: int, name: str) -> None:
    unit.add(
        insert(submissions),
        {"deadline_id": deadline_id, "person_id": person_id(unit, name), "at": MONDAY},
    )


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    mine = seed_class(unit)
    other = seed_class(unit, "小学语文工作坊", programme="小学语文", members={"王芳": "trainee"})
    programme = unit.value(select(programmes.c.id).where(programmes.c.name == "小学语文"))
    add(unit, "研修作业", on(20), training_class_id=mine, link="https://x.example/1")
    add(unit, "提交心得", on(14, 17, 0), whole_day=False, consequence="不予认定学时")
    add(unit, "前测问卷", on(10), training_class_id=mine, description="在平台上填")
    done(unit, add(unit, "签安全责任书", on(15)), "张伟")
    add(unit, "别班作业", on(16), training_class_id=other)
    add(unit, "工作坊成果", on(18), programme_id=programme)
    add(unit, "学校方案", on(20), audience="school")
    add(unit, "承办方案", on(21), audience="provider", programme_id=programme)
    add(unit, "承办总结", on(22), audience="provider")
    return unit


def test_mine_over_everything_overdue_first_then_by_date(office: Unit) -> None:
    assert ask(office, "张伟", QUERY).text.splitlines() == [
        "还有 3 项没做，其中 1 项已过期：",
        "1. 【已过期】前测问卷（信息技术1班）：7月10日（周六）截止，已过期2天",
        "   在平台上填",
        "2. 提交心得：7月14日（周三）17:00 截止，还有2天",
        "   逾期后果：不予认定学时",
        "3. 研修作业（信息技术1班）：7月20日（周二）截止，还有8天",
        "   办理：https://x.example/1",
        "已经交过却还在这里的，请联系本校管理员或云溪县师训股（0731-0000000）核对提交记录。",
    ]


def test_another_class_has_other_deadlines(office: Unit) -> None:
    text = ask(office, "王芳", QUERY).text
    assert "别班作业" in text
    assert "工作坊成果（小学语文）" in text
    assert "研修作业" not in text
    # a tutor hands in nothing for the class
    assert "研修作业" not in ask(office, "周明", QUERY).text


def test_schools_and_providers_have_their_own(office: Unit) -> None:
    school = ask(office, "孙丽", QUERY).text
    assert "学校方案〔学校事项〕：7月20日（周二）截止" in school
    assert "承办总结" not in school
    provider = ask(office, "钱进", QUERY).text
    assert "承办总结〔承办机构事项〕" in provider
    assert "承办方案" not in provider
    assert "提交心得" not in provider
    assert "学校方案" not in provider
    programme = office.value(select(programmes.c.id).where(programmes.c.name == "小学语文"))
    office.add(
        insert(programme_phases),
        {
            "programme_id": programme,
            "position": 1,
            "modes": [],
            "audience": "",
            "school_stages": [],
            "subjects": [],
            "provider": "湘江师训中心+奥鹏教育",
            "source_rows": [],
        },
    )
    assert "承办方案（小学语文）〔承办机构事项〕" in ask(office, "钱进", QUERY).text
    assert "学校方案" not in ask(office, "张伟", QUERY).text


def test_a_school_hands_in_once_whoever_does_it(office: Unit) -> None:
    plan = office.value(select(deadlines.c.id).where(deadlines.c.title == "学校方案"))
    done(office, plan, "张伟")
    assert "学校方案" not in ask(office, "孙丽", QUERY).text
    assert "学校方案" in ask(office, "吴军", QUERY).text


def test_a_span_and_a_programme_narrow(office: Unit) -> None:
    week = {"start": on(12, 0, 0).isoformat(), "end": on(19, 0, 0).isoformat()}
    assert ask(office, "张伟", QUERY, when=week).text.startswith("您问的有 1 项没做：\n1. 提交心得")
    later = {"start": on(25, 0, 0).isoformat(), "end": None}
    none = ask(office, "张伟", QUERY, when=later).text
    assert none == "这段时间里没有到期的待办。\n您一共还有 3 项没做，发送「还有什么没做」看全部。"
    assert "研修作业" in ask(office, "张伟", QUERY, programme="信息技术1班").text
    assert ask(office, "张伟", QUERY, programme="天文").text.startswith("没有找到和「天文」有关")


def test_today_and_the_minute_after(office: Unit) -> None:
    moment = on(14, 17, 0)
    assert "今天截止（17:00）" in ask(office, "张伟", QUERY, now=moment).text
    after = ask(office, "张伟", QUERY, now=moment + timedelta(seconds=1)).text
    assert "【已过期】提交心得" in after
    assert "今天已截止" in after


def test_all_done_is_said(office: Unit) -> None:
    for row in office.rows(select(deadlines.c.id, deadlines.c.title)):
        if row.title != "签安全责任书":
            done(office, row.id, "张伟")
    assert ask(office, "张伟", QUERY).text == "目前没有待办，都完成了。"


def test_a_guest_is_refused_at_the_gate(office: Unit) -> None:
    assert allowed(office, "张伟", QUERY)
    assert not allowed(office, None, QUERY)


def test_one_thing_that_is_spoken_of_is_answered_alone(office: Unit) -> None:
    text = asked_in_words(office, "研修作业什么时候交")
    assert text.splitlines()[0] == "您问的有 1 项没做："
    assert "研修作业" in text
    assert "提交心得" not in text
    assert "发送「还有什么没做」看全部" in text
    assert "提交心得" in asked_in_words(office, "还有什么没交")


def test_an_officer_is_no_trainee_unless_a_class_has_them(office: Unit) -> None:
    made = turn(office, "李国强", QUERY)
    as_gate = replace(made.asker, roles=made.asker.roles | {Role.TEACHER})
    reply = deadline.query(replace(made, asker=as_gate))
    assert reply.text == "目前没有待办，都完成了。"


def asked_in_words(office: Unit, text: str) -> str:
    return deadline.query(turn(office, "张伟", QUERY, text)).text
