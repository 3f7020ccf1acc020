"""The server API on the wire: tokens, message/send and its rules, recall, media, directory."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from simulator.common.rates import MINUTE
from simulator.common.values import JsonObject, rows, text, whole
from simulator.wecom import Kind, Rate
from tests.simulator.scene import CORP, QUICK, Scene, run

HELLO: JsonObject = {"content": "通知"}
NOTICE: JsonObject = {
    "card_type": "text_notice",
    "main_title": {"title": "开班通知"},
    "card_action": {"type": 1, "url": "https://office.example.com/1"},
}


def code(answer: JsonObject) -> int:
    return whole(answer, "errcode", -99)


def test_tokens() -> None:
    async def play(scene: Scene) -> None:
        assert code(await scene.get("gettoken")) == 41002
        assert code(await scene.get("gettoken", corpid=CORP)) == 41004
        assert code(await scene.get("gettoken", corpid="ww9", corpsecret="x")) == 40013
        assert code(await scene.get("gettoken", corpid=CORP, corpsecret="x")) == 40001
        got = await scene.get("gettoken", corpid=CORP, corpsecret="s3cret")
        assert (code(got), got["expires_in"]) == (0, 7200)
        assert code(await scene.get("user/get", userid="lina")) == 41001
        assert code(await scene.get("user/get", userid="lina", access_token="x")) == 40014
        assert code(await scene.send("text", HELLO)) == 0
        scene.fake.invalidate_tokens()
        assert code(await scene.send("text", HELLO)) == 40014
        scene.token = ""
        assert code(await scene.send("text", HELLO)) == 0
        scene.fake.clock.advance(timedelta(seconds=7200))
        assert code(await scene.send("text", HELLO)) == 42001
        scene.token = ""
        scene.app.enabled = False
        got = await scene.get("gettoken", corpid=CORP, corpsecret="s3cret")
        assert code(got) == 50003

    run(play)


def test_an_untrusted_address() -> None:
    async def play(scene: Scene) -> None:
        await scene.login()
        scene.app.trusted_ips = {"203.0.113.9"}
        assert code(await scene.send("text", HELLO)) == 60020

    run(play)


def test_calls_in_flight_are_counted() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.faults.latency = 0.05
        await asyncio.gather(*(scene.send("text", HELLO) for _ in range(5)))
        calls = scene.fake.calls
        assert calls.count("message/send") == 5
        assert calls.peaks["message/send"] > 1
        assert calls.count("message/send", errcode=0) == 5
        assert [call.path for call in calls] == ["gettoken"] * (len(calls) - 5) + [
            "message/send"
        ] * 5

    run(play)


def test_a_message_reaches_the_valid_receivers() -> None:
    async def play(scene: Scene) -> None:
        got = await scene.send("text", HELLO, touser="ZHANGWEI|Nobody|lina", toparty="7|99")
        assert (code(got), got["invaliduser"], got["invalidparty"]) == (0, "nobody", "7|99")
        for who in ("zhangwei", "lina"):
            assert scene.fake.shown(who)[-1].text == "通知"
        assert code(await scene.send("text", HELLO, touser="Nobody")) == 81013
        assert code(await scene.send("text", HELLO, touser="|".join(["a"] * 1001))) == 40032
        assert code(await scene.send("text", HELLO, agentid=7)) == 301002
        assert code(await scene.send("poem", HELLO)) == 40008
        assert code(await scene.send("text", {})) == 44004
        assert code(await scene.send("text", HELLO, touser="@all")) == 0
        assert len(scene.fake.shown("outsider")) == 1

    run(play)


def test_long_texts() -> None:
    async def play(scene: Scene) -> None:
        await scene.send("text", {"content": "学" * 1000})
        shown = scene.fake.shown("zhangwei")[-1].text
        assert shown == "学" * 682
        assert code(await scene.send("markdown", {"content": "学" * 683})) == 45002

    run(play)


@pytest.mark.parametrize(
    ("msgtype", "part", "wanted"),
    [
        ("textcard", {"title": "a", "description": "b"}, 41010),
        ("textcard", {"title": "a", "url": "https://a"}, 41033),
        ("textcard", {"title": "a", "description": "b", "url": "https://a"}, 0),
        ("news", {"articles": []}, 45008),
        ("news", {"articles": [{"title": "a", "url": "https://a"}] * 9}, 45008),
        ("news", {"articles": [{"url": "https://a"}]}, 41016),
        ("file", {"media_id": "none"}, 40007),
        ("miniprogram_notice", {"title": "x"}, 40058),
        ("template_card", {"card_type": "poem"}, 42031),
        ("template_card", NOTICE, 0),
        ("template_card", NOTICE | {"card_action": {}}, 42045),
        ("template_card", NOTICE | {"main_title": {}}, 42033),
        ("template_card", NOTICE | {"card_type": "news_notice"}, 42044),
        ("template_card", NOTICE | {"horizontal_content_list": [{"keyname": "a"}] * 7}, 42035),
        ("template_card", NOTICE | {"horizontal_content_list": [{"value": "a"}]}, 42027),
        ("template_card", NOTICE | {"jump_list": [{"title": "a", "type": 1}]}, 42028),
        ("template_card", NOTICE | {"action_menu": {"action_list": []}}, 42014),
        ("template_card", NOTICE | {"card_type": "button_interaction"}, 42014),
    ],
)
def test_payload_rules(msgtype: str, part: JsonObject, wanted: int) -> None:
    async def play(scene: Scene) -> None:
        assert code(await scene.send(msgtype, part)) == wanted

    run(play)


def test_too_many_for_one_member_vanish_silently() -> None:
    async def play(scene: Scene) -> None:
        answers = [await scene.send("text", {"content": str(n)}) for n in range(32)]
        assert {code(answer) for answer in answers} == {0}
        assert [s.text for s in scene.fake.shown("zhangwei")] == [str(n) for n in range(30)]
        scene.fake.clock.advance(timedelta(seconds=61))
        await scene.send("text", HELLO)
        assert scene.fake.shown("zhangwei")[-1].text == "通知"

    run(play)


def test_the_daily_quota_of_an_app() -> None:
    async def play(scene: Scene) -> None:
        for _ in range(4):
            assert code(await scene.send("text", HELLO)) == 0
        assert code(await scene.send("text", HELLO)) == 45009
        scene.fake.clock.advance(timedelta(days=1))
        scene.token = ""
        assert code(await scene.send("text", HELLO)) == 0

    run(play, replace(QUICK, send_per_account=1))


def test_the_frequency_of_an_api() -> None:
    async def play(scene: Scene) -> None:
        token = await scene.login()
        codes = [
            code(await scene.get("user/get", userid="lina", access_token=token)) for _ in range(4)
        ]
        assert codes == [0, 0, 0, 45009]

    run(play, replace(QUICK, each_api=(Rate(3, MINUTE),)))


def test_duplicate_check() -> None:
    async def play(scene: Scene) -> None:
        first = await scene.send("text", HELLO, enable_duplicate_check=1)
        again = await scene.send("text", HELLO, enable_duplicate_check=1)
        assert first == again
        await scene.send("text", {"content": "别的"}, enable_duplicate_check=1)
        assert len(scene.fake.shown("zhangwei")) == 2
        scene.fake.clock.advance(timedelta(seconds=1801))
        await scene.send("text", HELLO, enable_duplicate_check=1)
        assert len(scene.fake.shown("zhangwei")) == 3
        await scene.send("text", HELLO)
        assert len(scene.fake.shown("zhangwei")) == 4

    run(play)


def test_a_lost_answer_after_the_message_was_delivered() -> None:
    async def play(scene: Scene) -> None:
        await scene.login()
        scene.fake.faults.drop_answers = 1
        scene.fake.faults.drop_path = "message/send"
        with pytest.raises(aiohttp.ClientError):
            await scene.send("text", HELLO, enable_duplicate_check=1)
        assert len(scene.fake.shown("zhangwei")) == 1
        assert code(await scene.send("text", HELLO, enable_duplicate_check=1)) == 0
        assert len(scene.fake.shown("zhangwei")) == 1

    run(play)


def test_planned_errors() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.faults.fail(-1, 2, "message/send")
        assert [code(await scene.send("text", HELLO)) for _ in range(3)] == [-1, -1, 0]

    run(play)


def test_recall() -> None:
    async def play(scene: Scene) -> None:
        first = text(await scene.send("text", HELLO), "msgid")
        second = text(await scene.send("text", HELLO), "msgid")
        assert code(await scene.post("message/recall", {"msgid": first})) == 0
        assert [s.kind for s in scene.fake.shown("zhangwei")] == [Kind.RECALLED, Kind.TEXT]
        assert code(await scene.post("message/recall", {"msgid": "none"})) == 40058
        scene.fake.clock.advance(timedelta(hours=24, seconds=1))
        scene.token = ""
        assert code(await scene.post("message/recall", {"msgid": second})) == 42052

    run(play)


async def upload(scene: Scene, name: str, data: bytes, kind: str = "file") -> JsonObject:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("media", data, filename=name, content_type="application/octet-stream")
    url = f"{scene.base}/fake/wecom/cgi-bin/media/upload"
    query = {"access_token": await scene.login(), "type": kind}
    async with scene.http.post(url, params=query, data=form) as answer:
        got: JsonObject = await answer.json()
        return got


def test_media() -> None:
    async def play(scene: Scene) -> None:
        got = await upload(scene, "会议纪要.txt", b"six bytes")
        assert code(got) == 0
        assert isinstance(got["created_at"], str)
        await scene.send("file", {"media_id": got["media_id"]})
        shown = scene.fake.shown("zhangwei")[-1]
        assert (shown.kind, shown.file_name, shown.file_size) == (Kind.FILE, "会议纪要.txt", 9)
        assert code(await scene.send("image", {"media_id": got["media_id"]})) == 40007
        assert code(await upload(scene, "a.txt", b"five.")) == 40006
        assert code(await upload(scene, "a.gif", b"GIF89a......", "image")) == 40004
        assert code(await upload(scene, "a.txt", b"123456", "poem")) == 40005
        scene.fake.clock.advance(timedelta(days=3, seconds=1))
        scene.token = ""
        assert code(await scene.send("file", {"media_id": got["media_id"]})) == 40007

    run(play)


def test_media_too_large_and_a_name_that_wecom_refuses() -> None:
    async def play(scene: Scene) -> None:
        assert code(await upload(scene, "a.txt", b"x" * 101)) == 45001
        body = (
            b'--edge\r\nContent-Disposition: form-data; name="media"; '
            b"filename*=UTF-8''%E7%BA%AA%E8%A6%81.txt\r\n\r\nsix bytes\r\n--edge--\r\n"
        )
        url = f"{scene.base}/fake/wecom/cgi-bin/media/upload"
        query = {"access_token": await scene.login(), "type": "file"}
        headers = {"Content-Type": "multipart/form-data; boundary=edge"}
        async with scene.http.post(url, params=query, data=body, headers=headers) as answer:
            got = await answer.json()
        assert got["errcode"] == 44001

    run(play, replace(QUICK, file_bytes=100))


def test_directory() -> None:
    async def play(scene: Scene) -> None:
        token = await scene.login()
        got = await scene.get("user/get", userid="ZHANGWEI", access_token=token)
        assert (got["userid"], got["name"], got["position"]) == ("ZhangWei", "张伟", "教师")
        assert code(await scene.get("user/get", userid="x", access_token=token)) == 60111
        listed = rows(await scene.get("department/simplelist", access_token=token), "department_id")
        assert [whole(d, "id") for d in listed] == [1, 2, 3]
        assert code(await scene.get("department/simplelist", id="9", access_token=token)) == 60003
        open_id = scene.corp.need_member("lina").open_userid
        asked: JsonObject = {"open_userid_list": [open_id, "zhangwei"]}
        got = await scene.post("batch/openuserid_to_userid", asked)
        assert got["userid_list"] == [{"open_userid": open_id, "userid": "lina"}]
        assert got["invalid_open_userid_list"] == ["zhangwei"]

    run(play)


def test_login_codes() -> None:
    async def play(scene: Scene) -> None:
        token, ticket = await scene.login(), scene.fake.login_code("lina")
        got = await scene.get("auth/getuserinfo", access_token=token, code=ticket)
        assert got["userid"] == "lina"
        again = await scene.get("auth/getuserinfo", access_token=token, code=ticket)
        assert code(again) == 42022
        wrong = await scene.get("auth/getuserinfo", access_token=token, code="x")
        assert code(wrong) == 40029
        late = scene.fake.login_code("lina")
        scene.fake.clock.advance(timedelta(minutes=6))
        got = await scene.get("auth/getuserinfo", access_token=token, code=late)
        assert code(got) == 42003

    run(play)


def test_menus() -> None:
    async def play(scene: Scene) -> None:
        query = {"access_token": await scene.login(), "agentid": "1000002"}
        assert code(await scene.get("menu/get", **query)) == 46003
        entry: JsonObject = {"type": "click", "name": "我的学分", "key": "credits"}
        made = await scene.post("menu/create", {"button": [entry]}, **query)
        assert code(made) == 0
        assert rows(await scene.get("menu/get", **query), "button") == [entry]
        for wrong, wanted in (
            ([entry] * 4, 40016),
            ([entry | {"name": "六个汉字的名称"}], 40018),
            ([entry | {"type": "dance"}], 40017),
            ([entry | {"key": ""}], 40019),
        ):
            assert code(await scene.post("menu/create", {"button": wrong}, **query)) == wanted
        assert code(await scene.get("menu/delete", **query)) == 0
        assert code(await scene.get("menu/get", **query)) == 46003

    run(play)


def test_id_translation_and_callback_addresses() -> None:
    async def play(scene: Scene) -> None:
        await scene.send("text", {"content": "$userName=lina$ 未签到"}, enable_id_trans=1)
        assert scene.fake.shown("zhangwei")[-1].text == "李娜 未签到"
        got = await scene.get("getcallbackip", access_token=await scene.login())
        assert got["ip_list"] == ["127.0.0.1"]

    run(play)


def test_a_body_that_is_no_json() -> None:
    async def play(scene: Scene) -> None:
        url = f"{scene.base}/fake/wecom/cgi-bin/message/send"
        async with scene.http.post(url, data=b"{") as answer:
            assert code(await answer.json()) == 40058

    run(play)
