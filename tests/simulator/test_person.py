"""What a person can send and press besides text: each payload of 1.6, 1.7, 4.2 and 4.3."""

from __future__ import annotations

import hashlib

import pytest

from simulator.common.values import JsonObject, rows, table, text
from simulator.wecom import Kind, NotOnScreenError
from tests.simulator.scene import Scene, run
from tests.simulator.sockets import BareSocket, run_socket

PNG = b"\x89PNG\r\n\x1a\n rest"
MENU: list[JsonObject] = [
    {"type": "view", "name": "名单", "url": "https://office.example.com/list"},
    {"type": "scancode_waitmsg", "name": "扫码", "key": "scan1"},
    {
        "name": "更多",
        "sub_button": [
            {"type": "location_select", "name": "地点", "key": "where"},
            {"type": "pic_sysphoto", "name": "拍照", "key": "photo"},
            {"type": "view_miniprogram", "name": "小程序", "pagepath": "pages/a", "appid": "wx1"},
        ],
    },
]


def test_voice_place_link_video_and_what_is_not_documented() -> None:
    async def play(scene: Scene) -> None:
        fake = scene.fake
        await fake.speak("lina", "我的学分")
        await fake.send_location("lina", 31.2304, 121.4737, "城关小学")
        await fake.send_link("lina", "周报模板", "点开填写", "https://doc.example.com/w")
        await fake.send_video("lina", "a.mp4", b"....ftypmp42")
        await fake.send_odd("lina", {"MsgType": "merged", "Title": "聊天记录"})
        voice, place, link, video, odd = scene.bot.received
        assert (voice["MsgType"], voice["Format"]) == ("voice", "amr")
        assert [place[name] for name in ("Location_X", "Location_Y", "Scale")] == [
            "31.2304",
            "121.4737",
            "15",
        ]
        assert (place["Label"], place["AppType"]) == ("城关小学", "wxwork")
        assert (link["Title"], link["Url"]) == ("周报模板", "https://doc.example.com/w")
        assert video["MediaId"]
        assert video["ThumbMediaId"]
        assert (odd["MsgType"], odd["Title"]) == ("merged", "聊天记录")
        assert len({text(m, "MsgId") for m in scene.bot.received}) == 5
        seen = fake.shown("lina")
        kinds = [Kind.VOICE, Kind.LOCATION, Kind.LINK, Kind.FILE, Kind.NOTICE]
        assert [s.kind for s in seen] == kinds
        assert [s.text for s in seen][:2] == ["我的学分", "城关小学"]
        assert not any(s.pending for s in seen)

    run(play)


def test_every_kind_of_menu_entry() -> None:
    async def play(scene: Scene) -> None:
        fake = scene.fake
        scene.app.menu = MENU
        await fake.click_menu("lina", "https://office.example.com/list")
        await fake.click_menu("lina", "pages/a")
        await fake.scan("lina", "scan1", "SN-0001")
        await fake.pick_location("lina", "where", 31.5, 121.5, "教师进修学校")
        await fake.pick_pictures("lina", "photo", [PNG])
        assert [text(m, "Event") for m in scene.bot.received] == [
            "view",
            "view_miniprogram",
            "scancode_waitmsg",
            "location_select",
            "pic_sysphoto",
        ]
        view, _, scan, where, photo = scene.bot.received
        assert view["EventKey"] == "https://office.example.com/list"
        info = {"ScanType": "qrcode", "ScanResult": "SN-0001"}
        assert scan["ScanCodeInfo"] == info
        assert table(where, "SendLocationInfo")["Label"] == "教师进修学校"
        sums = table(table(photo, "SendPicsInfo"), "PicList")["item"]
        digest = hashlib.md5(PNG, usedforsecurity=False).hexdigest()
        assert sums == {"PicMd5Sum": digest}
        for wrong in (fake.scan("lina", "photo", "x"), fake.click_menu("lina", "scan1")):
            with pytest.raises(NotOnScreenError):
                await wrong

    run(play)


def test_the_position_is_told_only_to_an_app_that_asks_for_it() -> None:
    async def play(scene: Scene) -> None:
        assert await scene.fake.report_location("lina", 31.2, 121.4) is None
        scene.app.reports_location = True
        assert await scene.fake.report_location("lina", 31.2, 121.4) is not None
        (event,) = scene.bot.received
        assert (event["Event"], event["Latitude"], event["Precision"]) == (
            "LOCATION",
            "31.2",
            "65.0",
        )

    run(play)


