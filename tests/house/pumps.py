"""Texts that make a pattern slow if anything does, derived from its own parse tree.

Each repetition's body, each literal and each beginning of the pattern is written over and over,
after what leads to it and before something that does not fit.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from types import FrameType
from typing import Any

ALLOWED = 0.05
"""Seconds of process time for one text."""

_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, getattr(sre, "POSSESSIVE_REPEAT", None))
_LITTLE = 8
_CATEGORY = {
    sre.CATEGORY_DIGIT: "7",
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_WORD: "一",
    sre.CATEGORY_NOT_DIGIT: "x",
    sre.CATEGORY_NOT_SPACE: "x",
    sre.CATEGORY_NOT_WORD: ",",
}
_UNFIT = "\x00"


class TooSlowError(Exception):
    """It took longer than is allowed."""


def _of_set(items: list[Any]) -> list[str]:
    """A few characters that a set takes."""
    if items and items[0][0] is sre.NEGATE:
        taken = {char for char in "一x7 ，" if not _in_set(char, items[1:])}
        return sorted(taken) or ["\u4e02"]
    out = []
    for kind, value in items:
        if kind is sre.LITERAL:
            out.append(chr(value))
        elif kind is sre.RANGE:
            out.append(chr(value[0]))
        elif kind is sre.CATEGORY:
            out.append(_CATEGORY[value])
    return out


def _in_set(char: str, items: list[Any]) -> bool:
    for kind, value in items:
        if kind is sre.LITERAL and ord(char) == value:
            return True
        if kind is sre.RANGE and value[0] <= ord(char) <= value[1]:
            return True
        if kind is sre.CATEGORY and _CATEGORY[value] == char:
            return True
    return False


def _sample(tree: Iterable[Any]) -> str:
    """One text that a part of a pattern takes, as far as one can say without its surroundings."""
    out = ""
    for kind, value in tree:
        if kind is sre.LITERAL:
            out += chr(value)
        elif kind is sre.NOT_LITERAL:
            out += "x" if value != ord("x") else "y"
        elif kind is sre.ANY:
            out += "一"
        elif kind is sre.IN:
            out += _of_set(value)[0]
        elif kind is sre.BRANCH:
            out += _sample(value[1][0])
        elif kind in (sre.SUBPATTERN, sre.ATOMIC_GROUP):
            out += _sample(value[-1] if kind is sre.SUBPATTERN else value)
        elif kind in _REPEATS:
            out += _sample(value[2]) * max(1, value[0])
    return out


def _units(tree: Iterable[Any], before: str, out: dict[tuple[str, str], None]) -> None:
    """(what leads to it, what is repeated) for a part of a pattern, and for all below it."""
    here = before
    items = list(tree)
    for place, (kind, value) in enumerate(items):
        if kind is sre.LITERAL:
            out[("", chr(value))] = None
        elif kind is sre.IN:
            chars = _of_set(value)
            out.update({("", char): None for char in chars[:_LITTLE]})
        elif kind is sre.BRANCH:
            for branch in value[1]:
                _units(branch, here, out)
        elif kind in (sre.SUBPATTERN, sre.ATOMIC_GROUP):
            _units(value[-1] if kind is sre.SUBPATTERN else value, here, out)
        elif kind in (sre.ASSERT, sre.ASSERT_NOT):
            _units(value[1], here, out)
        elif kind in _REPEATS:
            if value[1] > _LITTLE:
                for body in _bodies(value[2]):
                    out[(here, body)] = None
            _units(value[2], here, out)
        here += _sample([items[place]])
        out[("", here)] = None


def _bodies(tree: Iterable[Any]) -> Iterator[str]:
    """What a repetition may repeat: each of its alternatives, each character of its set."""
    items = list(tree)
    whole = _sample(items)
    yield whole
    if len(items) == 1:
        kind, value = items[0]
        if kind is sre.BRANCH:
            bodies = [body for branch in value[1] for body in _bodies(branch)]
            yield from bodies
            yield "".join(bodies)
        elif kind is sre.SUBPATTERN:
            yield from _bodies(value[-1])
        elif kind is sre.IN:
            yield from _of_set(value)[:_LITTLE]
        elif kind in _REPEATS:
            yield from _bodies(value[2])


def pumps(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """(what leads to it, what is repeated) of a pattern; never an empty repetition."""
    out: dict[tuple[str, str], None] = {}
    _units(_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE), "", out)
    return [(before, unit) for before, unit in out if unit]


def pumped(before: str, unit: str, length: int) -> Iterator[str]:
    """The texts of one pump: with an end that does not fit, and without."""
    body = before + unit * max(1, (length - len(before)) // len(unit))
    yield body
    yield body + _UNFIT


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises TooSlowError after so much time of this process, also inside one match."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def ask(pattern: re.Pattern[str], method: str, text: str) -> float:
    """Seconds of process time that a pattern takes over a text, asked in this way.

    `search` is asked for everything that it finds, as `sub` and `split` ask.
    """
    begun = time.process_time()
    if method == "search":
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, method)(text)
    return time.process_time() - begun


def slow(pattern: re.Pattern[str], methods: Iterable[str], longest: int) -> str | None:
    """What makes it slow: how it is asked, what is repeated; None where nothing does."""
    for before, unit in pumps(pattern):
        for length in (40, 400, longest):
            for text in pumped(before, unit, min(length, longest)):
                for method in methods:
                    if not _quick(pattern, method, text):
                        return f"{method} of {before!r} + {unit!r}…, {len(text)} characters"
    return None


def _quick(pattern: re.Pattern[str], method: str, text: str) -> bool:
    """Whether it is quick in one of three times: others share the machine."""
    for _ in range(3):
        try:
            with limited(ALLOWED * 1.5):
                if ask(pattern, method, text) <= ALLOWED:
                    return True
        except TooSlowError:
            continue
    return False


def nested(pattern: re.Pattern[str]) -> str | None:
    """A repetition without an end, one turn of which may be nothing but another; None: none."""
    return _nested(_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE))


def _nested(tree: Iterable[Any]) -> str | None:
    for kind, value in tree:
        endless = kind in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[1] > _LITTLE
        if endless and _may_be_repetition(value[2]):
            return _sample([(kind, value)])
        for part in _parts(kind, value):
            found = _nested(part)
            if found is not None:
                return found
    return None


def _parts(kind: Any, value: Any) -> list[Any]:
    """The parts of a pattern right below one of its nodes."""
    if kind is sre.BRANCH:
        return list(value[1])
    if kind is sre.SUBPATTERN:
        return [value[-1]]
    if kind is sre.ATOMIC_GROUP:
        return [value]
    if kind in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    return [value[2]] if kind in _REPEATS else []


def _may_be_repetition(tree: Iterable[Any]) -> bool:
    """Whether all that must be there is one repetition without an end (哈+, 嗯+[，。]*)."""
    items = list(tree)
    must = [item for item in items if not _may_be_nothing(item)]
    if len(must) > 1:
        return False
    return any(_is_repetition(item) for item in (must or items))


def _is_repetition(item: Any) -> bool:
    kind, value = item
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        return bool(value[1] > _LITTLE) or _may_be_repetition(value[2])
    if kind in (sre.BRANCH, sre.SUBPATTERN):
        return any(_may_be_repetition(part) for part in _parts(kind, value))
    return False


def _may_be_nothing(item: Any) -> bool:
    kind, value = item
    if kind in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
        return True
    if kind in _REPEATS:
        return bool(value[0] == 0) or all(_may_be_nothing(each) for each in value[2])
    if kind in (sre.BRANCH, sre.SUBPATTERN, sre.ATOMIC_GROUP):
        return any(all(_may_be_nothing(each) for each in part) for part in _parts(kind, value))
    return False
