"""Payloads of message/send and of passive replies that no other test sends; several corps."""

from __future__ import annotations

import aiohttp
import pytest

from simulator.common.values import JsonObject, text, whole
from simulator.wecom import Kind, NotOnScreenError
from tests.simulator.scene import CORP, KEY, TOKEN, Scene, run

ARTICLE: JsonObject = {
    "title": "开班",
    "description": "八点",
    "url": "https://office.example.com/1",
}
DATA = {
    "image": b"\x89PNG\r\n\x1a\n rest",
    "voice": b"#!AMR\n sound",
    "video": b"....ftypmp42",
    "file": b"PK rows",
}


def code(answer: JsonObject) -> int:
    return whole(answer, "errcode", -99)


async def stored(scene: Scene, kind: str) -> str:
    """The media_id of a file that the app has uploaded."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("media", DATA[kind], filename="通知.bin")
    url = f"{scene.base}/fake/wecom/cgi-bin/media/upload"
    query = {"access_token": await scene.login(), "type": kind}
    async with scene.http.post(url, params=query, data=form) as answer:
        got: JsonObject = await answer.json()
    return text(got, "media_id")


@pytest.mark.parametrize("kind", list(DATA))
def test_media_to_a_member(kind: str) -> None:
    async def play(scene: Scene) -> None:
        part: JsonObject = {"media_id": await stored(scene, kind), "title": "a"}
        assert code(await scene.send(kind, part, safe=1)) == 0
        shown = scene.fake.shown("zhangwei")[-1]
        wanted = Kind.IMAGE if kind == "image" else Kind.FILE
        assert (shown.kind, shown.file_name) == (wanted, "通知.bin")

    run(play)


@pytest.mark.parametrize(
    ("kind", "part", "title"),
    [
        ("news", {"articles": [ARTICLE | {"picurl": "https://office.example.com/1.png"}]}, "开班"),
        ("mpnews", {"articles": [ARTICLE | {"content": "<p>八点</p>"}]}, "开班"),
        (
            "miniprogram_notice",
            {"appid": "wx1", "title": "签到", "content_item": [{"key": "班", "value": "1班"}]},
            "签到",
        ),
        ("textcard", ARTICLE | {"title": "长" * 100}, "长" * 42),
    ],
)
def test_cards_of_the_older_kinds(kind: str, part: JsonObject, title: str) -> None:
    async def play(scene: Scene) -> None:
        assert code(await scene.send(kind, part)) == 0
        shown = scene.fake.shown("zhangwei")[-1]
        assert (shown.kind, shown.title) == (Kind.CARD, title)

    run(play)


def reply(kind: str, inner: str) -> str:
    head = f"<ToUserName>ZhangWei</ToUserName><FromUserName>{CORP}</FromUserName>"
    return f"<xml>{head}<CreateTime>1</CreateTime><MsgType>{kind}</MsgType>{inner}</xml>"


@pytest.mark.parametrize("kind", ["image", "voice", "video"])
def test_media_as_a_passive_reply(kind: str) -> None:
    async def play(scene: Scene) -> None:
        media = await stored(scene, kind)
        name = kind.capitalize()
        answer = reply(kind, f"<{name}><MediaId>{media}</MediaId></{name}>")
        scene.bot.answer = lambda _m: answer
        assert (await scene.fake.say("zhangwei", "名单")).reason == ""
        assert scene.fake.shown("zhangwei")[-1].file_name == "通知.bin"

    run(play)


@pytest.mark.parametrize(("count", "reason"), [(1, ""), (8, ""), (9, "article count")])
def test_news_as_a_passive_reply(count: int, reason: str) -> None:
    async def play(scene: Scene) -> None:
        item = "<item><Title>开班</Title><Description>八点</Description><Url>https://a</Url></item>"
        inner = f"<ArticleCount>{count}</ArticleCount><Articles>{item * count}</Articles>"
        scene.bot.answer = lambda _m: reply("news", inner)
        delivery = await scene.fake.say("zhangwei", "新闻")
        assert reason in delivery.reason
        card = scene.fake.shown("zhangwei")[-1].card
        assert (len(card.rows) if card else 0) == (0 if reason else count)

    run(play)


def test_a_long_passive_reply_is_cut() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda _m: reply("text", f"<Content>{'学' * 1000}</Content>")
        await scene.fake.say("zhangwei", "政策")
        assert scene.fake.shown("zhangwei")[-1].text == "学" * 682

    run(play)


@pytest.mark.parametrize("event", ["LOCATION", "click"])
def test_events_that_may_be_answered(event: str) -> None:
    async def play(scene: Scene) -> None:
        scene.app.reports_location = True
        scene.app.menu = [{"type": "click", "name": "我的学分", "key": "credits"}]
        scene.bot.answer = lambda _m: reply("text", "<Content>好的</Content>")
        if event == "click":
            await scene.fake.click_menu("zhangwei", "credits")
        else:
            await scene.fake.report_location("zhangwei", 31.2, 121.4)
        assert scene.fake.shown("zhangwei")[-1].text == "好的"

    run(play)


def test_two_corps_keep_apart() -> None:
    async def play(scene: Scene) -> None:
        other = scene.fake.add_corp("ww9999999999999999")
        app = other.add_app(
            1000002,
            "外单位助手",
            secret="other",
            token=TOKEN,
            aes_key=KEY,
            callback_url=scene.app.callback_url,
        )
        other.add_member("lina", "李娜（外单位）")
        await scene.send("text", {"content": "通知"}, touser="lina")
        assert len(scene.fake.shown("lina")) == 1
        assert scene.fake.shown("lina", corp=other.corp_id) == []
        got = await scene.get("gettoken", corpid=other.corp_id, corpsecret="other")
        body: JsonObject = {"touser": "lina|zhangwei", "agentid": app.agent_id}
        body |= {"msgtype": "text", "text": {"content": "外单位"}}
        sent = await scene.post("message/send", body, access_token=text(got, "access_token"))
        assert (code(sent), sent["invaliduser"]) == (0, "zhangwei")
        assert [s.text for s in scene.fake.shown("lina", corp=other.corp_id)] == ["外单位"]
        wrong = await scene.get("gettoken", corpid=CORP, corpsecret="other")
        assert code(wrong) == 40001
        # its envelope names the other corp, so this bot cannot open it
        assert not (await scene.fake.say("lina", "在吗", corp=other.corp_id)).ok
        with pytest.raises(NotOnScreenError):
            await scene.fake.say("lina", "在吗", chat="bot", corp=other.corp_id)

    run(play)
