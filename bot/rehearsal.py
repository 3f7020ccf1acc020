"""An office to rehearse with: the demo and the stories run the real application on it.

Prepares a fresh database from an office folder and tells a stage who is there; knows nothing of
the fake platforms that play the other side.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.app import Application
from handlers.contract import SHANGHAI
from handlers.imports import office_context
from handlers.permissions import Role
from storage import schema
from storage.accounts import Accounts
from storage.cast import Cast, GroupChat
from storage.database import Database
from storage.imports.commands import import_office
from storage.people import People
from storage.readers.office import read_office
from storage.scope import EVERYTHING
from storage.sending import Sending

REALM = "wecom"
_LABELS = (
    (Role.COUNTY_ADMIN, "师训股"),
    (Role.SCHOOL_ADMIN, "校级管理员"),
    (Role.CLASS_TUTOR, "班主任"),
    (Role.WORKSHOP_LEADER, "坊主"),
    (Role.PROVIDER, "承办机构"),
)
TEACHER = "教师"


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody of the roster with an account, or whose account a stage must make up."""

    name: str
    role: str
    unit: str
    account: str | None


class OfficeInUseError(Exception):
    """The database holds an office already: nothing may be played there."""


def furnish(url: str, folder: Path | None, now: datetime) -> None:
    """Make an empty office at `url`, or one with what lies in a folder.

    Raises OfficeInUseError where there is an office, or as the import.
    """
    database = Database(url)
    try:
        schema.upgrade(database)
        with database.unit() as unit:
            if People(unit).organisations():
                raise OfficeInUseError(
                    "这个数据库里已经有一个办公室的数据，没有动它。请另用一个空的。"
                )
        if folder is not None:
            import_office(database, read_office(folder), office_context(now.astimezone(SHANGHAI)))
    finally:
        database.close()


class Rehearsal:
    """The application under test as a stage sees it."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self._database = application.database

    async def ready(self, seconds: float = 5.0) -> bool:
        """Wait until every channel that dials is connected; False where one is not in time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        dialling = [
            each for each in self.application.channels.values() if hasattr(each, "connected")
        ]
        while not all(each.connected for each in dialling):
            if loop.time() > until:
                return False
            await asyncio.sleep(0.02)
        return True

    def players(self) -> tuple[Player, ...]:
        """Everybody of the roster, teachers first, grouped by what they are."""
        with self._database.unit() as unit:
            members = Cast(unit, REALM).members()
        listed = [Player(m.name, _label(m.roles), m.organisation, m.account) for m in members]
        order = [TEACHER, *(label for _, label in reversed(_LABELS))]
        return tuple(sorted(listed, key=lambda each: order.index(each.role)))

    def groups(self) -> tuple[GroupChat, ...]:
        """The group chats of the classes."""
        with self._database.unit() as unit:
            return Cast(unit, REALM).groups()

    def bind(self, name: str, account: str, now: datetime, realm: str = REALM) -> bool:
        """Give a person of the roster an account, as a story asks; False for a stranger."""
        with self._database.unit() as unit:
            found = People(unit).named(name, EVERYTHING)
            return bool(found) and Accounts(unit).bind(realm, account, found[0].id, now)

    def bind_group(self, name: str, chat: str, realm: str) -> bool:
        """Tie a group chat to the class of that name, as an officer's code would."""
        with self._database.unit() as unit:
            return Cast(unit, realm).bind_group(name, chat)

    def count(self, name: str, fact: str) -> int:
        """How many rows of a fact a person has; raises LookupError for an unknown one."""
        with self._database.unit() as unit:
            return Cast(unit, REALM).count(name, fact)

    def next_due(self) -> datetime | None:
        """When the next queued message may leave."""
        with self._database.unit() as unit:
            moments = [Sending(unit).next_due(name) for name in self.application.channels]
        return min((moment for moment in moments if moment is not None), default=None)


def _label(held: frozenset[str]) -> str:
    return next((label for role, label in _LABELS if role in held), TEACHER)
