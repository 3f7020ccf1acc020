"""The AI bot's long connection on the wire: subscribing, talking, streams, cards, pushes."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulator.common.values import JsonObject, rows, table, text
from simulator.wecom import Kind
from tests.simulator.scene import Scene
from tests.simulator.sockets import CARD, FAST, BareSocket, run_socket


def test_a_bad_secret_leaves_the_socket_open() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        assert await socket.subscribe(secret="wrong") == 853000
        assert await socket.subscribe(bot_id="nobody") == 853000
        assert await socket.send("lina") == 846609
        assert not scene.fake.gateway.connected()
        assert await socket.subscribe() == 0
        assert scene.fake.gateway.connected("AIBtest")
        assert scene.fake.calls.count("aibot_subscribe", 853000) == 2

    run_socket(play, subscribe=False)


def test_the_two_modes_exclude_each_other() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        scene.aibot.use_callback(scene.base + "/aibot")
        assert await socket.subscribe() == 853000
        assert (await scene.fake.say("lina", "在吗", chat="bot")).ok
        assert len(scene.bot.received) == 1

    run_socket(play, subscribe=False)


def test_a_private_and_a_group_message_are_answered_under_their_req_ids() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        said = await scene.fake.say("zhangwei", "我的学分", chat="bot")
        assert said.ok
        req_id, body = await socket.next()
        assert (body["msgid"], body["chattype"]) == (said.message_id, "single")
        assert (body["text"], body["from"]) == ({"content": "我的学分"}, {"userid": "ZhangWei"})
        assert "chatid" not in body
        assert await socket.stream(req_id, "**9.5** 学分", finish=True) == 0
        await scene.fake.quiet()
        answer = scene.fake.shown("zhangwei")[-1]
        assert (answer.kind, answer.text, answer.done) == (Kind.MARKDOWN, "**9.5** 学分", True)
        await scene.fake.say("lina", "本周安排", chat="g1")
        req_id, body = await socket.next()
        assert (body["chatid"], body["chattype"]) == ("g1", "group")
        assert await socket.respond(req_id, "markdown", {"content": "周三开班"}) == 0
        assert scene.fake.shown("zhouming")[-1].text == "周三开班"

    run_socket(play)


def test_a_bubble_grows_until_it_is_finished() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        await scene.fake.say("lina", "政策", chat="bot")
        req_id, _ = await socket.next()
        for content, done in (("稍等", False), ("稍等……", False), ("第三条", True)):
            assert await socket.stream(req_id, content, finish=done) == 0
            shown = scene.fake.shown("lina")[-1]
            assert (shown.text, shown.done) == (content, done)
        assert len(scene.fake.shown("lina")) == 2
        assert await socket.stream(req_id, "又一句", finish=True) == 846608
        assert await socket.stream(req_id, "第二个气泡", finish=True, ident="s2") == 0
        assert len(scene.fake.shown("lina")) == 3

    run_socket(play)


def test_a_stream_expires() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        await scene.fake.say("lina", "政策", chat="bot")
        req_id, _ = await socket.next()
        assert await socket.stream(req_id, "稍等", finish=False) == 0
        scene.fake.clock.advance(timedelta(minutes=6, seconds=1))
        assert scene.fake.shown("lina")[-1].failure == "回答超时"
        assert await socket.stream(req_id, "第三条", finish=True) == 846608
        assert await socket.send("lina") == 0
        scene.fake.clock.advance(timedelta(hours=24))
        assert await socket.respond(req_id, "markdown", {"content": "晚了"}) == 846605

    run_socket(play)


def test_three_growing_answers_are_the_most() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        for _ in range(3):
            await scene.fake.say("lina", "政策", chat="bot")
            req_id, _ = await socket.next()
            await socket.stream(req_id, "稍等", finish=False)
        assert not (await scene.fake.say("lina", "政策", chat="bot")).ok
        await socket.stream(req_id, "好了", finish=True)
        assert (await scene.fake.say("lina", "政策", chat="bot")).ok

    run_socket(play)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"msgtype": "stream", "stream": {"finish": True, "content": "a"}}, 40058),
        ({"msgtype": "stream", "stream": {"id": "s", "msg_item": [{"a": 1}]}}, 40058),
        ({"msgtype": "stream", "stream": {"id": "s", "content": "学" * 6827}}, 45002),
        ({"msgtype": "markdown", "markdown": {}}, 44004),
        ({"msgtype": "markdown", "markdown": {"content": "学" * 6827}}, 45002),
        ({"msgtype": "text", "text": {"content": "a"}}, 40008),
        ({"msgtype": "file", "file": {"media_id": "none"}}, 40007),
        ({"msgtype": "template_card", "template_card": {}}, 42031),
        ({"msgtype": "template_card", "template_card": CARD}, 0),
        (
            {
                "msgtype": "stream_with_template_card",
                "stream": {"id": "s", "content": "a", "finish": True},
                "template_card": CARD,
            },
            0,
        ),
        (
            {
                "msgtype": "template_card",
                "template_card": CARD
                | {"horizontal_content_list": [{"keyname": "a", "type": 2, "media_id": "m"}]},
            },
            40058,
        ),
    ],
)
def test_what_may_be_answered(body: JsonObject, wanted: int) -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        await scene.fake.say("lina", "在吗", chat="bot")
        req_id, _ = await socket.next()
        assert await socket.code("aibot_respond_msg", body, req_id) == wanted

    run_socket(play)


def test_the_welcome_is_due_within_seconds() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        greeting: JsonObject = {"msgtype": "text", "text": {"content": "您好"}}
        await scene.fake.enter("lina", chat="bot")
        req_id, body = await socket.next()
        assert table(body, "event")["eventtype"] == "enter_chat"
        assert await socket.stream(req_id, "您好", finish=True) == 846605
        wrong: JsonObject = {"msgtype": "markdown", "markdown": {"content": "您好"}}
        assert await socket.code("aibot_respond_welcome_msg", wrong, req_id) == 40008
        assert await socket.code("aibot_respond_welcome_msg", greeting, req_id) == 0
        assert await socket.code("aibot_respond_welcome_msg", greeting, req_id) == 846605
        assert scene.fake.shown("lina")[-1].text == "您好"
        assert await scene.fake.enter("lina", chat="bot") is None

    run_socket(play)


def test_a_late_welcome_is_refused() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        await scene.fake.enter("lina", chat="bot")
        req_id, _ = await socket.next()
        body: JsonObject = {"msgtype": "text", "text": {"content": "您好"}}
        assert await socket.code("aibot_respond_welcome_msg", body, req_id) == 846605

    run_socket(play, replace(FAST, bot_event_seconds=-1.0))


def test_a_card_is_pressed_and_replaced() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        await scene.fake.say("lina", "请假", chat="bot")
        req_id, _ = await socket.next()
        assert await socket.respond(req_id, "template_card", CARD) == 0
        await scene.fake.press("lina", None, "是")
        req_id, body = await socket.next()
        detail = table(table(body, "event"), "template_card_event")
        assert (detail["event_key"], detail["task_id"]) == ("yes", "t1")
        new = CARD | {"main_title": {"title": "已请假"}, "replace_text": "已提交"}
        update: JsonObject = {"response_type": "update_template_card", "template_card": new}
        wrong = update | {"template_card": new | {"task_id": "t2"}}
        assert await socket.code("aibot_respond_update_msg", wrong, req_id) == 40058
        assert await socket.code("aibot_respond_update_msg", update, req_id) == 0
        card = scene.fake.shown("lina")[-1]
        assert (card.title, card.buttons) == ("已请假", [("已提交", "", False)])

    run_socket(play)


def test_pushes_reach_only_chats_where_the_bot_was_used() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        assert await socket.send("lina") == 40050
        assert await socket.send("g1", 2) == 40050
        await scene.fake.say("lina", "在吗", chat="bot")
        await scene.fake.say("lina", "在吗", chat="g1")
        assert await socket.send("LINA") == 0
        assert await socket.send("g1", 2) == 0
        assert await socket.send("g1", 1) == 40050
        assert await socket.send("lina", 2) == 40050
        assert await socket.send("lina", msgtype="text", text={"content": "a"}) == 40008
        assert scene.fake.shown("zhouming")[-1].text == "通知"
        scene.aibot.plain_userids = False
        assert await socket.send(scene.corp.need_member("lina").open_userid) == 0

    run_socket(play)


def test_thirty_a_minute_and_a_thousand_an_hour_in_each_chat() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        scene.aibot.talked |= {"lina", "zhouming"}
        await scene.fake.say("lina", "在吗", chat="bot")
        req_id, _ = await socket.next()
        assert await socket.stream(req_id, "一", finish=False) == 0
        assert await socket.stream(req_id, "一二", finish=True) == 0  # counted once
        assert [await socket.send("lina") for _ in range(30)] == [0] * 29 + [45009]
        assert await socket.send("zhouming") == 0
        scene.fake.clock.advance(timedelta(seconds=61))
        assert await socket.send("lina") == 0
        assert len(scene.fake.shown("lina")) == 32
        assert scene.fake.calls.count("aibot_send_msg", 45009) == 1

    run_socket(play)


def test_what_a_person_sends_comes_sealed_with_a_key_of_its_own() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        await scene.fake.send_file("lina", "a.xlsx", b"PK rows", chat="bot")
        _, body = await socket.next()
        part = table(body, "file")
        async with scene.http.get(text(part, "url")) as answer:
            sealed = await answer.read()
        key = base64.b64decode(text(part, "aeskey"))
        reader = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        raw = reader.update(sealed) + reader.finalize()
        assert raw[: -raw[-1]] == b"PK rows"
        await scene.fake.send_file("lina", "p.png", b"\x89PNG\r\n\x1a\n rest", chat="bot")
        assert "aeskey" in table((await socket.next())[1], "image")

    run_socket(play)


def test_markdown_cards_and_links_of_a_question() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        scene.aibot.talked.add("lina")
        notice: JsonObject = {
            "card_type": "text_notice",
            "main_title": {"title": "开班通知"},
            "card_action": {"type": 1, "url": "https://office.example.com/1"},
            "jump_list": [{"type": 3, "title": "问一问", "question": "几点开班"}],
        }
        assert await socket.send("lina", msgtype="template_card", template_card=notice) == 0
        long = notice | {"jump_list": [{"type": 3, "title": "问", "question": "几" * 67}]}
        assert await socket.send("lina", msgtype="template_card", template_card=long) == 40058
        card = scene.fake.shown("lina")[-1].card
        assert card is not None
        assert [link.name for link in card.links] == ["问一问"]
        assert rows(notice, "jump_list")

    run_socket(play)
