"""Channels, or single chats of them, that are silent for a while, and why.

In the database, so that every replica keeps quiet and an officer can read the cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from storage.prepared import Prepared
from storage.tables import pauses
from storage.unit import Unit

_CAUSE_LENGTH = 200
_OF = Prepared(
    select(pauses.c.channel, pauses.c.chat, pauses.c.since, pauses.c.until, pauses.c.cause).where(
        pauses.c.until > bindparam("now", type_=pauses.c.until.type)
    )
)


@dataclass(frozen=True, slots=True)
class Pause:
    """One of them. `chat` empty: the whole channel."""

    channel: str
    chat: str
    since: datetime
    until: datetime
    cause: str


class Pauses:
    """Reading and noting them."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def pause(self, channel: str, chat: str, now: datetime, until: datetime, cause: str) -> None:
        """Keep quiet until then; a longer pause that is on already stays."""
        values = {"until": until, "cause": cause[:_CAUSE_LENGTH]}
        which = (pauses.c.channel == channel, pauses.c.chat == chat)
        # one that is over begins anew
        self._unit.run(delete(pauses).where(*which, pauses.c.until <= now))
        if not self._unit.insert_new(
            pauses, {"channel": channel, "chat": chat, "since": now, **values}
        ):
            self._unit.run(update(pauses).where(*which, pauses.c.until < until).values(**values))

    def end(self, channel: str, chat: str = "") -> None:
        """It works again."""
        self._unit.run(delete(pauses).where(pauses.c.channel == channel, pauses.c.chat == chat))

    def now(self, now: datetime) -> tuple[Pause, ...]:
        """All that hold at this moment."""
        return tuple(Pause(*row) for row in self._unit.rows(_OF, {"now": now}))

    def of(self, channel: str, now: datetime) -> Mapping[str, Pause]:
        """Those of one channel, by chat."""
        return {each.chat: each for each in self.now(now) if each.channel == channel}
