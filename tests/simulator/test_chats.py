"""App group chats and webhook robots on the wire."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

import pytest

from simulator.common.values import JsonObject, table, text, whole
from simulator.wecom import Kind
from tests.simulator.scene import Scene, run

TEXT: JsonObject = {"msgtype": "text", "text": {"content": "明天开班"}}


def code(answer: JsonObject) -> int:
    return whole(answer, "errcode", -99)


def test_an_app_chat_from_creation_to_message() -> None:
    async def play(scene: Scene) -> None:
        made = await scene.post(
            "appchat/create", {"name": "信息技术2班", "userlist": ["zhangwei", "lina"]}
        )
        chat = text(made, "chatid")
        assert code(await scene.post("appchat/send", TEXT | {"chatid": chat})) == 0
        seen = scene.fake.shown("lina")[-1]
        assert (seen.text, seen.chat, seen.sender) == ("明天开班", chat, "师训助手")
        change: JsonObject = {"chatid": chat, "add_user_list": ["zhouming"]}
        change |= {"del_user_list": ["ZHANGWEI"], "owner": "lina", "name": "2班"}
        assert code(await scene.post("appchat/update", change)) == 0
        got = await scene.get("appchat/get", chatid=chat, access_token=await scene.login())
        info = table(got, "chat_info")
        assert (info["name"], info["owner"]) == ("2班", "lina")
        assert info["userlist"] == ["lina", "zhouming"]

    run(play)


def test_app_chat_rules() -> None:
    async def play(scene: Scene) -> None:
        both: JsonObject = {"userlist": ["zhangwei", "lina"]}
        cases: list[tuple[JsonObject, int]] = [
            (both | {"chatid": "a-b"}, 86001),
            (both | {"chatid": "g1"}, 86215),
            ({"userlist": ["lina"]}, 86006),
            ({"userlist": ["lina", "nobody"]}, 86216),
            (both | {"owner": "zhouming"}, 86005),
            (both | {"name": "长" * 51}, 86004),
            (both | {"chatid": "mine"}, 0),
        ]
        for body, wanted in cases:
            assert code(await scene.post("appchat/create", body)) == wanted
        send: JsonObject = TEXT | {"chatid": "g1"}
        assert code(await scene.post("appchat/send", send)) == 86008
        assert code(await scene.post("appchat/send", TEXT | {"chatid": "none"})) == 86003
        card: JsonObject = {"chatid": "mine", "msgtype": "template_card"}
        assert code(await scene.post("appchat/send", card)) == 40008
        scene.app.visible = {"zhangwei", "lina"}
        assert code(await scene.post("appchat/create", both)) == 48002

    run(play)


def test_a_robot_in_a_group() -> None:
    async def play(scene: Scene) -> None:
        robot = scene.corp.add_robot("g1", "播报")
        said: JsonObject = {
            "msgtype": "text",
            "text": {"content": "签到了", "mentioned_list": ["lina"]},
        }
        assert code(await scene.post("webhook/send", said, key=robot.key)) == 0
        seen = scene.fake.shown("zhouming")[-1]
        assert (seen.text, seen.sender, seen.chat) == ("签到了 @李娜", "播报", "g1")
        assert not scene.fake.shown("outsider")
        data = b"\x89PNG\r\n\x1a\n...."
        image: JsonObject = {
            "base64": base64.b64encode(data).decode(),
            "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        }
        picture: JsonObject = {"msgtype": "image", "image": image}
        assert code(await scene.post("webhook/send", picture, key=robot.key)) == 0
        assert scene.fake.shown("lina")[-1].kind is Kind.IMAGE
        assert code(await scene.post("webhook/send", said, key="none")) == 93000
        robot.enabled = False
        assert code(await scene.post("webhook/send", said, key=robot.key)) == 93004

    run(play)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"msgtype": "text", "text": {}}, 44004),
        ({"msgtype": "poem"}, 40008),
        ({"msgtype": "markdown", "markdown": {"content": "学" * 1366}}, 45002),
        ({"msgtype": "markdown_v2", "markdown_v2": {"content": "学" * 1365}}, 0),
        ({"msgtype": "image", "image": {"base64": "AAAA", "md5": "x"}}, 40058),
        ({"msgtype": "news", "news": {"articles": [{"title": "a"}]}}, 40058),
        ({"msgtype": "template_card", "template_card": {"card_type": "vote_interaction"}}, 40008),
    ],
)
def test_robot_payloads(body: JsonObject, wanted: int) -> None:
    async def play(scene: Scene) -> None:
        robot = scene.corp.add_robot("g1", "播报")
        assert code(await scene.post("webhook/send", body, key=robot.key)) == wanted

    run(play)


def test_twenty_a_minute() -> None:
    async def play(scene: Scene) -> None:
        robot = scene.corp.add_robot("g1", "播报")
        codes = [code(await scene.post("webhook/send", TEXT, key=robot.key)) for _ in range(21)]
        assert codes == [0] * 20 + [45009]
        scene.fake.clock.advance(timedelta(seconds=61))
        assert code(await scene.post("webhook/send", TEXT, key=robot.key)) == 0

    run(play)
