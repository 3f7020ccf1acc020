"""Who stands in an office and what they have: what the demo and the stories ask of the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Table, func, select

from storage.people import People
from storage.scope import EVERYTHING
from storage.tables import (
    accounts,
    attendance,
    class_groups,
    credit_entries,
    enrolments,
    notice_recipients,
    organisations,
    people,
    roles,
    submissions,
    training_classes,
)
from storage.unit import Unit

# What a story may count of a person (docs/story-facts.md): the table, and the person's column.
FACTS: Mapping[str, tuple[Table, str]] = {
    "accounts": (accounts, "person_id"),
    "attendance": (attendance, "person_id"),
    "credit_entries": (credit_entries, "person_id"),
    "enrolments": (enrolments, "person_id"),
    "notices": (notice_recipients, "person_id"),
    "submissions": (submissions, "person_id"),
}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the roster, the roles held, and the account of the realm that was asked for."""

    name: str
    organisation: str
    roles: frozenset[str]
    account: str | None


@dataclass(frozen=True, slots=True)
class GroupChat:
    """A class's group chat with the accounts of its members."""

    chat: str
    name: str
    members: tuple[str, ...]


class Cast:
    """The people and groups of one realm of accounts (wecom, qq)."""

    def __init__(self, unit: Unit, realm: str) -> None:
        self._unit = unit
        self._realm = realm

    def members(self) -> tuple[Member, ...]:
        """Everybody of the roster, in its order."""
        held: dict[int, set[str]] = {}
        for row in self._unit.rows(select(roles.c.person_id, roles.c.role)):
            held.setdefault(row.person_id, set()).add(row.role)
        known = {
            row.person_id: row.account
            for row in self._unit.rows(
                select(accounts.c.person_id, accounts.c.account).where(
                    accounts.c.channel == self._realm
                )
            )
        }
        rows = self._unit.rows(
            select(people.c.id, people.c.name, organisations.c.name.label("organisation"))
            .join(organisations, people.c.organisation_id == organisations.c.id)
            .order_by(people.c.id)
        )
        return tuple(
            Member(row.name, row.organisation, frozenset(held.get(row.id, ())), known.get(row.id))
            for row in rows
        )

    def groups(self) -> tuple[GroupChat, ...]:
        """The group chats of the classes."""
        rows = self._unit.rows(
            select(class_groups.c.chat, training_classes.c.name, training_classes.c.id)
            .join(training_classes, class_groups.c.training_class_id == training_classes.c.id)
            .where(class_groups.c.channel == self._realm)
            .order_by(class_groups.c.id)
        )
        return tuple(GroupChat(row.chat, row.name, self._accounts_in(row.id)) for row in rows)

    def bind_group(self, name: str, chat: str) -> bool:
        """Tie a group chat to the class of that name; False where there is none."""
        class_id = self._unit.value(
            select(training_classes.c.id).where(training_classes.c.name == name)
        )
        if class_id is None:
            return False
        self._unit.insert_new(
            class_groups,
            {
                "training_class_id": class_id,
                "channel": self._realm,
                "chat": chat,
                "name": name,
            },
        )
        return True

    def count(self, name: str, fact: str) -> int:
        """How many rows of a fact a person has; raises LookupError for an unknown one."""
        if fact not in FACTS:
            raise LookupError(f"没有「{fact}」这个事实，可以是：" + "、".join(FACTS))
        table, column = FACTS[fact]
        found = People(self._unit).named(name, EVERYTHING)
        if not found:
            raise LookupError(f"名册里没有「{name}」")
        return int(
            self._unit.value(
                select(func.count())
                .select_from(table)
                .where(table.c[column].in_([person.id for person in found]))
            )
        )

    def _accounts_in(self, class_id: int) -> tuple[str, ...]:
        rows = self._unit.rows(
            select(accounts.c.account)
            .join(enrolments, enrolments.c.person_id == accounts.c.person_id)
            .where(enrolments.c.training_class_id == class_id, accounts.c.channel == self._realm)
            .order_by(accounts.c.id)
        )
        return tuple(dict.fromkeys(row.account for row in rows))
