"""Opening, watching and closing a sign-in: the tutor, the officer, and those who may not."""

from __future__ import annotations

import io
import random
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, insert, select

from handlers import attendance, session
from handlers.contract import Intent, Place
from handlers.reply import Reply, action
from handlers.slots import Slots
from storage.attendance import Attendance
from storage.scope import Scope
from storage.tables import check_in_windows, enrolments, people
from storage.unit import Unit
from storage.windows import Windows
from tests.handlers.turns import (
    MONDAY,
    allowed,
    press,
    seed_class,
    seed_people,
    seed_session,
    turn,
)

START = MONDAY.replace(hour=8, minute=30)
OPEN, CLOSE, PENDING = session.INTENTS


@pytest.fixture
def lesson(unit: Unit) -> int:
    seed_people(unit)
    return seed_session(unit, seed_class(unit), START)


def say(unit: Unit, name: str, intent: Intent, now: datetime = MONDAY, **slots: str) -> Reply:
    assert intent.handle is not None
    chance = random.Random(int(now.timestamp()))
    made = turn(unit, name, intent, now=now, chance=chance)
    return intent.handle(replace(made, slots=Slots(slots)))


def code_of(reply: Reply) -> str:
    found = re.search(r"签到码：(\w{4})", reply.text)
    assert found is not None
    return found[1]


def sign(unit: Unit, name: str, code: str, now: datetime = MONDAY) -> None:
    reply = attendance.check_in(turn(unit, name, "attendance.check_in", now=now, code=code))
    assert "签到成功" in reply.text


def test_a_tutor_opens_watches_and_closes(unit: Unit, lesson: int) -> None:
    opened = say(unit, "周明", OPEN)
    code = code_of(opened)
    assert "应到 2 人" in opened.text
    assert "09:00 截止" in opened.text
    assert code not in opened.in_group
    assert opened.card is not None
    watch, end = (choice.action for choice in opened.card.choices)
    again = say(unit, "周明", OPEN, MONDAY + timedelta(minutes=1))
    assert code_of(again) == code
    sign(unit, "张伟", code)
    waiting = press(unit, "周明", session.INTENTS, watch)
    assert waiting.text.startswith("还有 1 人未签到")
    assert "李娜（城关小学）" in waiting.text
    assert "张伟" not in waiting.text
    assert waiting.in_group == "还有 1 人未签到。"
    closed = press(unit, "周明", session.INTENTS, end)
    assert "签到已结束" in closed.text
    assert "已签 1 人（准时 1，迟到 0），未签 1 人" in closed.text
    assert "李娜" in closed.text
    assert "李娜" not in closed.in_group
    assert "先前已经结束" in press(unit, "周明", session.INTENTS, end).text
    # afterwards the last one of the day is meant
    assert "还有 1 人" in say(unit, "周明", PENDING, MONDAY + timedelta(hours=5)).text


def test_a_new_code_after_closing(unit: Unit, lesson: int) -> None:
    first = code_of(say(unit, "周明", OPEN))
    say(unit, "周明", CLOSE)
    second = code_of(say(unit, "周明", OPEN, MONDAY + timedelta(minutes=2)))
    assert first != second
    third = code_of(say(unit, "周明", OPEN, START + timedelta(minutes=45)))
    assert third not in {first, second}
    assert unit.value(select(func.count()).select_from(check_in_windows)) == 3


def test_only_the_one_who_runs_the_class(unit: Unit, lesson: int) -> None:
    other = seed_class(
        unit,
        "小学语文1班",
        programme="小学语文",
        members={"王芳": "class_tutor", "张伟": "trainee"},
    )
    seed_session(unit, other, START + timedelta(days=3))
    refused = say(unit, "王芳", OPEN)
    assert refused.refused
    assert "7月15日" in refused.text
    assert "08:00" in refused.text
    taken = press(unit, "王芳", session.INTENTS, action("session.open", session=str(lesson)))
    assert "签到码" not in taken.text
    code_of(say(unit, "周明", OPEN))
    for intent in ("session.pending", "session.close"):
        reply = press(unit, "王芳", session.INTENTS, action(intent, session=str(lesson)))
        assert reply.refused
        assert "李娜" not in reply.text
    assert Attendance(unit).missing(lesson, Scope(3)) == ()
    assert len(Windows(unit).open_in([lesson], MONDAY)) == 1


