"""What the operator should know of the app although it works: one line a subject.

Kept in the database, so that every replica, the readiness page and the doctor tell the same.
Never a reason to be not ready.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from enum import StrEnum

from bot.channels.wecom.contacts import Run
from bot.clock import Clock
from storage.journal import OfficeSettings
from storage.unit import Unit

logger = logging.getLogger("shixun.wecom")
_NAME = "wecom.note."
# What is told again with every message is written down once in so long.
AGAIN = timedelta(hours=1)


class Subject(StrEnum):
    """What a note is about; a new one replaces the old."""

    MENU = "menu"
    CLOCK = "clock"
    APP = "app"
    DIRECTORY = "directory"


class Notes:
    """The notes of one app."""

    def __init__(self, run: Run, clock: Clock) -> None:
        self._run = run
        self._clock = clock
        self._last: dict[Subject, tuple[str, datetime]] = {}

    async def put(self, subject: Subject, words: str) -> None:
        """Note it; empty words: it is well again."""
        now = self._clock.now()
        said = self._last.get(subject)
        if said is not None and said[0] == words and (not words or now - said[1] < AGAIN):
            return
        self._last[subject] = (words, now)
        if words:
            logger.warning("noted for the operator", extra={"reason": subject.value})
        kept = {"words": words, "at": now.isoformat()} if words else None
        await self._run(lambda unit: OfficeSettings(unit).put(_NAME + subject, kept, now))

    async def all(self) -> dict[str, str]:
        """Every note by subject."""
        return await self._run(notes)


def notes(unit: Unit) -> dict[str, str]:
    """Every note by subject, for whoever has the database and no channel (the doctor)."""
    settings = OfficeSettings(unit)
    found = {subject: settings.get(_NAME + subject) for subject in Subject}
    return {subject.value: kept["words"] for subject, kept in found.items() if kept}
