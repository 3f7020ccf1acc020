"""A lease has one holder at a time, on both engines, however many ask and whenever they die."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from storage.database import Database
from storage.leases import SKEW, Leases
from storage.unit import Unit

NOW = datetime(2021, 7, 12, 0, 25, tzinfo=UTC)
SPAN = timedelta(seconds=30)


def test_a_lease_is_held_by_one_until_it_runs_out(unit: Unit) -> None:
    leases = Leases(unit)
    taken = leases.acquire("socket", "a", NOW, SPAN)
    assert taken is not None
    assert taken.until == NOW + SPAN
    assert taken.alive(NOW)
    assert leases.acquire("socket", "b", NOW + SPAN - timedelta(seconds=1), SPAN) is None
    assert leases.acquire("another", "b", NOW, SPAN) is not None
    later = leases.acquire("socket", "b", NOW + SPAN, SPAN)
    assert later is not None
    assert later.owner == "b"
    assert leases.acquire("socket", "a", NOW + SPAN, SPAN) is None


def test_its_holder_prolongs_it_and_lets_go(unit: Unit) -> None:
    leases = Leases(unit)
    leases.acquire("socket", "a", NOW, SPAN)
    leases.acquire("socket", "a", NOW + SPAN / 2, SPAN)
    assert leases.acquire("socket", "b", NOW + SPAN, SPAN) is None
    assert not leases.release("socket", "b", NOW + SPAN)
    assert leases.release("socket", "a", NOW + SPAN)
    assert leases.acquire("socket", "b", NOW + SPAN, SPAN) is not None


def test_the_value_outlives_its_holder(unit: Unit) -> None:
    leases = Leases(unit)
    assert leases.holder("token") is None
    leases.acquire("token", "a", NOW, SPAN, "first")
    assert leases.put("token", "a", "second")
    leases.release("token", "a", NOW)
    taken = leases.acquire("token", "b", NOW, SPAN, "not this one")
    assert taken is not None
    assert taken.value == "second"
    assert not leases.put("token", "a", "too late")
    held = leases.holder("token")
    assert held is not None
    assert (held.owner, held.value) == ("b", "second")


def test_a_clock_that_was_wrong_blocks_nobody(unit: Unit) -> None:
    leases = Leases(unit)
    leases.acquire("socket", "a", NOW + timedelta(days=1), SPAN)
    assert leases.acquire("socket", "b", NOW, SPAN) is not None
    leases.acquire("token", "a", NOW + SKEW / 2, SPAN)
    assert leases.acquire("token", "b", NOW, SPAN) is None


def test_of_many_that_ask_at_once_one_gets_it(database: Database) -> None:
    def ask(number: int) -> bool:
        with database.unit() as unit:
            return Leases(unit).acquire("socket", f"owner-{number}", NOW, SPAN) is not None

    with ThreadPoolExecutor(8) as threads:
        for turn in range(3):
            with database.unit() as unit:
                held = Leases(unit).holder("socket")
                if held is not None:
                    Leases(unit).release("socket", held.owner, NOW)
            got = list(threads.map(ask, range(turn * 8, turn * 8 + 8)))
            assert sum(got) == 1
