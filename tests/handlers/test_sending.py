"""发送情况, the honest states of a notice, and who is told of a broken way (C05, O12, row 48)."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert, select

from handlers.reach import reroute
from handlers.sending import MUST_BE_TOLD, tell_of_pause
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery, Result
from storage.parking import Parking
from storage.pauses import Pause, Pauses
from storage.reachability import Reachability
from storage.tables import deliveries, people
from storage.unit import Unit
from tests.handlers.offices import (
    BOARD,
    CONFIRM,
    DRAFT,
    EVERYWHERE,
    STATE,
    STOP,
    WAYS,
    bind,
    bind_group,
    press,
    say,
    send,
)
from tests.handlers.turns import MONDAY, allowed, seed_class, seed_people

MESSAGE = "周五下午两点在报告厅集中。"
SAID = f"给信息技术1班发通知：{MESSAGE}"
IN_CLASS = {"张伟": "trainee", "李娜": "trainee", "何静": "trainee", "周明": "class_tutor"}


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    seed_class(unit, members=IN_CLASS)
    return unit


def sent_to_class(unit: Unit, *, group: bool = False) -> None:
    """A notice to the class, approved."""
    shown = say(unit, DRAFT, SAID, message=MESSAGE)
    press(unit, press(unit, shown, "也发到班级群") if group else shown, "确认发送")


# -- one person, several deliveries ---------------------------------------------------------------


def test_a_person_counts_once_in_the_best_state(office: Unit) -> None:
    bind(office, "何静", "qq", "h")
    sent_to_class(office)
    send(office, "wecom")
    bind(office, "何静", "onebot", "88")
    parked = send(office, "qq", Result.PARKED, error="refused")
    board = say(office, BOARD, "N1谁没确认", code="N1")
    assert "已送出 2 人，等对方说话时补送 1 人。" in board.text
    Reachability(office).refuse("qq", "private", "h", "refused", MONDAY)
    assert reroute(office, parked, WAYS, MONDAY) == 1
    assert "还在排队 1 人" in say(office, BOARD, code="N1").text
    send(office, "onebot", Result.UNKNOWN, error="timeout")
    assert "等对方说话时补送 1 人" in say(office, BOARD, code="N1").text
    assert Parking(office).release("qq", "private", "h", MONDAY) == 1
    send(office, "qq")
    done = say(office, BOARD, code="N1")
    assert "共 3 人，已确认 0 人，未确认 3 人" in done.text
    assert "已送出 3 人。" in done.text
    assert done.text.count("何静") == 1


def test_a_notice_that_waits_says_what_for(office: Unit) -> None:
    sent_to_class(office)
    Pauses(office).pause("wecom", "", MONDAY, MONDAY + timedelta(minutes=20), "Secret 不对")
    waiting = say(office, STATE, code="N1").text
    assert "还在排队 2 人" in waiting
    assert "企业微信应用暂停到" in waiting
    assert "Secret 不对" in waiting


def test_what_arrived_elsewhere_is_not_sent_again(office: Unit) -> None:
    bind(office, "何静", "qq", "h")
    sent_to_class(office)
    bind(office, "何静", "onebot", "88")
    parked = send(office, "qq", Result.PARKED)
    reroute(office, parked, WAYS, MONDAY)
    send(office, "onebot")
    assert Parking(office).release("qq", "private", "h", MONDAY) == 0
    assert send(office, "qq") == []


def test_unknown_is_not_failed(office: Unit) -> None:
    sent_to_class(office)
    send(office, "wecom", Result.UNKNOWN, error="no answer")
    board = say(office, BOARD, code="N1")
    assert "结果不明（可能已送到） 2 人，没有绑定账号、收不到 1 人。" in board.text


def test_groups_reach_nobody_in_the_counts(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    sent_to_class(office, group=True)
    send(office, "wecom_robot")
    board = say(office, BOARD, code="N1")
    assert "还在排队 2 人，没有绑定账号、收不到 1 人。" in board.text
    shown = say(office, STATE, code="N1")
    assert "班级群：已送出 1 个" in shown.text
    only = say(office, DRAFT, f"在信息技术1班群里通知：{MESSAGE}", message=MESSAGE)
    press(office, only, "确认发送")
    state = say(office, STATE, code="N2")
    assert "只发到班级群，没有单独发给个人。" in state.text
    assert "班级群：排队 1 个" in state.text
    assert "何静" not in state.text
    # whoever reads it in the group confirms it in private
    assert "已确认收到 N2" in say(office, CONFIRM, name="何静", code="N2").text


# -- the state of all sending ---------------------------------------------------------------------


def test_what_waits_what_left_and_what_stands_still(office: Unit) -> None:
    quiet = say(office, STATE, "发送情况")
    assert "企业微信应用：今天已送出 0" in quiet.text
    assert "排队" not in quiet.text
    bind(office, "何静", "qq", "h")
    sent_to_class(office)
    send(office, "wecom")
    send(office, "qq", Result.PARKED)
    night = MONDAY.replace(hour=22)
    press(office, say(office, DRAFT, SAID, message=MESSAGE, now=night), "确认发送", now=night)
    Pauses(office).pause("qq", "", night, night + timedelta(minutes=20), "QQ 说发得太多")
    for chat in ("g1", "g2"):
        Pauses(office).pause("onebot", chat, night, night + timedelta(minutes=20), "被禁言")
    state = say(office, STATE, "发送情况", now=night)
    assert "企业微信应用：今天已送出 2，排队 2（最早 明早 7:30 发）" in state.text
    assert "QQ机器人：今天已送出 0，排队 1（最早 明早 7:30 发），等对方说话时补送 1" in state.text
    assert "QQ机器人暂停到 22:45：QQ 说发得太多" in state.text
    assert "QQ（OneBot）有 2 个会话暂停，最迟到 22:45：被禁言" in state.text
    tomorrow = say(office, STATE, now=night + timedelta(hours=3))
    assert "企业微信应用：今天已送出 0，排队 2（最早 今早 7:30 发）" in tomorrow.text
    only_wecom = replace(EVERYWHERE, ways={"wecom": WAYS["wecom"]})
    assert "qq：今天已送出 0，排队 1（最早 明早 7:30 发）（这个渠道没有接好，发不出）" in (
        say(office, STATE, now=night, office=only_wecom).text
    )
    say(office, STOP, "紧急停发", now=night)
    assert "紧急停发状态，扣住 3 条" in say(office, STATE, now=night).text


def test_an_answer_to_a_person_is_no_sending(office: Unit) -> None:
    Outbox(office).enqueue(
        [NewDelivery("answer:1", "wecom", "10001", "answer", {}, MONDAY)], MONDAY
    )
    assert "排队" not in say(office, STATE).text


def test_who_was_not_reached_and_why(office: Unit) -> None:
    sent_to_class(office)
    send(office, "wecom", Result.REJECTED, error="invaliduser")
    bind(office, "何静", "qq", "h")
    state = say(office, STATE, code="N1")
    assert "N1 发送情况：共 3 人。没有送到 2 人，没有绑定账号、收不到 1 人。" in state.text
    assert "张伟（城关小学）：平台拒收（invaliduser）" in state.text
    assert "何静（城东中学）：没有绑定账号" in state.text
    assert not state.files
    assert "最近 7 天没送到的：N1（2 人）" in say(office, STATE).text
    later = say(office, STATE, now=MONDAY + timedelta(days=8))
    assert "没送到的" not in later.text
    press(office, say(office, DRAFT, SAID, message=MESSAGE), "确认发送")
    send(office, "wecom", Result.DEAD, error="对方已离职")
    send(office, "qq", Result.UNKNOWN)
    second = say(office, STATE, code="N2")
    assert "张伟（城关小学）：对方已离职" in second.text
    assert "何静（城东中学）：发出后平台没有回音，可能已送到" in second.text
    # who has confirmed has got it, whatever a platform said
    say(office, CONFIRM, name="张伟", code="N2")
    assert "张伟" not in say(office, STATE, code="N2").text
    assert say(office, STATE, code="N9").refused


def test_a_long_list_is_a_file(office: Unit) -> None:
    for number in range(20):
        office.add(
            insert(people),
            {
                "staff_number": f"00{number:03}",
                "name": f"教师{number}",
                "organisation_id": 3,
                "status": "active",
            },
        )
    press(office, say(office, DRAFT, "给全体老师发：好", message="好"), "确认发送")
    state = say(office, STATE, code="N1")
    assert "没送到的 21 人和原因见文件" in state.text
    assert "教师3" not in state.text
    sheet = load_workbook(io.BytesIO(state.files[0].data)).active
    assert sheet is not None
    assert sheet.max_row == 22


def test_only_officers_see_the_state(office: Unit) -> None:
    assert allowed(office, "李国强", STATE)
    for name in ("张伟", "周明", "孙丽", None):
        assert not allowed(office, name, STATE)


# -- the stop switch ------------------------------------------------------------------------------


def test_the_stop_report_names_what_had_left(office: Unit) -> None:
    bind(office, "何静", "qq", "h")
    bind_group(office, 1, "wecom_robot", "key")
    sent_to_class(office, group=True)
    send(office, "wecom_robot")
    send(office, "wecom")
    parked_at = MONDAY - timedelta(days=2)
    send(office, "qq", Result.PARKED, now=MONDAY)
    office.run(deliveries.update().where(deliveries.c.channel == "qq").values(settled_at=parked_at))
    sent_to_class(office)
    stopped = say(office, STOP, "紧急停发")
    assert "最近 24 小时已发出 3 条；扣住未发 3 条。" in stopped.text
    assert "已发出的通知：N1（2 人、1 个群）" in stopped.text
    assert "扣住的通知：N2（3 人）、N1（1 人）" in stopped.text
    assert "其中等对方说话时补送的 1 条，停发期间也不送出" in stopped.text
    # somebody speaks meanwhile: what waited for that is held as everything is
    assert Parking(office).release("qq", "private", "h", MONDAY) == 1
    assert [send(office, name) for name in WAYS] == [[], [], [], [], []]


# -- a way that somebody must put right -----------------------------------------------------------


def pause(channel: str = "wecom", cause: str = "Secret 不对（40001）", chat: str = "") -> Pause:
    return Pause(channel, chat, MONDAY, MONDAY + MUST_BE_TOLD, cause)


def told(unit: Unit) -> list[tuple[str, str]]:
    rows = unit.rows(select(deliveries.c.channel, deliveries.c.account).order_by(deliveries.c.id))
    return [(row[0], row[1]) for row in rows]


def test_the_officers_are_told_once_by_another_way(office: Unit) -> None:
    assert tell_of_pause(office, pause(), WAYS, MONDAY) == 0, "nobody has another way"
    bind(office, "李国强", "qq", "q6")
    bind(office, "张伟", "qq", "q1")
    assert tell_of_pause(office, pause(), WAYS, MONDAY) == 1
    assert told(office) == [("qq", "q6")]
    body = office.value(select(deliveries.c.body))
    assert "企业微信应用从 08:25 起停发：Secret 不对（40001）" in body["text"]
    # the platform is asked again and the pause begins anew: nothing new to tell
    again = replace(pause(), since=MONDAY + timedelta(hours=1), until=MONDAY + timedelta(hours=2))
    assert tell_of_pause(office, again, WAYS, MONDAY) == 0
    assert tell_of_pause(office, pause(cause="应用被停用了"), WAYS, MONDAY) == 1
    assert tell_of_pause(office, pause(), WAYS, MONDAY + timedelta(days=1)) == 1


def test_what_passes_by_itself_is_not_told(office: Unit) -> None:
    bind(office, "李国强", "qq", "q6")
    short = replace(pause(), until=MONDAY + timedelta(minutes=1))
    assert tell_of_pause(office, short, WAYS, MONDAY) == 0
    assert tell_of_pause(office, pause(chat="g1"), WAYS, MONDAY) == 0
    Pauses(office).pause("qq", "", MONDAY, MONDAY + timedelta(hours=1), "被封")
    assert tell_of_pause(office, pause(), WAYS, MONDAY) == 0
    Pauses(office).end("qq")
    Reachability(office).refuse("qq", "private", "q6", "不接收", MONDAY)
    assert tell_of_pause(office, pause(), WAYS, MONDAY) == 0
