"""Narrowing to years, halves, quarters, terms and vacations; the office's terms are given.

Conventions of nlu/intents.md (Times). Knows no text.
"""

# ruff: noqa: PLR2004 - months and codes of the lexer are their own names
from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from nlp.times import frames as f
from nlp.times.frames import DAY, WEEK, Env, Frame, frame
from nlp.times.tokens import Kind, Token

Context = Frame | None
_VACATION_MONTHS = 7


def year_at(context: Context, default: int) -> int:
    return context.start.year if context is not None else default


def year(token: Token, context: Context, env: Env) -> Frame:
    year = token.value[0] + (env.now.year if token.kind == Kind.REL_YEAR else 0)
    return frame(token.kind, f.months_of(year, 1, 12))


def school_year(token: Token, context: Context, env: Env) -> Frame:
    year = token.value[0]
    if len(token.value) > 1:  # counted from the present one
        begun = env.now.date() >= env.terms.school_year(env.now.year).autumn_first
        year += env.now.year - int(not begun)
    known = env.terms.school_year(year)
    bounds = f.midnight(known.autumn_first), f.midnight(known.spring_last) + DAY
    return frame(token.kind, bounds)


def half(token: Token, context: Context, env: Env) -> Frame:
    """上半年 is that of the present year; 七八月 goes like any month without a year."""
    first, last = token.value
    year = env.now.year - int(env.past and first > env.now.month)
    if last == first + 1:
        year = f.near_month(env, first if env.past else last)
    return frame(token.kind, f.months_of(year_at(context, year), first, last))


def quarter(token: Token, context: Context, env: Env) -> Frame:
    first = 3 * token.value[0] - 2
    year = year_at(context, env.now.year - int(env.past and first > env.now.month))
    return frame(token.kind, f.months_of(year, first, first + 2))


def rel_quarter(token: Token, context: Context, env: Env) -> Frame:
    now = env.now
    first = f.month_of(now.year, (now.month - 1) // 3 * 3 + 1)[0]
    start = f.add_months(first, 3 * token.value[0])
    return frame(token.kind, (start, f.add_months(start, 3)))


def _terms(env: Env) -> list[tuple[datetime, datetime]]:
    around = env.terms.around(env.now.date())
    return [(f.midnight(first), f.midnight(after)) for first, after in around]


def term(token: Token, context: Context, env: Env) -> Frame:
    """这学期 in a vacation is the coming one; 上学期 the one before it, as in term time."""
    wanted = token.value[0]
    if context is not None:
        return frame(token.kind, _term_in(token, context, env))
    terms = _terms(env)
    if wanted > 100:
        named = [t for t in terms if (t[0].month >= _VACATION_MONTHS) == (wanted == 101)]
        if env.past:
            return frame(token.kind, [t for t in named if t[0] <= env.now][-1])
        return frame(token.kind, next(t for t in named if t[1] > env.now))
    index = next(i for i, t in enumerate(terms) if t[1] > env.now)
    if terms[index][0] > env.now and wanted > 0:
        index -= 1  # in a vacation the next term is the coming one
    return frame(token.kind, terms[index + wanted])


def _term_in(token: Token, context: Frame, env: Env) -> tuple[datetime, datetime]:
    """2021年上学期 is the spring, 2021-2022学年上学期 and 第一学期 the autumn."""
    wanted, year = token.value[0], context.start.year
    if context.kind == Kind.SCHOOL_YEAR:
        spring = wanted in {102, 1}
    else:
        spring = wanted in {102, -1}
        year -= int(spring)
    known = env.terms.school_year(year)
    if spring:
        return f.midnight(known.spring_first), f.midnight(known.spring_last) + DAY
    return f.midnight(known.autumn_first), f.midnight(known.autumn_last) + DAY


def vacation(token: Token, context: Context, env: Env) -> Frame:
    read = env.terms.winter if token.value[0] == 1 else env.terms.summer
    if context is not None:
        first, after = read(context.start.year)
        return frame(token.kind, (f.midnight(first), f.midnight(after)))
    return frame(token.kind, nearest(env, [read(env.now.year + i) for i in (-1, 0, 1)]))


def nearest(env: Env, candidates: Sequence[tuple[date, date]]) -> tuple[datetime, datetime]:
    """The coming or present one of several in order; in reports the last begun."""
    bounds = [(f.midnight(first), f.midnight(after)) for first, after in candidates]
    if env.past:
        return [b for b in bounds if b[0] <= env.now][-1]
    return next(b for b in bounds if b[1] > env.now)


def opening(token: Token, context: Context, env: Env) -> Frame:
    """开学 is a day; 期末 and 期中 are two weeks, 期初 the first two."""
    terms = _terms(env)
    which = token.value[0]
    if context is not None:
        terms = [t for t in terms if t[1] > context.start and t[0] < context.end]
    chosen = []
    for first, after in terms:
        middle = first + (after - first) / 2
        chosen.append(
            {
                0: (first, first + DAY),
                1: (after - 2 * WEEK, after),
                2: (f.midnight(middle) - WEEK, f.midnight(middle) + WEEK),
                3: (first, first + 2 * WEEK),
            }[which]
        )
    if context is not None:
        return frame(token.kind, chosen[0])
    return frame(token.kind, nearest(env, chosen))
