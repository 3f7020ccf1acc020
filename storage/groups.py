"""Group chats of the platforms and the classes they belong to."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from storage.tables import class_groups
from storage.unit import Unit

_CLASS_OF = select(class_groups.c.training_class_id).where(
    class_groups.c.channel == bindparam("channel"), class_groups.c.chat == bindparam("chat")
)


class Groups:
    """Which class a group chat belongs to."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def class_of(self, channel: str, chat: str) -> int | None:
        """The class's id; None for a group that is bound to none."""
        found: int | None = self._unit.value(_CLASS_OF, {"channel": channel, "chat": chat})
        return found
