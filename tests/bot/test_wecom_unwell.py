"""A platform that refuses, fails or does not answer: left alone, and used again (O12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.channels.wecom.errors import HALTS
from handlers.reply import Reply
from storage.outbox_values import DeliveryStatus
from tests.bot.wecom_sending import MINUTE, cause, later, settled, shared, statuses
from tests.bot.worlds import World


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


async def test_a_limit_of_the_platform_is_waited_for_longer_each_time(one: World) -> None:
    one.stage.fake.faults.fail(45009, times=3, path="message/send")
    one.queue(Reply(text="一"), "zhangwei")
    await one.quiet()
    assert "45009" in cause(one)
    calls = []
    for _ in range(16):
        await later(one, timedelta(seconds=30))
        calls.append(one.stage.fake.calls.count("message/send"))
    assert calls == [1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4], "after 1, 2 and 4 minutes"
    assert one.words("zhangwei") == ["一"]
    assert cause(one) == ""


async def test_a_wrong_secret_is_asked_about_once_a_pause(each: World) -> None:
    app, right, calls = each.stage.app, each.stage.app.secret, each.stage.fake.calls
    app.secret = "another"
    each.clock.advance(timedelta(hours=2))  # the token of the start has run out
    before = calls.count("gettoken")
    second = shared(await each.start_bot())
    for turn in range(1, 4):
        texts(each, "zhangwei", [f"{turn}-{number}" for number in range(8)])
        texts(each, "lina", [f"{turn}-{number}" for number in range(8)])
        await settled(each)
        assert calls.count("gettoken") == before + turn
        assert "Secret 不对" in cause(each)
        assert calls.count("message/send") == 0
        await later(each, timedelta(minutes=10, seconds=1))
    assert second is each.bot
    app.secret = right
    for _ in range(3):
        each.clock.advance(timedelta(minutes=10, seconds=1))
        await settled(each)
    assert len(each.words("zhangwei")) == 24
    assert cause(each) == ""


@pytest.mark.parametrize("code", sorted(HALTS))
async def test_what_an_operator_must_put_right_stops_the_sending(one: World, code: int) -> None:
    one.stage.fake.faults.fail(code, path="message/send")
    one.queue(Reply(text="一"), "zhangwei")
    await one.quiet()
    assert str(code) in cause(one)
    one.queue(Reply(text="二"), "lina")
    await one.quiet()
    assert one.stage.fake.calls.count("message/send") == 1
    await later(one, timedelta(minutes=11))
    assert (one.words("zhangwei"), one.words("lina")) == (["一"], ["二"])
    assert cause(one) == ""


# -- a platform that is unwell (O12) -------------------------------------------------------------


@pytest.mark.parametrize("code", [-1, 6000, 40014])
async def test_a_platform_that_fails_is_left_alone_and_comes_back(one: World, code: int) -> None:
    fake = one.stage.fake
    fake.faults.fail(code, times=10_000, path="message/send")
    people = [person.userid for person in one.stage.people()][:20]
    for account in people:
        one.queue(Reply(text=f"给 {account}"), account)
    await one.quiet()
    tried = fake.calls.count("message/send")
    assert len(people) == 20
    # four more may begin while the first four of eight at once fail; the fifth failure ends it
    assert tried <= 12 * 2, "a token that is dead is renewed once a call"
    assert "连续出错" in cause(one)
    for _ in range(10):
        await one.quiet()
    assert fake.calls.count("message/send") == tried
    for _ in range(12):
        await later(one, timedelta(minutes=5))
    probes = fake.calls.count("message/send") - tried
    assert probes <= 18, "one call asks, after 1, 2, 4, 8, 15, 15… minutes"
    fake.faults.planned.clear()
    for _ in range(4):
        await later(one, timedelta(minutes=15))
    assert [one.words(account) for account in people] == [[f"给 {each}"] for each in people]
    assert cause(one) == ""


async def test_answers_that_get_lost_open_the_breaker_and_nothing_arrives_twice(
    one: World,
) -> None:
    faults = one.stage.fake.faults
    faults.drop_path, faults.drop_answers = "message/send", 8
    people = [person.userid for person in one.stage.people()][:10]
    for account in people:
        one.queue(Reply(text=f"给 {account}"), account)
    await one.quiet()
    assert "没有回应" in cause(one)
    for _ in range(20):
        await later(one, MINUTE)
    assert [one.words(account) for account in people] == [[f"给 {each}"] for each in people]
    assert statuses(one) == {DeliveryStatus.SENT: 10}


async def test_an_address_that_nobody_answers_at_is_no_lost_message(one: World) -> None:
    sender = one.application.channels["wecom"]
    client = await sender.line.client()  # type: ignore[attr-defined]
    base, client.API_BASE_URL = client.API_BASE_URL, "http://127.0.0.1:9/cgi-bin/"
    for account in ("zhangwei", "lina", "wangfang", "liuyang", "chenjing", "zhaolei"):
        one.queue(Reply(text="一"), account)
    await one.quiet()
    for _ in range(8):
        await later(one, timedelta(minutes=5))
    client.API_BASE_URL = base
    for _ in range(4):
        await later(one, timedelta(minutes=15))
    assert one.words("zhangwei") == one.words("lina") == ["一"]
