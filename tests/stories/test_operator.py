"""Operator's stories on the whole product and on every channel: repeats (O01), sick platforms
(O12). O02, O03 and O04 are with the desk and the outbox (tests/bot)."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stories.operator_house import CHANNELS, House, run

TUTOR, OFFICER, TEACHER = "周明", "李国强", "张伟"
CLASS = "信息技术1班"
WORDS = "明天带U盘"
PEOPLE = ("张伟", "李娜", "王芳", "赵敏", "陈静")
AT_ONCE = 8  # calls that are on their way together when the first refusal comes


@pytest.mark.parametrize("channel", CHANNELS)
def test_o01_three_deliveries_of_one_message_are_one_record_and_one_reply(
    channel: str, tmp_path: Path
) -> None:
    async def play(at: House) -> None:
        opened = await at.say(TUTOR, "开始签到", "wecom")
        code = re.search(r"签到码：([A-Z0-9]{4})", "\n".join(opened))
        assert code is not None
        replies = await at.say(TEACHER, f"签到 {code[1]}", channel, copies=3)
        assert len(replies) == 1, replies
        assert "签到成功" in replies[0]
        assert at.rehearsal.count(TEACHER, "attendance") == 1

    run(tmp_path, play)


async def send(at: House) -> None:
    """The notice of these stories, to the class."""
    await at.say(OFFICER, f"给{CLASS}发通知：{WORDS}", "wecom_bot")
    await at.say(OFFICER, "确认", "wecom_bot")


def once(at: House, channel: str) -> bool:
    """Whether each of PEOPLE has it exactly once there."""
    seen = [at.seen(name, channel) for name in PEOPLE]
    return all(sum(WORDS in words for words in each) == 1 for each in seen)


def test_o12_a_limit_of_wecom_stops_the_way_says_why_and_loses_nothing(tmp_path: Path) -> None:
    async def play(at: House) -> None:
        at.wecom.faults.fail(45009, 10_000, "message/send")
        await send(at)
        tried = at.wecom.calls.count("message/send")
        assert tried <= AT_ONCE, "the way is not left alone"
        told = "\n".join(await at.say(OFFICER, "发送情况", "wecom_bot"))
        assert "企业微信应用暂停到" in told
        assert "太频繁（45009）" in told
        assert "排队 11" in told
        assert at.holders(PEOPLE, "wecom", WORDS) == []
        at.wecom.faults.planned.clear()
        await at.wait(timedelta(minutes=30))
        assert once(at, "wecom")
        told = "\n".join(await at.say(OFFICER, "发送情况", "wecom_bot"))
        assert "暂停" not in told

    run(tmp_path, play)


def test_o12_a_limit_of_qq_stops_the_way_says_why_and_loses_nothing(tmp_path: Path) -> None:
    async def play(at: House) -> None:
        for name in PEOPLE:
            await at.say(name, "你好", "qq")
        at.qq.faults.fail(304045, 10_000, "users/messages")
        await send(at)
        tried = at.qq.calls.count("users/messages", 304045)
        assert tried <= AT_ONCE, "the way is not left alone"
        told = "\n".join(await at.say(OFFICER, "发送情况", "wecom_bot"))
        assert "QQ机器人暂停到" in told
        assert "太频繁（304045）" in told
        assert "QQ机器人：今天已送出 0，排队 5" in told
        assert "企业微信应用：今天已送出 6" in told
        await at.wait(timedelta(minutes=30))
        assert at.qq.calls.count("users/messages", 304045) <= tried + 6, "asked too often"
        assert at.holders(PEOPLE, "qq", WORDS) == []
        at.qq.faults.planned.clear()
        await at.wait(timedelta(minutes=30))
        assert once(at, "qq")
        told = "\n".join(await at.say(OFFICER, "发送情况", "wecom_bot"))
        assert "暂停" not in told

    run(tmp_path, play)


def test_o12_a_banned_qq_bot_sends_everybody_another_way_and_comes_back(tmp_path: Path) -> None:
    async def play(at: House) -> None:
        for name in PEOPLE:
            await at.say(name, "你好", "qq")
        alone = next(each.name for each in at.rehearsal.players() if each.account is None)
        await at.say(alone, "你好", "qq")
        at.qq.faults.fail(11265, 10_000, "users/messages")
        await send(at)
        tried = at.qq.calls.count("users/messages", 11265)
        assert tried <= AT_ONCE, "the way is not left alone"
        assert once(at, "wecom"), "whoever has WeCom has it there"
        told = "\n".join(await at.say(OFFICER, "发送情况", "wecom_bot"))
        assert "QQ机器人暂停到" in told
        assert "被封禁或已下线，11265" in told
        assert "没有送到" not in told
        at.qq.faults.planned.clear()
        await at.say(PEOPLE[0], "你好", "qq")
        await at.wait(timedelta(minutes=11))
        assert at.holders([alone], "qq", WORDS) == [alone], "whoever has nothing else waited"
        await at.say(OFFICER, f"给{CLASS}发通知：改成后天", "wecom_bot")
        await at.say(OFFICER, "确认", "wecom_bot")
        await at.wait(timedelta(minutes=1))
        assert at.holders(PEOPLE, "qq", "改成后天") == list(PEOPLE)
        assert at.holders(PEOPLE, "qq", WORDS) == [], "it arrived on WeCom"
        told = "\n".join(await at.say(OFFICER, "发送情况", "wecom_bot"))
        assert "暂停" not in told

    run(tmp_path, play)
