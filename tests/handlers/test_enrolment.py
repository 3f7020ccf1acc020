"""My classes and who runs them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from handlers import enrolment
from storage.tables import class_groups
from storage.unit import Unit
from tests.handlers.turns import MONDAY, allowed, ask, seed_class, seed_people, seed_session

LIST, INFO = enrolment.INTENTS


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    technology = seed_class(unit)
    seed_session(unit, technology, MONDAY + timedelta(days=1))
    unit.add(
        insert(class_groups),
        {"training_class_id": technology, "channel": "wecom", "chat": "g1"},
    )
    seed_class(
        unit,
        "小学语文工作坊",
        programme="小学语文",
        members={"张伟": "trainee", "何静": "workshop_leader", "王芳": "trainee"},
    )
    return unit


def test_my_classes_with_programme_and_role(office: Unit) -> None:
    assert ask(office, "张伟", LIST).text.splitlines()[:3] == [
        "您参加了 2 个班：",
        "1. 信息技术1班（学员）：信息技术应用能力提升，2021 年度，县培",
        "2. 小学语文工作坊（学员）：小学语文，2021 年度，县培",
    ]
    assert "信息技术1班（班主任）" in ask(office, "周明", LIST).text
    assert ask(office, "李国强", LIST).text.startswith("您目前没有参加任何培训班")


def test_who_runs_my_class_how_many_we_are_and_when_we_meet(office: Unit) -> None:
    assert ask(office, "张伟", INFO, programme="信息技术1班").text.splitlines() == [
        "信息技术1班（信息技术应用能力提升），您是学员",
        "· 班主任：周明",
        "· 学员 2 人；有企业微信群",
        "· 下一次课：7月13日（周二）08:25，教师进修学校机房",
        "全部上课时间可以问「我的课表」。",
    ]
    both = ask(office, "张伟", INFO).text
    assert "坊主：何静" in both
    assert "之后没有安排课程" in both
    assert "您的班级里没有「天文班」" in ask(office, "张伟", INFO, programme="天文班").text


def test_a_fellow_is_named_only_within_my_own_classes(office: Unit) -> None:
    assert ask(office, "张伟", INFO, person="李娜").text == "是的，李娜和您都在：信息技术1班。"
    assert ask(office, "李娜", INFO, person="王芳").text == "您的班里没有叫「王芳」的人。"
    assert "您的班里没有叫" in ask(office, "李娜", INFO, person="查无此人").text


def test_a_guest_is_refused_at_the_gate(office: Unit) -> None:
    for intent in enrolment.INTENTS:
        assert allowed(office, "张伟", intent)
        assert not allowed(office, None, intent)
