"""The chat page with several platforms: one person, all chats, one feed in one order."""

from __future__ import annotations

import asyncio
import json

import aiohttp

from simulator.common.values import JsonObject, rows, table, text
from tests.simulator.onebot_scene import PNG
from tests.simulator.page_scene import MARK, PageScene, run

ZHANG = {"as": "zhangwei"}


def keyboard(*buttons: tuple[str, str]) -> JsonObject:
    """A markdown message with callback buttons that anybody may press."""
    made = [
        {
            "id": ident,
            "render_data": {"label": caption, "visited_label": caption},
            "action": {
                "type": 1,
                "permission": {"type": 2},
                "data": ident,
                "unsupport_tips": "请升级",
            },
        }
        for ident, caption in buttons
    ]
    return {
        "msg_type": 2,
        "content": "",
        "markdown": {"content": "**请确认**"},
        "keyboard": {"content": {"rows": [{"buttons": made}]}},
    }


def test_the_page_starts_with_a_teacher_who_has_classes() -> None:
    async def play(scene: PageScene) -> None:
        state = await scene.look("state")
        assert state["first"] == "zhangwei"
        assert [text(p, "role") for p in rows(state, "people")] == [
            *["教师"] * 3,
            "未绑定",
            "教师",
            "班主任",
            "未绑定",
        ]

    run(play)


def test_all_chats_of_a_person_stand_in_one_list() -> None:
    async def play(scene: PageScene) -> None:
        chats = rows(await scene.look("feed?as=zhangwei"), "chats")
        assert [(c["id"], c["badge"], c["group"]) for c in chats] == [
            ("app", "企业微信", False),
            ("bot", "企业微信", False),
            ("wr1", "企业微信", True),
            ("wr2", "企业微信", True),
            ("qq", "QQ", False),
            ("qq/信息技术1班", "QQ", True),
            ("qq/心理健康网络班", "QQ", True),
            ("onebot", "QQ号", False),
            ("onebot/信息技术1班", "QQ号", True),
            ("onebot/心理健康网络班", "QQ号", True),
        ]
        assert {c["pushes"] for c in chats if c["badge"] != "QQ"} == {None}
        assert {c["pushes"] for c in chats if c["badge"] == "QQ"} == {True}
        strangers = rows(await scene.look("feed?as=newcomer1"), "chats")
        assert [c["id"] for c in strangers] == ["app", "bot", "qq", "onebot"]
        assert scene.roster.bound == []

    run(play)


def test_who_first_writes_on_qq_comes_on_and_is_known() -> None:
    async def play(scene: PageScene) -> None:
        async with scene.qq.online() as socket:
            said: JsonObject = {**ZHANG, "chat": "qq", "text": "我的学分"}
            assert (await scene.act("say", said))["ok"] is True
            assert (await scene.act("say", said))["ok"] is True
            event = await socket.next()
            assert (event["t"], table(event, "d")["content"]) == ("C2C_MESSAGE_CREATE", "我的学分")
            ident = text(table(event, "d"), "id")
            await scene.qq.to_user("qq1", content="62 学分", msg_id=ident, msg_seq=1)
        openid = scene.fake_qq.user_openid("qq1")
        assert scene.roster.bound == [("qq", "张伟", openid)]
        items = rows(await scene.look("feed?as=zhangwei"), "items")
        assert [(i["chat"], i["sender"], i["mine"]) for i in items] == [
            ("qq", "张伟", True),
            ("qq", "张伟", True),
            ("qq", "师训助手", False),
        ]
        assert all(text(i, "id").startswith("qq:") for i in items)

    run(play)


