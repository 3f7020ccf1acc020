"""The group chats that the WeCom app makes for classes: wished for, made, kept equal.

The app calls the platform and this keeps what it is to call for. The chat's id is ours, chosen
with the wish, so that making the same chat twice is one chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from storage.groups import APP_CHAT
from storage.tables import accounts, class_groups, enrolments, people, training_classes
from storage.unit import Unit

REALM = "wecom"
TRAINEE = "trainee"
ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class AppChat:
    """One chat as it should be. `members`: accounts in the app's own namespace, by enrolment;
    `owner` is one of them, of the class's staff where they have an account."""

    class_id: int
    class_name: str
    chat: str
    name: str
    owner: str
    members: tuple[str, ...]
    asked_by: int | None


class AppChats:
    """Wishes for chats and what came of them."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def want(self, class_id: int, chat: str, name: str, by: int) -> bool:
        """Ask for a chat with this id; False where the class has one or is getting one."""
        self._unit.lock()
        has_one = select(class_groups.c.id).where(
            class_groups.c.training_class_id == class_id, class_groups.c.channel == APP_CHAT
        )
        if self._unit.value(has_one) is not None:
            return False
        return bool(
            self._unit.insert_new(
                class_groups,
                {
                    "training_class_id": class_id,
                    "channel": APP_CHAT,
                    "chat": chat,
                    "name": name,
                    "bound_by_id": by,
                },
            )
        )

    def wanted(self) -> tuple[AppChat, ...]:
        """Chats that are to be made."""
        return self._chats(made=False)

    def made(self) -> tuple[AppChat, ...]:
        """Chats that are there, with the members they should have now."""
        return self._chats(made=True)

    def created(self, wanted: AppChat, chat: str, now: datetime) -> bool:
        """It is there, under this id; False: somebody else noted it already."""
        return bool(
            self._unit.run(
                update(class_groups)
                .where(*_is(wanted.chat), class_groups.c.bound_at.is_(None))
                .values(chat=chat, bound_at=now)
            )
        )

    def give_up(self, wanted: AppChat) -> bool:
        """It cannot be made: the wish is forgotten. False: it was forgotten or made already."""
        return bool(
            self._unit.run(
                delete(class_groups).where(*_is(wanted.chat), class_groups.c.bound_at.is_(None))
            )
        )

    def members(self, class_id: int) -> tuple[str, ...]:
        """The accounts of everybody of a class who is in service, staff first."""
        return tuple(account for _, account in self._accounts([class_id]).get(class_id, ()))

    def _chats(self, *, made: bool) -> tuple[AppChat, ...]:
        there = class_groups.c.bound_at.is_not(None) if made else class_groups.c.bound_at.is_(None)
        rows = self._unit.rows(
            select(
                class_groups.c.training_class_id,
                training_classes.c.name,
                class_groups.c.chat,
                class_groups.c.name.label("chat_name"),
                class_groups.c.bound_by_id,
            )
            .join(training_classes, class_groups.c.training_class_id == training_classes.c.id)
            .where(class_groups.c.channel == APP_CHAT, there)
            .order_by(class_groups.c.id)
        )
        held = self._accounts([row.training_class_id for row in rows])
        found = []
        for row in rows:
            members = tuple(account for _, account in held.get(row.training_class_id, ()))
            owner = members[0] if members else ""
            found.append(
                AppChat(
                    row.training_class_id,
                    row.name,
                    row.chat,
                    row.chat_name,
                    owner,
                    members,
                    row.bound_by_id,
                )
            )
        return tuple(found)

    def _accounts(self, class_ids: Sequence[int]) -> dict[int, list[tuple[bool, str]]]:
        """By class (is a trainee, account), staff first, each account once."""
        rows = self._unit.rows(
            select(
                enrolments.c.training_class_id,
                (enrolments.c.role == TRAINEE).label("trainee"),
                accounts.c.account,
            )
            .join(people, enrolments.c.person_id == people.c.id)
            .join(accounts, accounts.c.person_id == people.c.id)
            .where(
                enrolments.c.training_class_id.in_(class_ids),
                accounts.c.channel == REALM,
                people.c.status == ACTIVE,
            )
            .order_by(enrolments.c.id, accounts.c.id)
        )
        found: dict[int, dict[str, bool]] = {}
        for class_id, trainee, account in rows:
            members = found.setdefault(class_id, {})
            members[account] = members.get(account, True) and bool(trainee)
        return {
            class_id: sorted(
                ((trainee, account) for account, trainee in members.items()), key=_staff
            )
            for class_id, members in found.items()
        }


def _staff(member: tuple[bool, str]) -> bool:
    return member[0]


def _is(chat: str):  # type: ignore[no-untyped-def]
    return class_groups.c.channel == APP_CHAT, class_groups.c.chat == chat
