"""The menu by role, greetings and thanks, and what is said where nothing was understood."""

from __future__ import annotations

from dataclasses import replace

from handlers import menu, registry
from handlers.contract import Intent
from handlers.permissions import Role
from handlers.reply import Reply
from storage.unit import Unit
from tests.handlers.turns import seed_people, turn

SHOW, GREET, HANDOFF, FALLBACK = menu.INTENTS


def say(unit: Unit, name: str | None, intent: Intent, text: str = "", *near: str) -> Reply:
    assert intent.handle is not None
    made = turn(unit, name, intent, text)
    asker = made.asker
    if name is not None:
        # as the gate makes them: everybody is a teacher besides
        asker = replace(asker, roles=asker.roles | {Role.TEACHER})
    allowed = registry.allowed(asker)
    return intent.handle(replace(made, asker=asker, allowed=allowed, suggestions=near))


def titles(reply: Reply) -> list[str]:
    assert reply.question is not None
    return [choice.label for choice in reply.question.choices]


def test_a_teacher_sees_the_own_record_first(unit: Unit) -> None:
    seed_people(unit)
    shown = titles(say(unit, "张伟", SHOW))
    assert shown[:2] == ["我的学分", "学分明细"]
    assert "发通知" not in shown


def test_what_only_a_role_does_comes_first(unit: Unit) -> None:
    seed_people(unit)
    tutor = titles(say(unit, "周明", SHOW))
    assert tutor[:3] == ["开始签到", "结束签到", "未签到名单"]
    officer = say(unit, "李国强", SHOW)
    assert titles(officer)[0] == "发通知"
    assert titles(officer).index("紧急停发") < titles(officer).index("我的学分")
    assert officer.card is not None
    shown = [choice.label for choice in officer.card.choices]
    assert not {"我的学分", "紧急停发"} & set(shown)


def test_a_guest_is_told_how_to_bind_and_nothing_else(unit: Unit) -> None:
    seed_people(unit)
    reply = say(unit, None, SHOW)
    assert "绑定 王小明 ABCD2345" in reply.text
    assert reply.question is None


def test_thanks_are_answered_as_thanks(unit: Unit) -> None:
    seed_people(unit)
    assert say(unit, "张伟", GREET, "谢谢老师").text == "不客气，有事随时找我。"
    assert say(unit, "张伟", GREET, "你好").text.startswith("张伟老师您好")
    assert "绑定" in say(unit, None, GREET, "你好").text


def test_a_number_that_nothing_waits_for(unit: Unit) -> None:
    seed_people(unit)
    for text in ("11", "第2个", "3."):
        assert say(unit, "张伟", FALLBACK, text).text.startswith("现在没有等您选的序号")
    assert say(unit, "张伟", FALLBACK, "哈哈").text.startswith("这个我帮不上忙")


def test_the_nearest_are_offered_to_those_who_may(unit: Unit) -> None:
    seed_people(unit)
    reply = say(unit, "张伟", FALLBACK, "通知", "notice.draft", "notice.list")
    assert titles(reply) == ["我的通知"]
    assert "转人工" in say(unit, "张伟", FALLBACK, "通知", "notice.draft").text


def test_who_can_be_asked_in_person(unit: Unit) -> None:
    seed_people(unit)
    assert "0731-0000000" in say(unit, "张伟", HANDOFF, "转人工").text
