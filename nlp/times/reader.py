"""Reads the times of a message: expressions, ranges, open ends, time of day, recurrence.

Pure and deterministic; the reference time is an argument. Conventions: nlu/intents.md, Times.
"""

# ruff: noqa: PLR2004 - hours, days and months are their own names
from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from nlp.times import expression as ex
from nlp.times import marks, offsets, recurring
from nlp.times.folding import fold
from nlp.times.frames import DAY, WEEK, Env, frame
from nlp.times.lexer import tokens
from nlp.times.tokens import RANK, Kind, Token, small
from nlp.times.values import DEFAULT_TERMS, LOCAL, Span, Terms, TimeReading

_LONGEST_STRETCH = 99
_EMPTY = TimeReading()
_LISTED = {Kind.DAY, Kind.WEEKDAY, Kind.PART, Kind.CLOCK, Kind.MONTH, Kind.EDGE}


def read_times(
    text: str, now: datetime, *, terms: Terms = DEFAULT_TERMS, past: bool = False
) -> TimeReading:
    """All times of `text` as of `now` (naive is taken as local); never raises on a text.

    `past=True` reads a month, day or weekday without more as the last one (reports), otherwise
    as the coming or present one (nlu/intents.md, Times).
    """
    plain = fold(text)
    if marks.HINT.search(plain) is None:
        return _EMPTY
    found = tokens(plain)
    if not found:
        return _EMPTY
    local = now if now.tzinfo is None else now.astimezone(LOCAL)
    env = Env(local.replace(tzinfo=None), terms, past)
    return _Reader(text, plain, found, env).read()