def test_a_class_group_is_opened_with_the_whole_class() -> None:
    async def play(scene: PageScene) -> None:
        async with scene.qq.online() as socket:
            body: JsonObject = {**ZHANG, "chat": "qq/信息技术1班", "text": "在吗"}
            await scene.act("say", body)
            assert (await socket.next())["t"] == "GROUP_AT_MESSAGE_CREATE"
            await scene.act("say", body | {"text": "大家好", "mention": False})
            assert socket.told.empty()
        (told,) = scene.roster.groups_bound
        assert told[:2] == ("qq_group", "信息技术1班")
        assert [realm for realm, _, _ in scene.roster.bound] == ["qq", "qq_group"]
        seen = rows(await scene.look("feed?as=lina"), "items")
        assert [(i["chat"], i["text"]) for i in seen] == [
            ("qq/信息技术1班", "@师训助手 在吗"),
            ("qq/信息技术1班", "大家好"),
        ]
        await scene.act("say", {"as": "lina", "chat": "qq/心理健康网络班", "text": "?"}, 409)
        await scene.act("say", {"as": "lina", "chat": "qq/没有的班", "text": "?"}, 409)
        await scene.act("say", {"as": "nobody", "chat": "qq", "text": "?"}, 404)

    run(play)


def test_strangers_and_namesakes_come_on_unknown() -> None:
    async def play(scene: PageScene) -> None:
        for who in ("newcomer1", "member4", "zhangwei2"):
            await scene.act("say", {"as": who, "chat": "qq", "text": "你好"})
        assert scene.roster.bound == []
        await scene.act("say", {**ZHANG, "chat": "qq", "text": "你好"})
        assert [name for _, name, _ in scene.roster.bound] == ["张伟"]
        names = [each.name for each in scene.fake_qq.platform.people.values()]
        assert names == ["新来的老师", "何静", "张伟（实验中学）", "张伟"]

    run(play)


def test_a_pressed_button_is_acknowledged_or_the_client_says_so() -> None:
    async def play(scene: PageScene) -> None:
        async with scene.qq.online() as socket:
            await scene.act("say", {**ZHANG, "chat": "qq", "text": "通知"})
            ident = text(table(await socket.next(), "d"), "id")
            got = await scene.qq.to_user(
                "qq1", **keyboard(("ok", "收到"), ("no", "不去")), msg_id=ident, msg_seq=1
            )
            assert got.status == 200, got
            card = rows(await scene.look("feed?as=zhangwei"), "items")[-1]
            assert (card["kind"], table(card, "card")["type"]) == ("card", "keyboard")
            pressing: JsonObject = {**ZHANG, "id": card["id"], "key": "ok"}
            late = await scene.act("press", pressing)
            assert (late["ok"], late["reason"]) == (False, "请求第三方失败")
            await socket.next()
            task = asyncio.create_task(scene.act("press", pressing))
            interaction = text(table(await socket.next(), "d"), "id")
            await scene.qq.call("PUT", f"/interactions/{interaction}", {"code": 0})
            assert (await task)["ok"] is True
            task = asyncio.create_task(scene.act("press", pressing | {"key": "no"}))
            interaction = text(table(await socket.next(), "d"), "id")
            await scene.qq.call("PUT", f"/interactions/{interaction}", {"code": 3})
            assert (await task)["reason"] == "请勿重复操作"
        await scene.act("press", {"as": "lina", "id": card["id"], "key": "ok"}, 409)

    run(play)


def test_messages_that_were_not_asked_for_can_be_turned_away() -> None:
    async def play(scene: PageScene) -> None:
        async def pushes() -> dict[str, object]:
            chats = rows(await scene.look("feed?as=zhangwei"), "chats")
            return {text(c, "id"): c["pushes"] for c in chats if c["badge"] == "QQ"}

        async with scene.qq.online() as socket:
            turned: JsonObject = {**ZHANG, "chat": "qq", "on": False}
            await scene.act("let_in", turned)
            assert (await socket.next())["t"] == "C2C_MSG_REJECT"
            assert (await scene.qq.to_user("qq1")).code == 40054013
            await scene.act("let_in", turned | {"chat": "qq/信息技术1班"})
            assert (await socket.next())["t"] == "GROUP_MSG_REJECT"
            assert await pushes() == {
                "qq": False,
                "qq/信息技术1班": False,
                "qq/心理健康网络班": True,
            }
            await scene.act("let_in", turned | {"on": True})
            assert (await socket.next())["t"] == "C2C_MSG_RECEIVE"
            assert (await pushes())["qq"] is True
        await scene.act("let_in", turned | {"chat": "app"}, 409)
        await scene.act("let_in", turned | {"chat": "onebot"}, 409)

    run(play)


