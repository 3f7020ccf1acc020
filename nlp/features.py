"""What the scorer looks at in a text: characters, folded sounds, words, concepts.

The same functions serve training and use; a change here must raise VERSION and retrain.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from nlp.concepts import Concepts
from nlp.pinyin import folded
from nlp.segment import Segmenter

VERSION = 2
FAMILIES = ("char", "sound", "word", "concept")


@dataclass(frozen=True, slots=True)
class Extractor:
    """Turns a bare text (nlp.normalise.bare) into distinct features by family."""

    segmenter: Segmenter
    concepts: Concepts

    def features(self, text: str) -> tuple[list[str], list[str], list[str], list[str]]:
        """Distinct feature names in the order of FAMILIES; the first letter names the family."""
        words = self.segmenter.words(text)
        return (
            _chars(text),
            _sounds(text),
            _words(words),
            _concepts([names for _, names in self.concepts.found(text)]),
        )


def _chars(text: str) -> list[str]:
    line = f"^{text}$".replace(" ", "")
    out = dict.fromkeys("c" + char for char in line[1:-1])
    out.update(dict.fromkeys("c" + line[i : i + 2] for i in range(len(line) - 1)))
    out.update(dict.fromkeys("c" + line[i : i + 3] for i in range(len(line) - 2)))
    return list(out)


def _sounds(text: str) -> list[str]:
    line = ["^", *folded(text), "$"]
    out = dict.fromkeys("p" + one for one in line[1:-1])
    out.update(dict.fromkeys(f"p{a} {b}" for a, b in pairwise(line)))
    out.update(
        dict.fromkeys(f"p{a} {b} {c}" for a, b, c in zip(line, line[1:], line[2:], strict=False))
    )
    return list(out)


def _words(words: list[str]) -> list[str]:
    out = dict.fromkeys("w" + word for word in words)
    out.update(dict.fromkeys(f"w{a} {b}" for a, b in pairwise(words)))
    return list(out)


def _concepts(found: list[tuple[str, ...]]) -> list[str]:
    out: dict[str, None] = {}
    for index, names in enumerate(found[:12]):
        for name in names:
            out["k" + name] = None
            for other in found[index + 1 : 12]:
                out.update(dict.fromkeys(f"k{name}>{later}" for later in other))
    return list(out)
