"""Answers over the long connection: slow ones, lost places, broken lines, full windows."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.wecom_bot.socket import STILL_BUSY
from bot.channels.wecom_bot.speaker import SEE_BELOW
from bot.desk import PLEASE_WAIT
from handlers.contract import Turn
from handlers.reply import File, Reply
from tests.bot.wecom_socket_talk import (
    ASKED,
    FAST,
    RESPOND,
    Handle,
    Slow,
    Talk,
)
from tests.bot.worlds import NOW

# -- slow answers ---------------------------------------------------------------------------------


async def test_a_slow_answer_grows_in_one_bubble(talk: Talk, let_answer: Handle) -> None:
    slow = Slow(Reply(text="慢慢来的回答"))
    let_answer(slow)
    begun = time.monotonic()
    req_id = await talk.throw({"msgtype": "text", "text": {"content": ASKED}})
    await talk.gate.until(lambda: talk.words(req_id))
    assert time.monotonic() - begun < 1.5
    assert talk.words(req_id) == [(PLEASE_WAIT, False)]
    slow.go.set()
    await talk.quiet()
    assert talk.words(req_id) == [(PLEASE_WAIT, False), ("慢慢来的回答", True)]
    assert len({body["stream"]["id"] for body in talk.answers(req_id)}) == 1
    assert not talk.pushed()


async def test_each_slow_answer_finds_its_own_bubble(talk: Talk, let_answer: Handle) -> None:
    """Two questions wait; a notice for the same person passes and takes nobody's place."""
    slow = Slow(Reply(text="第一个回答"))
    let_answer(slow)
    first = await talk.throw({"msgtype": "text", "text": {"content": ASKED}})
    second = await talk.throw({"msgtype": "text", "text": {"content": "我的学分"}})
    await talk.gate.until(lambda: talk.words(first) and talk.words(second))
    talk.queue(Reply(text="一条通知"))
    await talk.application.postman.run_due()
    assert talk.pushed() == ["一条通知"]
    slow.go.set()
    await talk.quiet()
    assert talk.words(first)[-1] == ("第一个回答", True)
    assert "62 学分" in talk.words(second)[-1][0]
    assert talk.pushed() == ["一条通知"]


@pytest.mark.parametrize("code", [846608, 846605])
async def test_a_bubble_that_expired_becomes_a_message(
    talk: Talk, let_answer: Handle, code: int
) -> None:
    slow = Slow(Reply(text="慢慢来的回答"))
    let_answer(slow)
    req_id = await talk.throw({"msgtype": "text", "text": {"content": ASKED}})
    await talk.gate.until(lambda: talk.words(req_id))
    talk.gate.plan(RESPOND, code)
    slow.go.set()
    await talk.quiet()
    assert talk.pushed() == ["慢慢来的回答"]


async def test_after_a_reconnect_a_slow_answer_becomes_a_message(
    talk: Talk, let_answer: Handle
) -> None:
    slow = Slow(Reply(text="慢慢来的回答"))
    let_answer(slow)
    req_id = await talk.throw({"msgtype": "text", "text": {"content": ASKED}})
    await talk.gate.until(lambda: talk.words(req_id))
    talk.gate.abort()
    await talk.up(2)
    slow.go.set()
    await talk.quiet()
    assert talk.pushed() == ["慢慢来的回答"]
    assert len(talk.words(req_id)) == 1


async def test_a_bubble_is_closed_before_the_platform_gives_it_up(
    talk: Talk, let_answer: Handle
) -> None:
    talk.channel._timing = replace(FAST, stream=0.3)
    slow = Slow(Reply(text="很久以后"))
    let_answer(slow)
    req_id = await talk.throw({"msgtype": "text", "text": {"content": ASKED}})
    await talk.gate.until(lambda: len(talk.words(req_id)) == 2)
    assert talk.words(req_id)[-1] == (STILL_BUSY, True)
    slow.go.set()
    await talk.quiet()
    assert talk.pushed() == ["很久以后"]


async def test_in_a_group_a_slow_answer_is_sent_in_private(talk: Talk, let_answer: Handle) -> None:
    slow = Slow(Reply(text="慢慢来的回答"))
    let_answer(slow)
    req_id = await talk.throw(
        {"msgtype": "text", "text": {"content": ASKED}, "chattype": "group", "chatid": "g"}
    )
    await talk.gate.until(lambda: talk.words(req_id))
    assert talk.words(req_id) == [(PLEASE_WAIT, True)]
    slow.go.set()
    await talk.quiet()
    assert talk.pushed() == ["慢慢来的回答"]


