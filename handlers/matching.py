"""Whether the words for a programme or class mean one of those that the record knows.

The understanding hands over a canonical name where it could; this is for the words it could not
resolve. Plain text comparison: no topic, no tables.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from handlers.contract import Turn

# Words that say what kind of thing is meant, not which: 小学班主任培训 and 小学班主任班 are one.
_KIND_WORDS = re.compile(r"(?:培训班|培训项目|培训|项目|研修班|研修|班)$")
_SIGNS = re.compile(r"[\s,。、:;!?()\[\]《》「」“”\"'·\-—]+")
CLOSE_ENOUGH = 0.75
SHORTEST = 2

Item = TypeVar("Item")


def names_asked(turn: Turn, slot: str = "programme") -> tuple[str, ...]:
    """The names in a slot: one, or the candidates where the understanding saw several."""
    value = turn.slots.get(slot)
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    text = turn.slots.text(slot)
    return () if text is None else (text,)


def bare(text: str) -> str:
    """A name without width, case, signs and spaces."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text)).lower()


def best(
    wanted: Sequence[str], items: Iterable[Item], names: Callable[[Item], Iterable[str]]
) -> tuple[Item, ...]:
    """The items that the words fit best: equal names, else containing ones, else close ones."""
    ranked: dict[int, list[Item]] = {}
    for item in items:
        known = [name for name in names(item) if name]
        place = min((_rank(words, name) for words in wanted for name in known), default=None)
        if place is not None and place < _NOT_ALIKE:
            ranked.setdefault(place, []).append(item)
    return tuple(ranked[min(ranked)]) if ranked else ()


_NOT_ALIKE = 4


def _rank(words: str, name: str) -> int:
    said, known = bare(words), bare(name)
    if said == known:
        return 0
    core_said, core_known = _core(said), _core(known)
    if core_said == core_known:
        return 1
    if len(core_said) >= SHORTEST and (core_said in known or core_known in said):
        return 2
    return 3 if _alike(core_said, core_known) else _NOT_ALIKE


def _core(text: str) -> str:
    """The name without the word for its kind, unless nothing would be left."""
    return _KIND_WORDS.sub("", text) or text


def _alike(said: str, known: str) -> bool:
    """Whether nearly all that was said occurs in the name, pair by pair, in whatever order."""
    pairs = [said[at : at + 2] for at in range(len(said) - 1)]
    if len(pairs) < SHORTEST:
        return False
    return sum(pair in known for pair in pairs) / len(pairs) >= CLOSE_ENOUGH
