"""Tokens of time expressions and small numbers in words; knows no calendar and no clock."""

# ruff: noqa: PLR2004 - hours, days and months are their own names
from __future__ import annotations

import re
from typing import NamedTuple


class Kind:
    """Kinds of token; each stands for one way of narrowing the time read so far."""

    YEAR = "year"
    REL_YEAR = "rel_year"
    SCHOOL_YEAR = "school_year"
    HALF = "half"
    QUARTER = "quarter"
    REL_QUARTER = "rel_quarter"
    TERM = "term"
    VACATION = "vacation"
    MONTH = "month"
    REL_MONTH = "rel_month"
    YEAR_MONTH = "year_month"
    EDGE = "edge"
    WEEK = "week"
    NTH = "nth"
    HOLIDAY = "holiday"
    LUNAR = "lunar"
    OPENING = "opening"
    DAY = "day"
    DATE = "date"
    MONTH_DAY = "month_day"
    REL_DAY = "rel_day"
    NEXT_DAY = "next_day"
    DAYS = "days"
    WEEKDAY = "weekday"
    OFFSET = "offset"
    PART = "part"
    CLOCK = "clock"
    RECUR = "recur"


# How fine a kind is: an expression goes from coarse to fine.
RANK = {
    Kind.YEAR: 10,
    Kind.REL_YEAR: 10,
    Kind.SCHOOL_YEAR: 10,
    Kind.HALF: 20,
    Kind.QUARTER: 20,
    Kind.REL_QUARTER: 20,
    Kind.TERM: 20,
    Kind.VACATION: 20,
    Kind.MONTH: 30,
    Kind.REL_MONTH: 30,
    Kind.YEAR_MONTH: 30,
    Kind.EDGE: 40,
    Kind.WEEK: 40,
    Kind.HOLIDAY: 41,
    Kind.OPENING: 41,
    Kind.NTH: 42,
    Kind.LUNAR: 50,
    Kind.DAY: 50,
    Kind.DATE: 50,
    Kind.MONTH_DAY: 50,
    Kind.REL_DAY: 50,
    Kind.NEXT_DAY: 50,
    Kind.DAYS: 50,
    Kind.WEEKDAY: 50,
    Kind.OFFSET: 50,
    Kind.PART: 60,
    Kind.CLOCK: 70,
    Kind.RECUR: 99,
}

# Parts of a day in hours (nlu/intents.md, Times; 早上 is the morning, 傍晚 has no rule there).
PARTS = {
    "凌晨": (0, 6),
    "黎明": (0, 6),
    "半夜": (0, 6),
    "午夜": (0, 6),
    "后半夜": (0, 6),
    "清晨": (6, 12),
    "清早": (6, 12),
    "大清早": (6, 12),
    "一大早": (6, 12),
    "一早": (6, 12),
    "早晨": (6, 12),
    "早上": (6, 12),
    "早间": (6, 12),
    "上午": (6, 12),
    "午前": (6, 12),
    "早": (6, 12),
    "晨": (6, 12),
    "中午": (11, 14),
    "正午": (11, 14),
    "晌午": (11, 14),
    "午间": (11, 14),
    "下午": (12, 18),
    "午后": (12, 18),
    "傍晚": (17, 19),
    "晚上": (18, 24),
    "晚间": (18, 24),
    "夜里": (18, 24),
    "夜间": (18, 24),
    "夜晚": (18, 24),
    "深夜": (18, 24),
    "晚": (18, 24),
    "夜": (18, 24),
    "白天": (6, 18),
    "全天": (0, 24),
    "整天": (0, 24),
    "一整天": (0, 24),
}


class Unit:
    """Units of a distance, in the order of their codes in token values."""

    DAY, WEEK, MONTH, YEAR, HOUR, MINUTE, WORKDAY, QUARTER, QUARTER_HOUR, TERM = range(10)


class Token(NamedTuple):
    """A piece of text and what it says; `value` depends on the kind (see lexer)."""

    kind: str
    begin: int
    finish: int
    value: tuple[int, ...] = ()
    word: str = ""

    @property
    def rank(self) -> int:
        return RANK[self.kind]


_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}


def _small_numbers() -> dict[str, int]:
    known = {str(n): n for n in range(100)} | {f"0{n}": n for n in range(10)}
    known |= _DIGITS
    for tens in range(1, 10):
        for unit in range(10):
            head = "" if tens == 1 else "零一二三四五六七八九"[tens]
            known[head + "十" + ("零一二三四五六七八九"[unit] if unit else "")] = tens * 10 + unit
    known |= {"一十": 10, "廿": 20, "卅": 30}
    known |= {z + c: i for z in "零〇" for c, i in _DIGITS.items()}
    return known


SMALL = _small_numbers()
# A number from 0 to 99 in figures or words, longest first.
NUM = (
    r"(?:\d{1,2}(?!\d)|[二三四五六七八九一]?十[一二三四五六七八九]?"
    r"|[零〇]?[一二三四五六七八九两俩]|[零〇])"
)


def small(text: str) -> int:
    """Value of a text that NUM matched; -1 where it is none."""
    return SMALL.get(text, -1)


def words_to_year(text: str) -> int:
    """Year of two or four figures or words (21, 二一, 二〇二一); -1 where it is none."""
    figures = "".join(str(_DIGITS[c]) if c in _DIGITS else c for c in text)
    if not re.fullmatch(r"\d{2}|\d{4}", figures):
        return -1
    year = int(figures)
    return year + 2000 if year < 50 else year + 1900 if year < 100 else year
