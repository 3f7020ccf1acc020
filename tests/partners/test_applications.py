"""aiocqhttp and nonebot-adapter-onebot, written by others, as applications of the fake.

They check what our own tests could only believe: who is let in, that events are read, that
calls are understood and their answers found by echo, that CQ codes mean the same.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from simulator.common.values import JsonObject, rows, table, text
from simulator.onebot import Dial, FakeOneBot, Kind, Segment
from tests.partners.stage import Partner, partner
from tests.simulator.bare import until
from tests.simulator.onebot_scene import BOT, GROUP, TOKEN, ZHANG, scene

CHAT = str(GROUP)
PATHS = {"aiocqhttp": "/ws", "nonebot": "/onebot/v11/ws"}
DIALECTS = ["napcat", "llbot", "standard"]
REVERSE = sorted(PATHS)


async def _dial(fake: FakeOneBot, app: Partner, name: str, token: str = TOKEN) -> Dial:
    return await fake.dial(f"ws://127.0.0.1:{app.port}{PATHS[name]}", token)


async def _plays(fake: FakeOneBot, app: Partner) -> None:
    """One of everything, over whatever connection there is."""
    await _order(fake, app, "发送", "done")
    words, picture = fake.shown("10004")[-2:]
    assert words.text == "@张伟  [CQ:at,qq=all] 您好"
    assert picture.kind is Kind.IMAGE
    assert list(fake.world.messages.values())[-1].mentions == [str(ZHANG)]
    await _order(fake, app, "字符串", "done")
    assert fake.shown("10004")[-1].text == "@张伟  a&b"
    listed = await _order(fake, app, "名单", "done")
    assert {row["user_id"] for row in rows(listed, "data")} == {BOT, 10002, 10003, 10004}
    await _order(fake, app, "撤回", "done")
    assert fake.shown("10004")[-1].kind is Kind.RECALLED
    unknown = await _order(fake, app, "未知", "failed")
    assert table(unknown, "result")["retcode"] == 1404
    elsewhere = await _order(fake, app, "别处", "failed")
    assert table(elsewhere, "result")["retcode"] == fake.platform.dialect.failure
    assert elsewhere["result"] != unknown["result"]


async def _order(fake: FakeOneBot, app: Partner, order: str, kind: str) -> JsonObject:
    said = await fake.say("10003", order, CHAT)
    assert said.ok
    heard = await app.heard("message")
    assert heard["user_id"] == ZHANG
    assert heard["raw"] == f"[CQ:at,qq={BOT}] {order}"
    answer = await app.heard(kind)
    assert answer["order"] == order
    return answer


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", REVERSE)
def test_reverse(name: str, dialect: str) -> None:
    async def play() -> None:
        more = [""] if name == "nonebot" else []
        async with scene(dialect) as stage, partner(name, *more, token=TOKEN) as app:
            dial = await _dial(stage.fake, app, name)
            await dial.up()
            assert str((await app.heard("meta"))["self_id"]) == str(BOT)
            await _plays(stage.fake, app)
            echoes = [frame.get("echo") for frame in stage.fake.lines[0].frames]
            kind = dict if name == "aiocqhttp" else str
            assert all(isinstance(echo, kind) for echo in echoes)

    asyncio.run(play())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nonebot_forward(dialect: str) -> None:
    async def play() -> None:
        async with (
            scene(dialect) as stage,
            partner("nonebot", stage.fake.ws_url, token=TOKEN) as app,
        ):
            assert (await app.heard("meta"))["self_id"] == str(BOT)
            await until(stage.fake.connected, 10)
            await _plays(stage.fake, app)

    asyncio.run(play())


def test_nonebot_forward_with_a_wrong_token_stays_outside() -> None:
    async def play() -> None:
        async with (
            scene() as stage,
            partner("nonebot", stage.fake.ws_url, token="wrong") as app,
        ):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(app.heard("meta"), 1.5)
            assert not stage.fake.connected()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("name", "token", "status"),
    [
        ("aiocqhttp", "", 401),
        ("aiocqhttp", "wrong", 403),
        ("nonebot", "", 403),
        ("nonebot", "wrong", 403),
    ],
)
def test_who_is_not_let_in(name: str, token: str, status: int) -> None:
    async def play() -> None:
        more = [""] if name == "nonebot" else []
        async with scene() as stage, partner(name, *more, token=TOKEN) as app:
            dial = await _dial(stage.fake, app, name, token)
            await until(lambda: len(dial.refusals) >= 2, 10)
            assert set(dial.refusals) == {status}
            assert not dial.connected

    asyncio.run(play())


@pytest.mark.parametrize("array", [True, False])
@pytest.mark.parametrize("name", REVERSE)
def test_codes_mean_the_same(name: str, array: bool, shared: Path) -> None:
    cases = json.loads((shared / "protocols/qq_vectors.json").read_text(encoding="utf-8"))["cq"]

    async def play() -> None:
        more = [""] if name == "nonebot" else []
        async with scene(array=array) as stage, partner(name, *more, token=TOKEN) as app:
            await (await _dial(stage.fake, app, name)).up()
            for case in cases:
                parts = [Segment(part["type"], part["data"]) for part in case["segments"]]
                await stage.fake.send_segments("10003", parts)
                heard = await app.heard("message")
                assert heard["segments"] == case["segments"], case["cq"]
                assert heard["written"] == heard["raw"]
                assert (heard["raw"] == case["cq"]) is case["round_trip"]

    asyncio.run(play())


@pytest.mark.parametrize("name", REVERSE)
def test_notices_and_requests_are_read(name: str) -> None:
    async def play() -> None:
        more = [""] if name == "nonebot" else []
        async with scene() as stage, partner(name, *more, token=TOKEN) as app:
            fake = stage.fake
            await (await _dial(fake, app, name)).up()
            wanted = []
            for work, event in (
                (fake.join("10005", CHAT), "notice.group_increase.approve"),
                (fake.mute("10002", CHAT, "10003", 60), "notice.group_ban.ban"),
                (fake.kick("10002", CHAT, "10005"), "notice.group_decrease.kick"),
                (fake.make_admin("10002", CHAT, "10004"), "notice.group_admin.set"),
                (fake.befriend("10005"), "notice.friend_add"),
                (fake.send_file("10004", "a.xlsx", b"PK", CHAT), "notice.group_upload"),
                (fake.poke("10004", CHAT), "notice.notify.poke"),
            ):
                await work
                heard = await app.heard("notice")
                wanted.append(event)
                assert text(heard, "name") == event
                assert text(heard, "model") != "NoticeEvent"
            assert len(wanted) == 7

    asyncio.run(play())


def test_nonebot_answers_a_request() -> None:
    async def play() -> None:
        async with scene() as stage, partner("nonebot", "", token=TOKEN) as app:
            await (await _dial(stage.fake, app, "nonebot")).up()
            await stage.fake.ask_friend("10005", "我是张伟")
            assert text(await app.heard("request"), "model") == "FriendRequestEvent"
            await until(lambda: 10005 in stage.fake.world.friends, 5)

    asyncio.run(play())


def test_nonebot_asks_for_what_was_quoted() -> None:
    async def play() -> None:
        async with scene() as stage, partner("nonebot", "", token=TOKEN) as app:
            await (await _dial(stage.fake, app, "nonebot")).up()
            said = await stage.fake.say("10004", "几点签到", CHAT, mention=False)
            assert (await app.heard("message"))["to_me"] is False
            await stage.fake.say("10003", "八点半", CHAT, quote=said.message_id)
            heard = await app.heard("message")
            assert (str(heard["reply"]), heard["to_me"]) == (said.message_id, True)
            assert stage.fake.calls.count("get_msg", 0) == 1

    asyncio.run(play())


def test_quick_operations_of_aiocqhttp_reach_the_standard() -> None:
    """It calls `.handle_quick_operation_async`, which the standard defines."""

    async def play() -> None:
        async with scene("standard") as stage, partner("aiocqhttp", token=TOKEN) as app:
            await (await _dial(stage.fake, app, "aiocqhttp")).up()
            await stage.fake.say("10003", "快速")
            await until(lambda: stage.fake.shown("10003")[-1].text == "收到", 5)
            await stage.fake.ask_friend("10005")
            await until(lambda: 10005 in stage.fake.world.friends, 5)

    asyncio.run(play())