def test_an_officer_picks_among_classes(unit: Unit, lesson: int) -> None:
    other = seed_class(unit, "小学语文1班", programme="小学语文", members={"王芳": "trainee"})
    seed_session(unit, other, START)
    asked = say(unit, "李国强", OPEN)
    assert asked.question is not None
    labels = [choice.label for choice in asked.question.choices]
    assert [label.split()[0] for label in labels] == ["信息技术1班", "小学语文1班"]
    opened = press(unit, "李国强", session.INTENTS, asked.question.choices[1].action)
    assert "小学语文1班" in opened.text
    assert "信息技术1班" in say(unit, "李国强", OPEN, programme="信息技术1班").text
    place = Place("group1", other)
    here = session.pending(turn(unit, "李国强", PENDING, place=place))
    assert "小学语文1班" in here.text
    assert "没有找到" in say(unit, "李国强", OPEN, programme="高中化学").text


def test_nothing_to_open(unit: Unit, lesson: int) -> None:
    early = say(unit, "周明", OPEN, START - timedelta(minutes=31))
    assert early.refused
    assert "08:00 起可以开始签到" in early.text
    assert "签到码" in say(unit, "周明", OPEN, START - timedelta(minutes=30)).text
    over = say(unit, "周明", OPEN, START + timedelta(hours=3))
    assert "没有排课" in over.text
    assert "没有开着的签到" in say(unit, "周明", CLOSE, START + timedelta(hours=3)).text
    assert "还没有开过签到" in say(unit, "周明", PENDING, MONDAY + timedelta(days=1)).text


def test_a_long_list_is_a_file_and_leavers_are_not_waited_for(unit: Unit, lesson: int) -> None:
    class_id = unit.value(select(enrolments.c.training_class_id))
    for number in range(30):
        status = "active" if number < 25 else "transferred"
        person = unit.add(
            insert(people),
            {
                "staff_number": f"009{number:02}",
                "name": f"学员{number}",
                "organisation_id": 3,
                "status": status,
            },
        )
        unit.add(
            insert(enrolments),
            {"training_class_id": class_id, "person_id": person, "role": "trainee"},
        )
    say(unit, "周明", OPEN)
    reply = say(unit, "周明", PENDING)
    assert "还有 27 人未签到" in reply.text
    assert "学员3" not in reply.text
    sheet = load_workbook(io.BytesIO(reply.files[0].data)).active
    assert sheet is not None
    assert sheet.max_row == 28
    assert str(sheet["C4"].value).startswith(("00", "1"))


def test_who_may(unit: Unit, lesson: int) -> None:
    for intent in session.INTENTS:
        assert allowed(unit, "周明", intent)
        assert allowed(unit, "李国强", intent)
        assert not allowed(unit, "张伟", intent)
        assert not allowed(unit, "孙丽", intent)
        assert not allowed(unit, None, intent)


def test_who_was_late_the_first_time_is_late_when_it_is_opened_again(
    unit: Unit, lesson: int
) -> None:
    say(unit, "周明", OPEN)
    say(unit, "周明", CLOSE, now=START + timedelta(minutes=20))
    again = START + timedelta(minutes=50)
    reply = say(unit, "周明", OPEN, now=again)
    assert "现在签到记为迟到，09:50 截止" in reply.text
    signed = attendance.check_in(
        turn(unit, "张伟", "attendance.check_in", now=again, code=code_of(reply))
    )
    assert signed.text.startswith("签到成功，记为迟到")


def test_nobody_is_late_because_the_tutor_was(unit: Unit, lesson: int) -> None:
    late = START + timedelta(minutes=20)
    reply = say(unit, "周明", OPEN, now=late)
    assert "09:00 后记为迟到，09:20 截止" in reply.text
    signed = attendance.check_in(
        turn(
            unit,
            "张伟",
            "attendance.check_in",
            now=late + timedelta(minutes=10),
            code=code_of(reply),
        )
    )
    assert signed.text.startswith("签到成功，准时")


def test_asking_when_opens_nothing(unit: Unit, lesson: int) -> None:
    def asked(now: datetime) -> str:
        return session.open_(turn(unit, "周明", OPEN, "几点开始签到", now=now)).text

    assert "今天 08:00 起可以开始签到" in asked(START - timedelta(hours=1))
    assert "现在就可以开始签到" in asked(START - timedelta(minutes=20))
    assert "之后也没有排课" in asked(START + timedelta(minutes=20))
    assert unit.value(select(func.count()).select_from(check_in_windows)) == 0


def test_a_sign_in_that_was_over_before_the_start_is_found(unit: Unit, lesson: int) -> None:
    early = START - timedelta(minutes=20)
    say(unit, "周明", OPEN, now=early)
    say(unit, "周明", CLOSE, now=early)
    reply = say(unit, "周明", PENDING, now=early + timedelta(minutes=1))
    assert reply.text.startswith("还有 2 人未签到")
