"""The time column of a plan: 9月-12月, 2021年7月12日-18日, 5月中旬, 下半年 as inclusive days.

No clock: a span without a year takes the year of the plan, which the caller hands in.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from storage.readers.values import plain

_PART = re.compile(
    r"(?P<next>次年|翌年)?(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?:(?P<day>\d{1,2})[日号]?)?"
    r"(?P<third>上旬|中旬|下旬|初|中|底|末)?"
)
_THIRDS = {
    "上旬": (1, 10),
    "初": (1, 10),
    "中旬": (11, 20),
    "中": (11, 20),
    "下旬": (21, 31),
    "底": (21, 31),
    "末": (21, 31),
}
_PARTS_OF_YEAR = {"全年": (1, 12), "上半年": (1, 6), "下半年": (7, 12)}


@dataclass(frozen=True, slots=True)
class Span:
    """Inclusive days; `assumed`: the year was not written. `turned`: it runs into the next year."""

    start: date
    end: date
    assumed: bool = False
    turned: bool = False


@dataclass(slots=True)
class _Point:
    year: int | None
    month: int | None
    day: int | None
    third: str | None
    next_year: bool = False


def read_span(text: str, year: int | None) -> Span | None:
    """The days that the text names; None where it cannot be told."""
    bare = _normal(text)
    whole = re.fullmatch(r"(?:(\d{4})年)?(全年|上半年|下半年)?", bare)
    if whole and bare:
        at = int(whole[1]) if whole[1] else year
        first, last = _PARTS_OF_YEAR[whole[2] or "全年"]
        return _span((at, first, 1), (at, last, 31), assumed=not whole[1]) if at else None
    points = [_point(part) for part in bare.split("-")]
    if len(points) not in {1, 2} or None in points:
        return None
    first_point, last_point = points[0], points[-1]
    if first_point is None or last_point is None:
        return None
    return _between(first_point, last_point, year)


def _normal(text: str) -> str:
    bare = re.sub(r"\s", "", plain(text))
    bare = re.sub(r"[(（][^)）]{0,200}[)）]|左右|前后|期间", "", bare)
    bare = re.sub(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)[日号]?", r"\1年\2月\3日", bare)
    bare = re.sub(r"(\d{4})[-./](\d{1,2})(?![\d日])月?", r"\1年\2月", bare)
    bare = re.sub(r"[至到~—–-]+", "-", bare)
    return bare.strip("-")


def _point(text: str) -> _Point | None:
    found = _PART.fullmatch(text)
    if not found or not text:
        return None
    number = {name: int(found[name]) if found[name] else None for name in ("year", "month", "day")}
    return _Point(
        number["year"], number["month"], number["day"], found["third"], bool(found["next"])
    )


def _between(first: _Point, last: _Point, year: int | None) -> Span | None:
    if first.month is None and last.month is not None and last.day is None:
        # 9-12月: the bare number on the left is a month.
        first.month, first.day = first.day, None
    if first.month is None:
        return None
    if last.month is None:
        if first.day is None and first.third is None and last.day is not None:
            last.month, last.day = last.day, None  # 9月-12
        else:
            last.month = first.month  # 7月12日-18日, 5月上旬-中旬
    start_year = first.year or last.year or year
    if start_year is None:
        return None
    end_year = last.year or start_year
    turned = last.year is None and (last.next_year or last.month < first.month)
    head = _THIRDS[first.third][0] if first.third else 1
    tail = _THIRDS[last.third][1] if last.third else 31
    return _span(
        (start_year, first.month, first.day or head),
        (end_year + turned, last.month, last.day or tail),
        assumed=first.year is None and last.year is None,
        turned=turned,
    )


def _span(
    first: tuple[int, int, int],
    last: tuple[int, int, int],
    *,
    assumed: bool = False,
    turned: bool = False,
) -> Span | None:
    try:
        start = date(*first)
        month_end = monthrange(last[0], last[1])[1]
        # 31 stands for the end of the month; any other day must exist.
        end = date(last[0], last[1], month_end if last[2] == 31 else last[2])  # noqa: PLR2004
    except ValueError:
        return None
    return Span(start, end, assumed, turned) if start <= end else None
