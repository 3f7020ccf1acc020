"""The channel against the simulator's OneBot, in every dialect, both formats and directions."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from handlers.reply import File, Reply
from simulator.onebot import Role
from simulator.onebot.cq import Segment
from storage.outbox_values import Result
from tests.bot.onebot_partner import Partner
from tests.bot.onebot_talk import FAST, Talk, make, only
from tests.simulator.onebot_scene import (
    BOT,
    CHEN,
    GROUP,
    LI,
    PNG,
    QUICK,
    STRANGER,
    TOKEN,
    ZHANG,
    Scene,
    scene,
)

PATIENT = replace(FAST, words=1.0, media=1.0, aside=1.0, patience=5.0)
DIALECTS = ["napcat", "llbot", "standard"]
TO_ALL = [Segment("at", {"qq": "all"}), Segment("text", {"text": "收到请回复"})]
WAYS = list(itertools.product(DIALECTS, [True, False], [False, True]))


@asynccontextmanager
async def staged(
    dialect: str = "napcat", *, array: bool = True, reverse: bool = False, token: str = TOKEN
) -> AsyncIterator[tuple[Scene, Talk]]:
    """A fake implementation and a channel, which have begun to connect."""
    talks: list[Talk] = []

    def door(site: web.Application) -> None:
        if reverse:
            talks.append(make("", Partner(), PATIENT, token=token))
            site.add_routes(talks[0].channel.routes(talks[0].receive))

    async with scene(dialect, array=array, limits=QUICK, extra=door) as stage:
        if not reverse:
            talks.append(make(stage.fake.ws_url, Partner(), PATIENT, token=token))
            talks[0].channel.routes(talks[0].receive)
        talk = talks[0]
        talk.clock.set(stage.fake.clock.now())
        await talk.channel.start()
        if reverse:
            await stage.fake.dial("ws" + stage.base[4:] + "/onebot/v11/ws", TOKEN)
        try:
            yield stage, talk
        finally:
            await talk.channel.close()


@asynccontextmanager
async def playing(
    dialect: str = "napcat", *, array: bool = True, reverse: bool = False
) -> AsyncIterator[tuple[Scene, Talk]]:
    """The same, connected."""
    async with staged(dialect, array=array, reverse=reverse) as (stage, talk):
        await talk.up()
        yield stage, talk


def words(stage: Scene, account: int) -> list[str]:
    """What the bot said on somebody's screen."""
    shown = stage.fake.shown(str(account))
    return [each.text for each in shown if each.sender == "师训助手"]


@pytest.mark.parametrize(("dialect", "array", "reverse"), WAYS)
async def test_it_hears_answers_and_pushes(dialect: str, array: bool, reverse: bool) -> None:
    async with playing(dialect, array=array, reverse=reverse) as (stage, talk):
        await stage.fake.say(str(CHEN), "我的学分")
        await stage.fake.say(str(ZHANG), "今天吃什么", str(GROUP), mention=False)
        await stage.fake.say(str(ZHANG), "课表 [1]&2", str(GROUP))
        await stage.fake.send_segments(str(LI), TO_ALL, str(GROUP))
        await talk.quiet()
        assert [(each.account, each.group, each.text) for each in talk.heard] == [
            (str(CHEN), None, "我的学分"),
            (str(ZHANG), str(GROUP), "课表 [1]&2"),
        ]
        assert words(stage, CHEN)[0] == "听到：我的学分"
        assert "听到：课表 [1]&2" in words(stage, LI)[-1]
        outcome = await talk.send("通知 [CQ:at,qq=all]", str(GROUP), group=True)
        assert only(outcome).result is Result.SENT
        assert words(stage, LI)[-1] == "通知 [CQ:at,qq=all]"
        assert not await talk.channel.recall({}, outcome.platform_id)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_wrong_token(dialect: str, token: str) -> None:
    async with staged(dialect, token=token) as (_stage, talk):
        await talk.partner.until(lambda: "token" in talk.channel.problem())
        assert not talk.channel.connected


