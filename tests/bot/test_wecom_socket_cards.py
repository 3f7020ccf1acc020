"""Cards and events over the long connection: drawn, pressed, welcomed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.wecom_bot.messages import PRESSED_KEY
from handlers import registry
from handlers.contract import Turn
from handlers.reply import Card, Choice, Reply, action
from tests.bot.wecom_socket_gateway import Body
from tests.bot.wecom_socket_talk import (
    ASKED,
    CARD,
    CHOICES,
    PUSH,
    RESPOND,
    UPDATE,
    Handle,
    Talk,
)

# -- cards ----------------------------------------------------------------------------------------


async def test_a_card_comes_as_a_card(talk: Talk, let_answer: Handle) -> None:
    let_answer(lambda turn: Reply(text="请回复", card=CARD))
    req_id = await talk.say(ASKED)
    words, card = talk.answers(req_id)
    assert words["stream"]["content"] == "请回复"
    drawn = card["template_card"]
    assert "instead" not in card
    assert drawn["card_type"] == "button_interaction"
    assert drawn["main_title"] == {"title": "明天集中"}
    assert [each["key"] for each in drawn["button_list"]] == [
        "credit.summary#已收到",
        "schedule.query#",
    ]
    assert all("type" not in each for each in drawn["horizontal_content_list"])


async def test_a_card_that_does_not_fit_is_numbered(talk: Talk, let_answer: Handle) -> None:
    choices = tuple(Choice(f"选项{n}", action("menu.show")) for n in range(7))
    let_answer(lambda turn: Reply(card=Card("选一个", choices=choices)))
    req_id = await talk.say(ASKED)
    (frame,) = talk.words(req_id)
    assert "7. 选项6" in frame[0]


@pytest.mark.parametrize("code", [40008, 42014, 42045])
async def test_a_card_that_is_refused_is_numbered(
    talk: Talk, let_answer: Handle, code: int
) -> None:
    let_answer(lambda turn: Reply(card=CARD))
    talk.gate.plan(RESPOND, code)
    req_id = await talk.say(ASKED)
    (frame,) = talk.words(req_id)
    assert "1. 收到" in frame[0]


async def press(talk: Talk, card: Body, label: str, req_id: str, **more: Any) -> None:
    """A button of a card that was seen on the wire."""
    drawn = card["template_card"]
    key = next(each["key"] for each in drawn["button_list"] if each["text"] == label)
    detail = {
        "card_type": drawn["card_type"],
        "event_key": key,
        "task_id": drawn["task_id"],
        "selected_items": {"selected_item": []},
    }
    await talk.gate.event("template_card_event", detail, req_id, **more)
    await asyncio.sleep(0.05)
    await talk.quiet()


@pytest.mark.parametrize("way", ["answer", "notice", "notice after a restart"])
async def test_a_pressed_card_says_so_and_the_reply_follows(
    talk: Talk, let_answer: Handle, way: str
) -> None:
    let_answer(lambda turn: Reply(card=CARD))
    if way == "answer":
        card = talk.answers(await talk.say(ASKED))[0]
    else:
        assert await talk.send(Reply(card=CARD)) == "sent"
        card = talk.gate.of(PUSH)[0]
    if way == "notice after a restart":
        talk.channel._cards._answers.clear()
    await press(talk, card, "收到", "click")
    (update,) = talk.answers("click", UPDATE)
    assert update["response_type"] == "update_template_card"
    drawn, old = update["template_card"], card["template_card"]
    assert drawn["task_id"] == old["task_id"]
    assert drawn["main_title"] == old["main_title"]
    assert drawn["horizontal_content_list"] == old["horizontal_content_list"]
    assert [(each["text"], each["key"]) for each in drawn["button_list"]] == [
        ("已收到", PRESSED_KEY)
    ]
    assert "62 学分" in talk.pushed()[-1]
    assert not talk.answers("click"), "an event's req_id cannot carry words"


async def test_a_pressed_card_that_nobody_remembers(talk: Talk) -> None:
    card = {
        "template_card": {
            "card_type": "button_interaction",
            "task_id": "shixun-ffff",
            "button_list": [{"text": "收到", "key": "credit.summary#已收到"}],
        }
    }
    await press(talk, card, "收到", "click")
    (update,) = talk.answers("click", UPDATE)
    assert update["template_card"]["main_title"] == {"title": "已收到"}


async def test_a_button_that_may_be_pressed_again_changes_nothing(
    talk: Talk, let_answer: Handle
) -> None:
    let_answer(lambda turn: Reply(card=CARD))
    card = talk.answers(await talk.say(ASKED))[0]
    await press(talk, card, "看课表", "click")
    assert not talk.answers("click", UPDATE)
    assert talk.pushed()


async def test_the_button_of_a_pressed_card_does_nothing(talk: Talk) -> None:
    detail = {"card_type": "button_interaction", "event_key": PRESSED_KEY, "task_id": "x"}
    await talk.gate.event("template_card_event", detail, "click")
    await asyncio.sleep(0.1)
    await talk.quiet()
    assert len(talk.gate.frames) == 1, "the subscription alone"


async def test_in_a_group_only_the_one_who_pressed_sees_the_change(
    talk: Talk, let_answer: Handle
) -> None:
    public = Choice("找培训", action("programme.search", level="省培"), done="已看")
    let_answer(lambda turn: Reply(card=Card("明天集中", choices=(public, *CHOICES))))
    card = talk.answers(await talk.say(ASKED))[0]
    group = {"chattype": "group", "chatid": "g", "from": {"userid": "ZhangWei"}}
    await press(talk, card, "找培训", "click", **group)
    (update,) = talk.answers("click", UPDATE)
    assert update["userids"] == ["ZhangWei"]
    # what is nobody's own is answered where it was asked
    assert {(push["chatid"], push["chat_type"]) for push in talk.gate.of(PUSH)} == {("g", 2)}
    await press(talk, card, "收到", "personal", **group)
    words = [push for push in talk.gate.of(PUSH) if push["msgtype"] == "markdown"]
    said = {push["chatid"]: push["markdown"]["content"] for push in words}
    assert said["g"] == "已私信回复您。"
    assert "62 学分" in said["zhangwei"]


async def test_a_press_that_failed_says_so_and_the_card_stays(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(turn: Turn) -> Reply:
        raise ZeroDivisionError

    intent = replace(registry.BY_NAME["credit.summary"], handle=fail)
    assert await talk.send(Reply(card=CARD)) == "sent"
    monkeypatch.setitem(registry.BY_NAME, "credit.summary", intent)
    await press(talk, talk.gate.of(PUSH)[0], "收到", "click")
    assert not talk.answers("click", UPDATE)
    assert "错误码" in talk.pushed()[-1]


async def test_entering_the_chat_is_welcomed(talk: Talk) -> None:
    await talk.gate.event("enter_chat", {}, "hello")
    await talk.gate.until(lambda: talk.answers("hello", "aibot_respond_welcome_msg"))
    (welcome,) = talk.answers("hello", "aibot_respond_welcome_msg")
    assert welcome["msgtype"] == "text"
    assert "师训助手" in welcome["text"]["content"]


@pytest.mark.parametrize("code", [846605, -1, None, "cut"])
async def test_a_welcome_that_fails_harms_nothing(talk: Talk, code: int | str | None) -> None:
    talk.gate.plan("aibot_respond_welcome_msg", code)
    await talk.gate.event("enter_chat", {}, "hello")
    await asyncio.sleep(0.05)
    await talk.channel.quiet()
    await talk.up(2 if code == "cut" else 1)
    assert "62 学分" in talk.words(await talk.say("我的学分"))[0][0]
