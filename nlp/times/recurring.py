"""Recurrences (每天, 每周一三五, 每月1号) as tokens that carry an RFC 5545 rule.

The time of day is not part of the rule (nlu/intents.md, Slots: `time_of_day` has its own slot).
"""

# ruff: noqa: PLR2004 - hours, days and months are their own names
from __future__ import annotations

import re

from nlp.times.builders import Builder, Built, part_of
from nlp.times.tokens import NUM, Kind, Token, Unit, small
from nlp.times.words import UNITS

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CHARS = "一二三四五六日"
_DAY = r"[一二三四五六日天1-7]"
# one of several days said in a row: 二四六; the digits of 四17:00 and the hour of 三三点 are none
_LISTED_DAY = r"(?:[一二三四五六日天](?!点)|[1-7](?![\d点:：时次回遍趟]))"
_FREQUENCY = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "MINUTELY")


def _index(char: str) -> int:
    if char.isdigit():
        return int(char) - 1
    return 6 if char == "天" else _CHARS.index(char)


def _token(m: re.Match[str], rule: str) -> Token:
    return Token(Kind.RECUR, m.start(), m.end(), (), rule)


def byday(days: list[int]) -> str:
    """FREQ=WEEKLY with its days, in the order of the week."""
    return "FREQ=WEEKLY;BYDAY=" + ",".join(CODES[day] for day in sorted(set(days)))


