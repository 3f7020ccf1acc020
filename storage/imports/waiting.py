"""Files that were sent in a chat and wait until their import is confirmed or given up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from storage.readers.sheet_rows import Kind
from storage.tables import attachments
from storage.unit import Unit

KEPT_FOR = timedelta(hours=1)
_MEDIA_TYPE = "application/x-waiting-import"


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file whose dry run was shown."""

    kind: Kind
    filename: str
    data: bytes


class WaitingFiles:
    """The one file of each person that waits. Only its sender can take it."""

    def __init__(self, unit: Unit, person_id: int) -> None:
        self._unit = unit
        self._prefix = f"import:{person_id}:"

    def keep(self, kind: Kind, filename: str, data: bytes, now: datetime) -> str:
        """Keep a file instead of the one before, and drop whatever nobody came back for.

        The token names this file and no later one: SQLite gives the number of a deleted row again.
        """
        waiting = attachments.c.media_type == _MEDIA_TYPE
        own = attachments.c.name.startswith(self._prefix, autoescape=True)
        old = attachments.c.created_at < now - KEPT_FOR
        self._unit.run(delete(attachments).where(waiting, own | old))
        number = self._unit.add(
            insert(attachments),
            {
                "name": f"{self._prefix}{kind.value}:{filename}"[:200],
                "media_type": _MEDIA_TYPE,
                "data": data,
                "created_at": now,
            },
        )
        return f"{number}-{_mark(data)}"

    def take(self, token: str) -> WaitingFile | None:
        """The file, removed; None where it is gone or somebody else's."""
        number, _, mark = token.partition("-")
        if not number.isdecimal():
            return None
        of_token = attachments.c.id == int(number)
        row = self._unit.row(
            select(attachments.c.name, attachments.c.data).where(
                of_token, attachments.c.media_type == _MEDIA_TYPE
            )
        )
        if row is None or not row.name.startswith(self._prefix) or _mark(row.data) != mark:
            return None
        # two presses at once: only one of them removes it
        if not self._unit.run(delete(attachments).where(of_token)):
            return None
        kind, _, filename = row.name.removeprefix(self._prefix).partition(":")
        return WaitingFile(Kind(kind), filename, bytes(row.data))


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
