"""What a QQ account says, how slowly, and what becomes of it: risk control and the stop switch."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import CallOutcome, Channel, Dialling, Heard, Incoming, Outgoing, Recalling
from bot.channels.limits import ONEBOT_ACCOUNT
from bot.channels.onebot.events import segments_of
from bot.channels.onebot.files import SENT_BYTES
from bot.channels.onebot.life import Timing
from bot.channels.onebot.messages import TEXT_BYTES, parts
from bot.channels.onebot.turns import Turns
from handlers.reply import Card, Choice, File, Reply, action
from storage.outbox_values import FrozenRequest, Result, Unsendable
from tests.bot.onebot_partner import SELF, TIMED_OUT, Partner, failed
from tests.bot.onebot_talk import FAST, Talk, make, only, talking

TEACHER, GROUP = 20001, 700
US = {"type": "at", "data": {"qq": str(SELF)}}
PICTURE = File("图.png", b"\x89PNG", "image/png", picture=True)
SHEET = File("名册.xlsx", b"rows")


# -- rendering ------------------------------------------------------------------------------------


async def test_a_card_is_numbered_text_in_one_message() -> None:
    card = Card("明天集中", "请带学生证", (("地点", "一中"),), (Choice("收到", action("x")),))
    async with talking() as talk:
        await talk.send(Reply(text="各位老师", card=card))
        (words,) = talk.partner.words()
        assert words.startswith("各位老师\n\n【明天集中】")
        assert "1. 收到" in words


@pytest.mark.parametrize("name", ["[CQ:at,qq=all]", "[CQ:image,file=file:///etc/passwd]", "&#91;"])
async def test_nobody_can_write_a_code(name: str) -> None:
    """A person of that name must not call everybody (B4)."""
    async with talking() as talk:
        await talk.send(f"{name}老师：请交作业", "700", group=True)
        await talk.say(TEACHER, [{"type": "text", "data": {"text": name}}])
        for send in talk.partner.sends():
            assert {each["type"] for each in send["message"]} == {"text"}
            assert "auto_escape" not in send
        assert name in talk.partner.words()[0]
        assert name in talk.partner.words()[1]


async def test_the_picture_travels_with_the_words_and_in_the_frame() -> None:
    async with talking() as talk:
        await talk.send(Reply(text="地图", files=(PICTURE,)))
        (send,) = talk.partner.sends()
        assert [each["type"] for each in send["message"]] == ["text", "image"]
        file = send["message"][1]["data"]["file"]
        assert base64.b64decode(file.removeprefix("base64://")) == b"\x89PNG"


@pytest.mark.parametrize("group", [False, True])
async def test_a_file_is_uploaded_with_its_name(group: bool) -> None:
    async with talking() as talk:
        account = "700" if group else "20001"
        outcome = await talk.send(Reply(text="名册在此", files=(SHEET,)), account, group=group)
        assert only(outcome).result is Result.SENT
        place = "group" if group else "private"
        number = {"group_id": 700} if group else {"user_id": 20001}
        file = "base64://" + base64.b64encode(b"rows").decode()
        assert talk.partner.of(f"upload_{place}_file") == [
            number | {"file": file, "name": "名册.xlsx"}
        ]
        assert talk.partner.words() == ["名册在此"]


@pytest.mark.parametrize("picture", [False, True])
async def test_what_is_too_large_for_a_frame_is_said_in_words(picture: bool) -> None:
    large = File("大图.png", b"x" * (SENT_BYTES + 1), picture=picture)
    async with talking() as talk:
        outcome = await talk.send(Reply(text="见附件", files=(large,)))
        assert only(outcome).result is Result.SENT
        assert "「大图.png」太大" in "".join(talk.partner.words())
        assert all(len(json.dumps(call)) < 10_000 for call in talk.partner.calls)


async def test_frames_stay_below_two_megabytes() -> None:
    async with talking() as talk:
        await talk.send(Reply(text="见附件", files=(File("图", b"x" * SENT_BYTES, picture=True),)))
        # a question of the heartbeat may have come after it
        assert 1_800_000 < max(len(json.dumps(call)) for call in talk.partner.calls) < 2_000_000


async def test_a_file_that_is_gone() -> None:
    async with talking() as talk:
        request = talk.request(Reply(files=(SHEET,)))
        talk.files.clear()
        assert only(await talk.channel.call(request.request, (1,))).result is Result.REJECTED


@given(st.text(max_size=9000))
def test_long_words_are_cut_and_nothing_is_lost(text: str) -> None:
    cut = parts(Reply(text=text))
    assert all(len(str(part["text"]).encode(errors="replace")) <= TEXT_BYTES for part in cut)
    assert "".join(str(part["text"]) for part in cut).replace("\n", "") == text.replace("\n", "")


def test_what_cannot_be_sent_is_said_before() -> None:
    talk = make("ws://127.0.0.1:1/", Partner())
    for reply, account in ((Reply(), "1"), (Reply(text="x"), "zhangwei"), (Reply(text="x"), "²")):
        (made,) = talk.channel.requests([Outgoing(1, account, reply)])
        assert isinstance(made, Unsendable)


# -- slowly ---------------------------------------------------------------------------------------


async def test_one_call_a_chat_at_a_time() -> None:
    async with talking() as talk:
        reply = Reply(text="x")
        outgoing = [
            Outgoing(1, "20001", reply),
            Outgoing(2, "20001", reply),
            Outgoing(3, "700", reply, group=True),
            Outgoing(4, "700", reply, group=True),
            Outgoing(5, "700", reply),  # a person with the number of a group
        ]
        made = talk.channel.requests(outgoing)
        assert [each.deliveries for each in made if isinstance(each, FrozenRequest)] == [
            (1,),
            (3,),
            (5,),
        ]


async def test_the_pause_between_two_messages_to_one_chat() -> None:
    async with talking(replace(FAST, gap=(0.2, 0.3))) as talk:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await asyncio.gather(*(talk.send("x", "700", group=True) for _ in range(2)))
        assert loop.time() - begun >= 0.2
        begun = loop.time()
        await asyncio.gather(talk.send("x", "701", group=True), talk.send("x", "702", group=True))
        assert loop.time() - begun < 0.2


async def test_the_parts_of_one_message_are_apart_and_together() -> None:
    long = "\n".join(["长" * 1000] * 3)
    async with talking(replace(FAST, gap=(0.05, 0.1))) as talk:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        outcomes = await asyncio.gather(
            talk.send(long, "700", group=True), talk.send("短", "700", group=True)
        )
        assert loop.time() - begun >= 0.15
        assert len(talk.partner.words()) == 4
        assert talk.partner.words()[-1] == "短"
        ids = outcomes[0].platform_id.split(",")
        assert len(ids) == 3


def test_the_pauses_are_those_of_the_page() -> None:
    assert Timing().gap == (1.0, 2.0)
    assert Timing().words >= 15
    assert Timing().media >= 60
    assert Timing().beats == 3


async def test_a_turn_that_does_not_come_is_given_back() -> None:
    turns = Turns((0.0, 0.0), random.Random(1))
    async with turns.turn("a", 1):
        with pytest.raises(TimeoutError):
            async with turns.turn("a", 0.01):
                raise AssertionError
    async with turns.turn("a", 0.1):
        pass


async def test_the_whole_account_speaks_so_often_a_minute() -> None:
    most = ONEBOT_ACCOUNT[0].count
    async with talking() as talk:
        for _ in range(most):
            assert only(await talk.send("x")).result is Result.SENT
        request = FrozenRequest(
            {"chat": "20001", "group": False, "parts": parts(Reply(text="x")), "answer": False},
            (1,),
        )
        held = only(await talk.channel.call(request.request, (1,)))
        assert held.result is Result.RETRY
        assert held.retry_at is not None
        assert talk.channel.requests(talk.outgoing("x")) == []
        assert len(talk.partner.sends()) == most
        talk.clock.advance(timedelta(minutes=1))
        assert only(await talk.send("x")).result is Result.SENT


async def test_an_answer_waits_for_its_minute() -> None:
    async with talking() as talk:
        for _ in range(ONEBOT_ACCOUNT[0].count):
            await talk.send("x")
        await talk.partner.say(TEACHER, "我的学分")
        await talk.partner.until(lambda: talk.heard)
        await asyncio.sleep(0.05)
        assert "听到：我的学分" not in talk.partner.words()
        talk.clock.advance(timedelta(minutes=1))
        await talk.quiet()
        assert "听到：我的学分" in talk.partner.words()


# -- what became of it ----------------------------------------------------------------------------


async def test_sent() -> None:
    async with talking() as talk:
        outcome = await talk.send("通知")
        assert only(outcome).result is Result.SENT
        assert outcome.platform_id == str(talk.partner.messages)


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (TIMED_OUT, Result.UNKNOWN),
        ({"status": "async", "retcode": 1, "data": None}, Result.UNKNOWN),
        (None, Result.UNKNOWN),
        ("cut", Result.UNKNOWN),
        (failed(1400), Result.REJECTED),
        (failed(1404), Result.REJECTED),
        (failed(1200, "消息体无法解析"), Result.RETRY),
    ],
)
@pytest.mark.parametrize("group", [False, True])
async def test_an_answer_and_its_meaning(answer: Any, result: Result, group: bool) -> None:
    async with talking() as talk:
        talk.partner.plan("send_group_msg" if group else "send_private_msg", answer)
        outcome = await talk.send("通知", "700" if group else "20001", group=group)
        assert only(outcome).result is result
        assert only(outcome).error
        await talk.partner.until(lambda: talk.channel.connected)
        await asyncio.sleep(0.05)
        assert len(talk.partner.sends()) == 1  # never by itself a second time


async def test_without_a_connection_nothing_is_lost() -> None:
    talk = make("ws://127.0.0.1:1/", Partner())
    assert talk.channel.requests(talk.outgoing("通知")) == []
    request = {"chat": "20001", "group": False, "parts": [{"text": "x"}], "answer": False}
    held = only(await talk.channel.call(request, (1,)))
    assert held.result is Result.RETRY
    assert held.retry_at is not None
    assert talk.channel.repeats(request) is None


async def test_half_a_message_is_never_sent_again() -> None:
    async with talking() as talk:
        talk.partner.plan("send_private_msg", {"status": "ok", "retcode": 0, "data": {}})
        talk.partner.plan("send_private_msg", failed(1200, "?"))
        outcome = only(await talk.send("\n".join(["长" * 1500] * 2)))
        assert outcome.result is Result.UNKNOWN
        assert "stopped after 1 of 2" in outcome.error


async def test_the_wrong_token_pauses_everything() -> None:
    async with talking() as talk:
        talk.partner.plan("send_private_msg", failed(1403))
        outcome = await talk.send("通知")
        assert outcome.pause >= 60
        assert not outcome.pause_chat
        assert "token" in outcome.cause


# -- risk control (B9) ----------------------------------------------------------------------------


async def fail_in(talk: Talk, group: int, answer: Any = TIMED_OUT) -> CallOutcome:
    """Three failures in a group; the last outcome."""
    for _ in range(3):
        talk.partner.plan("send_group_msg", answer)
        outcome = await talk.send("通知", str(group), group=True)
    return outcome


@pytest.mark.parametrize("answer", [TIMED_OUT, None, failed(1200, "rich media transfer failed")])
async def test_three_failures_pause_the_group_and_tell_why(answer: Any) -> None:
    async with talking() as talk:
        outcome = await fail_in(talk, GROUP, answer)
        assert outcome.pause == 20 * 60
        assert outcome.pause_chat == "700"
        assert outcome.cause.startswith("QQ群疑似被风控")
        sent = len(talk.partner.sends())
        held = await talk.send("再来", "700", group=True)
        assert only(held).result is Result.RETRY
        assert only(held).retry_at is not None
        assert held.cause == outcome.cause
        assert len(talk.partner.sends()) == sent
        # others go on, and so does this one later
        assert only(await talk.send("通知", "701", group=True)).result is Result.SENT
        talk.clock.advance(timedelta(minutes=20))
        assert only(await talk.send("通知", "700", group=True)).result is Result.SENT


async def test_three_groups_pause_the_channel() -> None:
    async with talking() as talk:
        for group in (700, 701):
            assert (await fail_in(talk, group)).pause_chat == str(group)
        outcome = await fail_in(talk, 702)
        assert outcome.pause == 30 * 60
        assert not outcome.pause_chat
        assert "全部先停" in outcome.cause
        held = await talk.send("通知", "20001")
        assert only(held).result is Result.RETRY
        assert not held.pause_chat


async def test_the_platforms_own_word_pauses_at_once() -> None:
    async with talking() as talk:
        talk.partner.plan("send_group_msg", failed(1200, "发送频繁，账号受限"))
        outcome = await talk.send("通知", "700", group=True)
        assert outcome.pause == 20 * 60
        assert only(outcome).result is Result.RETRY


async def test_a_broken_connection_is_no_risk_control() -> None:
    async with talking() as talk:
        for _ in range(3):
            talk.partner.plan("send_group_msg", "cut")
            outcome = await talk.send("通知", "700", group=True)
            assert not outcome.pause
            await talk.partner.until(lambda: talk.channel.connected)
            await talk.quiet()


async def test_answers_stop_too_when_the_breaker_is_open() -> None:
    async with talking() as talk:
        await fail_in(talk, GROUP)
        sent = len(talk.partner.sends())
        await talk.say(TEACHER, [US, {"type": "text", "data": {"text": " 课表"}}], GROUP)
        assert talk.heard
        assert len(talk.partner.sends()) == sent


# -- muted ----------------------------------------------------------------------------------------


async def test_nothing_is_said_where_we_are_muted() -> None:
    async with talking() as talk:
        ban = {"group_id": GROUP, "operator_id": 5, "user_id": SELF, "duration": 3600}
        await talk.partner.notice("group_ban", sub_type="ban", **ban)
        await talk.quiet()
        held = await talk.send("通知", "700", group=True)
        assert only(held).result is Result.RETRY
        # looked at again before the mute is over: it may be lifted
        assert only(held).retry_at == talk.clock.now() + timedelta(minutes=10)
        assert held.pause_chat == "700"
        assert held.pause == 600
        assert "禁言到 07-12 09:20" in held.cause
        assert not talk.partner.sends()
        await talk.partner.notice("group_ban", sub_type="lift_ban", **ban | {"duration": 0})
        await talk.quiet()
        assert only(await talk.send("通知", "700", group=True)).result is Result.SENT


@pytest.mark.parametrize("duration", [-1, 0, "x", 10**30, None])
async def test_the_whole_group_is_muted(duration: Any) -> None:
    async with talking() as talk:
        ban = {"group_id": GROUP, "operator_id": 5, "user_id": 0, "duration": duration}
        await talk.partner.notice("group_ban", sub_type="ban", **ban)
        await talk.quiet()
        assert only(await talk.send("通知", "700", group=True)).result is Result.RETRY
        assert not talk.partner.sends()


async def test_somebody_else_is_muted() -> None:
    async with talking() as talk:
        ban = {"group_id": GROUP, "operator_id": 5, "user_id": 20002, "duration": 60}
        await talk.partner.notice("group_ban", sub_type="ban", **ban)
        await talk.quiet()
        assert only(await talk.send("通知", "700", group=True)).result is Result.SENT


async def test_a_mute_from_before_is_found_before_the_first_message() -> None:
    async with talking() as talk:
        stamp = int((talk.clock.now() + timedelta(hours=1)).timestamp())
        talk.partner.facts["get_group_member_info"] = {"shut_up_timestamp": stamp}
        held = await talk.send("通知", "700", group=True)
        assert only(held).result is Result.RETRY
        assert held.pause_chat == "700"
        assert not talk.partner.sends()
        assert talk.partner.of("get_group_member_info") == [
            {"group_id": 700, "user_id": SELF, "no_cache": True}
        ]


async def test_a_failure_that_is_a_mute_is_no_risk_control() -> None:
    """The same words as risk control, but muted (#199)."""
    async with talking() as talk:
        await talk.send("通知", "700", group=True)
        stamp = int((talk.clock.now() + timedelta(hours=1)).timestamp())
        talk.partner.facts["get_group_member_info"] = {"shut_up_timestamp": stamp}
        talk.partner.plan("send_group_msg", TIMED_OUT)
        outcome = await talk.send("通知", "700", group=True)
        assert only(outcome).result is Result.UNKNOWN
        assert "禁言" in outcome.cause


@pytest.mark.parametrize("stamp", [0, -1, 10**30, True, "x", None])
async def test_a_strange_stamp_of_a_mute(stamp: Any) -> None:
    async with talking() as talk:
        talk.partner.facts["get_group_member_info"] = {"shut_up_timestamp": stamp}
        outcome = only(await talk.send("通知", "700", group=True))
        assert outcome.result is (Result.RETRY if stamp == 10**30 else Result.SENT)


# -- the stop switch ------------------------------------------------------------------------------


@pytest.mark.parametrize("group", [False, True])
async def test_stopped_between_freezing_and_the_call(group: bool) -> None:
    async with talking() as talk:
        request = talk.request("通知", "700" if group else "20001", group=group)
        talk.stopped = True
        held = only(await talk.channel.call(request.request, (1,)))
        assert held.result is Result.RETRY
        assert held.retry_at is not None
        assert not talk.partner.sends()


async def test_stopped_while_a_message_waits_for_its_turn() -> None:
    async with talking(replace(FAST, gap=(0.15, 0.15))) as talk:
        await talk.send("第一条", "700", group=True)
        waiting = asyncio.create_task(talk.send("第二条", "700", group=True))
        await asyncio.sleep(0.05)
        talk.stopped = True
        assert only(await waiting).result is Result.RETRY
        assert talk.partner.words() == ["第一条"]


async def test_stopped_between_two_parts() -> None:
    async with talking(replace(FAST, gap=(0.1, 0.1))) as talk:
        sending = asyncio.create_task(talk.send("\n".join(["长" * 1500] * 2)))
        await talk.partner.until(lambda: len(talk.partner.sends()) == 1)
        talk.stopped = True
        assert only(await sending).result is Result.UNKNOWN
        assert len(talk.partner.sends()) == 1


async def test_while_it_is_stopped_groups_hear_nothing() -> None:
    async with talking() as talk:
        talk.stopped = True
        await talk.say(TEACHER, [US, {"type": "text", "data": {"text": " 课表"}}], GROUP)
        await talk.say(TEACHER, [US, {"type": "record", "data": {}}], GROUP)
        answer = await talk.send("课表", "700", group=True, key="answer:onebot:1")
        assert only(answer).result is Result.RETRY
        assert not talk.partner.sends()


async def test_while_it_is_stopped_a_person_is_still_answered_in_private() -> None:
    """Or nobody could be asked 确定恢复吗."""
    async with talking() as talk:
        talk.stopped = True
        await talk.say(TEACHER, "恢复发送")
        assert talk.partner.words() == ["听到：恢复发送"]
        answer = await talk.send("稍后的回答", key="answer:onebot:1")
        assert only(answer).result is Result.SENT
        assert only(await talk.send("通知")).result is Result.RETRY


# -- answers --------------------------------------------------------------------------------------


async def test_an_answer_waits_for_the_connection() -> None:
    async with talking() as talk:

        async def slow(incoming: Incoming) -> Reply:
            await talk.partner.sockets[-1].close()
            return Reply(text="答")

        talk.answer = slow
        await talk.say(TEACHER, "问")
        await talk.partner.until(lambda: talk.partner.words() == ["答"])
        assert talk.partner.dials == 2


async def test_nothing_to_say() -> None:
    async with talking() as talk:

        async def silent(incoming: Incoming) -> None:
            return None

        talk.answer = silent
        await talk.say(TEACHER, "问")
        assert talk.heard
        assert not talk.partner.sends()


# -- taking back ----------------------------------------------------------------------------------


async def test_every_part_is_taken_back() -> None:
    async with talking() as talk:
        outcome = await talk.send("\n".join(["长" * 1500] * 2))
        assert not await talk.channel.recall({}, outcome.platform_id)
        first, second = outcome.platform_id.split(",")
        assert talk.partner.of("delete_msg") == [
            {"message_id": int(first)},
            {"message_id": int(second)},
        ]


@pytest.mark.parametrize("answer", [failed(1200, "消息不存在"), None, "cut"])
async def test_what_was_not_taken_back_is_said(answer: Any) -> None:
    async with talking() as talk:
        talk.partner.plan("delete_msg", answer)
        assert await talk.channel.recall({}, "5")


@pytest.mark.parametrize("number", ["", "x"])
async def test_there_is_nothing_to_take_back(number: str) -> None:
    async with talking() as talk:
        assert await talk.channel.recall({}, number)
        assert not talk.partner.of("delete_msg")


# -- the contract ---------------------------------------------------------------------------------


@pytest.fixture
def idle() -> Talk:
    """A channel that was never started."""
    return make("ws://127.0.0.1:1/", Partner())


def test_it_keeps_the_contract(idle: Talk) -> None:
    channel: Channel = idle.channel
    assert isinstance(channel, Dialling)
    assert isinstance(channel, Heard)
    assert isinstance(channel, Recalling)
    can = channel.capabilities
    assert (can.title, can.realm) == ("QQ（OneBot）", "onebot")
    assert (can.push, can.groups, can.group_push, can.buttons) == (True, True, True, 0)
    assert can.recall == timedelta(minutes=2)
    assert can.per_minute == 30
    assert channel.at_once(Reply(text="x"))
    assert not channel.at_once(Reply(text="x", files=(SHEET,)))


async def test_every_message_is_an_array(idle: Talk) -> None:
    async with talking() as talk:
        await talk.send("通知")
        await talk.say(TEACHER, "问")
        assert all(isinstance(send["message"], list) for send in talk.partner.sends())
        assert segments_of(talk.partner.sends()[0]["message"])