def test_the_menu_of_a_card_and_its_selections() -> None:
    async def play(scene: Scene) -> None:
        card: JsonObject = {
            "card_type": "text_notice",
            "task_id": "n1",
            "main_title": {"title": "开班通知"},
            "card_action": {"type": 1, "url": "https://office.example.com/1"},
            "action_menu": {"desc": "更多", "action_list": [{"text": "静音", "key": "mute"}]},
        }
        await scene.send("template_card", card)
        await scene.fake.press("zhangwei", None, "静音")
        chosen: JsonObject = {
            "card_type": "multiple_interaction",
            "task_id": "m1",
            "main_title": {"title": "选时间"},
            "submit_button": {"text": "确定", "key": "ok"},
            "select_list": [
                {
                    "question_key": "day",
                    "title": "日期",
                    "selected_id": "d1",
                    "option_list": [{"id": "d1", "text": "今天"}, {"id": "d2", "text": "明天"}],
                }
            ],
        }
        await scene.send("template_card", chosen)
        await scene.fake.press("zhangwei", None, "确定", {"day": ["d2"]})
        menu, submit = scene.bot.received
        assert (menu["Event"], menu["EventKey"]) == ("template_card_menu_event", "mute")
        assert menu["ResponseCode"]
        item = table(table(submit, "SelectedItems"), "SelectedItem")
        assert (item["QuestionKey"], table(item, "OptionIds")["OptionId"]) == ("day", "d2")

    run(play)


def test_json_callbacks() -> None:
    async def play(scene: Scene) -> None:
        scene.app.json_callbacks = True
        assert (await scene.fake.say("lina", "我的学分 ]]>")).ok
        await scene.fake.enter("lina")
        message, event = scene.bot.received
        assert (message["MsgType"], message["Content"]) == ("text", "我的学分 ]]>")
        assert isinstance(message["MsgId"], int)
        assert event["Event"] == "enter_agent"

    run(play)


# -- to an AI bot --------------------------------------------------------------------------------


def test_voice_mixed_video_and_a_quote_to_an_ai_bot() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        fake = scene.fake
        said = await fake.speak("lina", "我的学分", chat="bot")
        _, body = await socket.next()
        assert (body["msgtype"], body["voice"]) == ("voice", {"content": "我的学分"})
        await fake.send_mixed("lina", "这张图是什么", [PNG], chat="g1")
        _, body = await socket.next()
        words, picture = rows(table(body, "mixed"), "msg_item")
        assert table(words, "text") == {"content": "@小师 这张图是什么"}
        assert {"url", "aeskey"} == set(table(picture, "image"))
        await fake.send_video("lina", "a.mp4", b"....ftypmp42", chat="bot")
        _, body = await socket.next()
        assert {"url", "aeskey"} == set(table(body, "video"))
        await fake.say("lina", "这条再说一遍", chat="bot", quote=said.message_id)
        _, body = await socket.next()
        assert body["quote"] == {"msgtype": "text", "text": {"content": "我的学分"}}

    run_socket(play)


def test_what_an_ai_bot_does_not_hear() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        fake = scene.fake
        await fake.speak("lina", "在吗", chat="g1")
        await fake.send_file("lina", "p.png", PNG, chat="g1")
        await fake.send_location("lina", 31.2, 121.4, "城关小学", chat="bot")
        await fake.send_link("lina", "a", "b", "https://doc.example.com/w", chat="bot")
        assert socket.told.empty()
        assert [s.kind for s in fake.shown("zhouming")] == [Kind.VOICE, Kind.IMAGE]
        with pytest.raises(NotOnScreenError):
            await fake.send_mixed("lina", "a", [PNG], chat="app")

    run_socket(play)


def test_feedback() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        await scene.fake.rate("lina", "trace_1", 2, [1, 3], "没答到点子上")
        req_id, body = await socket.next()
        detail = table(table(body, "event"), "feedback_event")
        assert (detail["id"], detail["type"], detail["inaccurate_reason_list"]) == (
            "trace_1",
            2,
            [1, 3],
        )
        assert await socket.stream(req_id, "谢谢", finish=True) == 846605

    run_socket(play)
