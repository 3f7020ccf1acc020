"""Who gets a notice by which way, what the preview says of it, and what leaves (C01, issue 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from handlers.contract import Place
from handlers.planning import plan
from handlers.reach import reroute
from handlers.rules.routing import Standing
from storage.audience import Audience
from storage.outbox_values import Queued, Result
from storage.pauses import Pauses
from storage.reachability import Reachability
from storage.tables import deliveries, notices, organisations, people
from storage.unit import Unit
from tests.handlers.offices import (
    ADJUST,
    APPROVE,
    DRAFT,
    EVERYWHERE,
    STOP,
    WAYS,
    bind,
    bind_group,
    fill,
    press,
    say,
    send,
)
from tests.handlers.turns import MONDAY, person_id, seed_class, seed_people

MESSAGE = "周五下午两点在报告厅集中。"
SAID = f"给信息技术1班发通知：{MESSAGE}"
NIGHT = MONDAY.replace(hour=22)
IN_CLASS = {"张伟": "trainee", "李娜": "trainee", "何静": "trainee", "周明": "class_tutor"}


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    seed_class(unit, members=IN_CLASS)
    return unit


def routes(unit: Unit) -> dict[str, tuple[str, Standing]]:
    """By name, the way that the class's notice takes and how sure it is."""
    planned = plan(unit, Audience(("/1/",), classes=(1,)), WAYS, MONDAY)
    names = {row.id: row.name for row in unit.rows(select(people.c.id, people.c.name))}
    return {names[who]: (r.channel, r.standing) for who, r in planned.routes.items()}


