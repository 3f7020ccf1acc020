"""The chat page's routes: files, state, acting, clock, upload, live changes."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import aiohttp

from simulator.common.values import JsonObject, rows, table, text
from simulator.page.world import CorpWorld
from tests.simulator.scene import Scene, run
from tests.simulator.sockets import SECRET, dialled

MARK = {"X-Sim": "1"}
_SCRIPTS = ("app", "base", "clock", "column", "controls", "messages", "words")
_FILES = (
    ("/", "html"),
    ("/sim/style.css", "css"),
    ("/sim/messages.css", "css"),
    *((f"/sim/{name}.js", "javascript") for name in _SCRIPTS),
)


async def act(scene: Scene, path: str, body: JsonObject, status: int = 200) -> JsonObject:
    async with scene.http.post(f"{scene.base}/sim/{path}", json=body, headers=MARK) as answer:
        assert answer.status == status
        return cast(JsonObject, await answer.json())


async def look(scene: Scene, path: str) -> JsonObject:
    async with scene.http.get(f"{scene.base}/sim/{path}") as answer:
        assert answer.status == 200
        return cast(JsonObject, await answer.json())


def test_the_files_are_served_with_a_strict_policy() -> None:
    async def play(scene: Scene) -> None:
        for path, kind in _FILES:
            async with scene.http.get(scene.base + path) as answer:
                assert answer.status == 200
                assert kind in answer.headers["Content-Type"]
                assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
                body = await answer.text()
                assert "innerHTML" not in body

    run(play)


def test_the_state() -> None:
    async def play(scene: Scene) -> None:
        state = await look(scene, "state")
        assert [text(p, "role") for p in rows(state, "people")] == ["教师", "班主任"]
        assert state["hints"] == ["我的学分", "本周安排"]
        assert (state["name"], state["first"]) == ("师训助手", "")
        assert table(state, "clock")["local"] == "2021-07-12T08:25"

    run(play)


def test_the_chats_of_a_person() -> None:
    async def play(scene: Scene) -> None:
        app, bot, group = rows(await look(scene, "feed?as=ZhangWei"), "chats")
        assert (app["id"], app["name"], app["badge"]) == ("app", "师训助手", "企业微信")
        assert app["ways"] == ["voice", "picture", "place"]
        assert (bot["id"], bot["group"]) == ("bot", False)
        assert (group["id"], group["name"], group["bot"]) == ("g1", "信息技术1班", "小师")
        assert (group["group"], group["pushes"]) == (True, None)
        assert len(rows(await look(scene, "feed?as=outsider"), "chats")) == 2

    run(play)


def test_saying_and_seeing() -> None:
    async def play(scene: Scene) -> None:
        got = await act(scene, "say", {"as": "ZhangWei", "chat": "app", "text": "我的学分"})
        assert got["ok"] is True
        await scene.send("text", {"content": "<b>9</b>"})
        feed = await look(scene, "feed?as=zhangwei")
        own, answer = rows(feed, "items")
        assert (own["mine"], own["sender"], own["at"]) == (True, "张伟", "2021-07-12T08:25")
        assert (answer["mine"], answer["text"]) == (False, "<b>9</b>")
        later = await look(scene, f"feed?as=zhangwei&since={feed['cursor']}")
        assert later["items"] == []

    run(play)


def test_a_failed_message_is_marked() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.statuses = [500] * 4
        got = await act(scene, "say", {"as": "lina", "chat": "app", "text": "在吗"})
        assert (got["ok"], got["reason"]) == (False, "HTTP 500")
        (item,) = rows(await look(scene, "feed?as=lina"), "items")
        assert item["failure"] == "HTTP 500"

    run(play)


def test_what_cannot_be_done_is_explained() -> None:
    async def play(scene: Scene) -> None:
        await act(scene, "say", {"as": "nobody", "text": "在吗"}, 404)
        got = await act(scene, "say", {"as": "lina", "text": " "}, 409)
        assert got["reason"] == "请先输入内容"
        await act(scene, "press", {"as": "lina", "key": "ok"}, 409)
        await act(scene, "clock", {"set": "tomorrow"}, 400)
        async with scene.http.post(f"{scene.base}/sim/clear", json={}) as answer:
            assert answer.status == 403
        async with scene.http.get(f"{scene.base}/sim/feed?as=nobody") as answer:
            assert answer.status == 404

    run(play)


def test_the_clock() -> None:
    async def play(scene: Scene) -> None:
        async def local(body: JsonObject) -> str:
            return text(await act(scene, "clock", body), "local")

        assert await local({"set": "2021-09-01T07:00"}) == "2021-09-01T07:00"
        assert await local({"minutes": 10}) == "2021-09-01T07:10"
        assert await local({"next_day": "08:00"}) == "2021-09-02T08:00"
        assert (await act(scene, "clock", {"resume": True}))["real"] is True

    run(play)


def test_upload_and_download() -> None:
    async def play(scene: Scene) -> None:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", b"PK rows", filename="花名册.xlsx")
        url = f"{scene.base}/sim/file?as=lina&chat=app"
        async with scene.http.post(url, data=form, headers=MARK) as answer:
            assert (await answer.json())["ok"] is True
        assert text(scene.bot.received[0], "MsgType") == "file"
        (item,) = rows(await look(scene, "feed?as=lina"), "items")
        assert (item["kind"], item["file_name"], item["file_size"]) == ("file", "花名册.xlsx", 7)
        async with scene.http.get(f"{scene.base}/sim/media/{item['media']}") as answer:
            assert await answer.read() == b"PK rows"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    run(play)


def test_cards_menus_and_clearing() -> None:
    async def play(scene: Scene) -> None:
        card: JsonObject = {
            "card_type": "button_interaction",
            "task_id": "n1",
            "main_title": {"title": "请确认"},
            "button_list": [{"text": "确认", "key": "ok"}],
        }
        await scene.send("template_card", card)
        (item,) = rows(await look(scene, "feed?as=zhangwei"), "items")
        drawn = table(item, "card")
        assert (drawn["title"], rows(drawn, "buttons")[0]["enabled"]) == ("请确认", True)
        got = await act(scene, "press", {"as": "zhangwei", "id": item["id"], "key": "ok"})
        assert got["ok"] is True
        query = {"access_token": await scene.login(), "agentid": "1000002"}
        menu: JsonObject = {"button": [{"type": "click", "name": "帮助", "key": "help"}]}
        await scene.post("menu/create", menu, **query)
        app = rows(await look(scene, "feed?as=zhangwei"), "chats")[0]
        assert rows(app, "menu") == [{"name": "帮助", "key": "help", "url": "", "entries": []}]
        await act(scene, "menu", {"as": "zhangwei", "key": "help"})
        await act(scene, "enter", {"as": "zhangwei"})
        assert [text(m, "Event") for m in scene.bot.received] == [
            "template_card_event",
            "click",
            "enter_agent",
        ]
        await act(scene, "clear", {})
        assert rows(await look(scene, "feed?as=zhangwei"), "items") == []

    run(play)


def test_voice_and_place() -> None:
    async def play(scene: Scene) -> None:
        who: JsonObject = {"as": "lina", "chat": "app"}
        assert (await act(scene, "speak", who | {"text": "我的学分"}))["ok"] is True
        spot: JsonObject = {"label": "城关小学", "latitude": "31.2", "longitude": "121.4"}
        assert (await act(scene, "locate", who | spot))["ok"] is True
        assert [text(m, "MsgType") for m in scene.bot.received] == ["voice", "location"]
        voice, place = rows(await look(scene, "feed?as=lina"), "items")
        assert (voice["kind"], voice["text"]) == ("voice", "我的学分")
        assert (place["kind"], place["text"], place["title"]) == (
            "location",
            "城关小学",
            "31.2,121.4",
        )
        assert (await act(scene, "speak", who | {"text": " "}, 409))["reason"]
        assert (await act(scene, "locate", who | spot | {"latitude": "x"}, 409))["reason"]
        assert (await act(scene, "locate", who | spot | {"label": ""}, 409))["reason"]

    run(play)


def test_robots_app_chats_growing_answers_and_recalls_are_seen() -> None:
    async def play(scene: Scene) -> None:
        members: JsonObject = {"userlist": ["zhangwei", "lina"], "chatid": "class1"}
        await scene.post("appchat/create", members | {"name": "信息技术2班"})
        said: JsonObject = {"msgtype": "text", "text": {"content": "开班"}}
        await scene.post("appchat/send", said | {"chatid": "class1"})
        robot = scene.corp.add_robot("g1", "播报")
        await scene.post("webhook/send", said, key=robot.key)
        got = await scene.send("text", {"content": "错了"}, touser="lina")
        await scene.post("message/recall", {"msgid": got["msgid"]})
        scene.corp.add_app(1000003, "别的应用", secret="x", token="t", aes_key="a" * 43)
        feed = await look(scene, "feed?as=lina")
        assert [(c["id"], c["name"]) for c in rows(feed, "chats")] == [
            ("app", "师训助手"),
            ("app:1000003", "别的应用"),
            ("bot", "小师"),
            ("g1", "信息技术1班"),
            ("class1", "信息技术2班"),
        ]
        items = rows(feed, "items")
        assert [(i["chat"], i["sender"], i["kind"]) for i in items] == [
            ("class1", "师训助手", "text"),
            ("g1", "播报", "text"),
            ("app", "师训助手", "recalled"),
        ]
        scene.aibot.use_socket(SECRET)
        async with dialled(scene) as socket:
            await act(scene, "say", {"as": "lina", "chat": "bot", "text": "政策"})
            req_id, _ = await socket.next()
            await socket.stream(req_id, "正在查", finish=False)
            growing = rows(await look(scene, "feed?as=lina"), "items")[-1]
            assert (growing["text"], growing["done"]) == ("正在查", False)
            await socket.stream(req_id, "查到了", finish=True)
            grown = rows(await look(scene, "feed?as=lina"), "items")[-1]
            assert (grown["id"], grown["text"], grown["done"]) == (growing["id"], "查到了", True)

    run(play)


def test_a_robot_is_added_to_a_group() -> None:
    async def play(scene: Scene) -> None:
        await act(scene, "robot", {"as": "lina", "chat": "app"}, 409)
        await act(scene, "robot", {"as": "outsider", "chat": "g1"}, 409)
        await act(scene, "robot", {"as": "lina", "chat": "g1"})
        (told,) = rows(await look(scene, "feed?as=lina"), "items")
        assert (told["kind"], told["chat"]) == ("notice", "g1")
        url = text(told, "text").partition("：")[2]
        said: JsonObject = {"msgtype": "text", "text": {"content": "开班"}}
        async with scene.http.post(url, json=said) as answer:
            assert (await answer.json())["errcode"] == 0
        seen = rows(await look(scene, "feed?as=zhouming"), "items")
        assert [(i["sender"], i["text"]) for i in seen] == [("群机器人", "开班")]

    run(play)


def test_in_a_group_a_message_may_go_to_people_only() -> None:
    async def play(scene: Scene) -> None:
        said: JsonObject = {"as": "lina", "chat": "g1", "text": "大家好"}
        assert (await act(scene, "say", said | {"mention": False}))["ok"] is True
        assert scene.bot.received == []
        (item,) = rows(await look(scene, "feed?as=zhangwei"), "items")
        assert item["text"] == "大家好"
        await act(scene, "say", said)
        assert [text(m, "msgtype") for m in scene.bot.received] == ["text"]

    run(play)


def test_live_changes() -> None:
    async def play(scene: Scene) -> None:
        async with scene.http.get(f"{scene.base}/sim/events") as stream:

            async def event(name: str) -> JsonObject:
                while True:
                    line = (await asyncio.wait_for(stream.content.readline(), 3)).decode()
                    if line == f"event: {name}\n":
                        data = (await stream.content.readline()).decode()
                        return cast(JsonObject, json.loads(data.removeprefix("data: ")))

            assert (await event("clock"))["local"] == "2021-07-12T08:25"
            await scene.send("text", {"content": "通知"}, touser="zhangwei|lina")
            assert await event("changed") == {"users": ["zhangwei", "lina"]}
            await act(scene, "clock", {"minutes": 60})
            assert (await event("clock"))["local"] == "2021-07-12T09:25"

    run(play)


def test_a_corp_is_a_world_of_its_own() -> None:
    async def play(scene: Scene) -> None:
        people = CorpWorld(scene.corp, ("在吗",)).people()
        assert [(p.name, p.role_label, p.unit) for p in people][:1] == [
            ("张伟", "教师", "城关小学")
        ]

    run(play)
