"""One function a kind of token: from the frame that it stands in, and now, to its own frame.

Conventions of nlu/intents.md (Times). Knows no text.
"""

# ruff: noqa: PLR2004 - hours, days and months are their own names
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from nlp.times import frames as f
from nlp.times import seasons
from nlp.times.builders import FIRST, LAST, WEEKEND
from nlp.times.frames import DAY, WEEK, Env, Frame, frame
from nlp.times.holidays import (
    OFFICIAL_NAMES,
    festival_day,
    festival_span,
    is_workday,
    lunar_date,
)
from nlp.times.seasons import nearest, year_at
from nlp.times.tokens import Kind, Token, Unit

Context = Frame | None
_MONTHS = {Unit.MONTH: 1, Unit.YEAR: 12, Unit.QUARTER: 3}


def _month(token: Token, context: Context, env: Env) -> Frame:
    month = token.value[0]
    if context is None:
        return frame(token.kind, f.month_of(f.near_month(env, month), month))
    start, end = f.month_of(context.start.year, month)
    if end <= context.start:
        start, end = f.month_of(context.start.year + 1, month)
    return frame(token.kind, (start, end))


def _rel_month(token: Token, context: Context, env: Env) -> Frame:
    first = env.today.replace(day=1)
    start = f.add_months(first, token.value[0])
    return frame(token.kind, (start, f.add_months(start, 1)))


def _year_month(token: Token, context: Context, env: Env) -> Frame:
    return frame(token.kind, f.month_of(*token.value))


def _edge(token: Token, context: Context, env: Env) -> Frame:
    first, last = token.value
    if first > 200 and context is not None:  # of a quarter
        month = context.start if first == 201 else f.add_months(context.end, -1)
        return frame(token.kind, (month, f.add_months(month, 1)))
    if first > 100:  # of a year
        year = year_at(context, env.now.year)
        return frame(token.kind, f.months_of(year, first - 100, last - 100))
    month = context.start if f.is_month(context) and context else env.today.replace(day=1)
    if context is not None and not f.is_month(context):
        month = context.end - DAY if first > 20 else context.start  # 第一季度末, 四季度初
        month = month.replace(day=1)
    end = f.add_months(month, 1) if last > 30 else month + timedelta(days=last)
    return frame(token.kind, (month + timedelta(days=first - 1), end))


def _week(token: Token, context: Context, env: Env) -> Frame:
    start = f.week_of(env.today) + token.value[0] * WEEK
    return frame(token.kind, (start, start + WEEK))


def _weekday(token: Token, context: Context, env: Env) -> Frame:
    wanted = token.value[0]
    first, days = (5, 2) if wanted == WEEKEND else (wanted, 1)
    if context is not None and context.kind in {Kind.WEEK, Kind.NTH}:
        start = f.week_of(context.start) + timedelta(days=first)
    else:
        start = f.week_of(env.today) + timedelta(days=first)
        if env.past and start > env.today:
            start -= WEEK
        elif not env.past and start + timedelta(days=days) <= env.today:
            start += WEEK
    return frame(token.kind, (start, start + timedelta(days=days)))


def _nth(token: Token, context: Context, env: Env) -> Frame | None:
    count, unit, extra = token.value
    if context is None:
        return _last_several(token, env)
    if context.kind in {Kind.WEEKDAY, Kind.REL_DAY}:
        return None
    if extra in {FIRST, LAST}:
        return frame(token.kind, _several(context, count, unit, extra))
    if unit == Unit.MONTH:
        start = f.add_months(context.start, count - 1 if count > 0 else 0)
        start = start if count > 0 else f.add_months(context.end, -1)
        return frame(token.kind, (start, f.add_months(start, 1)))
    if unit == Unit.DAY:
        start = context.end - DAY if count < 0 else context.start + (count - 1) * DAY
        return frame(token.kind, (start, start + DAY))
    if extra >= 0:  # 第二个周三, 第二周周三
        first = context.start + ((extra - context.start.weekday()) % 7) * DAY
        start = first + (count - 1) * WEEK
        if count < 0:
            last = context.end - DAY
            start = last - ((last.weekday() - extra) % 7) * DAY
        return frame(Kind.WEEKDAY, (start, start + DAY))
    first = f.week_of(context.start)
    if first < context.start and (f.is_month(context) or context.rank == f.rank_of(Kind.YEAR)):
        first += WEEK  # the first week of a month begins with its first Monday
    start = f.week_of(context.end - DAY) if count < 0 else first + (count - 1) * WEEK
    return frame(token.kind, (start, start + WEEK))


def _last_several(token: Token, env: Env) -> Frame | None:
    """前两周, 后三天 with nothing before them: just past, or next (前两天 is the other day)."""
    count, unit, side = token.value
    if token.word not in {"前", "后"} or (unit == Unit.DAY and count < 3):
        return None
    base = env.today + DAY if side == LAST else env.today
    count = count if side == LAST else -count
    if unit in _MONTHS:
        other = f.add_months(base, count * _MONTHS[unit])
    else:
        other = base + count * (WEEK if unit == Unit.WEEK else DAY)
    return frame(token.kind, (min(base, other), max(base, other)))