async def test_a_file_at_the_end_of_a_slow_answer(talk: Talk, let_answer: Handle) -> None:
    slow = Slow(Reply(files=(File("名单.csv", b"1,2,3,4\n"),)))
    let_answer(slow)
    req_id = await talk.throw({"msgtype": "text", "text": {"content": ASKED}})
    await talk.gate.until(lambda: talk.words(req_id))
    slow.go.set()
    await talk.quiet()
    assert talk.words(req_id) == [(PLEASE_WAIT, False), (SEE_BELOW, True)]
    assert talk.answers(req_id)[-1]["msgtype"] == "file"


# -- answers and a connection that breaks ---------------------------------------------------------


async def test_an_answer_whose_place_is_gone_is_pushed(talk: Talk) -> None:
    talk.gate.plan(RESPOND, 846605)
    await talk.say("我的学分")
    (content,) = talk.pushed()
    assert "62 学分" in content


async def test_an_answer_waits_for_the_next_connection(talk: Talk, let_answer: Handle) -> None:
    def cut(turn: Turn) -> Reply:
        loop.call_soon_threadsafe(talk.gate.abort)
        time.sleep(0.1)
        return Reply(text="办好了")

    loop = asyncio.get_running_loop()
    let_answer(cut)
    talk.gate.refuses_dial = 2
    req_id = await talk.say(ASKED)
    assert talk.pushed() == ["办好了"]
    assert not talk.words(req_id)


async def test_an_answer_without_an_acknowledgement_is_written_once_more(talk: Talk) -> None:
    """The same frame of the same bubble: whoever saw the first sees no second."""
    talk.gate.plan(RESPOND, None)
    req_id = await talk.say("我的学分")
    one, two = talk.answers(req_id)
    assert one == two
    assert not talk.pushed()


@pytest.mark.parametrize("code", [846608, 846605])
async def test_an_answer_that_arrived_unacknowledged_is_not_pushed(talk: Talk, code: int) -> None:
    """The bubble that is over is the one that the first frame finished."""
    talk.gate.plan(RESPOND, None, code)
    req_id = await talk.say("我的学分")
    assert len(talk.answers(req_id)) == 2
    assert not talk.pushed()


async def test_an_answer_nobody_acknowledges_is_not_pushed_as_well(
    talk: Talk, log_lines: list[str]
) -> None:
    talk.gate.plan(RESPOND, "cut")
    await talk.say("我的学分")
    await talk.up(2)
    await talk.quiet()
    assert not talk.pushed()
    assert any("answer not delivered" in line for line in log_lines)


async def test_a_group_that_refuses_bubbles_gets_markdown(talk: Talk) -> None:
    talk.gate.plan(RESPOND, 600039)
    req_id = await talk.say("@师训助手 我的学分", chattype="group", chatid="g")
    kinds = [body["msgtype"] for body in talk.answers(req_id)]
    assert kinds == ["stream", "markdown"]


async def test_forgotten_by_the_gateway_it_subscribes_and_answers(talk: Talk) -> None:
    talk.gate.plan(RESPOND, 846609)
    req_id = await talk.say("我的学分")
    assert "62 学分" in talk.words(req_id)[-1][0]
    assert talk.gate.subscribed == 2
    assert talk.gate.dials == 1


async def test_an_answer_too_many_waits_for_the_window(talk: Talk) -> None:
    talk.gate.plan(RESPOND, 45009)
    req_id = await talk.throw({"msgtype": "text", "text": {"content": "我的学分"}})
    await talk.gate.until(lambda: talk.words(req_id))
    await asyncio.sleep(0.1)
    assert len(talk.answers(req_id)) == 1
    talk.clock.set(NOW + timedelta(seconds=61))
    await talk.quiet()
    assert len(talk.answers(req_id)) == 2


async def test_no_more_than_thirty_a_minute_to_one_chat(talk: Talk) -> None:
    for number in range(33):
        await talk.throw({"msgtype": "text", "text": {"content": "你好"}}, f"r{number}")
    await talk.application.desk.quiet()
    await asyncio.sleep(0.2)
    assert len(talk.gate.of(RESPOND)) == 30
    other = await talk.throw(
        {"from": {"userid": "lina"}, "msgtype": "text", "text": {"content": "你好"}}
    )
    await talk.gate.until(lambda: talk.words(other))
    talk.clock.set(NOW + timedelta(seconds=60))
    await talk.quiet()
    assert len(talk.gate.of(RESPOND)) == 34
