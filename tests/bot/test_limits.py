"""The windows of the platforms' limits never let more through than is published."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.limits import AIBOT_CHAT, Rate, Windows

NOW = datetime(2021, 7, 12, 8, 20, tzinfo=timezone(timedelta(hours=8)))
RATES = (Rate(3, timedelta(seconds=10)), Rate(5, timedelta(seconds=60)))
STEPS = st.lists(
    st.tuples(st.integers(0, 15), st.integers(1, 3), st.sampled_from("ab")), max_size=60
)


@given(STEPS)
def test_no_window_ever_holds_more_than_its_rate(steps: list[tuple[int, int, str]]) -> None:
    windows, now = Windows(RATES), NOW
    spent: dict[str, list[datetime]] = {"a": [], "b": []}
    for wait, count, key in steps:
        now += timedelta(seconds=wait)
        at = windows.free_at(key, now, count)
        taken = windows.take(key, now, count)
        assert taken == (at == now)
        if not taken:
            later = deepcopy(windows)
            assert not later.take(key, at - timedelta(seconds=0.5), count)
            assert later.take(key, at, count)
        else:
            spent[key] += [now] * count
    for moments in spent.values():
        for rate in RATES:
            for moment in moments:
                inside = [each for each in moments if moment <= each < moment + rate.window]
                assert len(inside) <= rate.count


def test_the_published_figures_hold() -> None:
    windows = Windows(AIBOT_CHAT)
    assert [windows.take("1:zhangwei", NOW) for _ in range(31)] == [True] * 30 + [False]
    assert windows.free("1:lina", NOW) == 30
    assert windows.free_at("1:zhangwei", NOW) == NOW + timedelta(seconds=60)
    hour = NOW + timedelta(minutes=1)
    for minute in range(34):
        for _ in range(30):
            windows.take("1:zhangwei", hour + timedelta(minutes=minute))
    assert windows.free("1:zhangwei", hour + timedelta(minutes=34)) == 0
    assert windows.free("1:zhangwei", NOW + timedelta(minutes=60)) == 30


def test_more_than_a_window_holds_leaves_alone() -> None:
    windows = Windows(RATES)
    assert windows.take("a", NOW, 8)
    assert not windows.take("a", NOW + timedelta(seconds=30))


def test_a_platform_that_complains_closes_the_window() -> None:
    windows = Windows(RATES)
    windows.close("a", NOW + timedelta(seconds=60))
    assert not windows.take("a", NOW + timedelta(seconds=59))
    assert windows.free_at("a", NOW) == NOW + timedelta(seconds=60)
    assert windows.take("a", NOW + timedelta(seconds=60))


def test_a_clock_that_is_set_back_does_not_silence_us() -> None:
    windows = Windows(RATES)
    assert windows.take("a", NOW, 3)
    assert windows.take("a", NOW - timedelta(days=1), 3)
    assert windows.free("a", NOW - timedelta(days=1)) == 0


def test_what_is_over_is_forgotten() -> None:
    windows = Windows(RATES)
    for number in range(2500):
        windows.take(str(number), NOW + timedelta(seconds=number))
    assert len(windows._spent) < 1100
