"""The simulated clock: two modes, moves, listeners."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from simulator.clock import SimClock
from simulator.common.rates import DAY, MINUTE, Counters, Rate

MORNING = datetime(2021, 7, 12, 8, 25, tzinfo=timezone(timedelta(hours=8)))


def test_frozen_stands_still_and_answers_in_utc() -> None:
    clock = SimClock(MORNING, frozen=True)
    assert clock.now() == clock.now() == MORNING
    assert clock.now().tzinfo is UTC


def test_running_goes_on_from_where_it_was_set() -> None:
    clock = SimClock(MORNING)
    assert timedelta() <= clock.now() - MORNING < timedelta(seconds=5)
    assert not clock.real


def test_resume_goes_back_to_real_time() -> None:
    clock = SimClock(MORNING, frozen=True)
    clock.resume()
    assert clock.real
    assert clock.now().year > 2021


def test_freeze_and_run_keep_the_moment() -> None:
    clock = SimClock(MORNING)
    clock.freeze()
    still = clock.now()
    assert clock.now() == still
    clock.run()
    assert timedelta() <= clock.now() - still < timedelta(seconds=5)


def test_listeners_hear_each_move_until_they_leave() -> None:
    clock, heard = SimClock(MORNING, frozen=True), list[datetime]()
    leave = clock.on_change(heard.append)
    clock.advance(timedelta(days=2))
    clock.set(MORNING)
    leave()
    clock.advance(timedelta(days=1))
    assert heard == [MORNING + timedelta(days=2), MORNING]


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        SimClock().set(datetime(2021, 7, 12))  # noqa: DTZ001


def test_a_window_frees_itself_and_a_day_is_natural() -> None:
    counters = Counters()
    rates = (Rate(2, MINUTE), Rate(3, DAY))
    assert counters.take("k", rates, MORNING)
    assert counters.take("k", rates, MORNING)
    assert not counters.take("k", rates, MORNING)
    later = MORNING + timedelta(minutes=2)
    assert counters.take("k", rates, later)
    assert not counters.take("k", rates, later + timedelta(hours=15))
    assert counters.take("k", rates, MORNING + timedelta(hours=16))


def test_a_clock_set_back_starts_the_count_afresh() -> None:
    counters = Counters()
    rates = (Rate(1, MINUTE),)
    assert counters.take("k", rates, MORNING)
    assert counters.take("k", rates, MORNING - timedelta(days=9))
