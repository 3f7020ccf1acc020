"""Days left in words, the order of deadlines, and decimals as people write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.amounts import plain, signed
from handlers.rules.deadlines import days_left, in_order, is_past, left_in_words
from handlers.rules.shanghai import SHANGHAI

NOW = datetime(2021, 7, 12, 10, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("due", "words", "past"),
    [
        (date(2021, 7, 12), "今天截止", False),
        (date(2021, 7, 13), "还有1天", False),
        (date(2021, 7, 15), "还有3天", False),
        (date(2021, 7, 10), "已过期2天", True),
        (datetime(2021, 7, 12, 18, 0, tzinfo=SHANGHAI), "今天截止（18:00）", False),
        (datetime(2021, 7, 12, 10, 0, tzinfo=SHANGHAI), "今天截止（10:00）", False),
        (datetime(2021, 7, 12, 9, 59, tzinfo=SHANGHAI), "今天已截止", True),
        (datetime(2021, 7, 12, 16, 30, tzinfo=UTC), "还有1天", False),
    ],
)
def test_days_left_in_words(due: date | datetime, words: str, past: bool) -> None:
    assert left_in_words(due, NOW) == words
    assert is_past(due, NOW) is past


def test_days_are_days_in_china() -> None:
    evening = datetime(2021, 7, 12, 16, 30, tzinfo=UTC)
    assert days_left(date(2021, 7, 13), evening) == 0


@dataclass(frozen=True)
class Task:
    title: str
    due: date | datetime
    consequence: str = ""


def test_order_is_by_day_then_consequence_then_time() -> None:
    later = Task("乙", datetime(2021, 7, 13, 18, 0, tzinfo=SHANGHAI))
    earlier = Task("丙", datetime(2021, 7, 13, 9, 0, tzinfo=SHANGHAI))
    tasks = [
        Task("甲", date(2021, 7, 13)),
        later,
        earlier,
        Task("丁", date(2021, 7, 13), "不计学分"),
        Task("戊", date(2021, 7, 12)),
    ]
    assert [task.title for task in in_order(tasks)] == ["戊", "丁", "丙", "乙", "甲"]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("6.50", "6.5"),
        ("1E+2", "100"),
        ("-0.00", "0"),
        ("0.000001", "0.000001"),
        ("100", "100"),
        ("-2.0", "-2"),
    ],
)
def test_plain_amounts(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9, places=4))
def test_plain_loses_nothing(amount: Decimal) -> None:
    text = plain(amount)
    assert Decimal(text) == amount
    assert "E" not in text
    assert not (("." in text) and text.endswith(("0", ".")))


def test_signed_amounts_and_what_is_no_amount() -> None:
    assert [signed(Decimal(n)) for n in (2, 0, -3)] == ["+2", "0", "-3"]
    with pytest.raises(ValueError, match="finite"):
        plain(Decimal("NaN"))
