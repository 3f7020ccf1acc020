"""The timetable as teachers and tutors ask for it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from handlers import schedule
from handlers.contract import SHANGHAI
from handlers.reply import Reply
from handlers.slots import Slots, SlotValue
from storage.unit import Unit
from tests.handlers.turns import MONDAY, allowed, ask, seed_class, seed_people, seed_session, turn

(QUERY,) = schedule.INTENTS


def at(day: int, hour: int, minute: int = 0, *, month: int = 7) -> datetime:
    return datetime(2021, month, day, hour, minute, tzinfo=SHANGHAI)


def span(start: datetime | None, end: datetime | None) -> SlotValue:
    return {
        "start": start.isoformat() if start else None,
        "end": end.isoformat() if end else None,
    }


def day(number: int) -> SlotValue:
    return span(at(number, 0), at(number, 0) + timedelta(days=1))


def say(unit: Unit, text: str, name: str = "张伟", now: datetime = MONDAY) -> Reply:
    return schedule.query(turn(unit, name, QUERY, text, now=now))


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    technology = seed_class(unit)
    seed_session(unit, technology, at(12, 8, 30), topic="数据素养")
    seed_session(unit, technology, at(12, 14, 30), topic="课件制作", hours=2.5)
    seed_session(unit, technology, at(14, 8, 30), topic="微课")
    other = seed_class(unit, "小学语文工作坊", programme="小学语文", members={"王芳": "trainee"})
    seed_session(unit, other, at(13, 9), topic="别班的课")
    seed_class(unit, "心理健康网络班", programme="小学心理健康", members={"何静": "trainee"})
    return unit


def test_today_says_time_place_topic_lecturer_and_sign_in(office: Unit) -> None:
    text = ask(office, "张伟", QUERY, when=day(12)).text
    lines = text.splitlines()
    assert lines[0] == "今天 7月12日（周一）有 2 节课："
    assert lines[1] == (
        "· 08:30–11:30，教师进修学校机房，数据素养，主讲 赵老师，"
        "信息技术1班，签到 08:00–09:00（08:30 后算迟到）"
    )
    assert "14:30–17:00" in lines[2]
    assert "别班的课" not in text


def test_a_day_without_a_session_names_the_next(office: Unit) -> None:
    lines = ask(office, "张伟", QUERY, when=day(13)).text.splitlines()
    assert lines[0] == "明天 7月13日（周二）没有课。"
    assert lines[1].startswith("下一次课：今天 7月12日（周一）08:30–11:30")
    last = ask(office, "张伟", QUERY, when=day(20), now=at(19, 9)).text
    assert "最后一次课是 7月14日（周三）11:30 结束的" in last


def test_the_week_an_afternoon_and_open_spans(office: Unit) -> None:
    week = ask(office, "张伟", QUERY, when=span(at(12, 0), at(19, 0))).text
    assert week.splitlines() == [
        "7月12日（周一）到7月18日（周日）有 3 节课（信息技术1班）：",
        "今天 7月12日（周一）",
        "· 08:30–11:30，教师进修学校机房，数据素养（赵老师）",
        "· 14:30–17:00，教师进修学校机房，课件制作（赵老师）",
        "后天 7月14日（周三）",
        "· 08:30–11:30，教师进修学校机房，微课（赵老师）",
        "签到：课前 30 分钟到上课后 30 分钟，上课后算迟到。",
    ]
    afternoon = ask(office, "张伟", QUERY, when=span(at(12, 12), at(12, 18))).text
    assert afternoon.startswith("今天 7月12日（周一）下午有 1 节课：")
    evening = ask(office, "张伟", QUERY, when=span(at(12, 18), at(13, 0))).text
    assert evening.startswith("今天 7月12日（周一）晚上没有课。")
    noon = ask(office, "张伟", QUERY, when=span(at(12, 11), at(12, 14))).text
    assert noon.startswith("今天 7月12日（周一） 11:00–14:00 有 1 节课：")
    after = ask(office, "张伟", QUERY, when=span(at(14, 0), None)).text
    assert after.startswith("后天 7月14日（周三）起有 1 节课：")
    before = ask(office, "张伟", QUERY, when=span(None, at(13, 0))).text
    assert before.startswith("7月12日（周一）及以前有 2 节课：")


def test_the_next_session_and_what_is_coming(office: Unit) -> None:
    assert say(office, "下次培训").text.startswith("下一次课：\n· 今天 7月12日（周一）08:30")
    running = say(office, "下次课", now=at(12, 9))
    assert running.text.startswith("现在正在上的课：")
    assert "下一次课：今天 7月12日（周一）14:30–17:00" in running.text
    last = say(office, "下次课", now=at(14, 9)).text
    assert last.endswith("之后没有安排课程了。")
    coming = say(office, "我的课表", now=at(12, 12))
    assert coming.text.startswith("接下来有 2 节课：")


def test_what_is_over_is_marked(office: Unit) -> None:
    text = ask(office, "张伟", QUERY, when=day(12), now=at(12, 12)).text
    assert "信息技术1班，已结束" in text


def test_a_named_class_or_programme_narrows(office: Unit) -> None:
    for words in ("信息技术1班", "信息技术应用能力提升培训", "信息技术"):
        reply = ask(office, "张伟", QUERY, programme=words)
        assert "微课" in reply.text
    foreign = ask(office, "张伟", QUERY, programme="小学语文工作坊").text
    assert foreign.startswith("您的班级里没有「小学语文工作坊」。您参加的有：信息技术1班。")
    several = Slots({"programme": ["信息技术1班", "信息技术2班"]})
    assert several.text("programme") is None
    assert "微课" in ask(office, "张伟", QUERY, programme=["信息技术1班", "信息技术2班"]).text


def test_a_tutor_sees_the_classes_they_run(office: Unit) -> None:
    assert "信息技术1班（您负责）" in ask(office, "周明", QUERY, when=day(12)).text


def test_nobody_is_told_nothing(office: Unit) -> None:
    assert ask(office, "李国强", QUERY).text.startswith("您目前没有参加任何培训班")
    empty = ask(office, "何静", QUERY, when=day(12)).text
    assert empty == "今天 7月12日（周一）没有课。\n课程表还没有发布，发布以后再问我就能看到。"


def test_a_guest_is_refused_at_the_gate(office: Unit) -> None:
    assert allowed(office, "张伟", QUERY)
    assert not allowed(office, None, QUERY)


def test_a_long_timetable_comes_as_a_file(office: Unit) -> None:
    many = seed_class(office, "长训班", programme="长训", members={"李娜": "trainee"})
    for number in range(1, 16):
        seed_session(office, many, at(number, 9, month=8))
    reply = ask(office, "李娜", QUERY, programme="长训班")
    assert reply.text.startswith("接下来有 15 节课（长训班）：")
    assert "以上是前 12 节" in reply.text
    assert reply.files[0].name == "我的课表.xlsx"


def test_an_officer_asks_for_a_class_of_the_own_branches(office: Unit) -> None:
    text = ask(office, "李国强", QUERY, programme="信息技术1班").text
    assert text.startswith("接下来有 3 节课（信息技术1班）：")
    assert "教师进修学校机房，微课" in text
    assert "没有参加任何培训班" in ask(office, "孙丽", QUERY, programme="信息技术1班").text


@pytest.mark.parametrize(
    ("text", "programme"),
    [
        ("明天的课", None),
        ("我下周三下午的安排", None),
        ("信息技术1班今天的课", "信息技术1班"),
        ("信息技术1班什么时候上课", "信息技术1班"),
        ("小学语文工作坊在哪儿上课?", "小学语文工作坊"),
        ("下次培训什么时候", None),
    ],
)
def test_words_that_leave_no_doubt(text: str, programme: str | None) -> None:
    found = [match for form in QUERY.forms if (match := re.fullmatch(form, text))]
    assert found
    assert found[0].groupdict().get("programme") == programme


def test_words_that_leave_doubt_are_left_to_the_understanding() -> None:
    for text in ("信息技术1班的培训内容", "明天调课", "今天的学分", "下周三的课调到周四"):
        assert not any(re.fullmatch(form, text) for form in QUERY.forms), text
