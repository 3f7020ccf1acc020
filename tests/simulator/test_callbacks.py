"""Callbacks of an app on the wire: envelope, retries, duplicates, passive replies, faults."""

from __future__ import annotations

import asyncio

import pytest

from simulator.common.values import text
from simulator.wecom import Kind, NotOnScreenError
from tests.simulator.scene import CORP, Scene, run


def reply(kind: str, inner: str, **over: str) -> str:
    fields = {"ToUserName": "ZhangWei", "FromUserName": CORP, "CreateTime": "1"} | over
    common = "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in fields.items())
    return f"<xml>{common}<MsgType><![CDATA[{kind}]]></MsgType>{inner}</xml>"


def test_a_message_arrives_sealed_with_all_its_fields() -> None:
    async def play(scene: Scene) -> None:
        delivery = await scene.fake.say("zhangwei", "我的学分 ]]> <b> 😀")
        assert delivery.ok
        assert (delivery.status, delivery.attempts, delivery.passive_reply) == (200, 1, "")
        (message,) = scene.bot.received
        assert message == {
            "ToUserName": CORP,
            "FromUserName": "ZhangWei",
            "CreateTime": "1626049500",
            "MsgType": "text",
            "Content": "我的学分 ]]> <b> 😀",
            "MsgId": delivery.message_id,
            "AgentID": "1000002",
        }
        assert int(delivery.message_id) > 2**53
        (own,) = scene.fake.shown("zhangwei")
        assert (own.kind, own.mine, own.pending, own.chat) == (Kind.TEXT, True, False, "app")

    run(play)


def test_a_passive_reply_is_opened_and_shown() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda m: reply("text", f"<Content>你说：{text(m, 'Content')}</Content>")
        cursor = scene.fake.cursor("zhangwei")
        delivery = await scene.fake.say("zhangwei", "在吗")
        assert "你说：在吗" in delivery.passive_reply
        seen = [s for s in scene.fake.shown("zhangwei", since=cursor) if not s.mine]
        assert [(s.text, s.sender) for s in seen] == [("你说：在吗", "师训助手")]

    run(play)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply("text", "<Content>a</Content>", ToUserName="lina"), "ToUserName"),
        (reply("text", "<Content>a</Content>", FromUserName="ww1"), "CorpID"),
        (reply("text", ""), "empty content"),
        (reply("update_button", "<Button><ReplaceName>x</ReplaceName></Button>"), "卡片事件"),
        (reply("poem", ""), "invalid message type"),
        ("not xml", "XML"),
    ],
)
def test_a_wrong_passive_reply_is_named_and_not_retried(answer: str, reason: str) -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda _m: answer
        delivery = await scene.fake.say("zhangwei", "在吗")
        assert delivery.ok
        assert delivery.attempts == 1
        assert reason in delivery.reason
        assert scene.fake.shown("zhangwei")[-1].kind is Kind.NOTICE

    run(play)


def test_a_body_that_is_no_envelope_is_named() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.raw_answer = b"success"
        delivery = await scene.fake.say("zhangwei", "在吗")
        assert delivery.ok
        assert "XML" in delivery.reason

    run(play)


def test_a_bad_status_is_retried_three_times_with_the_same_id() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.statuses = [500, 502]
        delivery = await scene.fake.say("zhangwei", "在吗")
        assert (delivery.ok, delivery.attempts) == (True, 3)
        assert len({text(m, "MsgId") for m in scene.bot.received}) == 1
        scene.bot.statuses = [500] * 9
        delivery = await scene.fake.say("zhangwei", "还在吗")
        assert (delivery.ok, delivery.status, delivery.attempts) == (False, 500, 4)
        assert scene.fake.shown("zhangwei")[-1].failure == "HTTP 500"

    run(play)


def test_a_slow_bot_is_dropped_and_asked_again() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.delay = 0.5
        delivery = await scene.fake.say("zhangwei", "在吗")
        assert (delivery.ok, delivery.status, delivery.reason) == (False, 0, "超时")
        assert len(scene.bot.received) == 4

    run(play)


def test_no_bot_at_all() -> None:
    async def play(scene: Scene) -> None:
        scene.app.callback_url = "http://127.0.0.1:1/none"
        delivery = await scene.fake.say("zhangwei", "在吗")
        assert not delivery.ok
        assert "连接失败" in delivery.reason

    run(play)


