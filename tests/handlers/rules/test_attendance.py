"""Sign-in windows at their boundaries, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.attendance import (
    AttendancePolicy,
    CheckIn,
    HalfDay,
    absence_limit_reached,
    absence_ratio,
    early_warning,
    half_day,
    judge_check_in,
    window,
)
from handlers.rules.shanghai import SHANGHAI

POLICY = AttendancePolicy()
START = datetime(2021, 7, 12, 8, 30, tzinfo=SHANGHAI)
END = datetime(2021, 7, 12, 11, 30, tzinfo=SHANGHAI)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2021-07-12T{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("07:59:59.999", CheckIn.TOO_EARLY),
        ("08:00:00", CheckIn.ON_TIME),
        ("08:30:00", CheckIn.ON_TIME),
        ("08:40:00.999", CheckIn.ON_TIME),
        ("08:40:01", CheckIn.LATE),
        ("09:00:00", CheckIn.LATE),
        ("09:00:01", CheckIn.TOO_LATE),
    ],
)
def test_default_window(moment: str, expected: CheckIn) -> None:
    assert judge_check_in(START, END, at(moment), POLICY) is expected
    utc = at(moment).astimezone(UTC)
    assert judge_check_in(START.astimezone(UTC), END, utc, POLICY) is expected


def test_without_a_closing_time_the_end_of_the_session_closes() -> None:
    policy = AttendancePolicy(closes_after=None)
    assert judge_check_in(START, END, END, policy) is CheckIn.LATE
    assert judge_check_in(START, END, END + timedelta(seconds=1), policy) is CheckIn.TOO_LATE


def test_a_short_session_closes_at_its_end() -> None:
    end = START + timedelta(minutes=5)
    assert judge_check_in(START, end, end, POLICY) is CheckIn.ON_TIME
    assert judge_check_in(START, end, end + timedelta(seconds=1), POLICY) is CheckIn.TOO_LATE


@pytest.mark.parametrize(
    ("opened", "moment", "expected"),
    [
        ("09:30:00", "09:29:59", CheckIn.TOO_EARLY),
        ("09:30:00", "09:40:00", CheckIn.ON_TIME),
        ("09:30:00", "09:40:01", CheckIn.LATE),
        ("09:30:00", "10:00:01", CheckIn.TOO_LATE),
        ("07:30:00", "07:45:00", CheckIn.ON_TIME),
        ("07:30:00", "08:40:01", CheckIn.LATE),
        ("11:30:01", "11:30:02", CheckIn.TOO_LATE),
    ],
)
def test_a_sign_in_opened_by_hand_moves_the_window(
    opened: str, moment: str, expected: CheckIn
) -> None:
    assert judge_check_in(START, END, at(moment), POLICY, at(opened)) is expected


@given(st.integers(-7200, 14400), st.integers(-7200, 14400))
def test_the_judgement_never_goes_back_in_time(one: int, other: int) -> None:
    order = [CheckIn.TOO_EARLY, CheckIn.ON_TIME, CheckIn.LATE, CheckIn.TOO_LATE]
    first, second = sorted((one, other))
    places = [
        order.index(judge_check_in(START, END, START + timedelta(seconds=offset), POLICY))
        for offset in (first, second)
    ]
    assert places == sorted(places)


def test_naive_and_inverted_sessions_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        window(START.replace(tzinfo=None), END, POLICY)
    with pytest.raises(ValueError, match="ends before"):
        window(END, START, POLICY)


def test_contradicting_policies_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        AttendancePolicy(grace=timedelta(minutes=-1))
    with pytest.raises(ValueError, match="grace is over"):
        AttendancePolicy(closes_after=timedelta(minutes=5))
    with pytest.raises(ValueError, match="share"):
        AttendancePolicy(absence_limit=Fraction(6, 5))


@pytest.mark.parametrize(
    ("hour", "expected", "word"),
    [
        (11, HalfDay.MORNING, "上午"),
        (12, HalfDay.AFTERNOON, "下午"),
        (17, HalfDay.AFTERNOON, "下午"),
        (18, HalfDay.EVENING, "晚上"),
    ],
)
def test_half_days_by_the_clock_in_china(hour: int, expected: HalfDay, word: str) -> None:
    start = START.replace(hour=hour).astimezone(UTC)
    assert half_day(start) is expected
    assert expected.word == word


def test_reaching_the_limit_is_enough() -> None:
    limit = Fraction(1, 5)
    assert not absence_limit_reached(3, 16, limit)
    assert absence_limit_reached(2, 10, limit)
    assert not absence_limit_reached(0, 0, limit)
    assert absence_ratio(0, 0) == 0
    with pytest.raises(ValueError, match="absences"):
        absence_ratio(3, 2)


def test_warnings_come_at_half_and_four_fifths_of_the_limit() -> None:
    limit = Fraction(1, 5)
    shares = [early_warning(absent, 50, limit) for absent in (0, 4, 5, 8, 10)]
    assert shares == [None, None, Fraction(1, 2), Fraction(4, 5), Fraction(1)]
