"""From a match of the lexer to tokens: the numbers and words as written, checked for range.

Knows no calendar and no clock.
"""

# ruff: noqa: PLR2004 - hours, days and months are their own names
from __future__ import annotations

import re
from collections.abc import Callable

from nlp.times.tokens import PARTS, Kind, Token, small, words_to_year
from nlp.times.words import HOLIDAYS, PINYIN_DAYS, PINYIN_PARTS, REL_DAY, SURNAMES, UNITS, WEEKDAYS

Built = Token | tuple[Token, ...] | None
Builder = Callable[[re.Match[str]], Built]

FIRST, LAST = -2, -3  # in the last place of an NTH value: the first n, the last n
WEEKEND = 7
_OF_FEAST = set("节前后假放期长黄当那这上下要有")
_OF_WEEK = set("上下本这个")
_A_LITTLE = {"都", "也", "不", "没", "点", "儿", "问"}  # 一点都没听懂


def steps(word: str) -> int:
    """上上 is -2, 下 is 1, 这 is 0."""
    return word.count("下") - word.count("上") + word.count("次")


def year(m: re.Match[str]) -> Built:
    value = words_to_year(m[1])
    return Token(Kind.YEAR, m.start(), m.end(), (value,)) if 1900 <= value < 2200 else None


def number(kind: str, low: int, high: int) -> Builder:
    """A token of one number, where it is in range."""

    def build(m: re.Match[str]) -> Built:
        value = small(m[1])
        return Token(kind, m.start(), m.end(), (value,)) if low <= value <= high else None

    return build


def fixed(kind: str, *value: int) -> Builder:
    return lambda m: Token(kind, m.start(), m.end(), value, m[0])


def table(kind: str, words: dict[str, int]) -> Builder:
    return lambda m: Token(kind, m.start(), m.end(), (words[m[1]],))


def stepped(kind: str) -> Builder:
    return lambda m: Token(kind, m.start(), m.end(), (steps(m[1]),))


def date(m: re.Match[str]) -> Built:
    return Token(Kind.DATE, m.start(), m.end(), (int(m[1]), int(m[2]), int(m[3])))


def year_month(m: re.Match[str]) -> Built:
    return Token(Kind.YEAR_MONTH, m.start(), m.end(), (int(m[1]), int(m[2])))


def school_year(m: re.Match[str]) -> Built:
    first, second = int(m[1]), int(m[2])
    second += 2000 if second < 100 else 0
    if second != first + 1:
        return None
    return Token(Kind.SCHOOL_YEAR, m.start(), m.end(), (first,))


def ascending_day(m: re.Match[str]) -> Built:
    """The 12 of 12-19日; 6-1号 is a month and a day."""
    first, second = int(m[1]), int(m[2])
    return Token(Kind.DAY, m.start(), m.end(1), (first,)) if 1 <= first < second <= 31 else None


def year_of_school(m: re.Match[str]) -> Built:
    return Token(Kind.SCHOOL_YEAR, m.start(), m.end(), (int(m[1]),))


def rel_school_year(m: re.Match[str]) -> Built:
    """本学年, 上学年: steps from the present one, marked by a second number."""
    return Token(Kind.SCHOOL_YEAR, m.start(), m.end(), (steps(m[1]), 1))


def month_pair(m: re.Match[str]) -> Built:
    """七八月: from the first to the second."""
    first, last = small(m[1]), small(m[2])
    if last != first + 1:
        return None
    return Token(Kind.HALF, m.start(), m.end(), (first, last))


def month_day(m: re.Match[str]) -> Built:
    month, day = small(m[1]), small(m[2])
    if 1 <= month <= 12 and 1 <= day <= 31:
        return Token(Kind.MONTH_DAY, m.start(), m.end(), (month, day))
    return None


