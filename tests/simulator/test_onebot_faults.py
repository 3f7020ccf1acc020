"""What goes wrong on demand: silence, delays, Timeouts, risk control, frozen process, offline."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import aiohttp
import pytest

from simulator.common.values import table, text, whole
from simulator.onebot import Role
from tests.simulator.onebot_scene import BOT, GROUP, TOKEN, BareApp, Scene, run

CHAT = str(GROUP)


@pytest.mark.parametrize("done", [False, True])
def test_no_answer_ever_comes(done: bool) -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        scene.fake.faults.stall(action="send_group_msg", done=done)
        with pytest.raises(TimeoutError):
            await app.ask("send_group_msg", wait=0.05, group_id=GROUP, message="通知")
        assert len(scene.fake.shown("10003")) == done
        assert await app.say("再来")
        assert [call.answered for call in scene.fake.calls.of("send_group_msg")] == [False, True]

    run(play)


def test_an_answer_comes_late() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        scene.fake.faults.delay(0.08)
        asking = asyncio.create_task(app.say("通知"))
        await asyncio.sleep(0.03)
        assert not asking.done()
        assert scene.fake.shown("10003")[-1].text == "通知"
        await asking

    run(play)


@pytest.mark.parametrize("delivered", [False, True])
def test_timeout_leaves_the_outcome_open(delivered: bool) -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        scene.fake.faults.time_out(action="send_group_msg", delivered=delivered)
        answer = await app.ask("send_group_msg", group_id=GROUP, message="通知")
        assert (answer["status"], answer["retcode"], answer["data"]) == ("failed", 1200, None)
        assert "NodeIKernelMsgService/sendMsg" in text(answer, "message")
        assert '"result": 0' in text(answer, "wording")
        assert len(scene.fake.shown("10003")) == delivered
        assert await app.code("get_status") == 0

    run(play)


def test_any_failure_on_demand() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        scene.fake.faults.fail("rich media transfer failed", 2)
        answers = [await app.ask("get_status") for _ in range(3)]
        assert [whole(a, "retcode") for a in answers] == [1200, 1200, 0]
        assert text(answers[0], "message") == "rich media transfer failed"
        scene.fake.faults.fail("", action="send_msg", retcode=1400)
        assert await app.code("send_msg", group_id=GROUP, message="x") == 1400

    run(play)


def test_a_failed_action_of_the_standard() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        answer = await app.ask("send_group_msg", group_id=1, message="x")
        assert (answer["retcode"], answer["status"]) == (100, "failed")
        assert "message" not in answer

    run(play, "standard")


def test_a_muted_bot_and_how_often_it_tries() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        scene.fake.world.groups[GROUP].members[BOT].role = (
            scene.fake.world.groups[GROUP].members[10003].role
        )
        await scene.fake.mute("10002", CHAT, str(BOT), 600)
        event = await app.next()
        assert (event["notice_type"], event["user_id"], event["duration"]) == (
            "group_ban",
            BOT,
            600,
        )
        answer = await app.ask("send_group_msg", group_id=GROUP, message="通知")
        assert '"result": 1' in text(answer, "message")
        info = await app.ask("get_group_member_info", group_id=GROUP, user_id=BOT)
        until = scene.fake.clock.now() + timedelta(seconds=600)
        assert table(info, "data")["shut_up_timestamp"] == int(until.timestamp())
        assert scene.fake.world.muted_sends == 1
        scene.fake.clock.advance(timedelta(seconds=601))
        assert await app.say("好了")

    run(play)


def test_a_group_in_which_everybody_is_muted() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.mute_all("10002", CHAT)
        assert await app.say("管理员可以")
        scene.fake.world.groups[GROUP].members[BOT].role = Role.MEMBER
        answer = await app.ask("send_group_msg", group_id=GROUP, message="通知")
        assert '"result": 1' in text(answer, "message")
        await scene.fake.mute_all("10002", CHAT, on=False)
        assert await app.say("又可以")

    run(play)


@pytest.mark.parametrize("delivers", [False, True])
def test_risk_control(delivers: bool) -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        faults = scene.fake.faults
        faults.risk_after, faults.risk_delivers = 3, delivers
        for n in range(3):
            await app.say(str(n))
        assert await app.code("send_group_msg", group_id=GROUP, message="3") == 1200
        scene.fake.clock.advance(timedelta(minutes=5))
        assert await app.code("send_group_msg", group_id=GROUP, message="4") == 1200
        assert await app.code("send_private_msg", user_id=10003, message="私聊") == 0
        assert len(scene.fake.shown("10004")) == (5 if delivers else 3)
        faults.calm_down()
        await app.say("5")

    run(play)


def test_slow_senders_do_not_meet_risk_control() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        scene.fake.faults.risk_after = 2
        for n in range(6):
            await app.say(str(n))
            scene.fake.clock.advance(timedelta(seconds=31))

    run(play)


def test_ok_and_nobody_sees_it() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        scene.fake.faults.silent_drops = 1
        assert await app.say("没人看见")
        assert scene.fake.shown("10003") == []
        assert [(d.rule, d.chat, d.text) for d in scene.fake.world.drops] == [
            ("silent_drops", CHAT, "没人看见")
        ]

    run(play)


def test_the_account_goes_offline() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.go_offline()
        event = await app.next()
        assert (event["notice_type"], event["user_id"]) == ("bot_offline", BOT)
        assert table(await app.next(), "status")["online"] is False
        assert await app.code("send_group_msg", group_id=GROUP, message="x") == 1200
        said = await scene.fake.say("10003", "在吗")
        assert (said.ok, said.reason) == (False, "账号不在线，没有收到")
        status = await app.ask("get_status")
        assert table(status, "data")["online"] is False
        scene.fake.come_back()
        assert await app.say("回来了")

    run(play, heartbeat_seconds=0.03)


def test_a_frozen_process_gives_no_pong_and_goes_on() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with scene.http.ws_connect(
            scene.fake.ws_url, headers=headers, heartbeat=0.1
        ) as watched:
            await watched.receive_json()
            scene.fake.freeze()
            said = await scene.fake.say("10003", "在吗")
            assert not said.ok
            with pytest.raises(TimeoutError):
                await app.ask("get_status", wait=0.05)
            message = await asyncio.wait_for(watched.receive(), 2)
            assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
            assert watched.close_code == 1006
        scene.fake.thaw()
        assert text(await app.next(), "raw_message") == "在吗"
        assert text(await app.next(), "status") == "ok"
        assert await app.code("get_status") == 0

    run(play)


def test_pings_are_answered_otherwise() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with scene.http.ws_connect(
            scene.fake.ws_url, headers=headers, heartbeat=0.04
        ) as watched:
            await watched.receive_json()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(watched.receive(), 0.15)
            assert scene.fake.lines[-1].pings >= 2
            assert not watched.closed

    run(play)


def test_odd_frames() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.push("{garbage")
        await scene.fake.push(json.dumps({"post_type": "weather", "message": None}))
        assert text(await app.next(), "post_type") == "weather"
        assert app.odd == ["{garbage"]
        await scene.fake.push_huge("10003", 300_000)
        assert len(text(await app.next(), "raw_message")) == 300_000

    run(play)


def test_connections_end() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.close_lines(1012)
        assert await app.closed() == 1012
        async with scene.app() as again:
            await again.next()
            scene.fake.abort_lines()
            assert await again.closed() == 1006
        scene.fake.faults.socket_refusals = 1
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with scene.app():
                pass
        assert refused.value.status == 503
        async with scene.app() as third:
            await third.next()

    run(play)
