"""A sick QQ platform: who stops, for how long, what waits and what goes another way (O12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.base import CallOutcome, Noted, Outgoing
from bot.channels.breaker import FAILURES, LONGEST
from bot.channels.qq.errors import CODES, Kind
from bot.channels.qq.sender import QUOTA_TRIES
from handlers.reply import Reply
from handlers.ways import PRIVATE
from storage.outbox_values import FrozenRequest, Result
from storage.reachability import Reach
from tests.bot.qq_world import SECRET, QQWorld, qq_world, slot

NOTE = Reply("明天八点半集合")
SEND = "users/messages"
BUSY, BANNED = 304045, 11265


def due(world: QQWorld, count: int) -> list[Outgoing]:
    """As many messages, each to another account; the first to somebody who exists."""
    others = [f"OPENID{number:04}" for number in range(1, count)]
    return [
        Outgoing(number, account, NOTE)
        for number, account in enumerate([world.user, *others], start=1)
    ]


async def make(world: QQWorld, outgoing: Sequence[Outgoing]) -> list[CallOutcome]:
    """What the outbox does once: the calls of what is due, one after another."""
    made = [each for each in world.channel.requests(outgoing) if isinstance(each, FrozenRequest)]
    return [await world.channel.call(each.request, each.deliveries) for each in made]


def results(outcomes: Sequence[CallOutcome]) -> set[Result]:
    """The results of all."""
    return {outcome.result for each in outcomes for outcome in each.outcomes}


# -- what passes by itself ----------------------------------------------------------------------


@pytest.mark.parametrize("code", [*CODES[Kind.BUSY], *CODES[Kind.QUOTA]])
async def test_a_rate_stops_the_way_at_the_first_word_and_everything_waits(code: int) -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(code, 1000, SEND)
        outcomes = await make(world, due(world, 11))
        assert world.calls() == 1
        assert results(outcomes) == {Result.RETRY}
        first = outcomes[0]
        assert (first.pause, str(code) in first.cause) == (60, True)
        assert "先停一会儿再试" in first.cause
        assert all(each.outcomes[0].retry_at for each in outcomes), "no attempt is counted"
        assert world.channel.requests(due(world, 11)) == []


async def test_an_hour_of_refusals_costs_a_handful_of_calls_and_ends_by_itself() -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(BUSY, 1000, SEND)
        pauses: list[float] = []
        for _ in range(60):
            pauses += [each.pause for each in await make(world, due(world, 11)) if each.pause]
            world.fake.clock.advance(timedelta(minutes=1))
        assert world.calls() <= 8
        assert pauses == sorted(pauses)
        assert pauses[-1] == LONGEST.total_seconds()
        world.fake.faults.planned.clear()
        world.fake.clock.advance(LONGEST)
        assert results(await make(world, due(world, 1))) == {Result.SENT}
        assert len(world.channel.requests(due(world, 11))) == 11, "as before"


async def test_one_call_finds_out_whether_it_is_over() -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(BUSY, 1000, SEND)
        await make(world, due(world, 11))
        world.fake.clock.advance(timedelta(minutes=1))
        assert len(world.channel.requests(due(world, 11))) == 1


async def test_the_one_that_finds_out_sets_no_reply_aside_for_others() -> None:
    async with qq_world(webhook=True) as world:
        quoted = (await world.say("你好")).reply_to
        world.fake.faults.fail(BUSY, 1000, SEND)
        await make(world, due(world, 2)[1:])
        world.fake.clock.advance(timedelta(minutes=1))
        asked: list[int] = []

        def taken() -> None:
            asked.append(1)

        late = Outgoing(9, "OPENID0009", NOTE, slot=taken)
        probe = Outgoing(1, world.user, NOTE, slot=lambda: slot(quoted, 2))
        assert len(world.channel.requests([probe, late])) == 1
        assert not asked


async def test_silence_stops_the_way_after_five_and_doubtful_messages_are_not_repeated() -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.crash(502, 1000, SEND)
        outcomes = await make(world, due(world, 11))
        assert world.calls() == FAILURES
        assert [each.outcomes[0].result for each in outcomes] == [
            *[Result.UNKNOWN] * FAILURES,
            *[Result.RETRY] * (11 - FAILURES),
        ]
        assert "没有回应" in outcomes[FAILURES - 1].cause
        assert outcomes[FAILURES - 1].pause == 60


async def test_one_bad_message_says_nothing_about_the_platform() -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(CODES[Kind.BAD_CONTENT][0], 1000, SEND)
        outcomes = await make(world, due(world, 11))
        assert world.calls() == 11
        assert results(outcomes) == {Result.REJECTED}
        assert not any(each.pause for each in outcomes)


async def test_whose_own_quota_is_used_up_is_parked_after_a_few_tries() -> None:
    """It is met after every pause, and nobody else's message is kept back for long."""
    async with qq_world(webhook=True) as world:
        mine, other = due(world, 2)[:1], Outgoing(2, world.fake.user_openid("lina"), NOTE)
        found: list[Result] = []
        for _ in range(QUOTA_TRIES):
            world.fake.faults.fail(40034100, 1, SEND)
            (outcome,) = await make(world, mine)
            found.append(outcome.outcomes[0].result)
            assert "额度" in outcome.cause
            world.fake.clock.advance(LONGEST)
            assert results(await make(world, [other])) == {Result.SENT}
        assert found == [*[Result.RETRY] * (QUOTA_TRIES - 1), Result.PARKED]


