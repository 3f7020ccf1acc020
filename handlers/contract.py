"""What an intent is and what its handler is given.

An intent is declared once, in its topic's file; the menu, the gate, the understanding, the
intents page and the contract tests are derived from the declaration. Handlers are plain
functions: they read and write through the turn's unit, return a reply and send nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from handlers.permissions import Permission, Role, permissions_of, scope_for
from handlers.reply import Reply
from handlers.slots import Slots
from handlers.ways import Ways
from storage.readers.file_names import safe_name
from storage.readers.reading import ReadFile
from storage.scope import NOBODY, Scope
from storage.unit import Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Privacy(StrEnum):
    """Where an answer may be seen."""

    PERSONAL = "personal"  # in a group it goes to the private chat and the group sees only that
    PUBLIC = "public"  # says nothing about a person and may be answered in a group


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """Plain facts of the office that handlers speak of; the settings name them."""

    name: str = "教师培训管理办公室"
    contact: str = ""
    bot_name: str = "师训助手"
    # the ways to people that are configured, by name, the office's own order
    ways: Ways = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is asking: a bound person with roles and scope, or a guest who is only an account."""

    channel: str
    account: str
    person_id: int | None = None
    name: str = ""
    staff_number: str = ""
    organisation_id: int | None = None
    organisation: str = ""
    school_stage: str | None = None
    subject: str | None = None
    joined_on: date | None = None
    roles: frozenset[Role] = frozenset()
    # whom this person may see; a handler asks the turn's, which is this one's part for the action
    scope: Scope = NOBODY

    @property
    def is_guest(self) -> bool:
        """Not bound to anybody of the roster."""
        return self.person_id is None

    def may(self, permission: Permission) -> bool:
        """Whether any role of theirs grants it: all that is ever asked of roles for a right."""
        return permission in permissions_of(self.roles)

    @property
    def id(self) -> int:
        """The person's id; only for intents that a guest may not reach."""
        assert self.person_id is not None
        return self.person_id


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message was written: a private chat, or a group that may belong to a class."""

    group: str | None = None
    training_class_id: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came with the message. `read`: what stands in it, where the sender may import;
    it was opened before the turn, outside of any unit."""

    name: str
    data: bytes
    read: ReadFile | None = None

    def __post_init__(self) -> None:
        """Whatever a platform says it is called."""
        object.__setattr__(self, "name", safe_name(self.name))


@dataclass(frozen=True, slots=True)
class Turn:
    """All that a handler is told. `now` is local time of the office, aware."""

    unit: Unit
    now: datetime
    asker: Asker
    place: Place
    intent: str
    slots: Slots
    text: str
    office: OfficeFacts
    chance: random.Random  # codes are drawn from it; the composition root hands a secure one
    # the intents this person may use here, in menu order: the gate's own answer
    allowed: tuple[Intent, ...] = ()
    # whom this action may concern; the gate's answer, too
    scope: Scope = NOBODY
    suggestions: tuple[str, ...] = ()
    # the message leaves no doubt (a closed form, a button, a yes); what acts says first what it
    # understood where it does not
    clear: bool = True
    file: Received | None = None
    # when it was said, where that is known and lies within reason; None: just now
    said: datetime | None = None

    @property
    def said_at(self) -> datetime:
        """The moment from which what was said counts, in local time."""
        return self.now if self.said is None else self.said.astimezone(self.now.tzinfo)

    def under(self, permission: Permission) -> Turn:
        """The same turn where it becomes another action: with the scope which that one has."""
        return replace(self, scope=scope_for(permission, self.asker.scope))


Handler = Callable[[Turn], Reply]


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing a person can do. `handle` is None where the office's bot cannot do it yet."""

    name: str
    title: str
    help: str
    permission: Permission
    handle: Handler | None
    privacy: Privacy = Privacy.PERSONAL
    # sends, stops, recalls, approves, records, changes, cancels or deletes: echoed and confirmed
    acting: bool = False
    # the handler itself shows what it will do and waits for a yes, or asks for a code; an acting
    # intent without it is echoed by bot.answer unless the message is clear
    echoes: bool = False
    keywords: tuple[str, ...] = ()
    # closed forms: regular expressions on the normalised message; named groups become slots
    forms: tuple[str, ...] = ()
    # shown in the menu, in the order of the registry
    in_menu: bool = True
    # reached by exact forms and buttons only; the statistical scorer never offers it
    exact_only: bool = False