async def test_a_wrong_token_at_our_door() -> None:
    async with staged(reverse=True, token="another") as (stage, talk):
        await talk.partner.until(lambda: "还没有连上来" in talk.channel.problem())
        await talk.quiet()
        assert not stage.fake.connected()


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_files_there_and_back(dialect: str) -> None:
    async with playing(dialect) as (stage, talk):
        await stage.fake.send_file(str(CHEN), "名册.xlsx", b"PK rows")
        await talk.quiet()
        (heard,) = talk.heard
        assert heard.file is not None
        assert (heard.file.name, heard.file.data) == ("名册.xlsx", b"PK rows")
        files = (File("图.png", PNG, picture=True), File("名册.xlsx", b"PK rows"))
        outcome = only(await talk.send(Reply(text="见附件", files=files), str(CHEN)))
        assert outcome.result is Result.SENT
        assert stage.fake.calls.of("upload_private_file")


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_muted_and_let_go(dialect: str) -> None:
    async with playing(dialect) as (stage, talk):
        stage.fake.world.groups[GROUP].members[BOT].role = Role.MEMBER
        await stage.fake.mute(str(CHEN), str(GROUP), str(BOT), 3600)
        await talk.quiet()
        held = await talk.send("通知", str(GROUP), group=True)
        assert only(held).result is Result.RETRY
        assert "禁言" in held.cause
        assert not stage.fake.calls.of("send_group_msg")
        await stage.fake.mute(str(CHEN), str(GROUP), str(BOT), 0)
        await talk.quiet()
        assert only(await talk.send("通知", str(GROUP), group=True)).result is Result.SENT


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_kicked_out(dialect: str) -> None:
    async with playing(dialect) as (stage, talk):
        stage.fake.world.groups[GROUP].members[BOT].role = Role.MEMBER
        await stage.fake.kick(str(CHEN), str(GROUP), str(BOT))
        await talk.quiet()
        assert only(await talk.send("通知", str(GROUP), group=True)).result is Result.REJECTED
        assert talk.noted[-1].refused


@pytest.mark.parametrize("delivered", [False, True])
async def test_risk_control(delivered: bool) -> None:
    async with playing() as (stage, talk):
        stage.fake.faults.risk_after, stage.fake.faults.risk_delivers = 1, delivered
        assert only(await talk.send("一", str(GROUP), group=True)).result is Result.SENT
        for _ in range(3):
            outcome = await talk.send("二", str(GROUP), group=True)
            assert only(outcome).result is Result.UNKNOWN
        assert outcome.cause.startswith("QQ群疑似被风控")
        assert len(stage.fake.calls.of("send_group_msg")) == 4


@pytest.mark.parametrize("dialect", ["napcat", "llbot"])
async def test_logged_out_and_in_again(dialect: str) -> None:
    async with playing(dialect) as (stage, talk):
        await stage.fake.go_offline()
        await talk.partner.until(lambda: "QQ 号已掉线" in talk.channel.problem())
        assert talk.channel.requests(talk.outgoing("通知", str(CHEN))) == []
        stage.fake.come_back()
        await talk.partner.until(lambda: not talk.channel.problem())
        assert only(await talk.send("通知", str(CHEN))).result is Result.SENT


async def test_a_stranger_in_a_temporary_talk() -> None:
    async with playing() as (stage, talk):
        assert only(await talk.send("通知", str(STRANGER))).result is Result.PARKED
        await stage.fake.join(str(STRANGER), str(GROUP))
        await stage.fake.say(str(STRANGER), "你好")
        await talk.quiet()
        assert words(stage, STRANGER) == ["听到：你好"]
        await stage.fake.befriend(str(STRANGER))
        await talk.quiet()
        assert only(await talk.send("通知", str(STRANGER))).result is Result.SENT


async def test_no_answer_late_answer_and_failure() -> None:
    async with playing() as (stage, talk):
        stage.fake.faults.stall(action="send_private_msg")
        assert only(await talk.send("一", str(CHEN))).result is Result.UNKNOWN
        stage.fake.faults.delay(0.1, action="send_private_msg")
        assert only(await talk.send("二", str(CHEN))).result is Result.SENT
        stage.fake.faults.fail("系统错误", action="send_private_msg")
        assert only(await talk.send("三", str(CHEN))).result is Result.RETRY
        stage.fake.faults.time_out(action="send_private_msg", delivered=True)
        assert only(await talk.send("四", str(CHEN))).result is Result.UNKNOWN


async def test_cut_closed_and_flooded() -> None:
    async with playing() as (stage, talk):
        await stage.fake.close_lines(1001)
        await talk.partner.until(lambda: talk.channel._line.opened_number == 2)
        stage.fake.abort_lines()
        await talk.partner.until(lambda: talk.channel._line.opened_number == 3)
        await stage.fake.push("{ garbage")
        await stage.fake.push_huge(str(CHEN), 1_500_000)
        await talk.quiet()
        assert len(talk.heard[-1].text) == 1_500_000


async def test_it_cannot_be_taken_back_any_more() -> None:
    async with playing() as (stage, talk):
        stage.fake.world.groups[GROUP].members[BOT].role = Role.MEMBER
        outcome = await talk.send("通知", str(GROUP), group=True)
        stage.fake.clock.advance(timedelta(minutes=5))
        assert await talk.channel.recall({}, outcome.platform_id)
