"""The outbox step by step, on both engines: claims, stops, retries, recovery."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from storage.database import Database
from storage.outbox import Outbox
from storage.outbox_values import (
    MAX_ATTEMPTS,
    Batch,
    FrozenRequest,
    NewDelivery,
    Outcome,
    Queued,
    Result,
    Tally,
    Unsendable,
    backoff,
)
from storage.sending import Sending
from storage.tables import deliveries, notice_recipients, notices, organisations, people

NOW = datetime(2021, 7, 12, 1, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)
WITHIN = timedelta(minutes=25)


def one_call(rows: Sequence[Queued]) -> Sequence[FrozenRequest]:
    return [FrozenRequest({"touser": [r.account for r in rows]}, tuple(r.id for r in rows))]


def call_each(rows: Sequence[Queued]) -> Sequence[FrozenRequest]:
    return [FrozenRequest({"touser": r.account}, (r.id,)) for r in rows]


def new(
    key: str,
    purpose: str = "notice",
    *,
    person_id: int | None = None,
    notice_id: int | None = None,
) -> NewDelivery:
    return NewDelivery(key, "wecom", key, purpose, {"text": "通知"}, NOW, person_id, notice_id)


def enqueue(database: Database, *each: NewDelivery) -> int:
    with database.unit() as unit:
        return Outbox(unit).enqueue(each, NOW)


def freeze(database: Database, now: datetime = NOW, owner: str = "a") -> tuple[Batch, ...]:
    with database.unit() as unit:
        return Outbox(unit).freeze("wecom", owner, now, lease=LEASE, limit=100, group=one_call)


def called(database: Database, batch: Batch, now: datetime = NOW, owner: str = "a") -> bool:
    with database.unit() as unit:
        return Outbox(unit).called(batch.id, owner, now)


def settle(
    database: Database, batch: Batch, result: Result, now: datetime = NOW, owner: str = "a"
) -> bool:
    outcomes = [Outcome(each.id, result, "busy") for each in batch.deliveries]
    with database.unit() as unit:
        return Outbox(unit).settle(batch.id, owner, outcomes, now)


def recover(
    database: Database, now: datetime, within: timedelta | None = WITHIN, owner: str = "b"
) -> tuple[Batch, ...]:
    with database.unit() as unit:
        return Outbox(unit).recover("wecom", owner, now, lease=LEASE, repeats=lambda _: within)


def tally(database: Database) -> Tally:
    with database.unit() as unit:
        return Sending(unit).report(NOW - timedelta(days=1))


def test_one_call_carries_many_and_is_sent_once(database: Database) -> None:
    assert enqueue(database, new("lina"), new("zhangwei"), new("lina")) == 2
    assert enqueue(database, new("lina")) == 0
    (batch,) = freeze(database)
    assert batch.request == {"touser": ["lina", "zhangwei"]}
    assert [each.account for each in batch.deliveries] == ["lina", "zhangwei"]
    assert freeze(database) == ()
    assert called(database, batch)
    assert not called(database, batch)
    assert settle(database, batch, Result.SENT)
    assert not settle(database, batch, Result.RETRY)
    assert tally(database) == Tally(sent=2)
    assert freeze(database, NOW + timedelta(days=1)) == ()


def test_nothing_leaves_before_its_time_and_next_due_says_when(database: Database) -> None:
    later = NOW + timedelta(hours=1)
    enqueue(database, NewDelivery("k", "wecom", "lina", "notice", {}, later))
    assert freeze(database) == ()
    with database.unit() as unit:
        assert Sending(unit).next_due("wecom") == later
        assert Sending(unit).next_due("qq") is None
    assert len(freeze(database, later)) == 1


def test_a_retry_waits_longer_each_time_and_ends_as_dead(database: Database) -> None:
    enqueue(database, new("lina"))
    now = NOW
    for attempt in range(1, MAX_ATTEMPTS + 1):
        (batch,) = freeze(database, now)
        assert called(database, batch, now)
        assert settle(database, batch, Result.RETRY, now)
        pause = backoff(attempt, batch.deliveries[0].id)
        assert (
            timedelta(minutes=2 ** (attempt - 1))
            <= pause
            <= 1.25 * timedelta(minutes=2 ** (attempt - 1))
        )
        if attempt < MAX_ATTEMPTS:
            assert freeze(database, now + pause - timedelta(seconds=1)) == ()
        now += pause
    assert freeze(database, now + timedelta(days=1)) == ()
    assert tally(database) == Tally(dead=1)


def test_a_pause_that_the_platform_asks_for_counts_no_attempt(database: Database) -> None:
    enqueue(database, new("lina"))
    now = NOW
    for _ in range(MAX_ATTEMPTS + 2):
        (batch,) = freeze(database, now)
        assert called(database, batch, now)
        now += timedelta(minutes=1)
        wait = Outcome(batch.deliveries[0].id, Result.RETRY, "45009", retry_at=now)
        with database.unit() as unit:
            assert Outbox(unit).settle(batch.id, "a", [wait], now)
    assert tally(database) == Tally(queued=1)


def test_what_was_frozen_but_never_called_goes_back(database: Database) -> None:
    enqueue(database, new("lina"))
    (batch,) = freeze(database)
    assert recover(database, NOW + LEASE / 2) == ()
    assert recover(database, NOW + LEASE) == ()
    assert not called(database, batch, NOW + LEASE)
    (again,) = freeze(database, NOW + LEASE, owner="b")
    assert again.deliveries[0].attempts == 0
    assert called(database, again, NOW + LEASE, owner="b")


def test_a_call_without_an_outcome_is_repeated_word_for_word(database: Database) -> None:
    enqueue(database, new("lina"), new("zhangwei"))
    (batch,) = freeze(database)
    assert called(database, batch)
    (again,) = recover(database, NOW + LEASE)
    assert again.repeat
    assert again.request == batch.request
    # the process that was taken for dead has no say any more
    assert not settle(database, batch, Result.RETRY, NOW + LEASE)
    assert called(database, again, NOW + LEASE, owner="b")
    # refused for now: the first call may have arrived, so it stays this very call
    assert settle(database, again, Result.RETRY, NOW + LEASE, owner="b")
    assert freeze(database, NOW + timedelta(hours=1)) == ()
    later = NOW + timedelta(minutes=5)
    (third,) = recover(database, later)
    assert third.request == batch.request
    assert settle(database, third, Result.SENT, later, owner="b")
    assert tally(database) == Tally(sent=2)


@pytest.mark.parametrize("within", [None, timedelta(seconds=30)])
def test_what_cannot_be_repeated_is_listed_as_unknown(
    database: Database, within: timedelta | None
) -> None:
    enqueue(database, new("lina"))
    (batch,) = freeze(database)
    assert called(database, batch)
    assert recover(database, NOW + LEASE, within) == ()
    assert tally(database) == Tally(unknown=1)
    assert not settle(database, batch, Result.SENT)


def test_an_outcome_that_is_missing_is_unknown(database: Database) -> None:
    enqueue(database, new("lina"), new("zhangwei"))
    (batch,) = freeze(database)
    assert called(database, batch)
    with database.unit() as unit:
        first = Outcome(batch.deliveries[0].id, Result.REJECTED, "invaliduser")
        assert Outbox(unit).settle(batch.id, "a", [first], NOW, platform_id="M1")
    assert tally(database) == Tally(rejected=1, unknown=1)


def test_the_stop_switch_holds_all_but_answers(database: Database) -> None:
    enqueue(database, new("lina"), new("zhangwei"))
    (batch,) = freeze(database)
    enqueue(database, new("wangfang"), new("chenjing", purpose="answer"))
    with database.unit() as unit:
        assert Sending(unit).stop_all(None, NOW)
        assert not Sending(unit).stop_all(None, NOW)
    assert not called(database, batch)
    (answers,) = freeze(database)
    assert [each.account for each in answers.deliveries] == ["chenjing"]
    assert called(database, answers)
    assert settle(database, answers, Result.SENT)
    assert recover(database, NOW + timedelta(days=1)) == ()
    assert tally(database) == Tally(queued=3)
    with database.unit() as unit:
        assert Sending(unit).resume(None, NOW)
        assert not Sending(unit).stopped()
    (all_of_them,) = freeze(database)
    assert len(all_of_them.deliveries) == 3


def test_a_call_under_way_is_not_repeated_while_stopped(database: Database) -> None:
    enqueue(database, new("lina"))
    (batch,) = freeze(database)
    assert called(database, batch)
    (again,) = recover(database, NOW + LEASE)
    with database.unit() as unit:
        Sending(unit).stop_all(None, NOW)
    assert not called(database, again, NOW + LEASE, owner="b")
    with database.unit() as unit:
        Sending(unit).resume(None, NOW)
    assert len(recover(database, NOW + 2 * LEASE)) == 1


def test_the_confirmed_are_left_alone(database: Database) -> None:
    with database.unit() as unit:
        school = unit.add(
            insert(organisations), {"name": "校", "kind": "school", "path": "/1/", "aliases": []}
        )
        person = unit.add(
            insert(people),
            {"staff_number": "1", "name": "李娜", "organisation_id": school, "status": "active"},
        )
        notice = unit.add(
            insert(notices),
            {
                "number": 1,
                "author_id": person,
                "body": "开会",
                "audience": {},
                "audience_words": "全体",
                "status": "approved",
                "drafted_at": NOW,
            },
        )
        unit.add(
            insert(notice_recipients),
            {"notice_id": notice, "person_id": person, "confirmed_at": NOW},
        )
    enqueue(database, new("lina", person_id=person, notice_id=notice), new("zhangwei"))
    (batch,) = freeze(database)
    assert [each.account for each in batch.deliveries] == ["zhangwei"]
    with database.unit() as unit:
        assert Sending(unit).counts(notice) == Tally(cancelled=1)


def test_a_delivery_that_no_call_can_carry_is_rejected(database: Database) -> None:
    enqueue(database, new("lina"), new("zhangwei"))

    def group(rows: Sequence[Queued]) -> Sequence[FrozenRequest | Unsendable]:
        return [Unsendable(rows[0].id, "empty"), *one_call(rows[1:])]

    with database.unit() as unit:
        (batch,) = Outbox(unit).freeze("wecom", "a", NOW, lease=LEASE, limit=9, group=group)
    assert [each.account for each in batch.deliveries] == ["zhangwei"]
    assert tally(database) == Tally(claimed=1, rejected=1)


def test_a_row_in_two_calls_is_refused_and_nothing_is_claimed(database: Database) -> None:
    enqueue(database, new("lina"))
    with pytest.raises(ValueError, match="grouped twice"), database.unit() as unit:
        Outbox(unit).freeze(
            "wecom", "a", NOW, lease=LEASE, limit=9, group=lambda rows: [*one_call(rows)] * 2
        )
    assert tally(database) == Tally(queued=1)


def test_processes_that_claim_together_share_the_rows(database: Database) -> None:
    enqueue(database, *(new(f"teacher{number}") for number in range(120)))
    got: list[int] = []

    def work(owner: str) -> None:
        while True:
            with database.unit() as unit:
                batches = Outbox(unit).freeze(
                    "wecom", owner, NOW, lease=LEASE, limit=7, group=call_each
                )
            if not batches:
                return
            got.extend(each.id for batch in batches for each in batch.deliveries)

    threads = [threading.Thread(target=work, args=(f"run{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.unit() as unit:
        known = unit.rows(select(deliveries.c.id).order_by(deliveries.c.id))
    assert sorted(got) == [row.id for row in known]


@pytest.mark.parametrize("account", ["@all", "a|b", "a b", "zhangwei|@all", "a" * 65, "李娜"])
def test_no_call_is_frozen_for_an_address_of_several_or_of_everybody(
    database: Database, account: str
) -> None:
    """Whatever put it there: it is listed as not sent, and what is beside it leaves."""
    stray = NewDelivery("stray", "wecom", account, "notice", {"text": "通知"}, NOW)
    enqueue(database, stray, new("zhangwei"))
    (batch,) = freeze(database)
    assert batch.request == {"touser": ["zhangwei"]}
    with database.unit() as unit:
        rows = unit.rows(select(deliveries.c.unique_key, deliveries.c.status, deliveries.c.error))
    assert [tuple(row) for row in rows if row.unique_key == "stray"] == [
        ("stray", "rejected", "账号格式不对，没有发")
    ]
