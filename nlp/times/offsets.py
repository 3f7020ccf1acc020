"""Distances from now: 三天后, 半个月前, 两周内, 近三个月, 未来一周, 两小时后.

Whole days, as everywhere: `N天后` is that day, `N周后` that week, `N个月后` that month; `内`
and 未来 begin today, 最近 ends with today. Pure functions; knows no text.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from nlp.times import frames as f
from nlp.times.frames import DAY, HOUR, MINUTE, WEEK, Env
from nlp.times.narrow import workdays_after
from nlp.times.tokens import Token, Unit

Bounds = tuple[datetime | None, datetime | None]
_AHEAD = {"未来", "今后", "接下来", "往后", "这"}
_BEHIND = {"最近", "过去", "近", "上"}
_OPEN = {"之前", "以前"}
_LIMIT = 2 * 5000  # halves of a unit; beyond it nobody means a date


def shifted(env: Env, halves: int, unit: int) -> datetime:
    """Now or today, moved by a number of half units (negative: back)."""
    if unit == Unit.HOUR:
        return env.now + halves * (HOUR / 2)
    if unit == Unit.MINUTE:
        return env.now + halves * (MINUTE / 2)
    if unit == Unit.QUARTER_HOUR:
        return env.now + halves * timedelta(minutes=7.5)
    if unit == Unit.WORKDAY:
        return workdays_after(env, halves // 2)
    if unit == Unit.DAY:
        return f.midnight(env.today + halves * (DAY / 2))
    if unit == Unit.WEEK:
        return f.midnight(env.today + halves * (WEEK / 2))
    months = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}[unit]
    whole, half = divmod(abs(halves) * months, 2)
    sign = -1 if halves < 0 else 1
    return f.add_months(env.today, sign * whole) + sign * half * 15 * DAY


def _unit_around(moment: datetime, halves: int, unit: int) -> tuple[datetime, datetime]:
    """The day, week, month, year or minute that a distance lands on."""
    if unit in {Unit.HOUR, Unit.MINUTE, Unit.QUARTER_HOUR}:
        return moment, moment + MINUTE
    if unit == Unit.WEEK and halves % 2 == 0:
        monday = f.week_of(moment)
        return monday, monday + WEEK
    if unit == Unit.YEAR and halves % 2 == 0:
        return f.months_of(moment.year, 1, 12)
    if unit in {Unit.MONTH, Unit.QUARTER, Unit.YEAR} and not (unit == Unit.MONTH and halves % 2):
        return f.month_of(moment.year, moment.month)
    return moment, moment + DAY


def bounds(token: Token, env: Env) -> Bounds | None:
    """Start and end of an OFFSET token; None for units that have no calendar (学期)."""
    halves, unit = token.value
    side = token.word.lstrip("的")
    if unit > Unit.QUARTER_HOUR or halves > _LIMIT:
        return None
    fine = unit in {Unit.HOUR, Unit.MINUTE, Unit.QUARTER_HOUR}
    if side in _BEHIND or side == "以来":
        start = shifted(env, -halves, unit)
        return (start, env.now) if fine else (start, env.today + DAY)
    if side in _AHEAD:
        end = shifted(env, halves, unit)
        return (env.now, end) if fine else (env.today, end)
    if side.endswith("内"):
        end = shifted(env, halves, unit)
        return (env.now, end) if fine else (env.today, end + DAY)
    if side.endswith("后") or not side:
        return _unit_around(shifted(env, halves, unit), halves, unit)
    landed = _unit_around(shifted(env, -halves, unit), halves, unit)
    return (None, landed[1]) if side in _OPEN else landed
