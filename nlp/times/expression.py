"""Adjacent tokens to one stretch of time, and two of them to a range.

Pure functions over tokens and frames; the reader decides what surrounds an expression.
"""

# ruff: noqa: PLR2004 - hours, days and months are their own names
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from nlp.times import frames as f
from nlp.times.frames import DAY, HOUR, WEEK, Env, Frame
from nlp.times.narrow import NARROW
from nlp.times.tokens import RANK, Kind, Token, small

_GAP = re.compile(r"[ ]*+[的之]?[ ]*+")
_GAP_WIDE = re.compile(r"[ ]*+[,，]?[ ]*+的?")
_DATED = {Kind.DAY, Kind.DATE, Kind.MONTH_DAY, Kind.REL_DAY, Kind.LUNAR, Kind.NEXT_DAY}
_UNANCHORED = {Kind.MONTH, Kind.MONTH_DAY, Kind.DAY, Kind.WEEKDAY}
Path = tuple[Frame, ...]
Bounds = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Expression:
    """Frames from coarse to fine; `after` is the index of the next token, `finish` an offset."""

    path: Path
    lead: Token
    after: int
    finish: int

    @property
    def last(self) -> Frame:
        return self.path[-1]

    @property
    def has_hours(self) -> bool:
        return self.last.rank >= RANK[Kind.PART]


def parents(path: Path) -> Path:
    """The path with the year, month or week that its first frame lies in put before it."""
    first = path[0]
    above: list[Frame] = []
    if first.kind in {Kind.MONTH, Kind.DATE, Kind.MONTH_DAY, Kind.YEAR_MONTH}:
        above.append(f.frame(Kind.YEAR, f.months_of(first.start.year, 1, 12)))
    if first.kind in {Kind.DAY, Kind.DATE, Kind.MONTH_DAY}:
        bounds = f.month_of(first.start.year, first.start.month)
        above.append(f.frame(Kind.MONTH, bounds))
    if first.kind == Kind.WEEKDAY:
        monday = f.week_of(first.day)
        above.append(f.frame(Kind.WEEK, (monday, monday + WEEK)))
    return (*above, *path)


def _context(token: Token, path: Path) -> Frame | None:
    """The finest frame that a token may narrow."""
    if token.kind == Kind.NEXT_DAY:
        return path[-1] if path else None
    for found in reversed(path):
        if found.rank < token.rank:
            if token.rank >= RANK[Kind.PART] and found.end - found.start > DAY:
                return None if found.rank < RANK[Kind.HOLIDAY] else found
            return found
    return None


def _narrow(token: Token, path: Path, env: Env) -> Frame | None:
    if token.kind == Kind.NEXT_DAY and not path:
        return None
    try:
        found = NARROW[token.kind](token, _context(token, path), env)
    except (ValueError, OverflowError, IndexError, StopIteration, TypeError):
        return None  # a day that the calendar does not have
    return found


def _joins(text: str, before: Token, token: Token) -> bool:
    """Whether a token goes on with the expression that `before` is part of."""
    if token.kind in {Kind.OFFSET, Kind.RECUR} or before.kind == Kind.OFFSET:
        return False
    if token.word in {"前", "后"} and before.rank > RANK[Kind.WEEK]:
        return False  # 国庆前三天 lies before it, 9月前三天 within it
    again = token.kind == Kind.WEEKDAY and before.kind in _DATED
    if token.rank <= before.rank and not again:
        return False
    if token.rank >= RANK[Kind.PART] and before.rank < RANK[Kind.HOLIDAY]:
        return False
    wide = again or (token.rank >= RANK[Kind.PART] and before.rank <= RANK[Kind.WEEKDAY])
    gap = (_GAP_WIDE if wide else _GAP).match(text, before.finish)
    return gap is not None and gap.end() == token.begin


def parse(text: str, tokens: list[Token], at: int, inherited: Path, env: Env) -> Expression | None:
    """The expression whose first token is `tokens[at]`; None where the calendar has no such day."""
    lead = tokens[at]
    first = _narrow(lead, inherited, env)
    if first is None:
        return None
    path = [*inherited, first]
    last, index = lead, at + 1
    while index < len(tokens) and _joins(text, last, tokens[index]):
        token = tokens[index]
        if not (token.kind == Kind.WEEKDAY and last.kind in _DATED):
            found = _narrow(token, tuple(path), env)
            if found is None:
                return None
            path.append(found)
            last = token
        else:  # 6月28日（星期一）: the date decides
            last = token._replace(kind=last.kind)
        index += 1
    own = tuple(path[len(inherited) :])
    return Expression(own, lead, index, last.finish)


