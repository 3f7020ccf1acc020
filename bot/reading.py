"""The understanding in the office's own words, rebuilt when its names or its words change."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from bot import memory
from bot.words_file import WordsFile
from handlers import registry
from handlers.permissions import roles_allowed
from handlers.rules.masking import Masker
from nlp.office_words import OfficeWords
from nlp.understanding import Understanding
from nlp.vocabulary import IntentWords, Name, Names, Vocabulary
from storage.database import Database
from storage.names import OfficeNames
from storage.unit import Unit

logger = logging.getLogger("shixun.reading")


def intent_words() -> tuple[IntentWords, ...]:
    """Every declared intent as the understanding sees it."""
    return tuple(
        IntentWords(
            name=intent.name,
            title=intent.title,
            roles=roles_allowed(intent.permission),
            acting=intent.acting,
            keywords=intent.keywords,
            forms=intent.forms,
            exact_only=intent.exact_only,
        )
        for intent in registry.INTENTS
    )


class Readings:
    """Holds the present understanding; loading it takes a second that the start does not wait."""

    def __init__(self, database: Database, words_file: Path | None = None) -> None:
        """`words_file`: what the office added; it may be made or changed while this runs."""
        self._database = database
        self._words = WordsFile(words_file) if words_file is not None else None
        self._masker = Masker()
        self._lock = threading.Lock()
        self._loader: threading.Thread | None = None
        self._current: Understanding | None = None
        self._loaded = ("", OfficeWords())

    @property
    def ready(self) -> bool:
        """Whether it is loaded."""
        return self._current is not None

    def start(self) -> None:
        """Load in the background; the first message waits for it if it must."""
        with self._lock:
            if self._loader is None:
                # a thread of its own: the unit of a turn that waits for it must not be disturbed
                self._loader = threading.Thread(
                    target=self._load_first, name="understanding", daemon=True
                )
                self._loader.start()

    def current(self) -> Understanding:
        """The understanding, waited for while it is being loaded."""
        if self._current is None:
            self.start()
            loader = self._loader
            if loader is not None:
                loader.join()
            if self._current is None:
                raise RuntimeError("the understanding could not be loaded")
        return self._current

    def masked(self, text: str) -> str:
        """What somebody wrote, without what could tell who: by the names that are known now."""
        self.current()
        return self._masker.masked(text)

    def close(self) -> None:
        """Wait for the loading, which must not find its connection closed."""
        if self._loader is not None:
            self._loader.join()

    def _load_first(self) -> None:
        try:
            if self._words is not None:
                self._words.refresh(intent_words())
            with self._database.unit() as unit:
                self._load(unit)
        except Exception:
            logger.exception("understanding not loaded")
            # the next message, or the next tick, tries again
            self._loader = None

    def refresh(self, unit: Unit) -> None:
        """Rebuild when names were imported or the words file was changed since."""
        if self._current is None:
            self.start()
            return
        if self._words is not None:
            self._words.refresh(intent_words())
        if self._loaded != (OfficeNames(unit).version(), self._own_words()):
            self._load(unit)
            logger.info("understanding reloaded")

    def _own_words(self) -> OfficeWords:
        return self._words.in_force if self._words is not None else OfficeWords()

    def _load(self, unit: Unit) -> None:
        names = OfficeNames(unit)
        version = names.version()
        kinds = {
            kind: tuple(Name(*each) for each in listed) for kind, listed in names.all().items()
        }
        own = self._own_words()
        vocabulary = Vocabulary(
            intent_words(), Names(**kinds), own.words, own.synonyms, own.examples
        )
        self._masker = Masker(name.canonical for name in kinds["people"])
        self._current = Understanding(vocabulary)
        self._loaded = (version, own)
        memory.settle()
