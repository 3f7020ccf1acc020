"""A clock that is set back: what waited by the old time does not wait twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from storage.database import Database
from storage.outbox import Outbox
from storage.outbox_values import FrozenRequest, NewDelivery, Outcome, Queued, Result
from storage.pauses import Pauses
from storage.set_back import bring_back

WAS = datetime(2021, 7, 12, 3, 0, tzinfo=UTC)
BACK = timedelta(hours=1)
NOW = WAS - BACK
LEASE = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)


def new(account: str, not_before: datetime, purpose: str = "notice") -> NewDelivery:
    """One message to this account."""
    return NewDelivery(f"to {account}", "qq", account, purpose, {"text": "x"}, not_before)


def each_alone(rows: Sequence[Queued]) -> list[FrozenRequest]:
    """A call for every message."""
    return [FrozenRequest({"to": row.account}, (row.id,)) for row in rows]


def leaving(database: Database, now: datetime, owner: str = "me") -> set[str]:
    """Whose messages are claimed at a moment."""
    with database.unit() as unit:
        batches = Outbox(unit).freeze("qq", owner, now, lease=LEASE, limit=100, group=each_alone)
    return {each.account for batch in batches for each in batch.deliveries}


def set_back(database: Database) -> int:
    """The hour is told a second time."""
    with database.unit() as unit:
        return bring_back(unit, WAS, NOW, LEASE)


def test_what_was_due_goes_on_and_what_has_its_hour_keeps_it(database: Database) -> None:
    with database.unit() as unit:
        outbox = Outbox(unit)
        outbox.enqueue([new("just_queued", WAS - MINUTE, "answer")], WAS - MINUTE)
        outbox.enqueue([new("tomorrow", WAS + timedelta(hours=20))], WAS - MINUTE)
        # approved early in the morning, for half past ten; it is ten now, again
        outbox.enqueue([new("at_half_past", NOW + 30 * MINUTE)], NOW - timedelta(hours=2))
    assert leaving(database, NOW) == set()
    assert set_back(database) == 1
    assert leaving(database, NOW) == {"just_queued"}
    assert leaving(database, NOW + 30 * MINUTE) == {"at_half_past"}
    assert leaving(database, WAS + timedelta(hours=20)) == {"tomorrow"}


@pytest.mark.parametrize("queued", [WAS - MINUTE, NOW - MINUTE], ids=["after", "before"])
def test_another_attempt_does_not_wait_for_the_hour(database: Database, queued: datetime) -> None:
    with database.unit() as unit:
        Outbox(unit).enqueue([new("tried", queued)], queued)
    with database.unit() as unit:
        (batch,) = Outbox(unit).freeze(
            "qq", "me", WAS - MINUTE, lease=LEASE, limit=9, group=each_alone
        )
        assert Outbox(unit).called(batch.id, "me", WAS - MINUTE)
        tried = Outcome(batch.deliveries[0].id, Result.RETRY, "busy")
        Outbox(unit).settle(batch.id, "me", [tried], WAS - MINUTE)
    assert leaving(database, NOW) == set()
    set_back(database)
    assert leaving(database, NOW) == {"tried"}


def test_a_call_of_a_dead_process_is_taken_over_after_its_lease(database: Database) -> None:
    with database.unit() as unit:
        Outbox(unit).enqueue([new("frozen", WAS - MINUTE)], WAS - MINUTE)
    assert leaving(database, WAS - MINUTE, "dead") == {"frozen"}
    set_back(database)
    with database.unit() as unit:
        Outbox(unit).recover("qq", "me", NOW + MINUTE, lease=LEASE, repeats=lambda _: None)
    assert leaving(database, NOW + MINUTE) == set(), "who made it may still be at it"
    with database.unit() as unit:
        Outbox(unit).recover("qq", "me", NOW + LEASE, lease=LEASE, repeats=lambda _: None)
    assert leaving(database, NOW + LEASE) == {"frozen"}


def test_a_pause_lasts_as_long_as_it_was_to(database: Database) -> None:
    with database.unit() as unit:
        Pauses(unit).pause("qq", "", WAS - MINUTE, WAS + MINUTE, "busy")
    set_back(database)
    with database.unit() as unit:
        (pause,) = Pauses(unit).now(NOW)
        assert (pause.since, pause.until) == (NOW, NOW + MINUTE)
        assert not Pauses(unit).now(NOW + MINUTE)
