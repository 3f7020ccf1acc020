"""Signing in, from the teacher's side (stories T08, T09, T10), on both engines."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from handlers import attendance, session
from handlers.contract import Intent
from handlers.reply import Reply
from handlers.slots import Slots
from storage.tables import attendance as attendance_table
from storage.unit import Unit
from storage.windows import Windows
from tests.handlers.turns import MONDAY, allowed, seed_class, seed_people, seed_session, turn

START = MONDAY.replace(hour=8, minute=30)
CHECK_IN, RECORD = attendance.INTENTS
OPEN, CLOSE, PENDING = session.INTENTS


@pytest.fixture
def lesson(unit: Unit) -> int:
    seed_people(unit)
    return seed_session(unit, seed_class(unit), START)


def say(unit: Unit, name: str, intent: Intent, now: datetime = MONDAY, **slots: str) -> Reply:
    assert intent.handle is not None
    return intent.handle(replace(turn(unit, name, intent, now=now), slots=Slots(slots)))


def code_of(reply: Reply) -> str:
    found = re.search(r"签到码：(\w{4})", reply.text)
    assert found is not None
    return found[1]


def records(unit: Unit) -> int:
    return int(unit.value(select(func.count()).select_from(attendance_table)))


def test_a_code_signs_in_once(unit: Unit, lesson: int) -> None:
    code = code_of(say(unit, "周明", OPEN))
    first = say(unit, "张伟", CHECK_IN, code=code)
    assert "签到成功" in first.text
    assert "08:25:00" in first.text
    assert "第 1 位" in first.text
    assert "准时" in first.text
    again = say(unit, "张伟", CHECK_IN, MONDAY + timedelta(minutes=1), code=code)
    assert "已签到" in again.text
    assert "08:25" in again.text
    assert records(unit) == 1
    assert "第 2 位" in say(unit, "李娜", CHECK_IN, code=code).text


def test_however_the_code_is_typed(unit: Unit, lesson: int) -> None:
    code = code_of(say(unit, "周明", OPEN))
    typed = f" {code[:2].lower()}-{code[2:].lower()} "
    assert "签到成功" in say(unit, "张伟", CHECK_IN, code=typed).text


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("签到 7K3M", "7K3M"),
        ("签到7k3m", "7k3m"),
        ("签到码7K3M", "7K3M"),
        ("签到码：7K3M", "7K3M"),
        ("7k3m", "7k3m"),
        ("签到", None),
        ("2021", "-"),
        ("help", "-"),
        ("签到表", "-"),
    ],
)
def test_closed_forms(said: str, code: str | None) -> None:
    found = [m for form in CHECK_IN.forms if (m := re.fullmatch(form, said))]
    if code == "-":
        assert not found
    else:
        assert {m.groupdict().get("code") for m in found} == {code}


def test_late_until_the_window_closes_and_then_make_up(unit: Unit, lesson: int) -> None:
    code = code_of(say(unit, "周明", OPEN))
    late = say(unit, "张伟", CHECK_IN, START + timedelta(minutes=5), code=code)
    assert "迟到" in late.text
    at = select(attendance_table.c.judgement)
    assert unit.value(at) == "late"
    after = say(unit, "李娜", CHECK_IN, START + timedelta(minutes=31), code=code)
    assert after.refused
    assert "过期" in after.text
    assert "补签" in after.text
    assert "周明" in after.text
    asked = say(unit, "李娜", CHECK_IN, START + timedelta(minutes=32))
    assert "补签" in asked.text
    assert records(unit) == 1


def test_nobody_is_late_because_the_tutor_was(unit: Unit, lesson: int) -> None:
    opened = START + timedelta(minutes=40)
    code = code_of(say(unit, "周明", OPEN, opened))
    assert "准时" in say(unit, "张伟", CHECK_IN, opened + timedelta(minutes=9), code=code).text
    assert "迟到" in say(unit, "李娜", CHECK_IN, opened + timedelta(minutes=11), code=code).text


def test_wrong_and_other_class_and_the_sixth_try(unit: Unit, lesson: int) -> None:
    other = seed_class(unit, "小学语文1班", programme="小学语文", members={"王芳": "trainee"})
    seed_session(unit, other, START)
    code = code_of(say(unit, "周明", OPEN))
    stranger = say(unit, "王芳", CHECK_IN, code=code)
    assert stranger.refused
    assert "别的班" in stranger.text
    assert "信息技术" not in stranger.text
    wrong = "2A2A" if code != "2A2A" else "3B3B"
    assert "O" in say(unit, "张伟", CHECK_IN, code="7KO3").text
    for left in (3, 2, 1):
        assert f"{left} 次" in say(unit, "张伟", CHECK_IN, code=wrong).text
    assert "不能再试" in say(unit, "张伟", CHECK_IN, code=wrong).text
    sixth = say(unit, "张伟", CHECK_IN, MONDAY + timedelta(minutes=2), code=code)
    assert sixth.refused
    assert "08:36" in sixth.text
    assert sixth.audit["flagged"] == 1
    assert records(unit) == 0
    later = say(unit, "张伟", CHECK_IN, MONDAY + timedelta(minutes=11), code=code)
    assert "签到成功" in later.text


def test_closed_by_hand_is_expired(unit: Unit, lesson: int) -> None:
    code = code_of(say(unit, "周明", OPEN))
    say(unit, "周明", CLOSE)
    late = say(unit, "张伟", CHECK_IN, MONDAY + timedelta(minutes=1), code=code)
    assert "过期" in late.text
    assert "08:25" in late.text


def test_without_a_code(unit: Unit, lesson: int) -> None:
    nothing = say(unit, "张伟", CHECK_IN)
    assert "没有开放的签到" in nothing.text
    assert "教师进修学校机房" in nothing.text
    code = code_of(say(unit, "周明", OPEN))
    asked = say(unit, "张伟", CHECK_IN)
    assert asked.question is not None
    assert asked.question.slot == "code"
    assert code not in asked.text
    say(unit, "张伟", CHECK_IN, code=code)
    assert "已签到" in say(unit, "张伟", CHECK_IN).text
    assert "没有安排课程" in say(unit, "王芳", CHECK_IN).text


def test_my_record(unit: Unit, lesson: int) -> None:
    class_id = seed_class(unit, "二班", programme="另一个", members={"张伟": "trainee"})
    for days in (7, 6):
        seed_session(unit, class_id, START - timedelta(days=days))
    missed = seed_session(unit, class_id, START - timedelta(days=1))

    day = MONDAY - timedelta(days=1)
    Windows(unit).open(missed, "A2A2", 4, day, day + timedelta(minutes=30))
    code = code_of(say(unit, "周明", OPEN))
    say(unit, "张伟", CHECK_IN, code=code)
    evening = MONDAY.replace(hour=20)
    text = say(unit, "张伟", RECORD, evening).text
    assert "共 4 次课：准时 1 次，缺勤 1 次，未开签到 2 次" in text
    assert "信息技术1班：准时（08:25）" in text
    assert "共 1 次课" in say(unit, "张伟", RECORD, evening, programme="信息技术1班").text
    span = {"start": "2021-07-11T00:00:00+08:00", "end": "2021-07-12T00:00:00+08:00"}
    assert RECORD.handle is not None
    yesterday = RECORD.handle(turn(unit, "张伟", RECORD, now=evening, when=span))
    assert "共 1 次课：缺勤 1 次" in yesterday.text
    assert "没有" in say(unit, "王芳", RECORD, evening).text


def test_a_guest_signs_nobody_in(unit: Unit, lesson: int) -> None:
    assert allowed(unit, "张伟", CHECK_IN)
    assert allowed(unit, "张伟", RECORD)
    assert not allowed(unit, None, CHECK_IN)
    assert not allowed(unit, None, RECORD)


def test_a_tutor_is_shown_the_way_to_the_class(unit: Unit) -> None:
    seed_people(unit)
    seed_session(unit, seed_class(unit), MONDAY + timedelta(hours=1))
    record = attendance.record(turn(unit, "周明", "attendance.record"))
    assert "看您负责的班级，发送「还有谁没签到」" in record.text
    code = attendance.check_in(turn(unit, "周明", "attendance.check_in"))
    assert "是您带的班，您不用签到" in code.text
    assert "「开始签到」" in code.text
    own = attendance.check_in(turn(unit, "张伟", "attendance.check_in"))
    assert "您带的班" not in own.text


def test_who_signed_in_before_the_start_finds_the_record(unit: Unit) -> None:
    seed_people(unit)
    seed_session(unit, seed_class(unit), MONDAY + timedelta(minutes=5))
    text = attendance.record(turn(unit, "张伟", "attendance.record")).text
    assert text.startswith("共 1 次课：还没签到 1 次")
