"""Every figure of the protocol page's section 5, and what happens beyond it, on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from simulator.common.rates import DAY, HOUR, MINUTE, MONTH
from simulator.common.values import JsonObject, text, whole
from simulator.wecom import Limits, Rate
from tests.simulator.scene import CORP, QUICK, Scene, run

TEXT: JsonObject = {"msgtype": "text", "text": {"content": "通知"}}
TWO: JsonObject = {"userlist": ["zhangwei", "lina"]}


def code(answer: JsonObject) -> int:
    return whole(answer, "errcode", -99)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("each_api", [(10_000, MINUTE), (150_000, HOUR)]),
        ("each_ip", [(20_000, MINUTE), (600_000, HOUR)]),
        ("member_from_app", [(30, MINUTE), (1000, HOUR)]),
        ("member_from_chats", [(200, MINUTE), (10_000, DAY)]),
        ("chat_create", [(1000, DAY)]),
        ("chat_update", [(1000, HOUR)]),
        ("chat_person_times", [(20_000, MINUTE), (150_000, HOUR)]),
        ("webhook", [(20, MINUTE)]),
        ("bot_chat", [(30, MINUTE), (1000, HOUR)]),
        ("bot_uploads", [(30, MINUTE), (1000, HOUR)]),
        ("gettoken_debug", [(5, MINUTE)]),
        ("wrong_secrets", [(2000, HOUR)]),
        ("picture_urls", [(1000, DAY), (3000, MONTH)]),
    ],
)
def test_the_published_figures(name: str, published: Sequence[tuple[int, timedelta]]) -> None:
    assert getattr(Limits(), name) == tuple(Rate(*pair) for pair in published)


def test_the_published_counts() -> None:
    limits = Limits()
    assert limits.send_per_account == 200
    assert limits.interactions == 3


@pytest.mark.parametrize("window", [MINUTE, HOUR])
def test_each_api_of_a_corp(window: timedelta) -> None:
    async def play(scene: Scene) -> None:
        token = await scene.login()

        async def asked() -> int:
            return code(await scene.get("menu/get", access_token=token, agentid="1000002"))

        assert [await asked() for _ in range(3)] == [46003, 46003, 45009]
        got = await scene.get("user/get", access_token=token, userid="lina")
        assert code(got) == 0  # each API is counted alone
        scene.fake.clock.advance(window + timedelta(seconds=1))
        assert await asked() == 46003

    run(play, replace(QUICK, each_api=(Rate(2, window),)))


@pytest.mark.parametrize("window", [MINUTE, HOUR])
def test_each_address(window: timedelta) -> None:
    async def play(scene: Scene) -> None:
        token = await scene.login()
        codes = [code(await scene.send("text", {"content": "a"})) for _ in range(2)]
        got = await scene.get("user/get", access_token=token, userid="lina")
        assert [*codes, code(got)] == [0, 0, 45009]
        scene.fake.clock.advance(window + timedelta(seconds=1))
        assert code(await scene.send("text", {"content": "a"})) == 0

    run(play, replace(QUICK, each_ip=(Rate(3, window),)))


@pytest.mark.parametrize("window", [MINUTE, HOUR])
def test_one_member_from_one_app_silently(window: timedelta) -> None:
    async def play(scene: Scene) -> None:
        answers = [
            await scene.send("text", {"content": str(n)}, touser="zhangwei|lina") for n in range(2)
        ]
        answers.append(await scene.send("text", {"content": "2"}, touser="lina"))
        answers.append(await scene.send("text", {"content": "3"}, touser="zhangwei|lina"))
        assert [code(answer) for answer in answers] == [0] * 4
        assert not any("invaliduser" in answer for answer in answers)
        assert [s.text for s in scene.fake.shown("zhangwei")] == ["0", "1", "3"]
        assert [s.text for s in scene.fake.shown("lina")] == ["0", "1", "2"]
        (drop,) = scene.fake.drops
        assert (drop.rule, drop.userid, drop.text) == ("member_from_app", "lina", "3")
        dropped = [c.dropped for c in scene.fake.calls if c.path == "message/send"]
        assert dropped == [0, 0, 0, 1]
        recall = await scene.post("message/recall", {"msgid": text(answers[3], "msgid")})
        assert code(recall) == 0
        scene.fake.clock.advance(window + timedelta(seconds=1))
        await scene.send("text", {"content": "4"}, touser="lina")
        assert scene.fake.shown("lina")[-1].text == "4"

    run(play, replace(QUICK, member_from_app=(Rate(3, window),)))


def test_another_app_has_its_own_allowance() -> None:
    async def play(scene: Scene) -> None:
        scene.corp.add_app(1000003, "别的应用", secret="other", token="t", aes_key="a" * 43)
        await scene.send("text", {"content": "a"})
        await scene.send("text", {"content": "b"})
        got = await scene.get("gettoken", corpid=CORP, corpsecret="other")
        body = TEXT | {"touser": "zhangwei", "agentid": 1000003}
        await scene.post("message/send", body, access_token=text(got, "access_token"))
        assert [(s.text, s.chat) for s in scene.fake.shown("zhangwei")] == [
            ("a", "app"),
            ("通知", "app:1000003"),
        ]

    run(play, replace(QUICK, member_from_app=(Rate(1, MINUTE),)))


@pytest.mark.parametrize("window", [MINUTE, DAY])
def test_one_member_from_all_app_chats_silently(window: timedelta) -> None:
    async def play(scene: Scene) -> None:
        chats = [text(await scene.post("appchat/create", TWO), "chatid") for _ in range(2)]
        for chat in (*chats, chats[0]):
            assert code(await scene.post("appchat/send", TEXT | {"chatid": chat})) == 0
        assert len(scene.fake.shown("lina")) == 2
        rules = {(d.rule, d.userid) for d in scene.fake.drops}
        assert rules == {("member_from_chats", "lina"), ("member_from_chats", "zhangwei")}
        assert scene.fake.calls.calls[-1].dropped == 2
        scene.fake.clock.advance(timedelta(days=1) if window == DAY else timedelta(minutes=2))
        scene.token = ""
        assert code(await scene.post("appchat/send", TEXT | {"chatid": chats[0]})) == 0
        assert len(scene.fake.shown("lina")) == 3

    run(play, replace(QUICK, member_from_chats=(Rate(2, window),)))


def test_creating_and_updating_app_chats() -> None:
    async def play(scene: Scene) -> None:
        made = [await scene.post("appchat/create", TWO) for _ in range(3)]
        assert [code(one) for one in made] == [0, 0, 45009]
        change: JsonObject = {"chatid": text(made[0], "chatid"), "name": "2班"}
        codes = [code(await scene.post("appchat/update", change)) for _ in range(2)]
        assert codes == [0, 45009]
        scene.fake.clock.advance(timedelta(hours=1, seconds=1))
        assert code(await scene.post("appchat/update", change)) == 0
        assert code(await scene.post("appchat/create", TWO)) == 45009  # until midnight

    run(play, replace(QUICK, chat_create=(Rate(2, DAY),), chat_update=(Rate(1, HOUR),)))


@pytest.mark.parametrize("window", [MINUTE, HOUR])
def test_person_times_of_app_chats(window: timedelta) -> None:
    async def play(scene: Scene) -> None:
        chat = text(await scene.post("appchat/create", TWO), "chatid")
        codes = [code(await scene.post("appchat/send", TEXT | {"chatid": chat})) for _ in range(3)]
        assert codes == [0, 0, 45009]
        scene.fake.clock.advance(window + timedelta(seconds=1))
        assert code(await scene.post("appchat/send", TEXT | {"chatid": chat})) == 0

    run(play, replace(QUICK, chat_person_times=(Rate(5, window),)))


def test_a_natural_day_and_a_month_of_thirty_days() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.clock.advance(timedelta(hours=15))  # 23:25
        assert [await picture(scene) for _ in range(3)] == [0, 0, 45009]
        scene.fake.clock.advance(timedelta(minutes=36))  # 00:01 of the next day
        assert [await picture(scene) for _ in range(2)] == [0, 45009]  # three in a month
        scene.fake.clock.advance(timedelta(days=30))
        assert await picture(scene) == 0

    run(play, replace(QUICK, picture_urls=(Rate(2, DAY), Rate(3, MONTH))))


async def picture(scene: Scene) -> int:
    """media/uploadimg; its address stays."""
    scene.token = ""
    form = aiohttp.FormData()
    form.add_field("media", b"\x89PNG\r\n\x1a\n rest", filename="a.png")
    url = f"{scene.base}/fake/wecom/cgi-bin/media/uploadimg"
    query = {"access_token": await scene.login()}
    async with scene.http.post(url, params=query, data=form) as answer:
        got: JsonObject = await answer.json()
    if code(got) == 0:
        async with scene.http.get(text(got, "url")) as shown:
            assert shown.content_type == "image/png"
    return code(got)


def test_asking_for_tokens() -> None:
    async def play(scene: Scene) -> None:
        query = {"corpid": CORP, "corpsecret": "s3cret"}
        codes = [code(await scene.get("gettoken", debug="1", **query)) for _ in range(6)]
        assert codes == [0] * 5 + [45009]
        assert [code(await scene.get("gettoken", **query)) for _ in range(3)] == [0, 0, 45009]
        wrong = {"corpid": CORP, "corpsecret": "wrong"}
        codes = [code(await scene.get("gettoken", **wrong)) for _ in range(2)]
        assert codes == [40001, 45009]

    limits = replace(QUICK, gettoken=(Rate(2, MINUTE),), wrong_secrets=(Rate(1, HOUR),))
    run(play, limits)


def test_a_clock_that_is_set_back_starts_the_counting_afresh() -> None:
    async def play(scene: Scene) -> None:
        robot = scene.corp.add_robot("g1", "播报")
        for _ in range(20):
            assert code(await scene.post("webhook/send", TEXT, key=robot.key)) == 0
        assert code(await scene.post("webhook/send", TEXT, key=robot.key)) == 45009
        scene.fake.clock.advance(timedelta(hours=-1))
        assert code(await scene.post("webhook/send", TEXT, key=robot.key)) == 0

    run(play)
