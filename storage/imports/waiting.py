"""Files that were sent in a chat and wait until their import is confirmed or given up.

They are kept as they were read: nobody opens a stranger's bytes a second time.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from storage.readers.reading import ReadFile
from storage.readers.wire import packed
from storage.readers.wire_in import from_kept
from storage.tables import attachments
from storage.unit import Unit

KEPT_FOR = timedelta(hours=1)
_MEDIA_TYPE = "application/x-waiting-read"
_DIGITS = 9  # of what an INTEGER column holds


class WaitingFiles:
    """The one file of each person that waits. Only its sender can take it."""

    def __init__(self, unit: Unit, person_id: int) -> None:
        self._unit = unit
        self._prefix = f"import:{person_id}:"

    def keep(self, file: ReadFile, now: datetime) -> str:
        """Keep a file, as it was read, instead of the one before, and drop whatever nobody came
        back for.

        The token names this file and no later one: SQLite gives the number of a deleted row again.
        """
        # before the first write: the writer waits for nobody's file
        data = file.kept or packed(file)
        waiting = attachments.c.media_type == _MEDIA_TYPE
        own = attachments.c.name.startswith(self._prefix, autoescape=True)
        old = attachments.c.created_at < now - KEPT_FOR
        self._unit.run(delete(attachments).where(waiting, own | old))
        number = self._unit.add(
            insert(attachments),
            {
                "name": f"{self._prefix}{file.filename}"[:200],
                "media_type": _MEDIA_TYPE,
                "data": data,
                "created_at": now,
            },
        )
        return f"{number}-{_mark(data)}"

    def look(self, token: str) -> ReadFile | None:
        """The file as it was read; None where it is gone or somebody else's.

        Raises ReadError where it is from another version of this programme.
        """
        number, _, mark = token.partition("-")
        if not number.isdecimal() or len(number) > _DIGITS:
            return None
        row = self._unit.row(
            select(attachments.c.name, attachments.c.data).where(
                attachments.c.id == int(number), attachments.c.media_type == _MEDIA_TYPE
            )
        )
        if row is None or not row.name.startswith(self._prefix) or _mark(row.data) != mark:
            return None
        return from_kept(bytes(row.data), row.name.removeprefix(self._prefix))

    def take(self, token: str) -> bool:
        """Remove a file that `look` gave; False for the second of two presses at once."""
        number = int(token.partition("-")[0])
        return bool(self._unit.run(delete(attachments).where(attachments.c.id == number)))


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
