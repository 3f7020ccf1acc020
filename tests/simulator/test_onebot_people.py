"""What people do, as the application hears it: talking, files, recall, groups, screens."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from simulator.common.values import rows, table, text
from simulator.onebot import Kind, NotOnScreenError, Segment
from tests.simulator.onebot_scene import (
    BOT,
    CHEN,
    GROUP,
    PNG,
    START,
    STRANGER,
    ZHANG,
    BareApp,
    Scene,
    run,
    scene,
)

CHAT = str(GROUP)


def test_a_private_message() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        said = await scene.fake.say("10003", "我的学分")
        assert (said.ok, said.attempts) == (True, 1)
        event = await app.next()
        assert event["message"] == [{"type": "text", "data": {"text": "我的学分"}}]
        assert (event["message_type"], event["sub_type"]) == ("private", "friend")
        assert (event["user_id"], event["self_id"]) == (ZHANG, BOT)
        assert event["time"] == int(START.timestamp())
        assert str(event["message_id"]) == said.message_id
        assert table(event, "sender")["nickname"] == "张伟"
        shown = scene.fake.shown("10003")[-1]
        assert (shown.mine, shown.chat, shown.text) == (True, "bot", "我的学分")
        assert scene.fake.shown("10004") == []

    run(play)


def test_a_group_message_is_told_with_and_without_an_at() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.say("10003", "签到", CHAT)
        event = await app.next()
        first, second = rows(event, "message")
        assert (first, second["data"]) == (
            {"type": "at", "data": {"qq": str(BOT)}},
            {"text": " 签到"},
        )
        sender = table(event, "sender")
        assert (event["group_id"], sender["role"], sender["card"]) == (GROUP, "member", "")
        await scene.fake.say("10002", "明天放假", CHAT, mention=False)
        event = await app.next()
        assert (event["raw_message"], table(event, "sender")["role"]) == ("明天放假", "owner")
        assert [s.text for s in scene.fake.shown("10004")] == ["@师训助手  签到", "明天放假"]

    run(play)


def test_the_standard_tells_more_of_the_sender_and_less_beside() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.say("10003", "签到", CHAT)
        event = await app.next()
        assert {"sex", "age", "area", "level", "title"} <= set(table(event, "sender"))
        assert event["anonymous"] is None
        assert not {"message_seq", "group_name", "message_format"} & set(event)

    run(play, "standard")


def test_quotes_copies_and_other_segments() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        own = await app.say("请回复收到")
        await scene.fake.say("10003", "收到", CHAT, quote=str(own), copies=2)
        first, again = await app.next(), await app.next()
        assert first == again
        assert rows(first, "message")[0] == {"type": "reply", "data": {"id": str(own)}}
        parts = [Segment("at", {"qq": "all"}), Segment("face", {"id": "178"})]
        await scene.fake.send_segments("10002", parts, CHAT)
        assert text(await app.next(), "raw_message") == "[CQ:at,qq=all][CQ:face,id=178]"
        assert scene.fake.shown("10004")[-1].text == "@全体成员 [表情]"

    run(play)


def test_pictures_files_and_voices() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.send_file("10003", "a.png", PNG)
        part = rows(await app.next(), "message")[0]
        assert part["type"] == "image"
        async with scene.http.get(text(table(part, "data"), "url")) as answer:
            assert await answer.read() == PNG
        await scene.fake.send_file("10002", "名单.xlsx", b"PK..", CHAT)
        event = await app.next()
        told = table(event, "file")
        assert (event["notice_type"], told["name"], told["size"]) == (
            "group_upload",
            "名单.xlsx",
            4,
        )
        assert rows(await app.next(), "message")[0]["type"] == "file"
        await scene.fake.speak("10003", "我要请假")
        assert rows(await app.next(), "message")[0]["type"] == "record"
        kinds = [s.kind for s in scene.fake.shown("10003")]
        assert kinds == [Kind.IMAGE, Kind.FILE, Kind.VOICE]

    run(play)


def test_a_group_file_in_the_standard_is_a_notice_alone() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.send_file("10002", "名单.xlsx", b"PK..", CHAT)
        assert text(await app.next(), "notice_type") == "group_upload"
        await scene.fake.poke("10003", CHAT)
        event = await app.next()
        assert (event["sub_type"], event["target_id"]) == ("poke", BOT)

    run(play, "standard")


def test_recall_by_people() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        said = await scene.fake.say("10003", "写错了", CHAT)
        private = await scene.fake.say("10003", "也错了")
        await scene.fake.recall("10003", said.message_id)
        await scene.fake.recall("10003", private.message_id)
        await app.next()
        await app.next()
        event = await app.next()
        assert (event["notice_type"], event["operator_id"]) == ("group_recall", ZHANG)
        event = await app.next()
        assert (event["notice_type"], str(event["message_id"])) == (
            "friend_recall",
            private.message_id,
        )
        assert scene.fake.shown("10004")[-1].kind is Kind.RECALLED
        said = await scene.fake.say("10003", "第三句", CHAT)
        with pytest.raises(NotOnScreenError):
            await scene.fake.recall("10004", said.message_id)
        scene.fake.clock.advance(timedelta(minutes=5))
        with pytest.raises(NotOnScreenError):
            await scene.fake.recall("10003", said.message_id)
        await scene.fake.recall("10002", said.message_id)  # the owner, at any time

    run(play)


def test_coming_and_going() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.join("10005", CHAT)
        event = await app.next()
        assert (event["notice_type"], event["sub_type"], event["user_id"]) == (
            "group_increase",
            "approve",
            STRANGER,
        )
        await scene.fake.set_card("10005", CHAT, "生人-三中")
        assert text(await app.next(), "notice_type") == "group_card"
        await scene.fake.leave("10005", CHAT)
        event = await app.next()
        assert (event["notice_type"], event["sub_type"]) == ("group_decrease", "leave")
        await scene.fake.join("10005", CHAT, inviter="10003")
        assert (await app.next())["operator_id"] == ZHANG
        await scene.fake.kick("10002", CHAT, "10005")
        assert text(await app.next(), "sub_type") == "kick"
        await scene.fake.befriend("10005")
        assert text(await app.next(), "notice_type") == "friend_add"
        assert [s.text for s in scene.fake.shown("10003") if s.kind is Kind.NOTICE] == [
            "生人加入了群聊",
            "生人退出了群聊",
            "生人加入了群聊",
            "生人被移出了群聊",
        ]

    run(play)


def test_the_bot_is_kicked() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.kick("10002", CHAT, str(BOT))
        event = await app.next()
        assert (event["sub_type"], event["operator_id"], event["user_id"]) == (
            "kick_me",
            CHEN,
            BOT,
        )
        answer = await app.ask("send_group_msg", group_id=GROUP, message="还在吗")
        assert "EventChecker Failed" in text(answer, "message")
        assert '"result": 110' in text(answer, "message")
        said = await scene.fake.say("10003", "它走了", CHAT)
        assert (said.ok, said.attempts) == (True, 0)
        assert app.told.empty()

    run(play)


def test_mutes_hold_for_people_too() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.mute("10002", CHAT, "10003", 60)
        with pytest.raises(NotOnScreenError):
            await scene.fake.say("10003", "冤枉", CHAT)
        scene.fake.clock.advance(timedelta(seconds=61))
        assert (await scene.fake.say("10003", "好了", CHAT)).ok
        await scene.fake.mute_all("10002", CHAT)
        with pytest.raises(NotOnScreenError):
            await scene.fake.say("10003", "都不行", CHAT)
        assert (await scene.fake.say("10002", "我是群主", CHAT)).ok
        with pytest.raises(NotOnScreenError):
            await scene.fake.kick("10003", CHAT, "10004")
        await scene.fake.make_admin("10002", CHAT, "10003")
        assert (await scene.fake.say("10003", "我是管理员", CHAT)).ok

    run(play)


def test_what_no_client_offers() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        fake = scene.fake
        with pytest.raises(NotOnScreenError):
            await fake.press("10003", None, "确认")
        with pytest.raises(NotOnScreenError):
            await fake.say("10005", "你好")
        with pytest.raises(NotOnScreenError):
            await fake.say("10005", "你好", CHAT)
        with pytest.raises(NotOnScreenError):
            await fake.say("10003", "你好", "999")
        with pytest.raises(KeyError):
            await fake.say("99", "你好")
        with pytest.raises(KeyError):
            fake.shown("nobody")

    run(play)


def test_nobody_listens() -> None:
    async def play() -> None:
        async with scene() as stage:
            said = await stage.fake.say("10003", "在吗")
            assert (said.ok, said.reason) == (False, "没有应用连接")
            cursor = stage.fake.cursor("10003")
            await stage.fake.quiet()
            assert stage.fake.shown("10003", cursor) == []

    asyncio.run(play())
