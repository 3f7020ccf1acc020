"""Quiet hours defer to their end, over midnight and days off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.quiet_hours import DEFAULT, QuietHours, Span, next_allowed
from handlers.rules.shanghai import SHANGHAI


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2021-07-12T21:29:59", "2021-07-12T21:29:59"),
        ("2021-07-12T21:30:00", "2021-07-13T07:30:00"),
        ("2021-07-12T00:00:00", "2021-07-12T07:30:00"),
        ("2021-07-12T07:29:59.999", "2021-07-12T07:30:00"),
        ("2021-07-12T07:30:00", "2021-07-12T07:30:00"),
        ("2021-07-12T12:00:00", "2021-07-12T14:00:00"),
        ("2021-07-12T13:59:59", "2021-07-12T14:00:00"),
        ("2021-12-31T23:59:59", "2022-01-01T07:30:00"),
    ],
)
def test_the_default_hours(moment: str, expected: str) -> None:
    assert next_allowed(at(moment), DEFAULT) == at(expected)
    assert next_allowed(at(moment).astimezone(UTC), DEFAULT) == at(expected)


def test_days_off_are_skipped_to_the_next_morning() -> None:
    holiday = {date(2021, 10, day) for day in range(1, 8)}
    assert next_allowed(at("2021-10-01T09:00"), DEFAULT, holiday.__contains__) == at(
        "2021-10-08T07:30"
    )
    assert next_allowed(at("2021-09-30T22:00"), DEFAULT, holiday.__contains__) == at(
        "2021-10-08T07:30"
    )
    assert next_allowed(at("2021-09-30T21:00"), DEFAULT, holiday.__contains__) == at(
        "2021-09-30T21:00"
    )


def test_spans_may_overlap_and_a_person_may_add_one() -> None:
    evening = DEFAULT.also(Span(time(18), time(22)))
    assert next_allowed(at("2021-07-12T18:00"), evening) == at("2021-07-13T07:30")
    assert not DEFAULT.holds(time(18))


def test_what_would_hold_messages_for_ever_is_refused() -> None:
    with pytest.raises(ValueError, match="whole day"):
        Span(time(8), time(8))
    with pytest.raises(ValueError, match="no time"):
        QuietHours((Span(time(20), time(8)), Span(time(8), time(20))))
    with pytest.raises(ValueError, match="two months"):
        next_allowed(at("2021-07-12T09:00"), DEFAULT, lambda _: True)
    with pytest.raises(ValueError, match="zone"):
        next_allowed(datetime(2021, 7, 12, 9), DEFAULT)  # noqa: DTZ001


times = st.integers(0, 24 * 60 - 1).map(lambda n: time(n // 60, n % 60))


@st.composite
def quiet_hours(draw: st.DrawFn) -> QuietHours:
    pairs = draw(st.lists(st.tuples(times, times), max_size=4))
    spans = tuple(Span(start, end) for start, end in pairs if start != end)
    while True:
        try:
            return QuietHours(spans)
        except ValueError:
            spans = spans[:-1]


@given(quiet_hours(), st.integers(0, 3 * 86400), st.sets(st.integers(12, 16)))
def test_the_first_allowed_moment_is_allowed_and_nothing_before_it_is(
    quiet: QuietHours, seconds: int, off: set[int]
) -> None:
    def day_off(day: date) -> bool:
        return day.month == 7 and day.day in off

    def allowed(moment: datetime) -> bool:
        return not day_off(moment.date()) and not quiet.holds(moment.time())

    start = at("2021-07-12T00:00") + timedelta(seconds=seconds)
    found = next_allowed(start, quiet, day_off)
    assert found >= start
    assert allowed(found)
    assert next_allowed(found, quiet, day_off) == found
    if found > start:
        assert not allowed(start)
        assert not allowed(found - timedelta(microseconds=1))
