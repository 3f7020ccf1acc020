"""The forward WebSocket on the wire: tokens, paths, lifecycle, heartbeats, echo, retcodes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import aiohttp
import pytest

from simulator.common.values import rows, table, text, whole
from tests.simulator.onebot_scene import (
    BOT,
    GROUP,
    QUICK,
    TOKEN,
    BareApp,
    Scene,
    run,
    scene,
)


@pytest.mark.parametrize("dialect", ["napcat", "llbot"])
@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_bad_token_is_upgraded_told_and_closed(dialect: str, token: str) -> None:
    async def play() -> None:
        async with scene(dialect) as stage, stage.app(token=token) as app:
            frame = await app.next()
            assert (frame["status"], frame["retcode"]) == ("failed", 1403)
            assert (frame["data"], frame["message"]) == (None, "token验证失败")
            assert await app.closed() == 1000
            assert not stage.fake.connected()

    asyncio.run(play())


@pytest.mark.parametrize(("token", "status"), [("", 401), ("wrong", 403)])
def test_the_standard_refuses_the_handshake(token: str, status: int) -> None:
    async def play() -> None:
        async with scene("standard") as stage:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with stage.app(token=token):
                    pass
            assert refused.value.status == status

    asyncio.run(play())


@pytest.mark.parametrize(
    ("dialect", "query", "header", "accepted"),
    [
        ("napcat", TOKEN, "Bearer wrong", True),
        ("napcat", "wrong", f"Bearer {TOKEN}", False),
        ("llbot", TOKEN, "Bearer wrong", False),
        ("llbot", "wrong", f"Bearer {TOKEN}", True),
        ("napcat", "", TOKEN, True),
        ("standard", "", TOKEN, False),
        ("standard", TOKEN, "", True),
    ],
)
def test_where_a_token_may_stand(dialect: str, query: str, header: str, accepted: bool) -> None:
    async def play() -> None:
        async with scene(dialect) as stage:
            headers = {"Authorization": header} if header else {}
            params = {"access_token": query} if query else {}
            try:
                async with stage.http.ws_connect(
                    stage.fake.ws_url, headers=headers, params=params
                ) as socket:
                    frame = await socket.receive_json()
            except aiohttp.WSServerHandshakeError:
                frame = {}
            assert (frame.get("meta_event_type") == "lifecycle") is accepted

    asyncio.run(play())


def test_without_a_token_everybody_may_connect() -> None:
    async def play() -> None:
        async with scene(token="") as stage, stage.app(token="") as app:
            assert text(await app.next(), "sub_type") == "connect"

    asyncio.run(play())


def test_each_path_has_its_part() -> None:
    async def play() -> None:
        async with scene() as stage, stage.app("/api") as api, stage.app("/event") as event:
            assert text(await event.next(), "meta_event_type") == "lifecycle"
            assert await api.done("get_login_info") == {"user_id": BOT, "nickname": "师训助手"}
            await stage.fake.say("10003", "在吗", str(GROUP))
            assert text(await event.next(), "raw_message") == f"[CQ:at,qq={BOT}] 在吗"
            assert api.told.empty()
            with pytest.raises(TimeoutError):
                await event.ask("get_login_info", wait=0.05)

    asyncio.run(play())


@pytest.mark.parametrize(("dialect", "served"), [("napcat", True), ("llbot", False)])
def test_an_unknown_path(dialect: str, served: bool) -> None:
    async def play() -> None:
        async with scene(dialect) as stage, stage.app("/onebot") as app:
            try:
                answer = await app.ask("get_status", wait=0.1)
            except TimeoutError:
                answer = {}
            assert (answer.get("retcode") == 0) is served

    asyncio.run(play())


def test_heartbeats_tell_whether_the_account_is_online() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        beat = await app.next()
        assert (beat["meta_event_type"], beat["interval"]) == ("heartbeat", 20)
        assert beat["status"] == {"online": True, "good": True}
        scene.fake.faults.heartbeat_online = False
        while table(await app.next(), "status")["online"] is not False:
            pass
        scene.fake.faults.heartbeats = False
        await asyncio.sleep(0.03)
        while not app.told.empty():
            app.told.get_nowait()
        await asyncio.sleep(0.05)
        assert app.told.empty()

    run(play, heartbeat_seconds=0.02)


def test_any_echo_comes_back_as_it_is() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        for echo in ("a", 7, {"seq": 1, "deep": [None, {"x": 0.5}]}, [1, "2"], True, False, 0):
            assert (await app.echoed("get_status", echo))["echo"] == echo

    for dialect in ("napcat", "llbot", "standard"):
        run(play, dialect)


def test_an_absent_echo_is_empty_on_napcat_alone() -> None:
    def expecting(**wanted: object) -> Callable[[Scene, BareApp], Awaitable[None]]:
        async def play(_scene: Scene, app: BareApp) -> None:
            await app.raw(json.dumps({"action": "get_status"}))
            answer = await app.next()
            assert {k: v for k, v in answer.items() if k == "echo"} == wanted

        return play

    run(expecting(echo=""))
    run(expecting(echo=None), "llbot")
    run(expecting(), "standard")


def test_answers_in_three_dialects() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        ok = await app.echoed("get_version_info", "e")
        unknown = await app.echoed("make_coffee", "e")
        assert (unknown["status"], unknown["retcode"], unknown["data"]) == ("failed", 1404, None)
        wordy = scene.fake.platform.dialect.wordy
        assert ("wording" in ok, "wording" in unknown) == (wordy, wordy)
        assert ("stream" in ok) == scene.fake.platform.dialect.streams
        assert text(table(ok, "data"), "protocol_version") == "v11"
        await app.raw("{broken")
        broken = await app.next()
        assert (broken["retcode"], broken.get("echo")) == (1400, None)

    for dialect in ("napcat", "llbot", "standard"):
        run(play, dialect)


def test_bad_parameters_answer_1400() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        assert await app.code("send_group_msg", message="x") == 1400
        assert await app.code("send_group_msg", group_id="abc", message="x") == 1400
        assert await app.code("send_group_msg", group_id=GROUP, message=7) == 1400
        assert await app.code("send_group_msg", group_id=GROUP, message=[{"data": {}}]) == 1400
        assert await app.code("send_msg", message_type="guild", message="x") == 1400
        assert await app.code("set_group_whole_ban", group_id=GROUP, enable=7) == 1400
        assert await app.code("get_group_info", group_id=str(GROUP)) == 0

    run(play)


def test_async_and_rate_limited_calls_belong_to_the_standard() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        answer = await app.ask("send_group_msg_async", group_id=GROUP, message="迟到的通知")
        assert (answer["status"], answer["retcode"], answer["data"]) == ("async", 1, None)
        await scene.fake.quiet()
        assert scene.fake.shown("10003")[-1].text == "迟到的通知"
        assert await app.code("send_msg_rate_limited", group_id=GROUP, message="x") == 1

    async def unknown(scene: Scene, app: BareApp) -> None:
        assert await app.code("send_group_msg_async", group_id=GROUP, message="x") == 1404

    run(play, "standard")
    run(unknown)


def test_a_slow_action_does_not_hold_up_the_next() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        scene.fake.faults.delay(0.1, action="get_group_list")
        slow = asyncio.create_task(app.ask("get_group_list"))
        await asyncio.sleep(0.01)
        assert await app.code("get_status") == 0
        assert not slow.done()
        assert rows(await slow, "data")[0]["group_name"] == "信息技术1班"

    run(play)


def test_events_as_cq_strings() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.say("10003", "a&b [1]", str(GROUP))
        event = await app.next()
        assert event["message"] == event["raw_message"] == f"[CQ:at,qq={BOT}] a&amp;b &#91;1&#93;"
        assert event["message_format"] == "string"

    run(play, array=False)


def test_a_frame_beyond_the_limit_closes_with_1009() -> None:
    async def play() -> None:
        limits = replace(QUICK, most_frame=2000)
        async with scene(limits=limits) as stage, stage.app() as app:
            await app.next()
            await app.raw(json.dumps({"action": "get_status", "params": {"x": "y" * 3000}}))
            assert await app.closed() == 1009

    asyncio.run(play())


def test_every_action_of_the_page_is_known() -> None:
    names = (
        "send_group_msg send_private_msg send_msg delete_msg get_msg get_login_info get_group_list "
        "get_group_info get_group_member_list get_group_member_info get_friend_list "
        "get_stranger_info set_group_card set_group_ban set_group_whole_ban set_group_kick "
        "set_group_admin set_group_name set_group_leave set_group_special_title "
        "set_friend_add_request set_group_add_request get_status get_version_info can_send_image "
        "upload_group_file upload_private_file get_group_at_all_remain send_group_forward_msg "
        "_send_group_notice get_group_shut_list .handle_quick_operation"
    )

    async def play(scene: Scene, app: BareApp) -> None:
        for name in names.split():
            assert await app.code(name) != 1404, name
        assert len(scene.fake.calls) == len(names.split())
        assert whole(await app.ask("set_restart"), "retcode") == 1404

    run(play)
