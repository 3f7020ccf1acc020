"""Field synonyms: which concepts (credit, lack, deadline, …) a text touches, in order.

Longest match from left to right over nlp/data/concepts.txt plus the office's own synonyms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from nlp.resources import data_lines


class Concepts:
    """Finds concepts in a scorer's text. `extra` are (concept, word) pairs of the office."""

    def __init__(self, extra: Iterable[tuple[str, str]] = ()) -> None:
        words: dict[str, list[str]] = defaultdict(list)
        for line in data_lines("concepts.txt"):
            concept, *members = line.split(" ")
            for word in members:
                if concept not in words[word]:
                    words[word].append(concept)
        for concept, word in extra:
            words[word].append(concept)
        self._of = {word: tuple(names) for word, names in words.items()}
        lengths: dict[str, set[int]] = defaultdict(set)
        for word in words:
            lengths[word[0]].add(len(word))
        self._lengths = {
            first: tuple(sorted(all_, reverse=True)) for first, all_ in lengths.items()
        }

    def found(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """(word, its concepts) for each match, in order; matches do not overlap."""
        out = []
        position, end = 0, len(text)
        while position < end:
            step = 1
            for length in self._lengths.get(text[position], ()):
                word = text[position : position + length]
                concepts = self._of.get(word)
                if concepts is not None:
                    out.append((word, concepts))
                    step = len(word)
                    break
            position += step
        return out
