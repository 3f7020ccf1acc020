"""Field synonyms: which concepts (credit, lack, deadline, …) a text touches, in order.

Longest match from left to right over nlp/data/concepts.txt plus the office's own synonyms.
"""

from __future__ import annotations

import re
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
        longest_first = sorted(words, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(re.escape(word) for word in longest_first))

    def found(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """(word, its concepts) for each match, in order."""
        return [(word, self._of[word]) for word in self._pattern.findall(text)]
