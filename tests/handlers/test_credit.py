"""我的学分 and its whys, from a real ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import insert

from handlers import credit
from storage.rule_sets import RuleSets
from storage.tables import credit_entries
from storage.unit import Unit
from tests.handlers.turns import MONDAY, allowed, ask, person_id, seed_people

SUMMARY, DETAIL, GAP, WHY = credit.INTENTS

LOCAL_RULES = """
region = "{region}"
version = "{version}"
title = "{region}学分办法"
source = "测试文件"
valid_from = {start}
{more}
[cycle]
years = 5
start = 2021-01-01
[[ratio]]
hours = 10
credits = 1
[[threshold]]
name = "周期总学分"
per = "每周期"
min = 120
consequence = "不能评为优秀"
"""


def add_entry(unit: Unit, name: str, hours: str, **more: object) -> None:
    """One ledger entry; 2021 县培集中 recognised unless told otherwise."""
    unit.add(
        insert(credit_entries),
        {
            "person_id": person_id(unit, name),
            "year": 2021,
            "programme": "信息技术提升",
            "level": "county",
            "mode": "face_to_face",
            "class_hours": Decimal(hours),
            "credits": None,
            "status": "recognised",
            "basis": "",
            "reason": "",
            "occurred_on": date(2021, 4, 1),
            "recorded_at": MONDAY,
            **more,
        },
    )


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    add_entry(unit, "张伟", "20.5")
    add_entry(unit, "张伟", "26", programme="校本研修", level="school", mode="school_based")
    add_entry(unit, "张伟", "6", programme="师德网络课", mode="online", status="pending")
    add_entry(unit, "张伟", "8", programme="读书活动", status="rejected", reason="没有签到记录")
    add_entry(unit, "张伟", "30", programme="旧培训", year=2020, occurred_on=date(2020, 5, 1))
    add_entry(unit, "李娜", "80", programme="别人的培训")
    return unit


def test_the_summary_says_total_year_category_waiting_and_rules(office: Unit) -> None:
    lines = ask(office, "张伟", SUMMARY).text.splitlines()
    assert lines == [
        "您本周期（2021—2025 年）共计 44.5 学分，要求 360，还差 315.5。",
        "2021 年：计 44.5，要求 72，还差 27.5。",
        "分类：县培集中 20.5、校本 24",
        "另有 2 学分按规则没有计入，发送「为什么」看原因。",
        "待审核 6 学分（1 条），通过后才计入。",
        "已驳回 1 条，发送「为什么」看原因。",
        "截至 2021年7月12日，按「五年 360 学分（默认规则）」2021 版计算。",
        "接着可以看：学分明细、还差多少、为什么。",
    ]


def test_a_year_a_level_and_a_mode_narrow_the_summary(office: Unit) -> None:
    assert ask(office, "张伟", SUMMARY, year=2021).text.startswith("2021 年：计 44.5")
    old = ask(office, "张伟", SUMMARY, year=2020).text
    assert old.startswith("2020 年登记了 30 学分（1 条），不在本周期")
    school = ask(office, "张伟", SUMMARY, level="school").text
    assert school.startswith("校本计入 24 学分（1 条），登记 26，按规则有 2 没有计入。")
    online = ask(office, "张伟", SUMMARY, mode="online").text
    assert online.startswith("网络计入 0 学分（0 条）。")


def test_nothing_recorded_is_said_with_whom_to_ask(office: Unit) -> None:
    for intent in (SUMMARY, DETAIL, WHY):
        text = ask(office, "王芳", intent).text
        assert text.startswith("还没有登记您的任何学分记录（王芳，工号 10003）")
        assert "云溪县师训股（0731-0000000）" in text
    assert "没有登记任何学分" in ask(office, "王芳", GAP).text


def test_nobody_sees_the_ledger_of_another(office: Unit) -> None:
    for intent in credit.INTENTS:
        assert "别人的培训" not in ask(office, "张伟", intent).text
        assert allowed(office, "张伟", intent)
        assert not allowed(office, None, intent)


def test_the_detail_lists_entries_with_what_counts(office: Unit) -> None:
    text = ask(office, "张伟", DETAIL).text
    assert text.startswith("学分记录 5 条，计入 44.5 学分：")
    assert "校本研修（校本，26 学时，2021-04-01）：登记 26，计 24 学分" in text
    assert "师德网络课（县培网络，6 学时，2021-04-01）：6 学分（待审核，未计入）" in text
    assert "8 学分（已驳回：没有签到记录）" in text
    assert "2020 年 旧培训（县培集中，30 学时，2020-05-01）：30 学分（不在本周期，不计入）" in text
    one = ask(office, "张伟", DETAIL, level="school").text
    assert one.startswith("校本学分记录 1 条，计入 24 学分：")
    assert ask(office, "张伟", DETAIL, level="national").text.startswith(
        "没有国培的学分记录（全部共 5 条）"
    )


def test_a_long_ledger_comes_as_a_file(office: Unit) -> None:
    for n in range(10):
        add_entry(office, "张伟", "1", programme=f"第{n}次培训")
    reply = ask(office, "张伟", DETAIL)
    assert reply.text.count("·") == credit.MOST_LINES
    assert reply.files[0].name == "学分明细.xlsx"


def test_the_gap_says_the_year_the_cycle_and_the_consequence(office: Unit) -> None:
    lines = ask(office, "张伟", GAP).text.splitlines()
    assert lines[0] == "2021 年还差 27.5 学分（已计 44.5，要求 72）。"
    assert lines[1] == "本周期（2021—2025 年）：已计 44.5，要求 360 学分，还差 315.5。"
    add_entry(office, "李娜", "1")
    assert ask(office, "李娜", GAP).text.startswith("2021 年已达标：计 81，要求 72 学分。")
    assert "不在本周期" in ask(office, "张伟", GAP, year=2020).text


def test_why_two_credits_are_missing(office: Unit) -> None:
    lines = ask(office, "张伟", WHY, amount=2, unit="credit").text.splitlines()
    assert lines[0] == "少的 2 学分是因为："
    assert lines[1] == ("1. 校本研修每年最多计 24 学分，2021 年已登记 26，多出的 2 不计。")
    pending = ask(office, "张伟", WHY, amount=6).text
    assert "「师德网络课」6 学分待审核，通过后才计。" in pending.splitlines()[1]
    rejected = ask(office, "张伟", WHY, amount=8).text
    assert "已驳回：没有签到记录" in rejected.splitlines()[1]
    other = ask(office, "张伟", WHY, amount=7).text
    assert other.startswith("没有哪几条正好相差 7 学分。")
    every = ask(office, "张伟", WHY).text
    for part in ("多出的 2 不计", "待审核", "已驳回", "不在本周期", "本周期共计 44.5 学分"):
        assert part in every


def test_an_entry_of_unknown_level_is_named_and_not_counted(office: Unit) -> None:
    add_entry(office, "王芳", "5", level="")
    assert "另有 1 条记录没有写明级别或形式" in ask(office, "王芳", SUMMARY).text


def test_the_nearest_adopted_rules_count_by_date(office: Unit) -> None:
    sets = RuleSets(office)
    county = LOCAL_RULES.format(region="云溪县", version="一", start="2021-01-01", more="")
    school = LOCAL_RULES.format(region="城关小学", version="二", start="2021-01-01", more="")
    later = LOCAL_RULES.format(region="未来", version="三", start="2022-01-01", more="")
    assert sets.adopt(1, "一", county, MONDAY)
    assert "「云溪县学分办法」一 版" in ask(office, "张伟", SUMMARY).text
    assert sets.adopt(3, "三", later, MONDAY)
    assert "「云溪县学分办法」一 版" in ask(office, "张伟", SUMMARY).text
    assert sets.adopt(3, "二", school, MONDAY)
    assert "「城关小学学分办法」二 版" in ask(office, "张伟", SUMMARY).text
    assert "不能评为优秀" in ask(office, "张伟", GAP).text
    assert not sets.adopt(3, "二", school, MONDAY)
    assert sets.adopt(None, "一", county, MONDAY)
    assert not sets.adopt(None, "一", county, MONDAY)
    # the other school is not touched by what 城关小学 adopted
    add_entry(office, "王芳", "10")
    assert "「云溪县学分办法」" in ask(office, "王芳", SUMMARY).text


def test_rules_that_have_ended_are_used_and_said_to_have_ended(office: Unit) -> None:
    old = LOCAL_RULES.format(
        region="云溪县", version="旧", start="2021-01-01", more="valid_to = 2021-06-30"
    )
    RuleSets(office).adopt(1, "旧", old, MONDAY)
    assert "有效期到 2021-06-30，尚无新规则" in ask(office, "张伟", SUMMARY).text