def test_files_and_pictures_go_both_ways() -> None:
    async def play(scene: PageScene) -> None:
        for chat in ("qq", "onebot"):
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("file", PNG, filename="截图.png")
            url = f"{scene.base}/sim/file?as=zhangwei&chat={chat}"
            async with scene.http.post(url, data=form, headers=MARK) as answer:
                assert answer.status == 200
        items = rows(await scene.look("feed?as=zhangwei"), "items")
        assert [(i["chat"], i["picture"], i["file_name"]) for i in items] == [
            ("qq", True, "截图.png"),
            ("onebot", True, "截图.png"),
        ]
        for item in items:
            async with scene.http.get(f"{scene.base}/sim/media/{item['media']}") as answer:
                assert await answer.read() == PNG
        async with scene.http.get(f"{scene.base}/sim/media/qq:gone") as answer:
            assert answer.status == 404

    run(play)


def test_the_account_behind_onebot_talks_too() -> None:
    async def play(scene: PageScene) -> None:
        async with scene.onebot.app(token=scene.stage.keys.onebot_token) as app:
            await scene.act("say", {**ZHANG, "chat": "onebot", "text": "我的学分"})
            said = [{"type": "text", "data": {"text": "62 学分"}}]
            await app.done("send_private_msg", user_id=20_000_001, message=said)
            await scene.act("say", {**ZHANG, "chat": "onebot/信息技术1班", "text": "在吗"})
            number = int(scene.roster.groups_bound[0][2])
            sent = await app.say("在", number)
            await app.done("delete_msg", message_id=sent)
        items = rows(await scene.look("feed?as=zhangwei"), "items")
        assert [(i["chat"], i["sender"], i["kind"], i["text"]) for i in items] == [
            ("onebot", "张伟", "text", "我的学分"),
            ("onebot", "师训助手", "text", "62 学分"),
            ("onebot/信息技术1班", "张伟", "text", "@师训助手  在吗"),
            ("onebot/信息技术1班", "师训助手", "recalled", "消息已撤回"),
        ]
        assert scene.roster.bound == [("onebot", "张伟", "20000001")]
        spot: JsonObject = {"label": "校门", "latitude": "31.2", "longitude": "121.4"}
        await scene.act("locate", {**ZHANG, "chat": "onebot"} | spot, 409)
        await scene.act("press", {**ZHANG, "id": items[1]["id"], "key": "ok"}, 409)

    run(play)


def test_one_feed_has_one_order_and_one_cursor() -> None:
    async def play(scene: PageScene) -> None:
        for chat in ("onebot", "app", "qq", "app"):
            await scene.act("say", {**ZHANG, "chat": chat, "text": "你好"})
        feed = await scene.look("feed?as=zhangwei")
        items = rows(feed, "items")
        assert [i["chat"] for i in items] == ["onebot", "app", "qq", "app"]
        numbers = [i["seq"] for i in items]
        assert len(set(numbers)) == 4
        since = feed["cursor"]
        await scene.act("say", {**ZHANG, "chat": "qq", "text": "还在吗"})
        (later,) = rows(await scene.look(f"feed?as=zhangwei&since={since}"), "items")
        assert (later["chat"], later["text"]) == ("qq", "还在吗")
        await scene.act("clear", {})
        assert rows(await scene.look("feed?as=zhangwei"), "items") == []

    run(play)


def test_what_comes_on_qq_is_told_at_once() -> None:
    async def play(scene: PageScene) -> None:
        await scene.act("say", {**ZHANG, "chat": "qq", "text": "你好"})
        async with scene.http.get(f"{scene.base}/sim/events") as stream:
            async with asyncio.timeout(3):
                while (await stream.content.readline()) != b"event: clock\n":
                    continue
                await scene.qq.to_user("qq1")
                while (await stream.content.readline()) != b"event: changed\n":
                    continue
                data = (await stream.content.readline()).decode()
            assert json.loads(data.removeprefix("data: ")) == {"users": ["zhangwei"]}

    run(play)