def skip(text: str, tokens: list[Token], at: int) -> int:
    """Index of the first token that does not go on with the one at `at`."""
    index = at + 1
    while index < len(tokens) and _joins(text, tokens[index - 1], tokens[index]):
        index += 1
    return index


def parse_range(
    text: str, tokens: list[Token], first: Expression, at: int, inherited: Path, env: Env
) -> tuple[Expression, Expression] | None:
    """Both sides of `first` to `tokens[at]`, in order; None where the right side is no time."""
    kind = first.lead.kind
    if not env.past and kind in _UNANCHORED and not inherited and tokens[at].kind == kind:
        alone = parse(text, tokens, at, (), env)
        if alone is None:
            return None
        again = _before(text, tokens, first, alone, env)
        return (again, alone) if again is not None else None
    second = parse(text, tokens, at, (*inherited, *parents(first.path)), env)
    if second is None:
        return None
    ordered = _in_order(first, second)
    return (first, ordered) if ordered is not None else None


def _before(
    text: str, tokens: list[Token], first: Expression, second: Expression, env: Env
) -> Expression | None:
    """The left side in the year, month or week of the right one, or in the one before it.

    So that 9月-12月 said in October, and 周一到周三 said on Tuesday, are the present ones.
    """
    above = parents(second.path)[:1]
    at = first.after - 1
    while tokens[at] is not first.lead:
        at -= 1
    found = parse(text, tokens, at, above, env)
    if found is None:
        return None
    if found.last.start < second.last.end:
        return found
    box = above[0]
    step = {Kind.YEAR: 12, Kind.MONTH: 1}.get(box.kind)
    if step is None:
        moved = f.frame(box.kind, (box.start - WEEK, box.end - WEEK))
    else:
        moved = f.frame(box.kind, (f.add_months(box.start, -step), box.start))
    return parse(text, tokens, at, (moved,), env)


def _in_order(first: Expression, second: Expression) -> Expression | None:
    """The right side moved after the left one: 晚上十点到两点, 11月到次年1月, 28号到3号."""
    start, last = first.last.start, second.last
    if limit(last) > start:
        return second
    moved = _moved(last.start, last.end, second, start)
    if moved is None:
        return None
    shift = moved - last.start
    try:
        end = last.end + shift if last.kind != Kind.MONTH else f.add_months(moved, 1)
    except OverflowError:
        return None
    later = Frame(last.rank, moved, end, last.kind, last.word)
    return Expression((*second.path[:-1], later), second.lead, second.after, second.finish)


def _moved(begin: datetime, end: datetime, second: Expression, start: datetime) -> datetime | None:
    kind = second.lead.kind
    try:
        if kind == Kind.CLOCK and begin + 12 * HOUR > start and begin.hour < 12:
            return begin + 12 * HOUR
        if kind in {Kind.CLOCK, Kind.PART}:
            return begin + DAY
        if kind == Kind.WEEKDAY:
            return begin + WEEK
        if kind == Kind.DAY:
            return f.add_months(begin, 1)
        if kind in {Kind.MONTH, Kind.MONTH_DAY, Kind.HOLIDAY}:
            later = f.add_months(begin, 12)
            return later if later + (end - begin) > start else None
    except (ValueError, OverflowError):
        return None
    return None


def limit(found: Frame) -> datetime:
    """Where a range that ends with a frame ends: a clock time is its own end."""
    return found.start if found.kind == Kind.CLOCK else found.end


def opened(m: re.Match[str], bounds: Bounds, last: Expression, ranged: bool) -> Bounds:
    """Bounds by the words after an expression: 前, 后, 起, 为止, 前三天 (nlu/intents.md, Times)."""
    start, end = bounds
    if start is None or end is None:
        return bounds
    if m["count"]:
        length = small(m["count"]) * (DAY if m["unit"] == "天" else WEEK)
        return (start - length, start) if m["side"].endswith("前") else (end, end + length)
    if (m["before"] or m["until"]) and not ranged:
        return None, limit(last.last)
    if m["after"]:
        return (start if m["also"] else limit(last.last)), None
    if m["since"] or m["so_far"]:
        return start, None
    return start, end
