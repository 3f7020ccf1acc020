"""Every payload of webhook robots (3) and app group chats (2.6), sent on the wire and looked at."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from simulator.common.values import JsonObject, text, whole
from simulator.wecom import Kind
from tests.simulator.scene import QUICK, Scene, run

PNG = b"\x89PNG\r\n\x1a\n rest"
AMR = b"#!AMR\n sound"
MP4 = b"....ftypmp42"
NOTICE: JsonObject = {
    "card_type": "text_notice",
    "main_title": {"title": "开班通知"},
    "card_action": {"type": 1, "url": "https://office.example.com/1"},
}
NEWS = NOTICE | {
    "card_type": "news_notice",
    "card_image": {"url": "https://office.example.com/1.png", "aspect_ratio": 1.8},
}
ARTICLE: JsonObject = {
    "title": "开班",
    "description": "八点",
    "url": "https://office.example.com/1",
}


def code(answer: JsonObject) -> int:
    return whole(answer, "errcode", -99)


async def upload(scene: Scene, path: str, kind: str, data: bytes, **query: str) -> JsonObject:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("media", data, filename="签到表.bin")
    url = f"{scene.base}/fake/wecom/cgi-bin/{path}"
    async with scene.http.post(url, params=query | {"type": kind}, data=form) as answer:
        got: JsonObject = await answer.json()
        return got


def image(data: bytes, md5: str = "") -> JsonObject:
    digest = md5 or hashlib.md5(data, usedforsecurity=False).hexdigest()
    return {"base64": base64.b64encode(data).decode(), "md5": digest}


# -- webhook robots ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "part", "shown"),
    [
        ("text", {"content": "请签到 <@lina>"}, (Kind.TEXT, "请签到 @李娜")),
        ("text", {"content": "签到", "mentioned_list": ["@all"]}, (Kind.TEXT, "签到 @所有人")),
        (
            "text",
            {"content": "签到", "mentioned_mobile_list": ["13800000000", "1"]},
            (Kind.TEXT, "签到 @李娜"),
        ),
        ("text", {"content": "学" * 1000}, (Kind.TEXT, "学" * 682)),
        ("markdown", {"content": "**签到** <@lina>"}, (Kind.MARKDOWN, "**签到** @李娜")),
        ("markdown_v2", {"content": "|a|b|\n<@lina>"}, (Kind.MARKDOWN, "|a|b|\n<@lina>")),
        ("image", image(PNG), (Kind.IMAGE, "")),
        ("news", {"articles": [ARTICLE] * 8}, (Kind.CARD, "")),
        ("template_card", NOTICE, (Kind.CARD, "")),
        ("template_card", NEWS, (Kind.CARD, "")),
    ],
)
def test_what_a_robot_may_post(kind: str, part: JsonObject, shown: tuple[Kind, str]) -> None:
    async def play(scene: Scene) -> None:
        scene.corp.need_member("lina").mobile = "13800000000"
        robot = scene.corp.add_robot("g1", "播报")
        body: JsonObject = {"msgtype": kind, kind: part}
        assert code(await scene.post("webhook/send", body, key=robot.key)) == 0
        seen = scene.fake.shown("zhouming")[-1]
        assert ((seen.kind, seen.text), seen.sender, seen.chat) == (shown, "播报", "g1")
        assert not scene.bot.received  # nobody hears it

    run(play)


@pytest.mark.parametrize(
    ("kind", "part", "wanted"),
    [
        ("markdown_v2", {"content": ""}, 44004),
        ("markdown_v2", {"content": "学" * 1366}, 45002),
        ("image", {}, 44001),
        ("image", image(PNG, "0" * 32), 40058),
        ("image", image(b"GIF89a......"), 40004),
        ("image", image(PNG + b"." * 100), 40009),
        ("news", {"articles": []}, 45008),
        ("news", {"articles": [ARTICLE] * 9}, 45008),
        ("file", {"media_id": "none"}, 40007),
        ("template_card", NOTICE | {"card_type": "button_interaction"}, 40008),
        ("template_card", NEWS | {"card_image": {}}, 42044),
        ("template_card", NOTICE | {"card_action": {}}, 42045),
        ("video", {"media_id": "none"}, 40008),
    ],
)
def test_what_a_robot_may_not_post(kind: str, part: JsonObject, wanted: int) -> None:
    async def play(scene: Scene) -> None:
        robot = scene.corp.add_robot("g1", "播报")
        body: JsonObject = {"msgtype": kind, kind: part}
        assert code(await scene.post("webhook/send", body, key=robot.key)) == wanted
        assert not scene.fake.shown("lina")

    run(play, replace(QUICK, webhook_image_bytes=100))


def test_files_of_a_robot_are_its_own_for_three_days() -> None:
    async def play(scene: Scene) -> None:
        robot, other = (scene.corp.add_robot("g1", name) for name in ("播报", "别的"))
        path = "webhook/upload_media"
        for kind, data in (("file", b"PK rows"), ("voice", AMR)):
            media = text(await upload(scene, path, kind, data, key=robot.key), "media_id")
            body: JsonObject = {"msgtype": kind, kind: {"media_id": media}}
            assert code(await scene.post("webhook/send", body, key=robot.key)) == 0
            assert scene.fake.shown("lina")[-1].file_name == "签到表.bin"
            assert code(await scene.post("webhook/send", body, key=other.key)) == 40007
            assert code(await scene.send(kind, {"media_id": media})) == 40007
        assert code(await upload(scene, path, "image", PNG, key=robot.key)) == 40005
        assert code(await upload(scene, path, "voice", b"no sound", key=robot.key)) == 40004
        assert code(await upload(scene, path, "file", b"five.", key=robot.key)) == 40006
        assert code(await upload(scene, path, "file", b"PK rows", key="none")) == 93000
        scene.fake.clock.advance(timedelta(days=3, seconds=1))
        assert code(await scene.post("webhook/send", body, key=robot.key)) == 40007

    run(play)


def test_the_order_of_a_robots_checks() -> None:
    async def play(scene: Scene) -> None:
        said: JsonObject = {"msgtype": "text", "text": {"content": "签到"}}
        empty: JsonObject = {"msgtype": "text", "text": {}}
        assert code(await scene.post("webhook/send", empty, key="none")) == 44004
        assert code(await scene.post("webhook/send", said, key="none")) == 93000
        robot = scene.corp.add_robot("g1", "播报")
        robot.enabled = False
        assert code(await scene.post("webhook/send", said, key=robot.key)) == 93004
        robot.enabled = True
        scene.corp.groups["g1"].robots.clear()
        assert code(await scene.post("webhook/send", said, key=robot.key)) == 93008

    run(play)


# -- app group chats ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "part", "shown"),
    [
        (
            "text",
            {"content": "开班 <@lina>", "mentioned_list": ["zhangwei", "@all"]},
            (Kind.TEXT, "开班 @李娜 @张伟 @所有人"),
        ),
        ("markdown", {"content": "**开班**"}, (Kind.MARKDOWN, "**开班**")),
        ("textcard", ARTICLE, (Kind.CARD, "八点")),
        ("news", {"articles": [ARTICLE]}, (Kind.CARD, "")),
        ("mpnews", {"articles": [ARTICLE | {"content": "<p>八点</p>"}]}, (Kind.CARD, "")),
    ],
)
def test_what_an_app_chat_shows(kind: str, part: JsonObject, shown: tuple[Kind, str]) -> None:
    async def play(scene: Scene) -> None:
        members: JsonObject = {"userlist": ["zhangwei", "lina"], "chatid": "class1"}
        await scene.post("appchat/create", members)
        body: JsonObject = {"chatid": "class1", "msgtype": kind, kind: part}
        assert code(await scene.post("appchat/send", body)) == 0
        seen = scene.fake.shown("lina")[-1]
        assert ((seen.kind, seen.text), seen.chat) == (shown, "class1")

    run(play)


@pytest.mark.parametrize(
    ("kind", "data", "shown"),
    [
        ("image", PNG, Kind.IMAGE),
        ("file", b"PK rows", Kind.FILE),
        ("voice", AMR, Kind.FILE),
        ("video", MP4, Kind.FILE),
    ],
)
def test_media_in_an_app_chat(kind: str, data: bytes, shown: Kind) -> None:
    async def play(scene: Scene) -> None:
        members: JsonObject = {"userlist": ["zhangwei", "lina"], "chatid": "class1"}
        await scene.post("appchat/create", members)
        token = await scene.login()
        got = await upload(scene, "media/upload", kind, data, access_token=token)
        body: JsonObject = {"chatid": "class1", "msgtype": kind}
        body[kind] = {"media_id": text(got, "media_id")}
        assert code(await scene.post("appchat/send", body)) == 0
        assert scene.fake.shown("lina")[-1].kind is shown

    run(play)


def test_the_app_never_hears_its_chat_and_others_cannot_use_it() -> None:
    async def play(scene: Scene) -> None:
        await scene.post("appchat/create", {"userlist": ["zhangwei", "lina"], "chatid": "class1"})
        await scene.fake.say("lina", "收到", chat="class1")
        assert not scene.bot.received
        assert scene.fake.shown("zhangwei")[-1].text == "收到"
        other = scene.corp.add_app(1000003, "别的", secret="other", token="t", aes_key="a" * 43)
        got = await scene.get("gettoken", corpid=scene.corp.corp_id, corpsecret=other.secret)
        token = text(got, "access_token")
        body: JsonObject = {"chatid": "class1", "msgtype": "text", "text": {"content": "a"}}
        assert code(await scene.post("appchat/send", body, access_token=token)) == 86008
        got = await scene.get("appchat/get", chatid="class1", access_token=token)
        assert code(got) == 86008

    run(play)


def test_tags_as_receivers() -> None:
    async def play(scene: Scene) -> None:
        tag = scene.corp.add_tag("骨干教师", ["lina"], [3])
        got = await scene.send("text", {"content": "通知"}, touser="", totag=f"{tag.id}|9")
        assert (code(got), got["invalidtag"]) == (0, "9")
        seen = [who for who in ("zhangwei", "lina", "zhouming") if scene.fake.shown(who)]
        assert seen == ["lina", "zhouming"]
        token = await scene.login()
        got = await scene.get("tag/get", tagid="1", access_token=token)
        assert (got["tagname"], got["partylist"]) == ("骨干教师", [3])
        assert code(await scene.get("tag/get", tagid="9", access_token=token)) == 60124
        got = await scene.get("tag/list", access_token=token)
        assert got["taglist"] == [{"tagid": 1, "tagname": "骨干教师"}]

    run(play)
