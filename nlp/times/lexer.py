"""Finds the tokens of time in a text, left to right, by the first rule that fits.

Knows no calendar and no clock: values are the numbers and words as written.
"""

from __future__ import annotations

import re
from functools import cache

from nlp.times import builders as b
from nlp.times import recurring
from nlp.times.rules import RULES
from nlp.times.tokens import Token


def _compile() -> dict[str, tuple[tuple[re.Pattern[str], b.Builder], ...]]:
    rules: dict[str, list[tuple[re.Pattern[str], b.Builder]]] = {}
    for chars, pattern, build in (*recurring.RULES, *RULES):
        compiled = re.compile(pattern)
        for char in dict.fromkeys(chars):
            rules.setdefault(char, []).append((compiled, build))
    return {char: tuple(found) for char, found in rules.items()}


_BY_CHAR = _compile()
# No token begins inside a number: a long run of figures is looked at once.
_START = re.compile("(?<![0-9](?=[0-9]))[" + "".join(re.escape(c) for c in _BY_CHAR) + "]")
MOST = 200
"""Tokens that are read; nobody means more times, and what follows them is left alone."""
# In a longer text one pattern is asked first whether any of a character's rules fits.
_LONG = 500
_WORTH_IT = 4
_NAMED = re.compile(r"\(\?P<\w+>")


@cache
def _any_of(patterns: tuple[re.Pattern[str], ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{_NAMED.sub('(?:', each.pattern)})" for each in patterns))


@cache
def _may_fit(char: str) -> re.Pattern[str] | None:
    """What fits wherever a rule of this character fits; None where there are few."""
    rules = tuple(pattern for pattern, _ in _BY_CHAR[char])
    return _any_of(rules) if len(rules) > _WORTH_IT else None


def tokens(text: str) -> list[Token]:
    """The first tokens of time in `text`, in order, without overlap. Linear in its length."""
    found: list[Token] = []
    search, at, long = _START.search, 0, len(text) > _LONG
    while len(found) < MOST and (start := search(text, at)) is not None:
        at = start.start()
        may_fit = _may_fit(text[at]) if long else None
        if may_fit is not None and may_fit.match(text, at) is None:
            at += 1
            continue
        for pattern, build in _BY_CHAR[text[at]]:
            m = pattern.match(text, at)
            if m is None or (built := build(m)) is None:
                continue
            group = (built,) if isinstance(built, Token) else built
            if group[0].word == "weak" and not (found and found[-1].finish == at):
                continue
            found.extend(group)
            at = group[-1].finish
            break
        else:
            at += 1
    return found
