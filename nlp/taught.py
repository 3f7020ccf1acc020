"""The office's own examples: a message (nearly) like one of them means what the office says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from nlp.normalise import bare, tidy

_ALIKE = 0.8


class Taught:
    """Finds the example that a scorer's text is or nearly is."""

    def __init__(self, examples: Iterable[tuple[str, str]]) -> None:
        self._exact: dict[str, str] = {}
        self._pairs: list[tuple[frozenset[str], str]] = []
        self._with: dict[str, list[int]] = defaultdict(list)
        for intent, text in examples:
            words = bare(tidy(text))
            self._exact[words] = intent
            pairs = _pairs(words)
            for pair in pairs:
                self._with[pair].append(len(self._pairs))
            self._pairs.append((pairs, intent))

    def intent(self, words: str) -> str | None:
        """The intent of the example that shares four fifths of the character pairs, if any."""
        if not self._pairs:
            return None
        if words in self._exact:
            return self._exact[words]
        own = _pairs(words)
        shared: dict[int, int] = defaultdict(int)
        for pair in own:
            for place in self._with.get(pair, ()):
                shared[place] += 1
        best, found = _ALIKE, None
        for place in sorted(shared):
            pairs, intent = self._pairs[place]
            alike = 2 * shared[place] / (len(own) + len(pairs))
            if alike > best:
                best, found = alike, intent
        return found


def _pairs(words: str) -> frozenset[str]:
    line = f"^{words}$"
    return frozenset(line[i : i + 2] for i in range(len(line) - 1))
