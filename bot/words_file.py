"""The office's words as they stand in a file that is edited while the bot runs.

A bad file never replaces the good one in force; mistakes are logged by reason, never by word.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from nlp.office_words import (
    LARGEST_FILE,
    OfficeWords,
    OfficeWordsError,
    read_office_words,
    text_of,
)
from nlp.vocabulary import IntentWords

logger = logging.getLogger("shixun.words")
_Stamp = tuple[int, int, int]


class WordsFile:
    """One words file; `in_force` are the words of the last good reading."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: _Stamp | None = None
        self.in_force = OfficeWords()

    def refresh(self, intents: Iterable[IntentWords]) -> bool:
        """Read the file if it was changed since; whether other words are in force now.

        A file that is gone leaves its words in force: an editor may be replacing it.
        """
        stamp = _stamp(self._path)
        if stamp == self._seen:
            return False
        self._seen = stamp
        if stamp is None:
            logger.warning("words file gone", extra={"reason": "missing"})
            return False
        try:
            words = read_words(self._path, intents)
        except OfficeWordsError as error:
            counts = Counter(str(problem.code) for problem in error.problems)
            for reason, count in sorted(counts.items()):
                logger.warning("words file refused", extra={"reason": reason, "count": count})
            return False
        except OSError:
            logger.warning("words file refused", extra={"reason": "unreadable", "count": 1})
            self._seen = None  # try again at the next tick
            return False
        changed = words != self.in_force
        self.in_force = words
        return changed


def read_words(path: Path, intents: Iterable[IntentWords]) -> OfficeWords:
    """Read a words file; raises OfficeWordsError with all mistakes, or OSError."""
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    return read_office_words(text_of(data), intents)


def _stamp(path: Path) -> _Stamp | None:
    """What changes when somebody saves the file; None where there is no such file."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return (facts.st_mtime_ns, facts.st_size, facts.st_ino) if path.is_file() else None
