"""However claims, calls, crashes, stops and recoveries interleave, nobody is reached twice and
nobody is lost without being listed: a state machine against a model of the platform."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from storage.database import Database
from storage.outbox import Outbox
from storage.outbox_values import (
    Batch,
    DeliveryStatus,
    FrozenRequest,
    Json,
    NewDelivery,
    Outcome,
    Queued,
    Result,
)
from storage.sending import Sending
from storage.tables import deliveries, delivery_batches

START = datetime(2021, 7, 12, 1, 0, tzinfo=UTC)
LEASE = timedelta(seconds=40)
INTERVAL = timedelta(minutes=30)
MARGIN = timedelta(minutes=1)
RUNS = count()


def two_a_call(rows: Sequence[Queued]) -> Sequence[FrozenRequest]:
    pairs = [rows[at : at + 2] for at in range(0, len(rows), 2)]
    return [
        # a request that is written anew is never the same one: only a repeat is word for word
        FrozenRequest({"touser": [r.account for r in p], "n": next(RUNS)}, tuple(r.id for r in p))
        for p in pairs
    ]


@dataclass
class Platform:
    """Delivers each request that it accepts; may drop the very same one inside an interval."""

    drops_repeats: bool
    reached: Counter[str] = field(default_factory=Counter)
    accepted: dict[str, datetime] = field(default_factory=dict)

    def take(self, request: Json, now: datetime) -> None:
        key = json.dumps(request, sort_keys=True)
        before = self.accepted.get(key)
        if self.drops_repeats and before is not None and now < before + INTERVAL:
            return
        self.accepted[key] = now
        self.reached.update(request["touser"])


@dataclass
class Work:
    """A batch in the hands of a process; lost when it dies."""

    batch: Batch
    called_at: datetime | None = None
    answer: Result | None = None
    answered: bool = False


class Crashes(RuleBasedStateMachine):
    """Two processes, one queue, one platform."""

    database: Database
    drops_repeats: bool

    def __init__(self) -> None:
        super().__init__()
        with self.database.unit() as unit:
            unit.run(delete(deliveries))
            unit.run(delete(delivery_batches))
        self.now = START
        self.platform = Platform(self.drops_repeats)
        self.owners = [f"run{next(RUNS)}", f"run{next(RUNS)}"]
        self.hands: list[list[Work]] = [[], []]
        self.names = [f"teacher{number}" for number in range(6)]
        self.asked: set[str] = set()

    @rule(number=st.integers(0, 5))
    def enqueue(self, number: int) -> None:
        name = self.names[number]
        with self.database.unit() as unit:
            fresh = Outbox(unit).enqueue(
                [NewDelivery(name, "wecom", name, "notice", {}, self.now)], self.now
            )
        assert fresh == (name not in self.asked)
        self.asked.add(name)

    @rule(who=st.integers(0, 1), limit=st.integers(1, 4))
    def freeze(self, who: int, limit: int) -> None:
        with self.database.unit() as unit:
            batches = Outbox(unit).freeze(
                "wecom", self.owners[who], self.now, lease=LEASE, limit=limit, group=two_a_call
            )
        self.hands[who] += [Work(batch) for batch in batches]

    @rule(who=st.integers(0, 1))
    def say_that_it_is_called(self, who: int) -> None:
        for work in [each for each in self.hands[who] if each.called_at is None][:1]:
            with self.database.unit() as unit:
                if Outbox(unit).called(work.batch.id, self.owners[who], self.now):
                    work.called_at = self.now
                else:
                    self.hands[who].remove(work)

    @rule(who=st.integers(0, 1), arrives=st.booleans(), answered=st.booleans())
    def call(self, who: int, arrives: bool, answered: bool) -> None:
        for work in [each for each in self.hands[who] if each.called_at and not each.answered][:1]:
            assert work.called_at is not None
            if self.now >= work.called_at + LEASE:  # the call's own time limit is shorter
                self.hands[who].remove(work)
                return
            if arrives:
                self.platform.take(work.batch.request, self.now)
            work.answered = True
            if answered:
                work.answer = Result.SENT if arrives else Result.RETRY

    @rule(who=st.integers(0, 1))
    def settle(self, who: int) -> None:
        for work in [each for each in self.hands[who] if each.answered][:1]:
            self.hands[who].remove(work)
            with self.database.unit() as unit:
                self._settle(Outbox(unit), work, self.owners[who])

    @rule(who=st.integers(0, 1), arrives=st.booleans(), answered=st.booleans(), dies=st.booleans())
    def send(self, who: int, arrives: bool, answered: bool, dies: bool) -> None:
        """The ordinary course, which a crash may cut short after the call."""
        if not self.hands[who]:
            self.freeze(who, 4)
        self.say_that_it_is_called(who)
        self.call(who, arrives, answered)
        _ = self.crash(who) if dies else self.settle(who)

    @rule(who=st.integers(0, 1))
    def find_leases_that_ran_out(self, who: int) -> None:
        self.now += LEASE
        self.recover(who)

    def _settle(self, outbox: Outbox, work: Work, owner: str) -> None:
        if work.answer is None and self.drops_repeats:
            outbox.repeat_later(work.batch.id, owner, self.now)
            return
        known = [Outcome(row.id, work.answer) for row in work.batch.deliveries if work.answer]
        outbox.settle(work.batch.id, owner, known, self.now)

    @rule(who=st.integers(0, 1))
    def crash(self, who: int) -> None:
        self.hands[who] = []
        self.owners[who] = f"run{next(RUNS)}"

    @rule(who=st.integers(0, 1))
    def recover(self, who: int) -> None:
        within = INTERVAL - MARGIN if self.drops_repeats else None
        with self.database.unit() as unit:
            batches = Outbox(unit).recover(
                "wecom", self.owners[who], self.now, lease=LEASE, repeats=lambda _: within
            )
        self.hands[who] += [Work(batch) for batch in batches]

    @rule(seconds=st.sampled_from([1, 30, 41, 90, 600]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(on=st.booleans())
    def switch(self, on: bool) -> None:
        with self.database.unit() as unit:
            sending = Sending(unit)
            _ = sending.stop_all(None, self.now) if on else sending.resume(None, self.now)

    @invariant()
    def nobody_is_reached_twice(self) -> None:
        assert all(times == 1 for times in self.platform.reached.values())

    def teardown(self) -> None:
        """A quiet end: what still waits is sent, and the books agree with the platform."""
        self.switch(on=False)
        for who in (0, 1):
            self.crash(who)
        for _ in range(40):
            self.now += timedelta(minutes=2)
            self.recover(0)
            self.freeze(0, 4)
            while self.hands[0]:
                self.say_that_it_is_called(0)
                self.call(0, arrives=True, answered=True)
                self.settle(0)
        self.nobody_is_reached_twice()
        with self.database.unit() as unit:
            rows = unit.rows(select(deliveries.c.account, deliveries.c.status))
        assert {row.account for row in rows} == self.asked
        for row in rows:
            if row.status == DeliveryStatus.SENT:
                assert self.platform.reached[row.account] == 1
            else:
                assert row.status in {DeliveryStatus.UNKNOWN, DeliveryStatus.DEAD}


@pytest.mark.parametrize("drops", [True, False], ids=["drops_repeats", "takes_repeats"])
def test_exactly_once_or_listed(database: Database, drops: bool) -> None:
    class Machine(Crashes):
        pass

    Machine.database = database
    Machine.drops_repeats = drops
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            suppress_health_check=list(HealthCheck),
        ),
    )
