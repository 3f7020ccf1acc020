"""What stands in the world of the fake: accounts, groups, members, messages, files, requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from simulator.onebot.cq import Segment


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


@dataclass(slots=True)
class Account:
    """One QQ account; `number` is the QQ number."""

    number: int
    nickname: str
    sex: str = "unknown"
    age: int = 0


@dataclass(slots=True)
class Membership:
    """One account in one group; `muted_until` None when it may speak."""

    number: int
    joined: datetime
    role: Role = Role.MEMBER
    card: str = ""
    title: str = ""
    level: str = "1"
    last_sent: datetime | None = None
    muted_until: datetime | None = None

    def muted(self, now: datetime) -> bool:
        return self.muted_until is not None and now < self.muted_until

    @property
    def manages(self) -> bool:
        return self.role is not Role.MEMBER


@dataclass(slots=True)
class Group:
    """A group chat; `at_all_used` counts the bot's @all of a day."""

    number: int
    name: str
    members: dict[int, Membership] = field(default_factory=dict)
    whole_mute: bool = False
    capacity: int = 500
    notices: list[str] = field(default_factory=list)
    at_all_day: date | None = None
    at_all_used: int = 0

    @property
    def chat_id(self) -> str:
        """The group as people name it on their screens."""
        return str(self.number)

    @property
    def owner(self) -> Membership | None:
        return next((m for m in self.members.values() if m.role is Role.OWNER), None)


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or file; `group` where it was uploaded, 0 in a private chat."""

    media_id: str
    name: str
    content_type: str
    data: bytes
    group: int = 0


@dataclass(slots=True)
class Message:
    """One message. `group` 0: a private chat of the bot with `peer`; `via`: the group through
    which strangers talk in a temporary session, 0 for friends."""

    message_id: int
    at: datetime
    sender: int
    group: int
    peer: int
    segments: list[Segment]
    number: int
    via: int = 0
    recalled: bool = False

    @property
    def mentions(self) -> list[str]:
        """The QQ numbers that are @-mentioned, "all" for everybody."""
        return [part.data.get("qq", "") for part in self.segments if part.type == "at"]

    @property
    def quotes(self) -> int | None:
        """The message_id that this one answers."""
        ids = [part.data.get("id", "") for part in self.segments if part.type == "reply"]
        return int(ids[0]) if ids and ids[0].lstrip("-").isdecimal() else None


class RequestKind(StrEnum):
    FRIEND = "friend"
    ADD = "add"
    INVITE = "invite"


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody waits for an answer: to be a friend, to join a group, or that the bot joins."""

    flag: str
    kind: RequestKind
    number: int
    group: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """A message that was answered ok and that nobody sees."""

    at: datetime
    rule: str
    chat: str
    text: str
