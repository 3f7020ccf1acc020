"""A platform that fails is left alone, asked by one call, and used again once it is well (O12)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from bot.channels.breaker import FAILURES, LONGEST, PROBE, Breaker

NOW = datetime(2021, 7, 12, 8, 20, tzinfo=timezone(timedelta(hours=8)))
MINUTE = timedelta(minutes=1)


def enter(breaker: Breaker, now: datetime) -> int:
    """A ticket, which there must be."""
    ticket = breaker.enter(now)
    assert ticket is not None
    return ticket


def fail(breaker: Breaker, now: datetime, times: int = FAILURES) -> timedelta | None:
    """So many calls in a row fail."""
    stop = None
    for _ in range(times):
        stop = breaker.failed(enter(breaker, now), now, "坏了")
    return stop.span if stop else None


def test_only_failures_in_a_row_open_it() -> None:
    breaker = Breaker()
    for _ in range(3):
        assert fail(breaker, NOW, FAILURES - 1) is None
        breaker.worked(enter(breaker, NOW))
    assert breaker.room(NOW) is None
    assert fail(breaker, NOW) == MINUTE
    assert breaker.room(NOW) == 0
    assert breaker.enter(NOW) is None
    assert breaker.again_at(NOW) == NOW + MINUTE


def test_one_call_asks_whether_it_is_well_again() -> None:
    breaker = Breaker()
    fail(breaker, NOW)
    later = NOW + MINUTE
    assert breaker.room(later) == 1
    ticket = enter(breaker, later)
    assert breaker.enter(later) is None, "one at a time"
    breaker.worked(ticket)
    assert breaker.room(later) is None
    assert fail(breaker, later) == MINUTE, "it begins anew"


def test_the_pauses_grow_and_end_growing() -> None:
    breaker, now, spans = Breaker(), NOW, []
    fail(breaker, now)
    for _ in range(6):
        now = breaker.again_at(now)
        stop = breaker.failed(enter(breaker, now), now, "还是坏的")
        assert stop is not None
        spans.append(stop.span / MINUTE)
    assert spans == [2, 4, 8, 15, 15, 15]
    assert LONGEST / MINUTE == 15


def test_calls_that_were_under_way_do_not_lengthen_it() -> None:
    breaker = Breaker()
    tickets = [enter(breaker, NOW) for _ in range(8)]
    stops = [breaker.failed(each, NOW, "坏了") for each in tickets]
    assert [stop is not None for stop in stops] == [False] * 4 + [True] + [False] * 3
    breaker.worked(tickets[0])
    assert breaker.room(NOW) == 0


def test_a_probe_that_never_came_back_is_followed_by_another() -> None:
    breaker = Breaker()
    fail(breaker, NOW)
    later = NOW + MINUTE
    enter(breaker, later)
    assert breaker.room(later + PROBE) == 1


def test_a_limit_that_was_named_is_kept() -> None:
    breaker = Breaker()
    stop = breaker.trip(enter(breaker, NOW), NOW, timedelta(minutes=10), "Secret", grows=False)
    assert stop is not None
    assert stop.span == timedelta(minutes=10)
    later = NOW + timedelta(minutes=10)
    again = breaker.trip(enter(breaker, later), later, timedelta(minutes=10), "", grows=False)
    assert again is not None
    assert again.span == timedelta(minutes=10)


def test_a_clock_that_was_set_back_does_not_silence_us() -> None:
    breaker = Breaker()
    fail(breaker, NOW)
    assert breaker.room(NOW - timedelta(days=1)) == 1
