"""@ of members and of everybody in notices for groups: who is called, what the author is told."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

from handlers.reach import reroute
from handlers.reply import Mention, Reply
from handlers.reply_json import reply_from_json
from storage.outbox_values import Result
from storage.tables import deliveries, enrolments, people
from storage.unit import Unit
from tests.handlers.offices import ADJUST, DRAFT, WAYS, bind, bind_group, fill, press, say, send
from tests.handlers.turns import MONDAY, person_id, seed_class, seed_people

IN_CLASS = {"张伟": "trainee", "李娜": "trainee", "何静": "trainee", "周明": "class_tutor"}


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    seed_class(unit, members=IN_CLASS)
    return unit


def drafted(unit: Unit, body: str, head: str = "在信息技术1班群里通知：") -> Reply:
    return say(unit, DRAFT, head + body, message=body)


def waiting(unit: Unit) -> dict[str, Reply]:
    """What the outbox holds, by the place and the account."""
    rows = unit.rows(select(deliveries.c.place, deliveries.c.account, deliveries.c.body))
    return {f"{place} {account}": reply_from_json(unit, body) for place, account, body in rows}


def test_who_is_named_is_called(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    shown = drafted(office, "@张伟 @李娜 明天带U盘")
    assert "信息技术1班 班级群：企业微信群机器人，文字\n· 会 @ 到本人：@张伟、@李娜\n" in shown.text
    press(office, shown, "确认发送")
    (reply,) = waiting(office).values()
    assert reply.mentions == (
        Mention("@张伟", (("wecom", "10001"),)),
        Mention("@李娜", (("wecom", "10002"),)),
    )
    assert "\n@张伟 @李娜 明天带U盘\n" in reply.text


def test_nobody_is_called_whom_the_author_did_not_name(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    shown = drafted(office, "张伟、李娜 明天带U盘，写信到 zw@张伟.cn")
    assert "@ 到本人" not in shown.text
    assert "所有人" not in shown.text
    press(office, shown, "确认发送")
    assert [each.mentions for each in waiting(office).values()] == [()]


def test_who_is_not_of_the_class_is_not_called(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    shown = drafted(office, "@王芳 @张伟东 @周明老师带队，@李娜明天到")
    assert "· 会 @ 到本人：@周明\n" in shown.text
    assert "· 班里没有这个名字，不 @：@王芳、@张伟东、@李娜明天到\n" in shown.text


def test_of_two_of_one_name_none_is_called(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    row = {"staff_number": "20001", "name": "张伟", "organisation_id": 3, "status": "active"}
    other = office.add(insert(people), row)
    office.add(insert(enrolments), {"training_class_id": 1, "person_id": other, "role": "trainee"})
    shown = drafted(office, "@张伟 @李娜 明天到")
    assert "· 班里不止一人叫这个名字，不 @：@张伟\n" in shown.text
    assert "· 会 @ 到本人：@李娜\n" in shown.text
    office.run(update(people).where(people.c.id == other).values(status="retired"))
    assert "会 @ 到本人：@张伟、@李娜" in say(office, ADJUST, "", look="1").text


def test_two_roles_in_a_class_are_one_person(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    row = {"training_class_id": 1, "person_id": person_id(office, "张伟"), "role": "online_tutor"}
    office.add(insert(enrolments), row)
    assert "会 @ 到本人：@张伟" in drafted(office, "@张伟 到").text


def test_who_has_no_account_there_is_only_named(office: Unit) -> None:
    bind_group(office, 1, "onebot", "700")
    bind(office, "张伟", "onebot", "10086")
    shown = drafted(office, "@张伟 @李娜 到")
    assert "· 会 @ 到本人：@张伟（平台不允许时按文字显示）\n" in shown.text
    assert "· 没有绑定这个群里的账号，按文字显示：@李娜\n" in shown.text


def test_on_qq_the_account_is_that_very_groups(office: Unit) -> None:
    bind_group(office, 1, "qq_group", "g1")
    bind(office, "张伟", "qq", "private")
    bind(office, "张伟", "qq_group", "g2:elsewhere")
    bind(office, "李娜", "qq_group", "g1:lina")
    shown = drafted(office, "@张伟 @李娜 @所有人 到")
    assert "· 这里不能 @所有人，按文字显示\n" in shown.text
    assert "· 会 @ 到本人：@李娜（平台不允许时按文字显示）\n" in shown.text
    assert "· 没有绑定这个群里的账号，按文字显示：@张伟\n" in shown.text
    press(office, shown, "确认发送")
    (reply,) = waiting(office).values()
    called = {each.said: each.account("qq_group", "g1") for each in reply.mentions}
    assert called == {"@所有人": "", "@张伟": "", "@李娜": "lina"}


def test_a_way_that_cannot_says_so(office: Unit) -> None:
    bind_group(office, 1, "wecom", "wr-1")
    shown = drafted(office, "@张伟 @所有人 到")
    assert "企业微信智能机器人" in shown.text
    assert "· 这里不能 @所有人，按文字显示\n· 这里不能 @ 人，名字按文字显示\n" in shown.text


@pytest.mark.parametrize("said", ["@所有人明天停课", "明天停课 ＠全体成员", "@all 明天停课"])
def test_everybody_is_called_where_the_words_say_so(office: Unit, said: str) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    shown = say(office, DRAFT, f"在信息技术1班群里通知：{said}")
    assert "· 会 @所有人\n" in shown.text
    assert f"———\n{said}\n———" in shown.text
    press(office, shown, "确认发送")
    (reply,) = waiting(office).values()
    (mention,) = reply.mentions
    assert mention.everybody
    assert mention.said in said
    assert reply.text.count(mention.said) == 1


def test_everybody_is_called_where_the_request_says_so(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    shown = drafted(office, "明天停课", "在信息技术1班群里通知并@所有人：")
    assert "· 会 @所有人\n" in shown.text
    also = press(office, shown, "也发给个人")
    assert "· 会 @所有人\n" in also.text
    assert "@所有人 明天停课" in press(office, also, "看各渠道的样子").text
    press(office, also, "确认发送")
    sent = waiting(office)
    assert "】\n@所有人 明天停课\n" in sent["group key"].text
    assert "所有人" not in f"{sent['private 10001']}", "private chats are told alone"


def test_the_wish_outlives_the_question_for_the_words(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    asked = say(office, DRAFT, "在信息技术1班群里发通知并@所有人")
    assert asked.question is not None
    assert asked.question.fill is not None
    shown = fill(office, asked.question.fill, body="明天停课")
    assert "· 会 @所有人\n" in shown.text


def test_in_private_an_at_is_words(office: Unit) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    shown = drafted(office, "@张伟 带U盘", "给信息技术1班发通知：")
    assert "通知里的 @ 只在班级群里有用，发给个人时按文字显示。" in shown.text
    press(office, shown, "确认发送")
    assert all(not each.mentions for each in waiting(office).values())
    plain = drafted(office, "带U盘", "给信息技术1班发通知：")
    assert "@" not in plain.text


@pytest.mark.parametrize(
    "mark", ["<@all>", "<@10001>", "[CQ:at,qq=all]", "<qqbot-at-everyone />", "<＠所有人>"]
)
def test_a_platforms_own_marks_call_nobody(office: Unit, mark: str) -> None:
    bind_group(office, 1, "wecom_robot", "key")
    shown = drafted(office, f"{mark} 明天停课")
    assert "· " not in shown.text
    press(office, shown, "确认发送")
    assert [each.mentions for each in waiting(office).values()] == [()]


def test_another_way_calls_by_its_own_account(office: Unit) -> None:
    bind_group(office, 1, "qq_group", "g1")
    bind(office, "李娜", "qq_group", "g1:lina")
    bind(office, "李娜", "onebot", "10010")
    press(office, drafted(office, "@李娜 到"), "确认发送")
    bind_group(office, 1, "onebot", "777")
    parked = send(office, "qq", Result.PARKED, error="quota")
    assert reroute(office, parked, WAYS, MONDAY) == 1
    (mention,) = waiting(office)["group 777"].mentions
    assert mention.account("onebot", "777") == "10010"
