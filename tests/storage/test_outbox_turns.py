"""In which order the queue leaves: answers first, people in turns, nobody starves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.database import Database
from storage.outbox import Outbox
from storage.outbox_turns import in_turns
from storage.outbox_values import (
    MAX_ANSWER_ATTEMPTS,
    FrozenRequest,
    NewDelivery,
    Outcome,
    Queued,
    Result,
    answer_backoff,
)

NOW = datetime(2021, 7, 12, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """A due row; its number says how old it is."""

    number: int
    account: str
    person_id: int | None
    purpose: str
    place: str = "private"


def rows_of(drawn: Sequence[tuple[int, bool, bool]]) -> list[Row]:
    """Two accounts a person, the second unbound to anybody."""
    return [
        Row(n, f"a{who}{second}", None if second else who, "answer" if own else "notice")
        for n, (who, second, own) in enumerate(drawn)
    ]


drawn_rows = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=40)


@given(drawn_rows)
def test_the_order_is_that_of_the_model(drawn: list[tuple[int, bool, bool]]) -> None:
    """The model: of each kind the rounds in which everybody puts forward their oldest."""
    rows = rows_of(drawn)
    expected: list[Row] = []
    for purpose in ("answer", "notice"):
        left = [row for row in rows if row.purpose == purpose]
        while left:
            seen: set[object] = set()
            taken = []
            for row in left:
                who = row.person_id if row.person_id is not None else row.account
                if who not in seen:
                    seen.add(who)
                    taken.append(row)
            expected += taken
            left = [row for row in left if row not in taken]
    assert in_turns(rows) == expected


@given(drawn_rows)
def test_nothing_is_lost_and_each_keeps_their_order(drawn: list[tuple[int, bool, bool]]) -> None:
    rows = rows_of(drawn)
    left = in_turns(rows)
    assert Counter(left) == Counter(rows)
    for account in {row.account for row in rows}:
        for purpose in ("answer", "notice"):
            mine = [r.number for r in left if (r.account, r.purpose) == (account, purpose)]
            assert mine == sorted(mine)


# -- through the claim -----------------------------------------------------------------------------


def new(account: str, number: int, purpose: str) -> NewDelivery:
    """One message; those of a higher number came later."""
    at = NOW + timedelta(milliseconds=number)
    return NewDelivery(f"{account}:{number}:{purpose}", "qq", account, purpose, {"text": "x"}, at)


def claimed(database: Database, most: int, limit: int = 2000) -> list[str]:
    """Who is served where a platform takes only so many now."""

    def some(rows: Sequence[Queued]) -> list[FrozenRequest]:
        return [FrozenRequest({"to": row.account}, (row.id,)) for row in rows[:most]]

    with database.unit() as unit:
        batches = Outbox(unit).freeze(
            "qq",
            "me",
            NOW + timedelta(hours=1),
            lease=timedelta(minutes=2),
            limit=limit,
            group=some,
        )
    return [batch.deliveries[0].account for batch in batches]


@pytest.mark.parametrize("limit", [40, 2000])
def test_thousands_of_one_stand_before_nobody(database: Database, limit: int) -> None:
    flood = [new("loud", number, "answer") for number in range(4997)]
    quiet = [new(f"q{number}", 6000 + number, "answer") for number in range(29)]
    notices = [new(f"n{number}", 0, "notice") for number in range(100)]
    with database.unit() as unit:
        Outbox(unit).enqueue([*flood, *notices, *quiet], NOW)
    first = claimed(database, 30, limit)
    assert sorted(first) == sorted(["loud", *(f"q{n}" for n in range(29))])


def test_an_answer_leaves_before_a_notice_that_waits_longer(database: Database) -> None:
    with database.unit() as unit:
        Outbox(unit).enqueue([*(new(f"n{n}", n, "notice") for n in range(2500))], NOW)
        Outbox(unit).enqueue([new("asker", 9000, "answer")], NOW)
    assert claimed(database, 1) == ["asker"]


def test_one_error_delays_an_answer_by_seconds(database: Database) -> None:
    """Not by 69, as a notice; and not for ever."""
    with database.unit() as unit:
        Outbox(unit).enqueue([new("asker", 0, "answer")], NOW)
    now = NOW
    waited: list[timedelta] = []
    for _ in range(MAX_ANSWER_ATTEMPTS):
        with database.unit() as unit:
            (batch,) = Outbox(unit).freeze(
                "qq",
                "me",
                now,
                lease=timedelta(minutes=2),
                limit=10,
                group=lambda rows: [FrozenRequest({}, tuple(row.id for row in rows))],
            )
        with database.unit() as unit:
            assert Outbox(unit).called(batch.id, "me", now)
        with database.unit() as unit:
            refused = [Outcome(batch.deliveries[0].id, Result.RETRY, "errcode -1")]
            assert Outbox(unit).settle(batch.id, "me", refused, now)
        waited.append(answer_backoff(len(waited) + 1))
        now += waited[-1]
    assert waited[0] + timedelta(seconds=2) < timedelta(seconds=10), "a tick later it leaves"
    assert waited[:4] == [timedelta(seconds=each) for each in (1, 2, 4, 8)]
    with database.unit() as unit:
        assert not Outbox(unit).freeze(
            "qq",
            "me",
            now + timedelta(days=1),
            lease=timedelta(minutes=2),
            limit=10,
            group=lambda _rows: pytest.fail("given up, and tried again"),
        )


def test_what_was_frozen_and_not_called_goes_back(database: Database) -> None:
    with database.unit() as unit:
        Outbox(unit).enqueue([new(f"n{n}", n, "notice") for n in range(5)], NOW)
    assert len(claimed(database, 5)) == 5
    assert claimed(database, 5) == []
    with database.unit() as unit:
        assert Outbox(unit).let_go("another") == 0
    with database.unit() as unit:
        assert Outbox(unit).let_go("me") == 5
    assert len(claimed(database, 5)) == 5