def test_copies_redelivery_and_replay() -> None:
    async def play(scene: Scene) -> None:
        await scene.fake.say("zhangwei", "签到 A1B2", copies=3)
        await scene.fake.redeliver()
        await scene.fake.redeliver(same_nonce=True)
        assert len(scene.bot.received) == 5
        assert len({text(m, "MsgId") for m in scene.bot.received}) == 1
        assert len(scene.fake.shown("zhangwei")) == 1

    run(play)


def test_faults_of_the_way_to_the_bot() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.faults.callback_losses = 1
        scene.fake.faults.callback_timeouts = 1
        delivery = await scene.fake.say("zhangwei", "在吗")
        assert delivery.attempts == 3
        assert len(scene.bot.received) == 2

    run(play)


def test_events() -> None:
    async def play(scene: Scene) -> None:
        await scene.fake.enter("zhangwei")
        await scene.post(
            "menu/create",
            {"button": [{"type": "click", "name": "我的学分", "key": "credits"}]},
            access_token=await scene.login(),
            agentid="1000002",
        )
        await scene.fake.click_menu("zhangwei", "credits")
        with pytest.raises(NotOnScreenError):
            await scene.fake.click_menu("zhangwei", "nothing")
        assert [(text(m, "Event"), text(m, "EventKey")) for m in scene.bot.received] == [
            ("enter_agent", ""),
            ("click", "credits"),
        ]

    run(play)


def test_files_and_pictures() -> None:
    async def play(scene: Scene) -> None:
        await scene.fake.send_file("zhangwei", "花名册.xlsx", b"PK\x03\x04 rest")
        await scene.fake.send_file("zhangwei", "p.png", b"\x89PNG\r\n\x1a\n rest")
        file, picture = scene.bot.received
        assert (text(file, "MsgType"), text(picture, "MsgType")) == ("file", "image")
        token = await scene.login()
        url = f"{scene.base}/fake/wecom/cgi-bin/media/get"
        query = {"access_token": token, "media_id": text(file, "MediaId")}
        async with scene.http.get(url, params=query) as answer:
            assert await answer.read() == b"PK\x03\x04 rest"
            assert "filename" in answer.headers["Content-Disposition"]
        async with scene.http.get(text(picture, "PicUrl")) as answer:
            assert answer.content_type == "image/png"
        shown = scene.fake.shown("zhangwei")
        assert [s.kind for s in shown] == [Kind.FILE, Kind.IMAGE]

    run(play)


def test_the_url_check() -> None:
    async def play(scene: Scene) -> None:
        assert (await scene.fake.verify_url(scene.app)).ok
        scene.app.callback_url = scene.base + "/"
        assert not (await scene.fake.verify_url(scene.app)).ok

    run(play)


def test_who_cannot_be_reached() -> None:
    async def play(scene: Scene) -> None:
        with pytest.raises(NotOnScreenError, match="不在群"):
            await scene.fake.say("outsider", "大家好", chat="g1")
        with pytest.raises(NotOnScreenError, match="没有这个对话"):
            await scene.fake.say("lina", "大家好", chat="g9")
        scene.app.visible = {"lina"}
        with pytest.raises(NotOnScreenError, match="可见范围"):
            await scene.fake.say("zhangwei", "在吗")
        with pytest.raises(KeyError):
            await scene.fake.say("nobody", "在吗")

    run(play)


def test_quiet_waits_for_the_end() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.delay = 0.1
        saying = asyncio.create_task(scene.fake.say("zhangwei", "在吗"))
        await asyncio.sleep(0.02)
        with pytest.raises(TimeoutError):
            await scene.fake.quiet(0.01)
        await scene.fake.quiet(5)
        assert (await saying).ok

    run(play)


def test_several_people_at_once() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda m: reply(
            "text", f"<Content>{text(m, 'Content')}</Content>", ToUserName=text(m, "FromUserName")
        )
        people = ["zhangwei", "lina", "zhouming"]
        await asyncio.gather(*(scene.fake.say(who, f"我是 {who}") for who in people))
        for who in people:
            assert [s.text for s in scene.fake.shown(who)] == [f"我是 {who}"] * 2

    run(play)