def queued(unit: Unit) -> list[tuple[str, str, str]]:
    """Key, channel and account of everything in the outbox."""
    rows = unit.rows(
        select(deliveries.c.unique_key, deliveries.c.channel, deliveries.c.account).order_by(
            deliveries.c.id
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


# -- the way to a person --------------------------------------------------------------------------


def test_everybody_once_by_the_best_way(office: Unit) -> None:
    for realm in ("qq", "onebot", "console"):
        bind(office, "张伟", realm, "z")
    for realm in ("console", "qq"):
        bind(office, "何静", realm, "h")
    press(office, say(office, DRAFT, SAID, message=MESSAGE), "确认发送")
    ids = [person_id(office, each) for each in ("张伟", "李娜", "何静")]
    assert queued(office) == [
        (f"notice:1:{ids[0]}", "wecom", "10001"),
        (f"notice:1:{ids[1]}", "wecom", "10002"),
        (f"notice:1:{ids[2]}", "qq", "h"),
    ]


def test_who_refuses_one_way_is_written_to_by_another(office: Unit) -> None:
    bind(office, "何静", "qq", "h")
    known = Reachability(office)
    assert routes(office)["何静"] == ("qq", Standing.PRIVILEGE)
    known.refuse("qq", "private", "h", "对方不接收", MONDAY)
    assert routes(office)["何静"] == ("qq", Standing.WAITS)
    bind(office, "何静", "onebot", "88")
    assert routes(office)["何静"] == ("onebot", Standing.OPEN)
    known.heard("qq", "private", "h", MONDAY - timedelta(minutes=5), reply_to="m1")
    assert routes(office)["何静"] == ("qq", Standing.HERE)


def test_a_bot_that_nobody_talked_to_waits(office: Unit) -> None:
    only_bot = {name: can for name, can in WAYS.items() if name == "wecom_socket"}
    planned = plan(office, Audience(("/1/",), classes=(1,)), only_bot, MONDAY)
    assert (planned.waiting, planned.unreachable) == (2, 1)
    Reachability(office).heard("wecom_socket", "private", "10001", MONDAY)
    planned = plan(office, Audience(("/1/",), classes=(1,)), only_bot, MONDAY)
    assert planned.by_way() == {"wecom_socket": {Standing.OPEN: 1, Standing.WAITS: 1}}
    shown = say(
        office, DRAFT, SAID, message=MESSAGE, office=replace(EVERYWHERE, ways=only_bot)
    ).text
    assert "企业微信智能机器人：1 人，卡片，预计 1 分钟内发完" in shown
    assert "企业微信智能机器人：1 人现在不能主动发，对方说话时补送" in shown


def test_the_same_account_name_on_two_platforms_is_two_accounts(office: Unit) -> None:
    bind(office, "何静", "qq", "10001")
    Reachability(office).refuse("qq", "private", "10001", "对方不接收", MONDAY)
    assert routes(office)["张伟"] == ("wecom", Standing.OPEN)
    assert routes(office)["何静"] == ("qq", Standing.WAITS)


def test_a_way_that_stands_still_for_long_is_left_alone(office: Unit) -> None:
    bind(office, "张伟", "qq", "z")
    Pauses(office).pause("wecom", "", MONDAY, MONDAY + timedelta(minutes=1), "太频繁")
    assert routes(office)["张伟"][0] == "wecom"
    Pauses(office).pause("wecom", "", MONDAY, MONDAY + timedelta(minutes=10), "Secret 不对")
    assert routes(office)["张伟"][0] == "qq"
    assert routes(office)["李娜"][0] == "wecom"
    shown = say(office, DRAFT, SAID, message=MESSAGE).text
    assert "注意：企业微信应用暂停到 08:35：Secret 不对" in shown


def test_what_a_platform_parks_goes_another_way(office: Unit) -> None:
    bind(office, "何静", "qq", "h")
    press(office, say(office, DRAFT, SAID, message=MESSAGE), "确认发送")
    bind(office, "何静", "onebot", "88")
    parked = send(office, "qq", Result.PARKED, error="refused")
    Reachability(office).refuse("qq", "private", "h", "refused", MONDAY)
    assert reroute(office, parked, WAYS, MONDAY) == 1
    assert reroute(office, parked, WAYS, MONDAY) == 0
    again = send(office, "onebot", Result.PARKED)
    assert [each.account for each in again] == ["88"]
    assert reroute(office, again, WAYS, MONDAY) == 0


# -- the preview ----------------------------------------------------------------------------------


def test_the_preview_says_how_many_by_which_way(office: Unit) -> None:
    bind(office, "何静", "qq", "h")
    shown = say(office, DRAFT, SAID, message=MESSAGE)
    assert "信息技术1班 学员，共 3 人。" in shown.text
    assert "企业微信应用：2 人，卡片，预计 1 分钟内发完" in shown.text
    assert "QQ机器人：1 人，文字（分 2 条），预计 1 分钟内发完" in shown.text
    assert "QQ机器人的平台可能不让主动发" in shown.text
    assert "停发" not in shown.text
    say(office, STOP, "紧急停发")
    assert "现在是紧急停发状态" in say(office, DRAFT, SAID, message=MESSAGE).text


def test_the_preview_shows_every_way_in_full(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    shown = press(office, say(office, DRAFT, SAID, message=MESSAGE), "看各渠道的样子")
    assert shown.text.index("◆ 企业微信应用、企业微信智能机器人：卡片") < shown.text.index(
        "◆ QQ机器人"
    )
    assert "［通知 N1］" in shown.text
    assert "【收到】" in shown.text
    assert "◆ QQ机器人：文字（分 2 条）" in shown.text
    assert "1. 收到" in shown.text
    assert "企业微信群机器人（班级群）" in shown.text
    assert "看到后请私聊「师训助手」回复：收到N1" in shown.text
    assert queued(office) == []
    sent = press(office, shown, "确认发送")
    assert "N1 已批准，正在发给 2 人" in sent.text
    assert "已经在" in say(office, ADJUST, "预览各渠道", look="预览各渠道", code="N1").text
    assert say(office, ADJUST, "预览各渠道", look="预览各渠道").refused


def test_a_large_sending_is_estimated(office: Unit) -> None:
    for number in range(95):
        office.add(
            insert(people),
            {
                "staff_number": f"00{number:03}",
                "name": f"教师{number}",
                "organisation_id": 3,
                "status": "active",
            },
        )
        bind(office, f"教师{number}", "onebot", str(number))
    shown = say(office, DRAFT, "给全体老师发：好", message="好")
    assert "QQ（OneBot）：95 人，文字，预计 4 分钟发完" in shown.text
    press(office, shown, "确认发送")
    again = say(office, DRAFT, "给全体老师发：好", message="好")
    assert "QQ（OneBot）：95 人，文字，预计 7 分钟发完" in again.text


# -- groups ---------------------------------------------------------------------------------------


def test_also_into_the_class_group(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    bind_group(office, 1, "wecom", "wr-1")
    Reachability(office).heard("wecom_socket", "group", "wr-1", MONDAY)
    shown = say(office, DRAFT, SAID, message=MESSAGE)
    assert "班级群" not in shown.text
    both = press(office, shown, "也发到班级群")
    assert "信息技术1班 班级群：企业微信智能机器人，文字" in both.text
    assert "不发班级群" in [each.label for each in both.question.choices]  # type: ignore[union-attr]
    sent = press(office, both, "确认发送")
    assert "正在发给 2 人，并发到 1 个班级群（信息技术1班）" in sent.text
    keys = queued(office)
    assert keys[-1] == ("notice:1:group:1", "wecom_socket", "wr-1")
    assert len(keys) == 3
    (group,) = send(office, "wecom_socket")
    assert group.place == "group"
    assert group.person_id is None
    assert "收到N1" in group.body["text"]
    assert "张伟" not in group.body["text"]


@pytest.mark.parametrize(
    ("said", "people_too"),
    [
        (f"在信息技术1班群里通知：{MESSAGE}", False),
        (f"给信息技术1班发通知，发到群里：{MESSAGE}", False),
        (f"给信息技术1班发通知，也发到群里：{MESSAGE}", True),
        (f"信息技术1班群里和个人都发：{MESSAGE}", True),
    ],
)
def test_the_words_name_the_group(office: Unit, said: str, *, people_too: bool) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    shown = say(office, DRAFT, said, message=MESSAGE, subject="信息技术")
    assert "信息技术1班 班级群：企业微信群机器人，文字" in shown.text
    assert ("不单独发给个人" in shown.text) is not people_too
    press(office, shown, "确认发送")
    assert len(queued(office)) == (3 if people_too else 1)


def test_broadcasting_is_no_group(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    for said in (
        f"给信息技术1班群发通知：{MESSAGE}",
        SAID,
        "给信息技术1班发通知：发到群里的表请填",
    ):
        assert "不单独发" not in say(office, DRAFT, said, message=said.partition("：")[2]).text


def test_the_wish_for_the_group_outlives_the_questions(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    asked = say(office, DRAFT, "在信息技术1班群里发个通知")
    assert asked.question is not None
    assert asked.question.fill is not None
    shown = fill(office, asked.question.fill, body="都发到个人")
    assert "只发到班级群" in shown.text
    people_too = press(office, shown, "也发给个人")
    assert "企业微信应用：2 人" in people_too.text
    no_group = press(office, people_too, "不发班级群")
    assert "班级群" not in no_group.text
    again = say(office, ADJUST, "发到群里", only="发到群里")
    assert "只发到班级群" in again.text
    here = Place(group="g", training_class_id=1)
    assert "只发到班级群" in say(office, DRAFT, "在群里通知：好", message="好", place=here).text


def test_a_class_without_a_group_is_told_so(office: Unit) -> None:
    shown = say(office, DRAFT, f"在信息技术1班群里通知：{MESSAGE}", message=MESSAGE)
    assert "信息技术1班 还没有可以发消息的班级群" in shown.text
    assert "企业微信应用：2 人" in shown.text
    assert "没有可以发的班级群" in say(office, ADJUST, "发到群里", only="发到群里").text
    school = say(office, DRAFT, "在群里通知城关小学：好", message="好")
    assert "只有按班级发的通知才能发到班级群" in school.text


def test_only_who_administers_the_whole_class_may_use_its_group(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    part = Audience(("/1/2/3/",), classes=(1,))
    assert plan(office, part, WAYS, MONDAY).groups == ()
    narrowed = Audience(("/1/",), classes=(1,), branches=("/1/2/3/",))
    assert plan(office, narrowed, WAYS, MONDAY).groups == ()


def test_a_group_that_refuses_is_replaced(office: Unit) -> None:
    bind_group(office, 1, "qq_group", "g1")
    planned = plan(office, Audience(("/1/",), classes=(1,)), WAYS, MONDAY)
    assert planned.groups[0].route.channel == "qq"
    press(
        office, say(office, DRAFT, f"在信息技术1班群里通知：{MESSAGE}", message=MESSAGE), "确认发送"
    )
    bind_group(office, 1, "onebot", "777")
    parked = send(office, "qq", Result.PARKED, error="quota")
    assert reroute(office, parked, WAYS, MONDAY) == 1
    assert reroute(office, [replace(parked[0], unique_key="other")], WAYS, MONDAY) == 0
    (again,) = send(office, "onebot")
    assert (again.account, again.place) == ("777", "group")
    Reachability(office).refuse("qq", "group", "g1", "quota", MONDAY)
    planned = plan(office, Audience(("/1/",), classes=(1,)), WAYS, MONDAY)
    assert planned.groups[0].route.channel == "onebot"
    Pauses(office).pause("onebot", "777", MONDAY, MONDAY + timedelta(hours=1), "风控")
    bind_group(office, 1, "wecom_robot", "key")
    planned = plan(office, Audience(("/1/",), classes=(1,)), WAYS, MONDAY)
    assert planned.groups[0].route.channel == "wecom_robot"


# -- quiet hours ----------------------------------------------------------------------------------


def test_at_night_a_notice_waits_for_the_morning(office: Unit) -> None:
    shown = say(office, DRAFT, SAID, message=MESSAGE, now=NIGHT)
    assert "确认后 明早 7:30 发出" in shown.text
    sent = press(office, shown, "确认发送", now=NIGHT)
    assert "N1 已批准，明早 7:30 发给 2 人" in sent.text
    assert sent.audit["quiet_hours"] == "deferred"
    assert send(office, "wecom", now=NIGHT) == []
    morning = NIGHT + timedelta(hours=9, minutes=30)
    assert len(send(office, "wecom", now=morning)) == 2


def test_now_means_now(office: Unit) -> None:
    shown = say(office, DRAFT, SAID, message=MESSAGE, now=NIGHT)
    sent = press(office, shown, "现在就发", now=NIGHT)
    assert "正在发给 2 人" in sent.text
    assert sent.audit["quiet_hours"] == "urgent, as the officer said"
    assert len(send(office, "wecom", now=NIGHT)) == 2
    urgent = say(office, DRAFT, f"紧急给信息技术1班发通知：{MESSAGE}", message=MESSAGE, now=NIGHT)
    assert "按您说的马上发" in urgent.text
    assert "现在就发" not in [each.label for each in urgent.card.choices]  # type: ignore[union-attr]
    assert "正在发给" in press(office, urgent, "确认发送", now=NIGHT).text
    # a draft that is named is sent at once; one that is not is shown once more
    say(office, DRAFT, SAID, message=MESSAGE, now=NIGHT)
    again = say(office, APPROVE, "现在就发", at_once="现在就发")
    assert "待确认" in again.text


def test_by_day_nothing_is_said_of_it(office: Unit) -> None:
    shown = say(office, DRAFT, SAID, message=MESSAGE)
    assert "休息时间" not in shown.text
    assert "quiet_hours" not in press(office, shown, "确认发送").audit
    noon = MONDAY.replace(hour=12, minute=30)
    assert "今天 14:00 发出" in say(office, DRAFT, SAID, message=MESSAGE, now=noon).text
    early = MONDAY.replace(hour=1)
    assert "今早 7:30 发出" in say(office, DRAFT, SAID, message=MESSAGE, now=early).text


# -- part of a school's name ----------------------------------------------------------------------


@pytest.fixture
def schools(office: Unit) -> Unit:
    for number, name in enumerate(("城关镇中心小学", "石门乡中心小学", "石门乡第二小学"), 6):
        row = {"parent_id": 1, "name": name, "kind": "school", "path": f"/1/{number}/"}
        office.add(insert(organisations), {**row, "aliases": []})
        for who in range(number - 4):
            office.add(
                insert(people),
                {
                    "staff_number": f"9{number}{who}",
                    "name": f"{name[0]}老师{number}{who}",
                    "organisation_id": number,
                    "school_stage": "primary",
                    "subject": "数学",
                    "status": "active",
                },
            )
    return office


def test_part_of_a_name_narrows_or_is_asked_for(schools: Unit) -> None:
    def draft(text: str) -> str:
        return say(schools, DRAFT, text, message="开会", stage="primary").text

    which = draft("给中心小学发通知：开会")
    assert "您说的是哪一个？\n1. 城关镇中心小学\n2. 石门乡中心小学" in which
    assert "发给 石门乡中心小学 在职教师，共 3 人" in draft("麻烦通知一下石门乡中心小学：开会")
    assert "发给 石门乡第二小学 在职教师，共 4 人" in draft("给第二小学的老师发通知：开会")
    assert "发给 石门乡第二小学、数学 在职教师，共 4 人" in draft("给第二小学的数学老师发：开会")
    assert "小学 在职教师，共 17 人" in draft("给全县小学老师发通知：开会")
    assert "小学数学 在职教师，共 9 人" in draft("给小学数学老师发通知：开会")


def test_the_audience_of_another_notice_is_the_same_people(office: Unit) -> None:
    press(office, say(office, DRAFT, SAID, message=MESSAGE), "确认发送")
    first = office.value(select(notices.c.id))
    told = Audience(("/1/",), of_notice=first)
    assert len(plan(office, told, WAYS, MONDAY).people) == 3
    assert Audience.from_json(told.to_json()) == told


def test_a_parked_stranger_is_nobodys(office: Unit) -> None:
    stray = Queued(1, "x", None, None, "answer", {}, 1, "answer:qq:1")
    assert reroute(office, [stray], WAYS, MONDAY) == 0