def _weekly_range(m: re.Match[str]) -> Built:
    first, last = _index(m[1]), _index(m[2])
    days = [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return _token(m, byday(days))


def _weekly_list(m: re.Match[str]) -> Built:
    chars = m[1].replace("末", "六日", 1)
    return _token(m, byday([_index(char) for char in re.findall(_DAY, chars)]))


def _weekly_other(m: re.Match[str]) -> Built:
    return _token(m, "FREQ=WEEKLY;INTERVAL=2;BYDAY=" + CODES[_index(m[1])])


def _fixed(rule: str) -> Builder:
    return lambda m: _token(m, rule)


def _daily_part(m: re.Match[str]) -> Built:
    day = Token(Kind.RECUR, m.start(), m.start(1), (), "FREQ=DAILY")
    return day, part_of(m[1], m.start(1), m.end())


def _every(m: re.Match[str]) -> Built:
    """每两周, 每隔3天, 每半年, 每小时."""
    unit = UNITS[m[3]]
    halves = 1 if m[2] == "半" else 2 * (small(m[2]) if m[2] else 1)
    if m[1] == "每隔" and unit == Unit.DAY and halves == 2:
        halves = 4  # 每隔一天 is every second day; 每隔三天 is said for every third
    if unit in {Unit.QUARTER, Unit.YEAR} and halves % 2:
        unit, halves = Unit.MONTH, halves * (3 if unit == Unit.QUARTER else 12)
    elif unit == Unit.QUARTER:
        unit, halves = Unit.MONTH, halves * 3
    elif unit == Unit.HOUR and halves % 2:
        unit, halves = Unit.MINUTE, halves * 60
    if unit >= len(_FREQUENCY) or halves < 1 or halves % 2:
        # 每半个月 has no rule of its own; every 15 days is what people mean by it.
        half_month = unit == Unit.MONTH and halves == 1
        return _token(m, "FREQ=DAILY;INTERVAL=15") if half_month else None
    interval = halves // 2
    return _token(m, f"FREQ={_FREQUENCY[unit]}" + (f";INTERVAL={interval}" if interval > 1 else ""))


def _monthly(m: re.Match[str]) -> Built:
    days = [small(word) for word in re.findall(NUM, m[1])]
    if not days or not all(1 <= day <= 31 for day in days):
        return None
    return _token(m, "FREQ=MONTHLY;BYMONTHDAY=" + ",".join(map(str, sorted(set(days)))))


def _monthly_nth(m: re.Match[str]) -> Built:
    nth = -1 if m[1] == "最后一" else small(m[1][1:])
    if nth != -1 and not 1 <= nth <= 5:
        return None
    return _token(m, f"FREQ=MONTHLY;BYDAY={nth}{CODES[_index(m[2])]}")


def _yearly(m: re.Match[str]) -> Built:
    month, day = small(m[1]), small(m[2]) if m[2] else 0
    if not 1 <= month <= 12 or not 0 <= day <= 31:
        return None
    return _token(m, f"FREQ=YEARLY;BYMONTH={month}" + (f";BYMONTHDAY={day}" if day else ""))


_WEEK = r"(?:周|星期|礼拜)"
_EACH = r"(?:每逢|每到|每个?|逢)"
_TO = r"[ ]?(?:到|至|[-~～—])[ ]?"
RULES: tuple[tuple[str, str, Builder], ...] = (
    (
        "每逢",
        rf"{_EACH}(?:个)?{_WEEK}的?{_WEEK}?({_DAY}){_TO}{_WEEK}?({_DAY})(?!次)",
        _weekly_range,
    ),
    (
        "每逢",
        rf"{_EACH}{_WEEK}的?{_WEEK}?((?:末|{_LISTED_DAY})(?:[、,，和跟与及]?(?:{_WEEK}|"
        rf"(?<=[、,，和跟与及]))?{_LISTED_DAY})*)"
        r"(?![次回遍趟共]|节课)",
        _weekly_list,
    ),
    ("每", r"每个?双休日", _fixed(byday([5, 6]))),
    (
        "每工",
        r"每个?工作日|每周工作日|每个?上班日|工作日(?:每天|(?=的?(?:早|上午|中午|下午|晚|\d"
        r"|[一二三四五六七八九十]{1,3}点)))",
        _fixed(byday([0, 1, 2, 3, 4])),
    ),
    (
        "每隔双单",
        rf"(?:每隔一周|每两周|隔周|每双周|双周|每隔一个{_WEEK})的?{_WEEK}?({_DAY})(?![次])",
        _weekly_other,
    ),
    ("双隔", r"(?:隔周|双周)(?![一二三四五六日])", _fixed("FREQ=WEEKLY;INTERVAL=2")),
    (
        "隔",
        r"隔天(?=[提发推催弹提])|隔[一1]天(?=[早晚上中下提发推催弹给叫喊]|\d)",
        _fixed("FREQ=DAILY;INTERVAL=2"),
    ),
    ("周", rf"周周的?{_WEEK}?({_DAY})", _weekly_list),
    ("周", r"周周(?=来|都|提|发|响|催|如此|这样|有)", _fixed("FREQ=WEEKLY")),
    (
        "每",
        r"每(?:个)?月(?:的)?(?:月)?[底末]|每个?月的?最后一[天日]",
        _fixed("FREQ=MONTHLY;BYMONTHDAY=-1"),
    ),
    ("每", r"每个?月的?月?初(?![一二三])", _fixed("FREQ=MONTHLY;BYMONTHDAY=1")),
    ("每", rf"每个?月的?(第[一二三四五1-5]|最后一)个?{_WEEK}({_DAY})", _monthly_nth),
    ("每", rf"每个?月的?((?:{NUM}[号日]?[、,，和跟与])*{NUM})[号日]", _monthly),
    ("逢", rf"(?:每逢|每到|逢)((?:{NUM}[号日]?[、,，和跟与])*{NUM})[号日](?!楼)", _monthly),
    ("每", rf"每年的?[ ]?({NUM})[ ]?月份?(?:[ ]?({NUM})[ ]?[号日])?", _yearly),
    ("每", r"每(?:天|日)?(早|晚)(?:上)?(?![会点餐饭操读班])", _daily_part),
    (
        "每天日",
        r"每[天日]|每一天|天天(?=[早晚上下中都提发要给打催]|\d|[一二三四五六七八九十]{1,3}点)",
        _fixed("FREQ=DAILY"),
    ),
    (
        "每",
        rf"(每隔|每)(半|{NUM})?个?(天|日|{_WEEK[3:-1]}|月|年|小时|钟头|分钟|季度)(?![级龄])",
        _every,
    ),
)
