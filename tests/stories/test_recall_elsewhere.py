"""C06 where there are two minutes: a wrong notice on QQ, taken back in time and too late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.stories.operator_house import House, run

OFFICER, CLASS = "李国强", "信息技术1班"
WORDS = "培训改到周六下午两点"
TITLES = {"qq": "QQ机器人", "onebot": "QQ（OneBot）"}


def newcomer(at: House) -> str:
    """Somebody of the class without a WeCom account: QQ is their only way."""
    return next(each.name for each in at.rehearsal.players() if each.account is None)


async def send(at: House, channel: str) -> str:
    """The wrong notice; who has it on this channel."""
    name = newcomer(at)
    await at.say(name, "你好", channel)
    await at.say(OFFICER, f"给{CLASS}发通知：{WORDS}", "wecom_bot")
    await at.say(OFFICER, "确认", "wecom_bot")
    assert at.holders([name], channel, WORDS) == [name]
    return name


async def say(at: House, words: str) -> str:
    """What the officer is told."""
    return "\n".join(await at.say(OFFICER, words, "wecom_bot"))


@pytest.mark.parametrize("channel", TITLES)
def test_within_two_minutes_it_disappears(channel: str, tmp_path: Path) -> None:
    async def play(at: House) -> None:
        name = await send(at, channel)
        await at.wait(timedelta(seconds=90))
        told = await say(at, "撤回 N1")
        assert f"{TITLES[channel]} 1 条" in told.split("可以收回")[1]
        await say(at, "确认")
        assert at.holders([name], channel, WORDS) == []
        assert f"{TITLES[channel]}：收回 1 条" in await say(at, "N1 撤回情况")

    run(tmp_path, play)


@pytest.mark.parametrize("channel", TITLES)
def test_after_two_minutes_the_officer_is_told_that_it_stays(channel: str, tmp_path: Path) -> None:
    async def play(at: House) -> None:
        name = await send(at, channel)
        await at.wait(timedelta(minutes=2, seconds=1))
        why = f"{TITLES[channel]}只能在 2 分钟内撤回"
        told = await say(at, "撤回 N1")
        assert f"收不回：{TITLES[channel]} 1 条（{why}）" in told
        told = await say(at, "确认")
        assert f"收不回：{TITLES[channel]} 1 条（{why}）" in told
        assert at.holders([name], channel, WORDS) == [name]
        assert f"{TITLES[channel]}：收不回 1 条（{why}）" in await say(at, "N1 撤回情况")
        assert "已经撤回、内容作废" in "\n".join(await at.say(name, "收到N1", channel))

    run(tmp_path, play)


@pytest.mark.parametrize("channel", TITLES)
def test_a_platform_that_says_no_is_quoted(channel: str, tmp_path: Path) -> None:
    """In time by our clock, too late by theirs."""

    async def play(at: House) -> None:
        name = await send(at, channel)
        if channel == "qq":
            at.qq.faults.fail(306011, 9, "users/recall")
        else:
            at.onebot.faults.fail("recall failed", 9, "delete_msg", retcode=1200)
        await say(at, "撤回 N1")
        await say(at, "确认")
        assert at.holders([name], channel, WORDS) == [name]
        told = await say(at, "N1 撤回情况")
        line = next(each for each in told.splitlines() if each.startswith(TITLES[channel]))
        assert "收不回 1 条" in line
        assert ("超过两分钟" if channel == "qq" else "1200") in line

    run(tmp_path, play)