def day_part(m: re.Match[str]) -> Built:
    """今晚, 明早, 昨夜: a day and a part of it."""
    day = Token(Kind.REL_DAY, m.start(), m.end(1), (REL_DAY[m[1]],))
    return day, part_of(m[2], m.start(2), m.end())


def part_of(word: str, begin: int, finish: int) -> Token:
    return Token(Kind.PART, begin, finish, PARTS[word], word)


def days(m: re.Match[str]) -> Built:
    """明后天, 今明两天: first and last."""
    first, last = REL_DAY[m[1]], REL_DAY[m[2]]
    return Token(Kind.DAYS, m.start(), m.end(), (min(first, last), max(first, last)))


def short_part(m: re.Match[str]) -> Built:
    """The 晚 of 周三晚: only beside a day."""
    return part_of(m[0], m.start(), m.end())._replace(word="weak")


def part(m: re.Match[str]) -> Built:
    return part_of(m[0], m.start(), m.end())


def pinyin_part(m: re.Match[str]) -> Built:
    word = PINYIN_PARTS[m[0].lower()]
    return Token(Kind.PART, m.start(), m.end(), PARTS[word], word)


def pinyin_day(m: re.Match[str]) -> Built:
    return Token(Kind.REL_DAY, m.start(), m.end(), (PINYIN_DAYS[m[0].lower()],))


def week_days(m: re.Match[str]) -> Built:
    """下周三, 下下个礼拜二, 这周末, 下周一三五: the week and its days."""
    week = Token(Kind.WEEK, m.start(), m.start(2), (steps(m[1]),))
    return week, *_weekdays(m[2], m.start(2), m.start(2))


def weekday_range(m: re.Match[str]) -> Built:
    """周一至五, 下周一到五: both days, with the word between them left to the reader."""
    tokens: list[Token] = []
    if m["week"]:
        tokens.append(Token(Kind.WEEK, m.start(), m.start("first"), (steps(m["week"]),)))
    begin = m.start("first") if m["week"] else m.start()
    tokens.extend(_weekdays(m["first"], begin, m.start("first")))
    tokens.extend(_weekdays(m["last"], m.start("last"), m.start("last")))
    return tuple(tokens)


def weekdays(m: re.Match[str]) -> Built:
    """周三, 周一三五, 周六日, 周末."""
    return _weekdays(m[1], m.start(), m.start(1))


def weekday_in_brackets(m: re.Match[str]) -> Built:
    """6月28日（星期一）."""
    return Token(Kind.WEEKDAY, m.start(), m.end(), (WEEKDAYS[m[1]],))


def _weekdays(chars: str, begin: int, first: int) -> tuple[Token, ...]:
    if chars in {"末", "休日", "休"}:
        return (Token(Kind.WEEKDAY, begin, first + len(chars), (WEEKEND,)),)
    return tuple(
        Token(Kind.WEEKDAY, first + i if i else begin, first + i + 1, (WEEKDAYS[char],))
        for i, char in enumerate(chars)
        if char in WEEKDAYS
    )


def holiday(m: re.Match[str]) -> Built:
    """The name, and 1 where only the day itself is meant (国庆当天)."""
    before = m.string[m.start() - 1 : m.start()]
    if before == "周" and m.string[m.start() - 2 : m.start() - 1] in _OF_WEEK:
        before = ""  # 下周国庆
    if before in SURNAMES and m[0] == m[1] and m.string[m.end() : m.end() + 1] not in _OF_FEAST:
        return None  # 张国庆
    return Token(Kind.HOLIDAY, m.start(), m.end(), (int(bool(m[2])),), HOLIDAYS[m[1]])


def lunar(m: re.Match[str]) -> Built:
    name = m[1].removeprefix("农历").rstrip("月")
    month = {"大年": 1, "正": 1, "腊": 12, "冬": 11}.get(name) or small(name)
    day = small(m[2].removeprefix("初"))
    if 1 <= month <= 12 and 1 <= day <= 30:
        return Token(Kind.LUNAR, m.start(), m.end(), (month, day))
    return None


