"""Public holidays and festivals: lunar dates, statutory days, and the published days off.

`chinese_calendar` has the days off as published (with 调休); it is imported on first use.
For a year that it does not know, a holiday is its statutory days. Knows no text.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

# One number a year, 2000-2049: bits 16-5 are the months (1 = 30 days), bits 4-1 the leap month,
# bit 17 its length. Checked in tests against every published 春节, 端午 and 中秋.
_LUNAR_FIRST = 2000
_LUNAR = (
    "0c960 0d954 0d4a0 0da50 07552 056a0 0abb7 025d0 092d0 0cab5 "
    "0a950 0b4a0 0baa4 0ad50 055d9 04ba0 0a5b0 15176 052b0 0a930 "
    "07954 06aa0 0ad50 05b52 04b60 0a6e6 0a4e0 0d260 0ea65 0d530 "
    "05aa0 076a3 096d0 04afb 04ad0 0a4d0 1d0b6 0d250 0d520 0dd45 "
    "0b5a0 056d0 055b2 049b0 0a577 0a4b0 0aa50 1b255 06d20 0ada0"
)
_YEARS = tuple(int(word, 16) for word in _LUNAR.split())
_LONGEST = 10  # days off in one stretch, at most, to either side
_FRIDAY = 4
_NEW_YEAR_2000 = date(2000, 2, 5)

# Festivals by the sun: (month, day).
SOLAR = {
    "元旦": (1, 1),
    "情人节": (2, 14),
    "妇女节": (3, 8),
    "植树节": (3, 12),
    "愚人节": (4, 1),
    "劳动节": (5, 1),
    "青年节": (5, 4),
    "儿童节": (6, 1),
    "建党节": (7, 1),
    "建军节": (8, 1),
    "教师节": (9, 10),
    "国庆": (10, 1),
    "平安夜": (12, 24),
    "圣诞节": (12, 25),
}
# Festivals by the moon: (month, day); 除夕 is the day before the next 春节.
LUNAR = {
    "春节": (1, 1),
    "元宵": (1, 15),
    "端午": (5, 5),
    "七夕": (7, 7),
    "中秋": (8, 15),
    "重阳": (9, 9),
    "腊八": (12, 8),
}
# nth weekday of a month: (month, weekday with Monday 0, n).
_FLOATING = {"母亲节": (5, 6, 2), "父亲节": (6, 6, 3)}
# Statutory length in days, and the name that chinese_calendar uses.
_OFFICIAL = {
    "元旦": (1, "New Year's Day"),
    "春节": (3, "Spring Festival"),
    "清明": (1, "Tomb-sweeping Day"),
    "劳动节": (1, "Labour Day"),
    "端午": (1, "Dragon Boat Festival"),
    "中秋": (1, "Mid-autumn Festival"),
    "国庆": (3, "National Day"),
}
OFFICIAL_NAMES = tuple(_OFFICIAL)


def _month_lengths(year: int) -> list[tuple[int, bool, int]]:
    """Months of the lunar year as (month, leap, days); raises IndexError outside 2000-2049."""
    if year < _LUNAR_FIRST:
        raise IndexError(year)
    code = _YEARS[year - _LUNAR_FIRST]
    leap = code & 0xF
    months: list[tuple[int, bool, int]] = []
    for month in range(1, 13):
        months.append((month, False, 30 if code & (0x10000 >> month) else 29))
        if month == leap:
            months.append((month, True, 30 if code & 0x10000 else 29))
    return months


@lru_cache(maxsize=64)
def lunar_new_year(year: int) -> date:
    """The solar date of 正月初一; raises IndexError outside 2000-2049."""
    day = _NEW_YEAR_2000
    for before in range(_LUNAR_FIRST, year):
        day += timedelta(days=sum(length for _, _, length in _month_lengths(before)))
    _month_lengths(year)
    return day


def lunar_date(year: int, month: int, day: int) -> date:
    """Solar date of a lunar day (the plain month where there is a leap one).

    Raises IndexError outside 2000-2049, ValueError where the month has no such day.
    """
    start = lunar_new_year(year)
    for number, leap, length in _month_lengths(year):
        if number == month and not leap:
            if not 1 <= day <= length:
                raise ValueError(day)
            return start + timedelta(days=day - 1)
        start += timedelta(days=length)
    raise ValueError(month)


def _qingming(year: int) -> date:
    short = year % 100
    return date(year, 4, int(short * 0.2422 + 4.81) - short // 4)  # holds for 2000-2099


def festival_day(name: str, year: int) -> date:
    """The day itself; raises IndexError or ValueError where the calendar is not known."""
    if name in SOLAR:
        return date(year, *SOLAR[name])
    if name == "清明":
        return _qingming(year)
    if name == "除夕":
        return lunar_new_year(year) - timedelta(days=1)
    if name in _FLOATING:
        month, weekday, nth = _FLOATING[name]
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return lunar_date(year, *LUNAR[name])


@lru_cache(maxsize=256)
def festival_span(name: str, year: int) -> tuple[date, date]:
    """(first day, day after the last): the published days off, else the statutory days."""
    day = festival_day(name, year)
    if name not in _OFFICIAL:
        return day, day + timedelta(days=1)
    length, official = _OFFICIAL[name]
    first, last = day, day + timedelta(days=length - 1)
    published = _published(official, day)
    if published is not None:
        first, last = published
    return first, last + timedelta(days=1)


def _published(official: str, day: date) -> tuple[date, date] | None:
    """First and last day of the unbroken days off around `day`; None where not published."""
    first = last = day
    step = timedelta(days=1)
    if not _off(day):
        return None
    while (day - first).days < _LONGEST and _belongs(first - step, official):
        first -= step
    while (last - day).days < _LONGEST and _belongs(last + step, official):
        last += step
    return first, last


def _belongs(day: date, official: str) -> bool:
    """A day off that is this holiday's, or a weekend day joined to it."""
    import chinese_calendar  # noqa: PLC0415 - 20 ms that most messages never need

    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return False
    # 国庆 and 中秋 share one stretch in some years; a plain weekend day beside it counts too.
    return bool(off) and (name is None or name == official or name in _JOINED)


_JOINED = ("National Day", "Mid-autumn Festival")


def _off(day: date) -> bool:
    import chinese_calendar  # noqa: PLC0415

    try:
        return bool(chinese_calendar.is_holiday(day))
    except NotImplementedError:
        return False


@lru_cache(maxsize=1024)
def is_workday(day: date) -> bool:
    """As published; Monday to Friday where nothing is published."""
    import chinese_calendar  # noqa: PLC0415

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() <= _FRIDAY
