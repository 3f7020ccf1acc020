"""Sounds: characters and typed pinyin to folded syllables, so that homophones meet.

One reading a character (a generated table); no tones, no context.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlp.resources import data_lines

_LATIN = re.compile(r"[a-z]+")
_LONGEST_SYLLABLE = 6
_FOLDS = (
    (re.compile(r"^(z|c|s)h"), r"\1"),
    (re.compile(r"^[ln](?=.)"), "l"),
    (re.compile(r"^hu(?=[ai])"), "f"),
    (re.compile(r"(?<=[aei])ng$"), "n"),
)


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """(character → syllable, syllable → folded syllable)."""
    sounds: dict[str, str] = {}
    folded: dict[str, str] = {}
    for line in data_lines("pinyin.txt"):
        syllable, _, characters = line.partition(" ")
        key = syllable
        for pattern, replacement in _FOLDS:
            key = pattern.sub(replacement, key)
        folded[syllable] = key
        sounds.update(dict.fromkeys(characters, syllable))
    return sounds, folded


def syllable(char: str) -> str:
    """The usual reading without tone; the character itself when it has none."""
    return _tables()[0].get(char, char)


def exact(text: str) -> str:
    """The unfolded syllables joined by blanks, for comparing names."""
    sounds = _tables()[0]
    return " ".join(sounds.get(char, char) for char in text)


@lru_cache(maxsize=4096)
def split_latin(letters: str) -> tuple[str, ...]:
    """Typed pinyin cut into syllables (fewest first); the run itself when it is not pinyin."""
    known = _tables()[1]
    best: list[tuple[str, ...] | None] = [(), *([None] * len(letters))]
    for end in range(1, len(letters) + 1):
        for begin in range(max(0, end - _LONGEST_SYLLABLE), end):
            before = best[begin]
            piece = letters[begin:end]
            if before is None or piece not in known or (len(piece) == 1 and piece not in "aeo"):
                continue
            current = best[end]
            if current is None or len(before) + 1 < len(current):
                best[end] = (*before, piece)
    return best[-1] or (letters,)


def folded(text: str) -> list[str]:
    """The folded syllables of a lower-case text; digits and signs stay, blanks go.

    Cost is linear; a run of more than 24 letters is not looked into.
    """
    sounds, folds = _tables()
    out: list[str] = []
    position = 0
    for match in _LATIN.finditer(text):
        out.extend(
            folds.get(sounds.get(c, c), c) for c in text[position : match.start()] if c != " "
        )
        run = match.group()
        pieces = split_latin(run) if len(run) <= _LONGEST_SYLLABLE * 4 else (run[:8],)
        out.extend(folds.get(piece, piece) for piece in pieces)
        position = match.end()
    out.extend(folds.get(sounds.get(c, c), c) for c in text[position:] if c != " ")
    return out
