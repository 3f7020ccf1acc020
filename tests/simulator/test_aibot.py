"""The AI bot in URL-callback mode on the wire."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulator.common.values import JsonObject, table, text, whole
from simulator.wecom import Kind, NotOnScreenError
from simulator.wecom.crypto import Envelope
from tests.simulator.scene import KEY, QUICK, TOKEN, Scene, run

CARD: JsonObject = {
    "card_type": "button_interaction",
    "task_id": "t1",
    "main_title": {"title": "要请假吗"},
    "button_list": [{"text": "是", "key": "yes"}],
}


def stream(content: str, *, finish: bool, ident: str = "s1") -> str:
    body = {"msgtype": "stream", "stream": {"id": ident, "finish": finish, "content": content}}
    return json.dumps(body)


def test_a_private_message() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda _m: stream("**9.5** 学分", finish=True)
        delivery = await scene.fake.say("zhangwei", "我的学分", chat="bot")
        assert (delivery.ok, delivery.reason) == (True, "")
        (message,) = scene.bot.received
        assert message["chattype"] == "single"
        assert "chatid" not in message
        assert message["from"] == {"userid": "ZhangWei"}
        assert message["text"] == {"content": "我的学分"}
        answer = scene.fake.shown("zhangwei")[-1]
        assert (answer.kind, answer.text, answer.chat) == (Kind.MARKDOWN, "**9.5** 学分", "bot")

    run(play)


def test_a_group_message_carries_the_mention_and_all_members_see_both() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda _m: stream("已私信", finish=True)
        await scene.fake.say("zhangwei", "我的学分", chat="g1")
        (message,) = scene.bot.received
        assert (message["chatid"], message["chattype"]) == ("g1", "group")
        assert table(message, "text") == {"content": "@小师 我的学分"}
        assert [s.text for s in scene.fake.shown("lina")] == ["@小师 我的学分", "已私信"]
        assert not scene.fake.shown("outsider")
        await scene.fake.say("zhangwei", "大家好", chat="g1", mention=False)
        assert len(scene.bot.received) == 1
        assert scene.fake.shown("lina")[-1].text == "大家好"

    run(play)


def test_encrypted_userids() -> None:
    async def play(scene: Scene) -> None:
        scene.aibot.plain_userids = False
        await scene.fake.say("lina", "在吗", chat="bot")
        who = text(table(scene.bot.received[0], "from"), "userid")
        assert who == scene.corp.need_member("lina").open_userid

    run(play)


def test_a_stream_is_polled_until_it_is_finished() -> None:
    async def play(scene: Scene) -> None:
        def answer(message: JsonObject) -> str:
            polls = sum(1 for m in scene.bot.received if m["msgtype"] == "stream")
            return stream("查" * (polls + 1), finish=polls == 3)

        scene.bot.answer = answer
        await scene.fake.say("zhangwei", "政策", chat="bot")
        assert not scene.fake.shown("zhangwei")[-1].done
        await scene.fake.quiet(5)
        final = scene.fake.shown("zhangwei")[-1]
        assert (final.text, final.done) == ("查查查查", True)
        assert len(scene.fake.shown("zhangwei")) == 2
        assert len({text(m, "msgid") for m in scene.bot.received}) == 4

    run(play)


def test_a_stream_ends_after_six_minutes() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda _m: stream("还在查", finish=False)
        await scene.fake.say("zhangwei", "政策", chat="bot")
        scene.fake.clock.advance(timedelta(minutes=7))
        await scene.fake.quiet(5)
        assert scene.fake.shown("zhangwei")[-1].failure == "回答超时"

    run(play)


def test_at_most_three_interactions() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda _m: stream("还在查", finish=False)
        for _ in range(3):
            assert (await scene.fake.say("zhangwei", "政策", chat="bot")).ok
        assert not (await scene.fake.say("zhangwei", "政策", chat="bot")).ok
        assert (await scene.fake.say("lina", "政策", chat="bot")).ok

    run(play, replace(QUICK, stream_poll_seconds=60.0))


def test_a_card_is_pressed_once_and_replaced() -> None:
    async def play(scene: Scene) -> None:
        def answer(message: JsonObject) -> str:
            if message["msgtype"] != "event":
                return json.dumps({"msgtype": "template_card", "template_card": CARD})
            new = CARD | {"main_title": {"title": "已请假"}, "replace_text": "已提交"}
            return json.dumps({"response_type": "update_template_card", "template_card": new})

        scene.bot.answer = answer
        await scene.fake.say("zhangwei", "请假", chat="bot")
        delivery = await scene.fake.press("zhangwei", None, "是")
        assert delivery.reason == ""
        event = table(scene.bot.received[-1], "event")
        detail = table(event, "template_card_event")
        assert (detail["event_key"], detail["task_id"]) == ("yes", "t1")
        card = scene.fake.shown("zhangwei")[-1]
        assert (card.title, card.buttons) == ("已请假", [("已提交", "", False)])

    run(play)


def test_a_card_event_is_never_repeated() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda _m: json.dumps(
            {"msgtype": "template_card", "template_card": CARD}
        )
        await scene.fake.say("zhangwei", "请假", chat="bot")
        scene.bot.statuses = [500, 500]
        assert (await scene.fake.press("zhangwei", None, "是")).attempts == 1

    run(play)


def test_entering_is_told_once_a_day() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda _m: json.dumps({"msgtype": "text", "text": {"content": "您好"}})
        assert await scene.fake.enter("lina", chat="bot") is not None
        assert scene.fake.shown("lina")[-1].text == "您好"
        assert await scene.fake.enter("lina", chat="bot") is None
        scene.fake.clock.advance(timedelta(days=1))
        assert await scene.fake.enter("lina", chat="bot") is not None

    run(play)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"msgtype": "text", "text": {"content": "a"}}, "不能用来回答"),
        ({"msgtype": "markdown", "markdown": {"content": "a"}}, "不能用来回答"),
        ({"msgtype": "stream", "stream": {"finish": True}}, "stream.id"),
        ({"msgtype": "stream", "stream": {"id": "s", "content": "学" * 6827}}, "content size"),
        ({"msgtype": "stream", "stream": {"id": "s", "msg_item": [{"a": 1}]}}, "msg_item"),
        ({"msgtype": "template_card", "template_card": {}}, "card_type"),
    ],
)
def test_wrong_replies_are_named(answer: JsonObject, reason: str) -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda _m: json.dumps(answer)
        assert reason in (await scene.fake.say("zhangwei", "在吗", chat="bot")).reason

    run(play)


def test_the_response_url_works_once_within_the_hour() -> None:
    async def play(scene: Scene) -> None:
        await scene.fake.say("zhangwei", "在吗", chat="bot")
        await scene.fake.say("zhangwei", "在吗", chat="bot")
        first, second = (text(m, "response_url") for m in scene.bot.received)
        body = {"msgtype": "markdown", "markdown": {"content": "查到了"}}
        for url, wanted in ((first, 0), (first, 60140)):
            async with scene.http.post(url, json=body) as answer:
                assert whole(await answer.json(), "errcode", -9) == wanted
        assert scene.fake.shown("zhangwei")[-1].text == "查到了"
        scene.fake.clock.advance(timedelta(hours=1, seconds=1))
        async with scene.http.post(second, json=body) as answer:
            assert whole(await answer.json(), "errcode") == 60140

    run(play)


def test_a_file_comes_as_a_sealed_address_for_five_minutes() -> None:
    async def play(scene: Scene) -> None:
        await scene.fake.send_file("zhangwei", "a.xlsx", b"PK rows", chat="bot")
        url = text(table(scene.bot.received[0], "file"), "url")
        async with scene.http.get(url) as answer:
            sealed = await answer.read()
        key = Envelope(TOKEN, KEY, "")._key
        reader = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        raw = reader.update(sealed) + reader.finalize()
        assert raw[: -raw[-1]] == b"PK rows"
        scene.fake.clock.advance(timedelta(minutes=5, seconds=1))
        async with scene.http.get(url) as answer:
            assert answer.status == 404

    run(play)


def test_no_file_for_the_bot_in_a_group() -> None:
    async def play(scene: Scene) -> None:
        await scene.fake.send_file("zhangwei", "a.xlsx", b"PK rows", chat="g1")
        assert not scene.bot.received
        assert scene.fake.shown("lina")[-1].file_name == "a.xlsx"
        with pytest.raises(NotOnScreenError):
            await scene.fake.press("zhangwei", None, "是")

    run(play)
