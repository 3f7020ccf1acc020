"""Field synonyms: which concepts (credit, lack, deadline, …) a text touches, in order.

Longest match from left to right over nlp/data/concepts.txt.
"""

from __future__ import annotations

from collections import defaultdict

from nlp.resources import data_lines


class Concepts:
    """Finds concepts in a scorer's text. Immutable."""

    def __init__(self) -> None:
        words: dict[str, list[str]] = defaultdict(list)
        for line in data_lines("concepts.txt"):
            concept, *members = line.split(" ")
            for word in members:
                if concept not in words[word]:
                    words[word].append(concept)
        self._of = {word: tuple(names) for word, names in words.items()}
        lengths: dict[str, set[int]] = defaultdict(set)
        for word in words:
            lengths[word[0]].add(len(word))
        self._lengths = {
            first: tuple(sorted(all_, reverse=True)) for first, all_ in lengths.items()
        }

    def __contains__(self, word: str) -> bool:
        return word in self._of

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
