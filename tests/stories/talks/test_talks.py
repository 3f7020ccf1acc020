"""Whole conversations play; their state outlives the process and expires; length hurts nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.rehearsal import furnish
from tests.bot.worlds import NOW, World, opened
from tests.stories.test_stories import play

HERE = Path(__file__).resolve().parent
TALKS = sorted(HERE.glob("*.yaml"))
DEMO = HERE.parents[2] / "examples" / "demo"
OFFICER, TEACHER = "liguoqiang", "zhangwei"
LONGEST = 10_000

Act = Callable[[World], Awaitable[None]]


@pytest.mark.parametrize("talk", TALKS, ids=lambda path: path.stem)
def test_the_conversation_plays(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    play(talk, capsys)


def test_there_are_a_dozen() -> None:
    assert len(TALKS) >= 12


@pytest.fixture
def perform(tmp_path: Path) -> Callable[[Act], None]:
    """Runs a test's talk on a demo office of its own."""

    def run(act: Act) -> None:
        async def scene() -> None:
            async with opened(url) as world:
                await act(world)

        url = f"sqlite:///{tmp_path / 'office.sqlite'}"
        furnish(url, DEMO, NOW)
        asyncio.run(scene())

    return run


async def restart(world: World) -> None:
    """The bot stops and another one takes its place on the same database."""
    await world.bot.stop()
    world.bots.pop()
    await world.start_bot()


async def last(world: World, account: str, text: str) -> str:
    """What somebody is told when they write this."""
    before = len(world.words(account))
    await world.say(account, text)
    return "\n".join(world.words(account)[before:])


def test_what_waits_survives_a_restart(perform: Callable[[Act], None]) -> None:
    async def act(world: World) -> None:
        assert "待确认" in await last(world, OFFICER, "给信息技术1班发通知：带电脑")
        assert "5 项" in await last(world, OFFICER, "有哪些网络培训")
        assert "有 2 节课" in await last(world, TEACHER, "今天有课吗")
        await restart(world)
        assert "心理健康" in await last(world, OFFICER, "1")
        assert "微课的设计与录制" in await last(world, TEACHER, "那明天呢")
        assert "已批准" in await last(world, OFFICER, "确认")

    perform(act)


@pytest.mark.parametrize(("minutes", "told"), [(29, "已批准"), (30, "没有需要您确认的事")])
def test_what_waits_expires(perform: Callable[[Act], None], minutes: int, told: str) -> None:
    async def act(world: World) -> None:
        await last(world, OFFICER, "给信息技术1班发通知：带电脑")
        world.clock.set(NOW + timedelta(minutes=minutes))
        await restart(world)
        assert told in await last(world, OFFICER, "确认")

    perform(act)


@pytest.mark.parametrize(
    "text",
    ["学" * LONGEST, "发通知" * (LONGEST // 3), "😄" * LONGEST, "给全体发通知：" + "会" * LONGEST],
    ids=["字", "发通知", "表情", "通知"],
)
def test_ten_thousand_characters_are_answered_and_do_nothing(
    perform: Callable[[Act], None], text: str
) -> None:
    async def act(world: World) -> None:
        for account in (TEACHER, OFFICER):
            # as the platform hands it on: a person's own client would cut it
            answered = await last(world, account, text)
            assert answered
            assert "已批准" not in answered
        assert "共计 62 学分" in await last(world, TEACHER, "我的学分")
        assert world.words("lina") == []

    perform(act)
