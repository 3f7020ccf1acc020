"""Counters that all processes share never let more through than is published."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.limits import WECOM_CHAT_MEMBER, WECOM_MEMBER, Rate
from bot.channels.spending import MARGIN, Ledger, Plan, Spend, Spending, shard_of
from bot.leases import Leasing
from bot.workers import Workers
from simulator.clock import SimClock
from storage.database import Database

NOW = datetime(2021, 7, 12, 8, 20, tzinfo=timezone(timedelta(hours=8)))
RATES = (Rate(3, timedelta(seconds=10)), Rate(8, timedelta(hours=2)))
STEPS = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 4, 9, 10, 70, 3500, 4000)),
        st.integers(1, 3),
        st.sampled_from("ab"),
        st.booleans(),
    ),
    max_size=60,
)


@given(STEPS)
def test_no_window_ever_holds_more_than_its_rate(steps: list[tuple[int, int, str, bool]]) -> None:
    ledger, now = Ledger(), NOW
    spent: dict[str, list[datetime]] = {"a": [], "b": []}
    for wait, count, key, written in steps:
        now += timedelta(seconds=wait + 0.3)
        if written:  # kept by one process, read by another
            ledger = Ledger(ledger.text(now))
        spend = Spend(key, RATES, count)
        at = ledger.free_at(spend, now)
        if at == now:
            ledger.take(spend, now)
            spent[key] += [now] * count
        else:
            assert ledger.free_at(spend, at) == at
    for moments in spent.values():
        for rate in RATES:
            for moment in moments:
                inside = [each for each in moments if moment <= each < moment + rate.window]
                assert len(inside) <= rate.count


def test_a_day_is_written_down_in_few_words() -> None:
    ledger, now = Ledger(), NOW
    spend = Spend("m:zhangwei", WECOM_CHAT_MEMBER)
    for minute in range(1400):
        now = NOW + timedelta(minutes=minute)
        for _ in range(5):
            ledger.take(spend, now)
        if minute % 10 == 0:
            ledger = Ledger(ledger.text(now))
    assert len(ledger.text(now)) < 2500
    day = WECOM_CHAT_MEMBER[1:]
    assert ledger.free_at(Spend("m:zhangwei", day, 3000), now) == now
    assert ledger.free_at(Spend("m:zhangwei", day, 3001), now) > now
    assert Ledger(ledger.text(now + timedelta(days=2))).text(now) == "{}"


def test_a_clock_that_is_set_back_does_not_silence_us() -> None:
    ledger = Ledger()
    spend = Spend("a", RATES, 3)
    ledger.take(spend, NOW)
    before = NOW - timedelta(days=1)
    assert ledger.free_at(spend, before) == before
    ledger.take(spend, before)
    assert ledger.free_at(spend, before) > before


def test_what_is_planned_counts() -> None:
    plan = Plan([Ledger() for _ in range(16)], NOW)
    one, many = Spend("a", RATES), Spend("b", RATES, 9)
    assert [plan.take([one]) for _ in range(4)] == [True, True, True, False]
    assert plan.take([many])  # more than a window holds leaves alone
    assert not plan.take([many])
    assert not plan.take([Spend("c", RATES), one])
    assert plan.take([Spend("c", RATES, 3)]), "a plan is taken whole or not at all"


def test_garbage_in_the_table_is_an_empty_ledger() -> None:
    assert Ledger("{not json").text(NOW) == "{}"


async def test_two_processes_together_spend_what_is_published(database_url: str) -> None:
    clock = SimClock(NOW, frozen=True)
    databases = [Database(database_url), Database(database_url)]
    workers = [Workers(database) for database in databases]
    both = [Spending("wecom"), Spending("wecom")]
    for number, each in enumerate(both):
        each.share(Leasing(workers[number], clock, f"process {number}"))
    people = [Spend(f"m:{name}", WECOM_MEMBER) for name in ("zhangwei", "lina")]
    assert len({shard_of(each.key) for each in people}) == 2

    async def work(spending: Spending) -> int:
        return sum([not await spending.take(people, clock) for _ in range(40)])

    assert sum(await asyncio.gather(*(work(each) for each in both))) == 30
    blocked = await both[0].take(people, clock)
    assert blocked == {each.key: NOW + timedelta(seconds=60) + MARGIN for each in people}
    assert not both[0].plan(clock.now()).take(people[:1]), "known without asking"
    # a process that was just started knows what the others have spent
    restarted = Spending("wecom")
    restarted.share(Leasing(workers[0], clock, "process 3"))
    assert await restarted.take(people, clock)
    clock.advance(timedelta(seconds=60) + MARGIN)
    assert not await restarted.take(people, clock)
    for worker in workers:
        worker.close()
    for database in databases:
        database.close()
