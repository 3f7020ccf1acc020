"""Finds the tokens of time in a text, left to right, by the first rule that fits.

Knows no calendar and no clock: values are the numbers and words as written.
"""

from __future__ import annotations

import re

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
_START = re.compile("[" + "".join(re.escape(c) for c in _BY_CHAR) + "]")


def tokens(text: str) -> list[Token]:
    """All tokens of time in `text`, in order, without overlap. Linear in its length."""
    found: list[Token] = []
    search, at = _START.search, 0
    while (start := search(text, at)) is not None:
        at = start.start()
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
