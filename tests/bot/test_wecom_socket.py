"""The AI bot on its long connection: what is heard and what is said back."""

from __future__ import annotations

import asyncio

import pytest

from bot.app import Application
from bot.channels.wecom_bot.socket import ONLY_WORDS, WeComSocketChannel
from bot.desk import PLEASE_WAIT
from handlers.reply import Reply
from tests.bot.wecom_socket_gateway import SECRET, Body
from tests.bot.wecom_socket_talk import (
    ASKED,
    PUSH,
    Handle,
    Slow,
    Talk,
    settings,
)

# -- heard and answered ---------------------------------------------------------------------------


async def test_words_come_back_under_the_question(talk: Talk) -> None:
    req_id = await talk.say("我的学分")
    ((content, finished),) = talk.words(req_id)
    assert "62 学分" in content
    assert finished
    assert not talk.pushed()


async def test_the_same_message_twice_is_answered_once(talk: Talk) -> None:
    await talk.say("我的学分", "one")
    await talk.gate.tell(
        {
            "msgid": "m-one",
            "chattype": "single",
            "from": {"userid": "zhangwei"},
            "msgtype": "text",
            "text": {"content": "我的学分"},
        },
        "two",
    )
    await asyncio.sleep(0.1)
    await talk.quiet()
    assert len(talk.words("one")) == 1
    assert not talk.words("two")


@pytest.mark.parametrize(
    "spoken",
    [
        "@师训助手 培训通知在哪看",
        "@师训助手\u2005我的学分",
        "@师训助手我的学分",
        "我的学分 @师训助手",
    ],
)
async def test_in_a_group_the_name_is_not_part_of_the_question(talk: Talk, spoken: str) -> None:
    req_id = await talk.say(spoken, chattype="group", chatid="wr-xinxi-1")
    assert talk.words(req_id)
    assert all("错误码" not in content for content, _ in talk.words(req_id))


async def test_in_a_group_a_personal_answer_goes_to_the_private_chat(talk: Talk) -> None:
    req_id = await talk.say("@师训助手 我的学分", chattype="group", chatid="wr-xinxi-1")
    assert talk.words(req_id) == [("已私信回复您。", True)]
    (push,) = talk.gate.of(PUSH)
    assert (push["chatid"], push["chat_type"]) == ("zhangwei", 1)
    assert "62 学分" in push["markdown"]["content"]


async def test_a_voice_message_is_its_transcript(talk: Talk) -> None:
    req_id = await talk.tell({"msgtype": "voice", "voice": {"content": "我的学分"}})
    assert "62 学分" in talk.words(req_id)[0][0]


async def test_a_mixed_message_is_its_words(talk: Talk) -> None:
    items = [
        {"msgtype": "text", "text": {"content": "我的学分"}},
        {"msgtype": "image", "image": {"url": "http://127.0.0.1:1/x", "aeskey": "x"}},
    ]
    req_id = await talk.tell({"msgtype": "mixed", "mixed": {"msg_item": items}})
    assert "62 学分" in talk.words(req_id)[0][0]


@pytest.mark.parametrize(
    "told",
    [
        {"msgtype": "video", "video": {"url": "http://127.0.0.1:1/x", "aeskey": "x"}},
        {"msgtype": "voice", "voice": {"content": ""}},
        {"msgtype": "something_new", "something_new": {}},
        {"msgtype": "mixed", "mixed": {"msg_item": 7}},
        {"msgtype": "image", "image": None},
        {"msgtype": ["text"]},
        {},
    ],
    ids=range(7),
)
async def test_what_cannot_be_read_is_said(talk: Talk, told: Body) -> None:
    req_id = await talk.tell(told)
    assert talk.words(req_id) == [(ONLY_WORDS, True)]


@pytest.mark.parametrize(
    "told",
    [
        {"from": None},
        {"from": {"userid": 7}},
        {"from": {}, "msgtype": "text", "text": {"content": "x"}},
        {"msgtype": "event", "event": None},
        {"msgtype": "event", "event": {"eventtype": "feedback_event", "feedback_event": {}}},
        {"msgtype": "event", "event": {"eventtype": "template_card_event"}},
        {"msgtype": "event", "event": {"eventtype": 7}},
    ],
    ids=range(7),
)
async def test_what_is_nobodys_or_unknown_gets_nothing(talk: Talk, told: Body) -> None:
    req_id = await talk.tell(told)
    assert not talk.answers(req_id)
    assert "62 学分" in talk.words(await talk.say("我的学分"))[0][0]


@pytest.mark.parametrize("text", ["", "\ud83d我的学分", "\u0000", "a" * 60_000, "😀"])
async def test_any_text_is_answered(talk: Talk, text: str) -> None:
    req_id = await talk.say(text)
    assert talk.words(req_id)
    assert all("错误码" not in content for content, _ in talk.words(req_id))


async def test_a_long_answer_is_several_bubbles(talk: Talk, let_answer: Handle) -> None:
    long = "\n".join(f"第{number}行" for number in range(4000))
    let_answer(lambda turn: Reply(text=long))
    req_id = await talk.say(ASKED)
    frames = talk.words(req_id)
    assert "\n".join(content for content, _ in frames) == long
    assert all(finished and len(content.encode()) <= 20_480 for content, finished in frames)
    ids = [body["stream"]["id"] for body in talk.answers(req_id)]
    assert len(set(ids)) == len(ids) > 1


# -- the application ------------------------------------------------------------------------------


async def test_a_stopped_connection_is_named(office_url: str, talk: Talk) -> None:
    assert await talk.application._not_ready() == {}
    await talk.channel.close()  # only one process of an office dials
    talk.application.database.let_go()
    other = Application(settings(office_url, talk.gate, "wrong"), clock=talk.clock)
    await other.start()
    try:
        channel = other.channels["wecom"]
        assert isinstance(channel, WeComSocketChannel)
        await talk.gate.until(channel.problem)
        assert "853000" in (await other._not_ready())["wecom"]
    finally:
        await other.stop()


async def test_what_was_acknowledged_is_answered_by_the_next_process(
    office_url: str, talk: Talk, let_answer: Handle
) -> None:
    """Killed after 稍等: the promise is kept by whoever comes next, once."""
    slow = Slow(Reply(text="不会有人看到"))
    let_answer(slow)
    req_id = await talk.throw({"msgtype": "text", "text": {"content": ASKED}})
    await talk.gate.until(lambda: talk.words(req_id))
    slow.killed = True
    await kill(talk.application)
    talk.application.database.let_go()  # as the system does when a process ends
    slow.go.set()
    let_answer(lambda turn: Reply(text="后来的回答"))
    talk.application = Application(settings(office_url, talk.gate), clock=talk.clock)
    await talk.application.start()
    try:
        await talk.up(2)
        await talk.quiet()
        assert talk.pushed() == ["后来的回答"]
        assert talk.words(req_id) == [(PLEASE_WAIT, False)]
    finally:
        await talk.application.stop()


async def kill(application: Application) -> None:
    """Stop at once: whatever was being done is not finished and nobody tidies up."""
    ticking = application.ticker.halt()
    tasks = [*ticking, *application.desk._tasks, *application.postman._tasks]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for channel in application.channels.values():
        await channel.close()


async def test_no_line_of_the_log_says_what_was_said(talk: Talk, log_lines: list[str]) -> None:
    await talk.say("我的学分")
    talk.gate.plan(PUSH, 40003)
    await talk.send(Reply(text="明天集中"))
    assert log_lines
    assert not any(
        said in line
        for line in log_lines
        for said in ("学分", "zhangwei", "张伟", "明天集中", SECRET)
    )
