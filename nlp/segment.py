"""Words of a message, cut by jieba with our own small dictionary. The only file importing jieba.

jieba's shared cache file is never read or written: its tables are filled from our data directly.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol, cast

from nlp.resources import data_lines

_TRADE_WEIGHT = 3000


class _Cutter(Protocol):
    def lcut(self, sentence: str, *, HMM: bool) -> list[str]: ...  # noqa: N803 - jieba's own name


class Segmenter:
    """Cuts text into words; `extra` are the office's own words. Immutable after it is made."""

    def __init__(self, extra: Iterable[str] = ()) -> None:
        self._extra = tuple(extra)
        self._lock = threading.Lock()
        self._cutter: _Cutter | None = None

    def words(self, text: str) -> list[str]:
        """The words in order, blanks dropped."""
        cutter = self._cutter or self._load()
        return [word for word in cutter.lcut(text, HMM=False) if word != " "]

    def _load(self) -> _Cutter:
        import jieba  # noqa: PLC0415 - 0.1 s that a start does not need

        with self._lock:
            if self._cutter is None:
                tokenizer = jieba.Tokenizer()
                tokenizer.FREQ, tokenizer.total = (
                    frequencies(self._extra) if self._extra else _common_frequencies()
                )
                tokenizer.initialized = True
                self._cutter = cast("_Cutter", tokenizer)
            return self._cutter


@lru_cache(maxsize=1)
def _common_frequencies() -> tuple[dict[str, int], int]:
    """Shared by all segmenters without words of their own; never changed."""
    return frequencies()


def frequencies(extra: Iterable[str] = ()) -> tuple[dict[str, int], int]:
    """jieba's table (word → count, and 0 for each beginning of a word) and the sum of counts."""
    table: dict[str, int] = {}
    total = 0
    for line in data_lines("words.txt"):
        word, _, count = line.partition(" ")
        table[word] = int(count)
        total += int(count)
    for word in (*data_lines("trade_words.txt"), *extra):
        total += _TRADE_WEIGHT - table.get(word, 0)
        table[word] = _TRADE_WEIGHT
    for word in list(table):
        for end in range(1, len(word)):
            table.setdefault(word[:end], 0)
    return table, total