class _Reader:
    """One pass over the tokens of one text."""

    def __init__(self, text: str, plain: str, found: list[Token], env: Env) -> None:
        self.text, self.plain, self.tokens, self.env = text, plain, found, env
        self.spans: list[Span] = []
        self.clock: str | None = None
        self.recurrence: str | None = None
        self.path: ex.Path = ()  # of the last expression, for what follows in its clause
        self.finish = 0
        self._reminds = marks.REMIND.search(plain) is not None  # then weekdays recur
        self._unlisted = 0  # before this token no list of weekdays makes a recurrence

    def read(self) -> TimeReading:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.begin < self.finish:  # already part of an open end (国庆前三天)
                at += 1
            elif token.kind == Kind.RECUR:
                at = self._recurrence(at)
            elif token.kind == Kind.OFFSET:
                at = self._offset(at)
            elif token.kind == Kind.DAY and self._is_code(token):
                at += 1
            else:
                at = self._expression(at)
        return TimeReading(tuple(self.spans), self.clock, self.recurrence)

    def _is_code(self, token: Token) -> bool:
        """驳回 12 号 is an application, not a day."""
        before = self.plain[max(0, token.begin - 6) : token.begin]
        return bool(
            marks.CODE_BEFORE.search(before) or marks.CODE_AFTER.match(self.plain, token.finish)
        )

    def _add(self, begin: int, finish: int, bounds: ex.Bounds) -> None:
        start, end = bounds
        if start is not None and end is not None and start >= end:
            return
        begin, start = self._merged(begin, start)
        local = [None if side is None else side.replace(tzinfo=LOCAL) for side in (start, end)]
        self.spans.append(Span(self.text[begin:finish], begin, finish, local[0], local[1]))
        self.finish = finish

    def _merged(self, begin: int, start: datetime | None) -> tuple[int, datetime | None]:
        """周六周日, 6月3号、4号 are one stretch: they touch in the text and in time."""
        if not self.spans or start is None:
            return begin, start
        before = self.spans[-1]
        gap = self.plain[before.finish : begin]
        if gap and not marks.JOIN.fullmatch(gap):
            return begin, start
        same = before.end is not None and before.end.replace(tzinfo=None) == start
        if not same or before.start is None:
            return begin, start
        self.spans.pop()
        return before.begin, before.start.replace(tzinfo=None)

    def _recurrence(self, at: int) -> int:
        """A rule, and the clock time that belongs to it."""
        token = self.tokens[at]
        if self.recurrence is None:
            self.recurrence = token.word
        self.finish, self.path, at = token.finish, (), at + 1
        while at < len(self.tokens) and self.tokens[at].rank in {60, 70}:
            gap = self.plain[self.finish : self.tokens[at].begin].strip(" 的，,在于到至-~—–")
            if gap:
                break
            found = ex.parse(self.plain, self.tokens, at, (), self.env)
            if found is None:
                return at + 1
            self._set_clock(found)
            at, self.finish = found.after, found.finish
        return at

    def _set_clock(self, found: ex.Expression) -> None:
        if self.clock is None and found.last.kind == Kind.CLOCK:
            self.clock = found.last.start.strftime("%H:%M")

    def _offset(self, at: int) -> int:
        token = self.tokens[at]
        try:
            bounds = offsets.bounds(token, self.env)
        except (ValueError, OverflowError):
            bounds = None
        if bounds is None:
            return at + 1
        begin = token.begin
        start = bounds[0]
        self.path = ()
        if start is not None and bounds[1] == start + DAY:  # 三天后上午九点
            base = frame(Kind.REL_DAY, (start, start + DAY))
            if at + 1 < len(self.tokens) and self.tokens[at + 1].begin - token.finish <= 1:
                after = self.tokens[at + 1]
                if after.rank in {60, 70}:
                    found = ex.parse(self.plain, self.tokens, at + 1, (base,), self.env)
                    if found is not None:
                        return self._finish_expression(found, begin, None)
            self.path = (base,)
        self._add(begin, token.finish, bounds)
        return at + 1

    def _inherited(self, token: Token) -> ex.Path:
        """What the expression before lends to this one: 24号的课改到下午, 3日、4日."""
        if not self.path or not self.finish <= token.begin:
            return ()
        gap = self.plain[self.finish : token.begin]
        if token.kind in _LISTED and (marks.LIST.fullmatch(gap) or not gap):
            return ex.parents(self.path)
        if token.kind == Kind.NEXT_DAY:
            return self.path
        if token.rank >= RANK[Kind.PART] and not marks.CLAUSE.search(gap):
            keep = RANK[Kind.PART] if self._same_part(token) else RANK[Kind.WEEKDAY]
            return tuple(step for step in self.path if step.rank <= keep)
        return ()

    def _same_part(self, token: Token) -> bool:
        """晚上的直播课七点半 is in the evening; 上午9点改到3点 is not in the morning."""
        if token.kind != Kind.CLOCK:
            return False
        hour, morning = token.value[0], any(step.word == "上午" for step in self.path)
        return not (morning and 1 <= hour <= 5)

    def _expression(self, at: int) -> int:
        token = self.tokens[at]
        inherited = self._inherited(token)
        first = ex.parse(self.plain, self.tokens, at, inherited, self.env)
        if first is None:
            return self._unplaced(at)
        listed = self._listed_weekdays(at, first)
        if listed is not None:
            return listed
        second = None
        sep = marks.RANGE.match(self.plain, first.finish)
        if sep and first.after < len(self.tokens):
            right = self.tokens[first.after]
            if right.begin == sep.end() and right.kind not in {Kind.OFFSET, Kind.RECUR}:
                pair = ex.parse_range(
                    self.plain, self.tokens, first, first.after, inherited, self.env
                )
                if pair is not None:
                    first, second = pair
        if self._weekly(at, first, second):
            return second.after if second else first.after
        return self._finish_expression(first, token.begin, second)

    def _unplaced(self, at: int) -> int:
        """上课当天早上七点: the day is not known here, the time of day is."""
        after = ex.skip(self.plain, self.tokens, at)
        if self.tokens[at].kind == Kind.NEXT_DAY and at + 1 < after:
            found = ex.parse(self.plain, self.tokens, at + 1, (), self.env)
            if found is not None:
                self._set_clock(found)
        return after

    def _listed_weekdays(self, at: int, first: ex.Expression) -> int | None:
        """周二周四早上8点各提醒一次 recurs too; the index of the next token, or None."""
        if self.recurrence is not None or at < self._unlisted or not self._reminds:
            return None
        days: list[int] = []
        index = at
        while index < len(self.tokens) and self.tokens[index].kind == Kind.WEEKDAY:
            token = self.tokens[index]
            gap = self.plain[self.tokens[index - 1].finish : token.begin] if days else ""
            if gap and not marks.JOIN.fullmatch(gap):
                break
            days.append(token.value[0])
            index += 1
        if len(days) < 2 or max(days) > 6:
            return None
        last = ex.parse(self.plain, self.tokens, index - 1, (), self.env)
        if last is None or last.last.kind != Kind.CLOCK:
            self._unlisted = index  # nor does the rest of the same list
            return None
        self.recurrence = recurring.byday(days)
        self._set_clock(last)
        self.finish, self.path = last.finish, ()
        return last.after

    def _weekly(self, at: int, first: ex.Expression, second: ex.Expression | None) -> bool:
        """周一到周五下午5:30弹提示 recurs though it says no 每."""
        if first.lead.kind != Kind.WEEKDAY or second is None or first.has_hours:
            return False
        if second.lead.kind != Kind.WEEKDAY or second.last.kind != Kind.CLOCK:
            return False
        if self.recurrence is not None or not self._reminds:
            return False
        low, high = first.lead.value[0], second.lead.value[0]
        self.recurrence = recurring.byday(list(range(low, high + 1)))
        self._set_clock(second)
        self.finish, self.path = second.finish, ()
        return True

    def _finish_expression(
        self, first: ex.Expression, begin: int, second: ex.Expression | None
    ) -> int:
        """Open ends by the words around, then the span; the index of the next token."""
        last = second or first
        bounds: ex.Bounds = first.last.start, (ex.limit(second.last) if second else first.last.end)
        finish = last.finish
        self.path = (*self.path, *first.path) if first.path[0].rank >= 60 else first.path
        if second is None:
            self._set_clock(first)
        suffix = marks.SUFFIX.match(self.plain, finish)
        counted = self._counted_after(suffix, last) if suffix and suffix["after"] else None
        if counted is not None:
            self._add(begin, counted.finish, (counted.last.start, counted.last.end))
            return counted.after
        if suffix and suffix["so_far"] and first.last.start > self.env.now:
            again = self._in_the_past(first)
            bounds = (again, None) if again is not None else bounds
            finish = suffix.end()
        elif suffix:
            finish, bounds = suffix.end(), ex.opened(suffix, bounds, last, second is not None)
        elif second is None and marks.UNTIL.search(self.plain, max(0, begin - 6), begin):
            bounds = (None, ex.limit(first.last))
        elif second is None and self._begins(begin, finish):
            bounds = (first.last.start, None)
        if bounds[0] is not None and bounds[1] is None:
            finish, bounds = self._lasting(finish, bounds)
        self._add(begin, finish, bounds)
        return last.after

    def _lasting(self, finish: int, bounds: ex.Bounds) -> tuple[int, ex.Bounds]:
        """从后天起连着三天 ends after three days; otherwise as it was."""
        found = marks.LASTING.match(self.plain, finish)
        count = small(found[1]) if found else 0
        if found is None or bounds[0] is None or not 0 < count <= _LONGEST_STRETCH:
            return finish, bounds
        return found.end(), (bounds[0], bounds[0] + count * DAY)

    def _in_the_past(self, first: ex.Expression) -> datetime | None:
        """9月以来 said in May begins in the September before."""
        at = first.after - 1
        while at >= 0 and self.tokens[at] is not first.lead:
            at -= 1
        found = ex.parse(self.plain, self.tokens, at, (), replace(self.env, past=True))
        return found.last.start if found is not None else None

    def _begins(self, begin: int, finish: int) -> bool:
        """从明天 opens a stretch; 从昨天的表里 does not."""
        since = marks.SINCE.search(self.plain, max(0, begin - 3), begin)
        return since is not None and self.plain[finish : finish + 1] not in {"的", "那", "这"}

    def _counted_after(self, suffix: re.Match[str], last: ex.Expression) -> ex.Expression | None:
        """国庆后第一个周一: counted from the end of what was named."""
        at = last.after
        if at >= len(self.tokens) or self.tokens[at].kind != Kind.NTH:
            return None
        gap = self.plain[suffix.end() : self.tokens[at].begin].strip(" 的")
        if gap:
            return None
        begin = ex.limit(last.last)
        box = frame(Kind.HOLIDAY, (begin, begin + 8 * WEEK))
        return ex.parse(self.plain, self.tokens, at, (box,), self.env)
