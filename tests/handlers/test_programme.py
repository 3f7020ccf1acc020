"""Searching the plan and telling one programme's facts, with what the plan leaves out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert

from handlers import programme
from handlers.contract import Privacy
from storage.readers.plan import read_plan
from storage.tables import programme_phases, programmes
from storage.unit import Unit
from tests.handlers.turns import allowed, ask, press, seed_class, seed_people, turn

SEARCH, DETAIL = programme.INTENTS


def add(unit: Unit, seq: str, name: str, **more: object) -> int:
    return unit.add(
        insert(programmes),
        {
            "year": 2020,
            "seq": seq,
            "name": name,
            "topic": "义务教育教师培训",
            "sponsor_unit": "县市区",
            "level": "municipal",
            "document": "云教通〔2020〕1号",
            "aliases": [],
            **more,
        },
    )


def phase(unit: Unit, programme_id: int, position: int = 0, **more: object) -> None:
    unit.add(
        insert(programme_phases),
        {
            "programme_id": programme_id,
            "position": position,
            "modes": ["online"],
            "audience": "小学教师",
            "school_stages": ["primary"],
            "subjects": [],
            "duration": Decimal(100),
            "duration_unit": "class_hour",
            "enrolment_count": 50,
            "provider": "湘南学院（国培省市联合立项）",
            "starts_on": None,
            "ends_on": None,
            "source_rows": [90],
            **more,
        },
    )


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    tutors = add(unit, "4", "小学班主任培训")
    phase(unit, tutors, enrolment_count=100, audience="小学班主任")
    phase(unit, tutors, 1, modes=["local"], duration=Decimal(6), duration_unit="day")
    phase(unit, add(unit, "6", "小学心理健康"), subjects=["心理健康"])
    phase(unit, add(unit, "6", "中学心理健康"), school_stages=["junior", "senior"])
    phase(
        unit,
        add(unit, "14", "小学心理健康"),
        subjects=["心理健康"],
        duration=Decimal(60),
        enrolment_count=60,
        provider="中国教师研修网",
    )
    phase(
        unit,
        add(unit, "31", "全市教育新闻宣传培训", topic=""),
        modes=["local"],
        audience="全市新闻通讯员",
        school_stages=[],
        duration=Decimal("2.5"),
        duration_unit="day",
        provider="",
        starts_on=date(2020, 10, 12),
        ends_on=date(2020, 10, 14),
    )
    return unit


BEFORE_SEPTEMBER = {"start": None, "end": "2020-10-01T00:00:00+08:00"}


def test_stage_subject_mode_and_time_find_what_the_plan_has(office: Unit) -> None:
    reply = ask(
        office,
        "张伟",
        SEARCH,
        stage="primary",
        subject="心理健康",
        mode="online",
        when=BEFORE_SEPTEMBER,
    )
    lines = reply.text.splitlines()
    assert lines[0] == (
        "2020 年度计划（云教通〔2020〕1号）里，符合「小学、心理健康、网络」的有 2 项："
    )
    assert lines[1] == (
        "1. 小学心理健康（网络，100 学时，50 人次，湘南学院（国培省市联合立项），对象：小学教师）"
    )
    assert lines[2] == "2. 小学心理健康（网络，60 学时，60 人次，中国教师研修网，对象：小学教师）"
    assert "这些项目文件未给出时间" in lines[3]
    assert reply.question is not None
    first = press(office, "张伟", programme.INTENTS, reply.question.choices[0].action)
    assert "100 学时" in first.text


def test_a_time_hides_only_what_is_dated_otherwise(office: Unit) -> None:
    before = ask(office, "张伟", SEARCH, mode="local", when=BEFORE_SEPTEMBER).text
    assert "小学班主任培训" in before
    assert "新闻宣传" not in before
    october = {"start": "2020-10-14T00:00:00+08:00", "end": "2020-10-15T00:00:00+08:00"}
    text = ask(office, "张伟", SEARCH, mode="local", when=october).text
    assert "2020年10月12日—2020年10月14日" in text
    assert "其中 1 项文件未给出时间" in text


def test_level_provider_and_words_of_the_name(office: Unit) -> None:
    national = ask(office, "张伟", SEARCH, level="national").text
    assert "中国教师研修网" not in national
    assert "国培省市联合立项" in national
    provider = ask(office, "张伟", SEARCH, provider="中国教师研修网").text
    assert "有 1 项：" in provider
    named = ask(office, "张伟", SEARCH, programme="班主任").text
    assert "小学班主任培训（网络，100 学时" in named
    assert "；本地，6 天" in named


def test_words_of_the_message_that_the_plan_has_too(office: Unit) -> None:
    text = programme.find(turn(office, "张伟", SEARCH, "有没有班主任能去的啊")).text
    assert text.startswith("2020 年度计划（云教通〔2020〕1号）里，符合「班主任」的有 1 项：")
    every = programme.find(turn(office, "张伟", SEARCH, "有哪些培训")).text
    assert "里，有 5 项：" in every


def test_plans_of_several_years_are_told_apart(office: Unit) -> None:
    phase(office, add(office, "1", "小学心理健康", year=2021), subjects=["心理健康"])
    lines = ask(office, "张伟", SEARCH, stage="primary", subject="心理健康").text.splitlines()
    assert (
        lines[0] == "2021、2020 年度计划（云教通〔2020〕1号）里，符合「小学、心理健康」的有 3 项："
    )
    assert lines[1].startswith("1. 2021 年度：小学心理健康（网络，100 学时")
    assert lines[2].startswith("2. 2020 年度：小学心理健康")


def test_nothing_fits_and_the_nearest_is_offered(office: Unit) -> None:
    text = ask(office, "张伟", SEARCH, stage="primary", subject="心理健康", mode="offsite").text
    assert text.startswith("没有完全符合「小学、心理健康、异地」的培训。不限「异地」的有 2 项：")
    none = ask(office, "张伟", SEARCH, subject="天文").text
    assert none.startswith("没有符合「天文」的培训（现有 2020 年度计划，共 5 项）。")
    other_year = ask(office, "张伟", SEARCH, year=2021, stage="primary").text
    assert "不限「2021 年度」的有 3 项" in other_year


def test_everything_is_a_short_list_and_a_file(office: Unit) -> None:
    reply = ask(office, "张伟", SEARCH)
    assert reply.text.startswith("2020 年度计划（云教通〔2020〕1号）里，有 5 项：")
    add(office, "40", "没有阶段的项目")
    assert ask(office, "张伟", SEARCH).files[0].name == "培训项目.xlsx"


def test_an_empty_plan_is_said_to_be_empty(unit: Unit) -> None:
    seed_people(unit)
    assert ask(unit, "张伟", SEARCH).text.startswith("还没有导入培训计划。")


def test_the_detail_gives_every_phase_and_names_what_is_not_given(office: Unit) -> None:
    text = ask(office, "张伟", DETAIL, programme="小学班主任班").text
    lines = text.splitlines()
    assert lines[0] == "小学班主任培训（2020 年度，云教通〔2020〕1号，序号 4）"
    assert lines[2] == (
        "阶段 1　形式：网络；对象：小学班主任；时长：100 学时；人数：100 人次；"
        "承办：湘南学院（国培省市联合立项）；时间：文件未给出"
    )
    assert lines[3].startswith("阶段 2　形式：本地；")
    news = ask(office, "张伟", DETAIL, programme="全市教育新闻宣传培训").text
    assert "专题：文件未给出" in news
    assert "承办：文件未给出" in news
    assert "时间：2020年10月12日—2020年10月14日" in news


def test_an_ambiguous_name_is_asked_back(office: Unit) -> None:
    reply = ask(office, "张伟", DETAIL, programme="小学心理健康")
    assert reply.text.startswith("和「小学心理健康」相符的有 2 个，您问的是哪一个？")
    assert reply.question is not None
    second = press(office, "张伟", programme.INTENTS, reply.question.choices[1].action)
    assert "承办：中国教师研修网" in second.text
    one = ask(office, "张伟", DETAIL, programme="小学心理健康", provider="中国教师研修网")
    assert "承办：中国教师研修网" in one.text


def test_unknown_and_missing_names(office: Unit) -> None:
    assert "没有找到「天文观测」" in ask(office, "张伟", DETAIL, programme="天文观测").text
    asked = ask(office, "张伟", DETAIL)
    assert asked.question is not None
    assert asked.question.slot == "programme"


def test_a_name_is_read_off_the_message_where_no_slot_has_it(office: Unit) -> None:
    said = programme.detail(turn(office, "张伟", DETAIL, "小学班主任培训 是谁承办的"))
    assert said.text.startswith("小学班主任培训（2020 年度")


def test_a_class_names_its_programme_and_may_have_no_plan(office: Unit) -> None:
    seed_class(office)
    text = ask(office, "张伟", DETAIL, programme="信息技术1班").text
    assert text.startswith("信息技术应用能力提升（2021 年度，来源文件未登记，序号 1）")
    assert "形式、对象、时长、人数、承办、时间：文件未给出" in text
    assert "已开的班：信息技术1班" in text


def test_programmes_are_public_but_not_for_guests(office: Unit) -> None:
    for intent in programme.INTENTS:
        assert intent.privacy is Privacy.PUBLIC
        assert allowed(office, "张伟", intent)
        assert not allowed(office, None, intent)
    assert "张伟" not in programme.find(turn(office, "张伟", SEARCH, "有哪些培训")).text


def test_the_real_plan_answers_the_question_of_the_issue(unit: Unit, shared: Path) -> None:
    seed_people(unit)
    seed = shared / "seeds" / "000_18f97366548c1bed.txt"
    plan = read_plan(seed.read_bytes(), seed.name)
    known: dict[tuple[str, str], int] = {}
    for number, item in enumerate(plan.items):
        key = (item.seq, item.name)
        if key not in known:
            known[key] = add(unit, item.seq, item.name, topic=item.topic)
        phase(
            unit,
            known[key],
            number,
            modes=list(item.mode),
            audience=item.audience,
            school_stages=[],
            duration=item.duration_value,
            duration_unit=item.duration_unit,
            enrolment_count=item.headcount,
            provider=item.provider,
            source_rows=list(item.source_rows),
        )
    text = ask(
        unit,
        "张伟",
        SEARCH,
        stage="primary",
        subject="心理健康",
        mode="online",
        when=BEFORE_SEPTEMBER,
    ).text
    assert "小学心理健康（网络，100 学时，50 人次，湘南学院（国培省市联合立项）" in text
    assert "小学心理健康（网络，60 学时，60 人次，中国教师研修网" in text
    assert "有 2 项" in text
    assert "文件未给出时间" in text
    reply = ask(unit, "张伟", DETAIL, programme="市级培训业务管理考评项目").text
    assert "时长：文件未给出；人数：文件未给出" in reply


def test_what_a_provider_runs_is_found_by_its_name(office: Unit) -> None:
    reply = ask(office, "张伟", DETAIL, programme="中国教师研修网")
    assert "「中国教师研修网」承办的有" in reply.text


def test_a_level_in_words_is_the_level(office: Unit) -> None:
    in_words = ask(office, "张伟", SEARCH, level="国培").text
    assert in_words == ask(office, "张伟", SEARCH, level="national").text


def test_a_number_of_people_is_no_word_of_a_programme(office: Unit) -> None:
    text = programme.find(turn(office, "张伟", SEARCH, "100人以上的培训")).text
    assert "符合" not in text


def test_an_undated_programme_is_not_of_another_year(office: Unit) -> None:
    august = {"start": "2021-08-01T00:00:00+08:00", "end": "2021-09-01T00:00:00+08:00"}
    text = ask(office, "张伟", SEARCH, subject="心理健康", when=august).text
    assert text.startswith("没有完全符合「心理健康」的培训。不限「时间」的有")
    last_year = {"start": "2020-08-01T00:00:00+08:00", "end": "2020-09-01T00:00:00+08:00"}
    text = ask(office, "张伟", SEARCH, subject="心理健康", when=last_year).text
    assert "符合「心理健康」的有 3 项" in text
    assert "计划只写了年度" in text


def test_what_is_not_online_is_found_as_such(office: Unit) -> None:
    text = programme.find(turn(office, "张伟", SEARCH, "线下的培训有哪些")).text
    assert "符合「线下」的有 2 项" in text
    assert "小学心理健康" not in text


def test_what_no_plan_mentions_is_said_before_the_list(office: Unit) -> None:
    canteen = turn(office, "张伟", SEARCH, "2020年有什么食堂人员的培训", year=2020)
    assert programme.find(canteen).text.startswith("计划里没有提到「食堂」，下面没有按它筛选。")
    elsewhere = turn(office, "张伟", SEARCH, "长沙的培训有哪些", region="长沙")
    assert "没有提到「长沙」" in programme.find(elsewhere).text
    plain = turn(office, "张伟", SEARCH, "有哪些小学的培训", stage="primary")
    assert "没有提到" not in programme.find(plain).text
