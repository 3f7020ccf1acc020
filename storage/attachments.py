"""Pictures and files on their way in or out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from storage.tables import attachments
from storage.unit import Unit


class Attachments:
    """Bytes by id; rows that are scanned only name the id."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, name: str, media_type: str, data: bytes, now: datetime) -> int:
        """Keep a file; its id."""
        return self._unit.add(
            insert(attachments),
            {"name": name, "media_type": media_type, "data": data, "created_at": now},
        )

    def content(self, attachment_id: int) -> tuple[str, bytes]:
        """Name and bytes; raises LookupError for one that is gone."""
        row = self._unit.row(
            select(attachments.c.name, attachments.c.data).where(attachments.c.id == attachment_id)
        )
        if row is None:
            raise LookupError("the attachment is gone")
        return str(row.name), bytes(row.data)

    def bytes_of(self, attachment_id: int) -> bytes | None:
        """The content, or None for one that is gone."""
        data = self._unit.value(select(attachments.c.data).where(attachments.c.id == attachment_id))
        return None if data is None else bytes(data)

    def forget(self, attachment_id: int) -> None:
        """Drop one that is no longer needed."""
        self._unit.run(delete(attachments).where(attachments.c.id == attachment_id))