def _several(context: Frame, count: int, unit: int, side: int) -> tuple[datetime, datetime]:
    if unit in _MONTHS:
        months = count * _MONTHS[unit]
        if side == FIRST:
            return context.start, f.add_months(context.start, months)
        return f.add_months(context.end, -months), context.end
    length = count * (WEEK if unit == Unit.WEEK else DAY)
    if side == FIRST:
        return context.start, context.start + length
    return context.end - length, context.end


def _holiday(token: Token, context: Context, env: Env) -> Frame | None:
    only_day = bool(token.value[0])
    years = [context.start.year] if context is not None else [env.now.year + i for i in (-1, 0, 1)]
    names = OFFICIAL_NAMES if not token.word else (token.word,)
    found = []
    for year in years:
        for name in names:
            try:
                day = festival_day(name, year)
                found.append((day, day + DAY) if only_day else festival_span(name, year))
            except (ValueError, IndexError):
                continue
    if not found:
        return None
    found.sort()
    if context is not None:
        return frame(token.kind, (f.midnight(found[0][0]), f.midnight(found[0][1])), token.word)
    return frame(token.kind, nearest(env, found), token.word)


def _lunar(token: Token, context: Context, env: Env) -> Frame:
    if context is not None:
        return frame(token.kind, f.one_day(lunar_date(context.start.year, *token.value)))
    found = [lunar_date(env.now.year + i, *token.value) for i in (-1, 0, 1)]
    return frame(token.kind, nearest(env, [(day, day + DAY) for day in found]))


def _day(token: Token, context: Context, env: Env) -> Frame:
    number = token.value[0]
    if f.is_month(context) and context is not None:
        return frame(token.kind, f.one_day(context.start.replace(day=number)))
    return frame(token.kind, f.one_day(f.near_day(env, number)))


def _date(token: Token, context: Context, env: Env) -> Frame:
    return frame(token.kind, f.one_day(datetime(*token.value)))  # type: ignore[arg-type]  # noqa: DTZ001


def _month_day(token: Token, context: Context, env: Env) -> Frame:
    month, number = token.value
    year = year_at(context, f.near_month(env, month))
    return frame(token.kind, f.one_day(f.month_of(year, month)[0].replace(day=number)))


def _rel_day(token: Token, context: Context, env: Env) -> Frame:
    return frame(token.kind, f.one_day(env.today + token.value[0] * DAY))


def _next_day(token: Token, context: Context, env: Env) -> Frame:
    """次日 and 当天 of the day named before; of today where none was."""
    base = context.day if context is not None else env.today
    return frame(token.kind, f.one_day(base + token.value[0] * DAY))


def _days(token: Token, context: Context, env: Env) -> Frame:
    """明后天, 今明两天."""
    first, last = token.value
    return frame(token.kind, (env.today + first * DAY, env.today + (last + 1) * DAY))


def _part(token: Token, context: Context, env: Env) -> Frame:
    day = context.day if context is not None else env.today
    first, last = token.value
    return frame(token.kind, (f.at_hour(day, first), f.at_hour(day, last)), token.word)


def _clock(token: Token, context: Context, env: Env) -> Frame:
    hour, minute, bare, vague = token.value
    day = context.day if context is not None else env.today
    part = None
    if context is not None and context.kind == Kind.PART:
        first = (context.start - day) // f.HOUR
        part = (first, first + (context.end - context.start) // f.HOUR)
    start = f.at_hour(day, f.clock_hour(hour, vague, part)) + minute * f.MINUTE
    return frame(token.kind, (start, start + (bare * f.HOUR if bare else f.MINUTE)))


def workdays_after(env: Env, count: int) -> datetime:
    """The day that is `count` published workdays after today."""
    day, step = env.today, 1 if count > 0 else -1
    for _ in range(min(abs(count), 500)):
        day += step * DAY
        while not is_workday(day.date()):
            day += step * DAY
    return day


NARROW: dict[str, Callable[[Token, Context, Env], Frame | None]] = {
    Kind.YEAR: seasons.year,
    Kind.REL_YEAR: seasons.year,
    Kind.SCHOOL_YEAR: seasons.school_year,
    Kind.HALF: seasons.half,
    Kind.QUARTER: seasons.quarter,
    Kind.REL_QUARTER: seasons.rel_quarter,
    Kind.TERM: seasons.term,
    Kind.VACATION: seasons.vacation,
    Kind.OPENING: seasons.opening,
    Kind.MONTH: _month,
    Kind.REL_MONTH: _rel_month,
    Kind.YEAR_MONTH: _year_month,
    Kind.EDGE: _edge,
    Kind.WEEK: _week,
    Kind.WEEKDAY: _weekday,
    Kind.NTH: _nth,
    Kind.HOLIDAY: _holiday,
    Kind.LUNAR: _lunar,
    Kind.DAY: _day,
    Kind.DATE: _date,
    Kind.MONTH_DAY: _month_day,
    Kind.REL_DAY: _rel_day,
    Kind.NEXT_DAY: _next_day,
    Kind.DAYS: _days,
    Kind.PART: _part,
    Kind.CLOCK: _clock,
}