# -- what somebody must mend --------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.BANNED, Kind.SETUP])
async def test_a_banned_bot_rejects_nobody_and_what_is_due_goes_another_way(kind: Kind) -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(CODES[kind][0], 1000, SEND)
        outcomes = await make(world, due(world, 11))
        assert world.calls() == 1
        assert results(outcomes) == {Result.PARKED}
        assert outcomes[0].pause == 600
        assert str(CODES[kind][0]) in outcomes[0].cause


async def test_what_the_minute_held_back_goes_another_way_before_the_way_is_closed() -> None:
    """A pause keeps the queue: with sixty people half of them would wait although they have
    WeCom."""
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(BANNED, 1000, SEND)
        outgoing = due(world, 60)
        outcomes = await make(world, outgoing)
        assert len(outcomes) == 30
        assert results(outcomes) == {Result.PARKED}
        assert not any(each.pause for each in outcomes)
        rest = await make(world, outgoing[30:])
        assert len(rest) == 30
        assert results(rest) == {Result.PARKED}
        assert all(each.pause and each.cause for each in rest)
        assert world.calls() == 1


async def test_no_right_to_send_is_believed_after_five() -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(CODES[Kind.NOT_ALLOWED][0], 1000, SEND)
        outcomes = await make(world, due(world, 11))
        assert world.calls() == FAILURES
        assert results(outcomes) == {Result.PARKED}
        assert "权限" in outcomes[-1].cause


async def test_a_wrong_secret_is_named_and_sends_everybody_another_way() -> None:
    async with qq_world(webhook=True, secret=SECRET[::-1]) as world:
        outcomes = await make(world, due(world, 3))
        assert results(outcomes) == {Result.PARKED}
        assert "AppSecret" in outcomes[0].cause
        assert world.calls() == 0


async def test_once_it_is_mended_what_waits_is_released() -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(BANNED, 1000, SEND)
        outgoing = due(world, 3)
        await make(world, outgoing)
        world.fake.clock.advance(timedelta(minutes=10))
        assert results(await make(world, outgoing)) == {Result.PARKED}
        assert world.calls() == 2
        assert not world.office.notes
        world.fake.faults.planned.clear()
        world.fake.clock.advance(timedelta(minutes=10))
        assert results(await make(world, outgoing[:1])) == {Result.SENT}
        released = [Noted(PRIVATE, each.account) for each in outgoing]
        assert sorted(world.office.notes, key=str) == sorted(released, key=str)


async def test_who_refused_before_is_not_released_with_the_others() -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(BANNED, 1000, SEND)
        await make(world, due(world, 1))
        refusing = Outgoing(2, "OPENID0001", NOTE, reach=Reach(refused="关闭了主动消息"))
        assert results(await make(world, [refusing])) == {Result.PARKED}
        world.fake.faults.planned.clear()
        world.fake.clock.advance(timedelta(minutes=10))
        await make(world, due(world, 1))
        assert [each.account for each in world.office.notes] == [world.user]


async def test_what_may_have_arrived_goes_no_other_way() -> None:
    async with qq_world(webhook=True) as world:
        quoted = (await world.say("你好")).reply_to
        (frozen,) = world.frozen(NOTE, slots=[slot(quoted, 2)])
        world.fake.faults.drop_answers = 3
        assert not (await world.again(frozen.request)).answered
        world.fake.faults.fail(BANNED, 1000, SEND)
        await make(world, due(world, 2)[1:])
        assert not (await world.again(frozen.request)).answered


async def test_those_that_were_parked_before_it_was_believed_are_released_too() -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(CODES[Kind.NOT_ALLOWED][0], FAILURES, SEND)
        outgoing = due(world, FAILURES)
        assert results(await make(world, outgoing)) == {Result.PARKED}
        world.fake.clock.advance(timedelta(minutes=2))
        assert results(await make(world, outgoing[:1])) == {Result.SENT}
        assert {each.account for each in world.office.notes} == {each.account for each in outgoing}


async def test_a_full_minute_of_one_group_does_not_keep_the_probe_from_leaving() -> None:
    async with qq_world(webhook=True) as world:
        for _ in range(20):
            assert await world.result(NOTE, world.group) is Result.SENT
        world.fake.faults.fail(BUSY, 1, SEND)
        await make(world, due(world, 1))
        world.fake.clock.advance(timedelta(minutes=1))
        full = Outgoing(9, world.group, NOTE, group=True)
        assert len(world.channel.requests([full, *due(world, 3)])) == 1


async def test_why_a_message_was_not_taken_back_is_said_in_chinese() -> None:
    async with qq_world(webhook=True) as world:
        (frozen,) = world.frozen(NOTE)
        sent = await world.again(frozen.request)
        world.fake.faults.fail(BANNED, 1, "users/recall")
        why = await world.channel.recall(frozen.request, sent.platform_id)
        assert why == f"QQ 没有撤回（错误码 {BANNED}）"
        own = world.channel._api._bot
        world.channel._api._bot = replace(own, api_base="http://127.0.0.1:9")
        why = await world.channel.recall(frozen.request, sent.platform_id)
        assert why == "QQ 没有回应，不知道撤回没有"
