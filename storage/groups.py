"""Group chats of the platforms: the classes they belong to, and the codes that tie them.

A group's `channel` is the namespace of its id: the realm of the messages that are heard there
(wecom, qq_group, onebot), or the way that only writes into it (wecom_robot, wecom_appchat).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from storage.accounts import code_hash
from storage.tables import class_groups, group_codes, training_classes
from storage.unit import Unit

# A chat that the WeCom app makes; until it is there its row has no `bound_at`.
APP_CHAT = "wecom_appchat"

_CLASS_OF = select(class_groups.c.training_class_id).where(
    class_groups.c.channel == bindparam("channel"), class_groups.c.chat == bindparam("chat")
)
_ROWS = (
    select(
        class_groups.c.id,
        class_groups.c.training_class_id,
        training_classes.c.name.label("class_name"),
        class_groups.c.channel,
        class_groups.c.chat,
        class_groups.c.name,
        class_groups.c.bound_at,
    )
    .join(training_classes, class_groups.c.training_class_id == training_classes.c.id)
    .order_by(training_classes.c.name, class_groups.c.id)
)


@dataclass(frozen=True, slots=True)
class ClassGroup:
    """One group chat of a class. `name` may be empty, `bound_at` of an imported one is."""

    id: int
    class_id: int
    class_name: str
    channel: str
    chat: str
    name: str
    bound_at: datetime | None

    @property
    def made(self) -> bool:
        """Whether it is there: the app still has to make one that was only asked for."""
        return self.channel != APP_CHAT or self.bound_at is not None


@dataclass(frozen=True, slots=True)
class GroupCode:
    """A one-time code that ties a group chat to a class."""

    id: int
    class_id: int
    class_name: str
    issued_by: int
    expires_at: datetime
    used_at: datetime | None


class Groups:
    """Which class a group chat belongs to, and which group chats a class has."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def class_of(self, channel: str, chat: str) -> int | None:
        """The class's id; None for a group that is bound to none."""
        found: int | None = self._unit.value(_CLASS_OF, {"channel": channel, "chat": chat})
        return found

    def class_name(self, class_id: int) -> str:
        """What a class is called; empty for none."""
        named = select(training_classes.c.name).where(training_classes.c.id == class_id)
        return str(self._unit.value(named) or "")

    def of_class(self, class_id: int) -> tuple[tuple[str, str, str], ...]:
        """The group chats of one class that are there: (channel, chat, name)."""
        return tuple((each.channel, each.chat, each.name) for each in self.of_classes([class_id]))

    def of_classes(
        self, class_ids: Sequence[int], *, wanted: bool = False
    ) -> tuple[ClassGroup, ...]:
        """Those of several classes, by class; `wanted`: with those that are still being made."""
        rows = self._unit.rows(_ROWS.where(class_groups.c.training_class_id.in_(class_ids)))
        found = (ClassGroup(*row) for row in rows)
        return tuple(each for each in found if wanted or each.made)

    def bind(
        self, class_id: int, channel: str, chat: str, by: int | None, now: datetime, name: str = ""
    ) -> bool:
        """Tie a group chat to a class, away from the one it had; False: it was this one's."""
        values = {
            "training_class_id": class_id,
            "name": name,
            "bound_by_id": by,
            "bound_at": now,
        }
        if self._unit.insert_new(class_groups, {"channel": channel, "chat": chat, **values}):
            return True
        return bool(
            self._unit.run(
                update(class_groups)
                .where(*_is(channel, chat), class_groups.c.training_class_id != class_id)
                .values(**values)
            )
        )

    def unbind(self, class_id: int, channel: str, chat: str) -> bool:
        """The group chat belongs to no class any more; False where it was not this one's."""
        return bool(
            self._unit.run(
                delete(class_groups).where(
                    *_is(channel, chat), class_groups.c.training_class_id == class_id
                )
            )
        )

    # -- one-time codes ---------------------------------------------------------------------------

    def issue_code(
        self, class_id: int, code: str, issued_by: int, now: datetime, expires_at: datetime
    ) -> bool:
        """Keep a new code; False where the same digits are still open: draw others."""
        self._unit.lock()
        taken = self._unit.value(
            select(group_codes.c.id).where(
                group_codes.c.code_hash == code_hash(code),
                group_codes.c.used_at.is_(None),
                group_codes.c.expires_at > now,
            )
        )
        if taken is not None:
            return False
        self._unit.add(
            insert(group_codes),
            {
                "training_class_id": class_id,
                "code_hash": code_hash(code),
                "issued_by_id": issued_by,
                "issued_at": now,
                "expires_at": expires_at,
            },
        )
        return True

    def code(self, code: str) -> GroupCode | None:
        """The latest code with these digits, used and expired ones included."""
        row = self._unit.row(
            select(
                group_codes.c.id,
                group_codes.c.training_class_id,
                training_classes.c.name,
                group_codes.c.issued_by_id,
                group_codes.c.expires_at,
                group_codes.c.used_at,
            )
            .join(training_classes, group_codes.c.training_class_id == training_classes.c.id)
            .where(group_codes.c.code_hash == code_hash(code))
            .order_by(group_codes.c.id.desc())
            .limit(1)
        )
        return None if row is None else GroupCode(*row)

    def use_code(self, code_id: int, now: datetime) -> bool:
        """Use a code up; False where somebody else was faster."""
        return bool(
            self._unit.run(
                update(group_codes)
                .where(group_codes.c.id == code_id, group_codes.c.used_at.is_(None))
                .values(used_at=now)
            )
        )


def _is(channel: str, chat: str):  # type: ignore[no-untyped-def]
    return class_groups.c.channel == channel, class_groups.c.chat == chat
