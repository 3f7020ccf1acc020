"""The office's own sayings: what people here say for a word of the trade (积点 for 学分).

Read as that word where intents are judged; what a person wrote is passed on unchanged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from nlp.normalise import bare, tidy


class Sayings:
    """Replaces sayings by what they mean, the longest first. `pairs` are (said, meant)."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._meant = {bare(tidy(said)): meant for said, meant in pairs}
        self._meant.pop("", None)
        lengths: dict[str, set[int]] = defaultdict(set)
        for said in self._meant:
            lengths[said[0]].add(len(said))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def plain(self, text: str) -> str:
        """The text in the words of the trade; linear in its length."""
        if not self._meant:
            return text
        return "".join(meant or kept for kept, meant in self._cut(text))

    def why(self, text: str) -> tuple[str, ...]:
        """For people: which sayings occur."""
        if not self._meant:
            return ()
        return tuple(f"本单位的说法：{said}→{meant}" for said, meant in self._cut(text) if meant)

    def _cut(self, text: str) -> list[tuple[str, str]]:
        """(what is written, what it means or nothing), in order."""
        out = []
        position, end = 0, len(text)
        while position < end:
            piece, meant = text[position], ""
            for length in self._lengths.get(piece.lower(), ()):
                found = self._meant.get(text[position : position + length].lower())
                if found:
                    piece, meant = text[position : position + length], found
                    break
            out.append((piece, meant))
            position += len(piece)
        return out
