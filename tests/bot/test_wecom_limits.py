"""The app's limits and its token, kept before each call and by all processes together (O03)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.channels import limits
from bot.channels.spending import MARGIN
from handlers.reply import Reply
from storage.headcount import known_accounts
from storage.outbox_values import DeliveryStatus
from tests.bot.wecom_sending import CARD, MINUTE, later, settled, shared, statuses
from tests.bot.worlds import World

WINDOW = MINUTE + MARGIN


@pytest.fixture
def one(world: World) -> World:
    """One process, on SQLite."""
    shared(world.bot)
    return world


@pytest.fixture
def each(each_world: World) -> World:
    """One process, on each engine."""
    shared(each_world.bot)
    return each_world


def texts(world: World, account: str, words: Sequence[str]) -> None:
    """Several messages for one person."""
    for each in words:
        world.queue(Reply(text=each), account)


# -- limits --------------------------------------------------------------------------------------


async def test_nothing_is_dropped_in_silence(one: World) -> None:
    words = [f"第 {number} 条" for number in range(70)]
    texts(one, "zhangwei", words)
    texts(one, "lina", words[:3])
    await one.quiet()
    assert one.words("zhangwei") == words[:30]
    assert one.words("lina") == words[:3], "a full window is one person's"
    assert statuses(one) == {DeliveryStatus.SENT: 33, DeliveryStatus.QUEUED: 40}
    await later(one, WINDOW)
    assert one.words("zhangwei") == words[:60]
    await later(one, WINDOW)
    assert one.words("zhangwei") == words, "in their order"
    assert one.stage.fake.drops == []


async def test_every_part_of_a_message_counts(one: World) -> None:
    long = "\n".join("很长的一行，说明天集中的事情。" * 4 for _ in range(40))
    for _ in range(12):
        one.queue(Reply(text=long, card=CARD), "zhangwei")
    await one.quiet()
    parts = len(one.words("zhangwei"))
    assert 24 <= parts <= 30
    await later(one, WINDOW)
    assert one.stage.fake.drops == []
    assert len(one.words("zhangwei")) > parts


async def test_two_processes_share_a_persons_window(each: World) -> None:
    second = shared(await each.start_bot())
    words = [f"第 {number} 条" for number in range(45)]
    texts(each, "zhangwei", words)
    await settled(each)
    assert len(each.words("zhangwei")) == 30
    await each.kill(second)
    shared(await each.start_bot())  # what was spent is known after a restart
    await settled(each)
    assert len(each.words("zhangwei")) == 30
    each.clock.advance(WINDOW)
    await settled(each)
    assert sorted(each.words("zhangwei")) == sorted(words)
    assert each.stage.fake.drops == []


async def test_a_day_holds_so_many_person_times(
    one: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = [person.userid for person in one.stage.people()]
    with one.application.database.unit() as unit:
        known = known_accounts(unit, "wecom")
    assert len(everybody) < 2 * known < 2 * len(everybody)
    monkeypatch.setattr(limits, "WECOM_SENDS_PER_ACCOUNT", 2)
    for _ in range(3):
        one.queue(Reply(text="一"), *everybody)
        await one.quiet()
    assert sum(len(one.words(account)) for account in everybody) == 2 * known
    await later(one, timedelta(hours=24) + MARGIN)
    assert sum(len(one.words(account)) for account in everybody) == 3 * len(everybody)


# -- the token -----------------------------------------------------------------------------------


async def test_two_processes_use_one_token(each: World) -> None:
    second = shared(await each.start_bot())
    calls = each.stage.fake.calls
    for turn in range(1, 4):
        for number in range(6):
            each.queue(Reply(text=f"第 {turn}-{number} 条"), "zhangwei", "lina")
        await settled(each)
        assert calls.count("gettoken") == turn
        each.stage.fake.invalidate_tokens()
    assert statuses(each) == {DeliveryStatus.SENT: 36}
    assert len(each.words("zhangwei")) == 18
    assert second is each.bot


async def test_a_token_is_renewed_five_minutes_early(one: World) -> None:
    fake = one.stage.fake
    one.queue(Reply(text="一"), "zhangwei")
    await one.quiet()
    await later(one, timedelta(minutes=114))
    one.queue(Reply(text="二"), "zhangwei")
    await one.quiet()
    assert fake.calls.count("gettoken") == 1
    await later(one, timedelta(minutes=2))
    one.queue(Reply(text="三"), "zhangwei")
    await one.quiet()
    assert fake.calls.count("gettoken") == 2
    assert fake.calls.count("message/send", 42001) == 0