def quarter(m: re.Match[str]) -> Built:
    value = 1 if m[1] == "首" else small(m[1])
    return Token(Kind.QUARTER, m.start(), m.end(), (value,)) if 1 <= value <= 4 else None


def nth(m: re.Match[str]) -> Built:
    """第一周, 最后一天, 第二个周三: (n, unit, weekday or -1); n = -1 is the last."""
    value = -1 if m[1] == "最后一" else 1 if m[1] == "首" else small(m[1][1:])
    if value == 0 or value < -1:
        return None
    weekday = WEEKDAYS[m[3]] if m[3] else -1
    return Token(Kind.NTH, m.start(), m.end(), (value, UNITS[m[2]], weekday))


def first_last(m: re.Match[str]) -> Built:
    """前三天, 最后五天 of what was named before: (n, unit, FIRST or LAST)."""
    value = small(m[2])
    side = FIRST if m[1] in {"前", "头"} else LAST
    if value < 1:
        return None
    return Token(Kind.NTH, m.start(), m.end(), (value, UNITS[m[3]], side), m[1])


def offset(m: re.Match[str]) -> Built:
    """三天后, 半个月前, 两周内, 近三个月: (halves, unit, side) and the word of the side."""
    count, unit, side = m["n"], UNITS[m["u"]], m["side"]
    halves = 1 if count in {"半", "半个"} else 2 * small(count.rstrip("个"))
    if m["half"] or m["half2"]:
        halves += 1
    if halves < 1:
        return None
    return Token(Kind.OFFSET, m.start(), m.end(), (halves, unit), side)


def clock(m: re.Match[str]) -> Built:
    """(hour, minute, 1 where only the hour is said, 1 where the half of the day is open)."""
    hour, minute = small(m["h"]), 0
    words = m["half"] or m["quarter"] or m["two"] or m["one"] or m["less"]
    if m["half"]:
        minute = 30
    elif m["quarter"]:
        minute = 15 * small(m["quarter"])
    elif words:
        minute = small(words)
    if m["less"]:
        hour, minute = hour - 1, 60 - minute
    if not 0 <= hour <= 24 or not 0 <= minute < 60 or (hour == 24 and minute):
        return None
    vague = 0 if m["h"].startswith("0") else 1
    if m["h"] == "一" and m.string[m.end() : m.end() + 1] in _A_LITTLE:
        return None
    weak = "weak" if m["h"] == "一" and not words and not m["sure"] else ""
    return Token(Kind.CLOCK, m.start(), m.end(), (hour, minute, int(not words), vague), weak)


def clock_less(m: re.Match[str]) -> Built:
    """差五分九点, 差一刻八点."""
    hour, minute = small(m[3]), small(m[1]) * (15 if m[2] == "刻" else 1)
    if not (1 <= hour <= 24 and 0 < minute < 60):
        return None
    return Token(Kind.CLOCK, m.start(), m.end(), (hour - 1, 60 - minute, 0, 1))


def clock_figures(m: re.Match[str]) -> Built:
    hour, minute = int(m[1]), int(m[2])
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    vague = 0 if m[1].startswith("0") else 1
    return Token(Kind.CLOCK, m.start(), m.end(), (hour, minute, 0, vague))


def clock_about(m: re.Match[str]) -> Built:
    """七八点: from seven to nine, said as a range of two clock times."""
    first, second = small(m[1]), small(m[2])
    if second != first + 1:
        return None
    return Token(Kind.CLOCK, m.start(), m.end(), (first, 0, 2, 1))


def clock_bare(m: re.Match[str]) -> Built:
    """The 8 of 8-10点."""
    hour = small(m[1])
    vague = 0 if m[1].startswith("0") else 1
    if not 0 <= hour <= 24:
        return None
    return Token(Kind.CLOCK, m.start(), m.end(), (hour, 0, 1, vague))
