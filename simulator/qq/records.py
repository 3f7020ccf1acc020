"""The records of the fake platform: bots, people, groups, messages, sessions. No rules."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from simulator.common.values import JsonObject


class Transport(StrEnum):
    """How a bot hears of events; saving a webhook address ends the long connection (A3)."""

    WEBSOCKET = "websocket"
    WEBHOOK = "webhook"


class Hears(StrEnum):
    """What a group's owner lets a bot read (A10 `recv_msg_setting`)."""

    ALL = "all"
    MENTION = "only_mention"
    CONTEXT = "mention_and_context"


class Standing(StrEnum):
    """Whether the platform lets a bot work (close codes 4914 and 4915)."""

    ONLINE = "online"
    OFFLINE = "offline"
    BANNED = "banned"


class Scene(StrEnum):
    USER = "c2c"
    GROUP = "group"


def bits(*numbers: int) -> int:
    return sum(1 << number for number in numbers)


GRANTED = bits(0, 1, 10, 12, 24, 25, 26, 27, 30)  # A3: all but private domain, forum and audio
KNOWN = GRANTED | bits(9, 18, 19, 23, 28, 29)


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    made: datetime
    expires: datetime


@dataclass(slots=True)
class Occasion:
    """A message or event that can be answered passively (A7); `used` holds its msg_seq numbers."""

    id: str
    target: str
    made: datetime
    replyable: bool = True
    used: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Bot:
    """A bot with what it is allowed.

    certified: the higher tier of active push · pushes: active push is open to it at all
    domains: registered under 消息URL配置 · templates: markdown templates, `{{.key}}` for a value
    keyboards: rows of approved keyboards by id · trusted_ips: None for any address
    signs_validation: whether op 13 carries a signature (A4: sources differ)
    event_data_ids: event_id is `d.id`, as one official table says, not the payload's id (A8)
    """

    appid: str
    name: str
    secret: str
    transport: Transport = Transport.WEBSOCKET
    webhook_url: str = ""
    intents: int = GRANTED
    certified: bool = False
    pushes: bool = True
    markdown: bool = True
    keyboard: bool = True
    standing: Standing = Standing.ONLINE
    trusted_ips: set[str] | None = None
    signs_validation: bool = False
    event_data_ids: bool = False
    domains: set[str] = field(default_factory=set)
    templates: dict[str, str] = field(default_factory=dict)
    keyboards: dict[str, JsonObject] = field(default_factory=dict)
    friends: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)
    tokens: list[Token] = field(default_factory=list)
    occasions: dict[str, Occasion] = field(default_factory=dict)
    starts: deque[datetime] = field(default_factory=deque)
    sequence: int = 0  # of webhook events

    def use_webhook(self, url: str) -> None:
        """Saves a callback address; the long connection is no longer accepted."""
        self.webhook_url, self.transport = url, Transport.WEBHOOK


@dataclass(slots=True)
class Person:
    account: str
    name: str


@dataclass(slots=True)
class Seat:
    """A bot's place in a group."""

    joined: datetime
    hears: Hears = Hears.MENTION
    proactive: bool = False
    muted: bool = False
    admin: bool = False


@dataclass(slots=True)
class Group:
    """`chat` is its name on people's screens; bots know it by an openid of their own."""

    chat: str
    name: str
    members: list[str]
    admins: set[str] = field(default_factory=set)
    seats: dict[str, Seat] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Media:
    """A file; `kind` image, video, voice or file."""

    id: str
    kind: str
    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """What a file_info stands for: bound to a bot and a scene (A7)."""

    media: Media
    appid: str
    scene: Scene
    made: datetime


@dataclass(slots=True)
class Sent:
    """A bot's message: who sees it, and its buttons by id."""

    id: str
    appid: str
    target: str
    chat: str
    viewers: tuple[str, ...]
    at: datetime
    passive: bool
    buttons: dict[str, JsonObject] = field(default_factory=dict)
    recalled: bool = False


@dataclass(slots=True)
class Interaction:
    """A pressed button; `after` is in real seconds, None while the bot has not acknowledged."""

    id: str
    appid: str
    account: str
    chat: str
    button_id: str
    button_data: str
    began: float
    allowed: float
    after: float | None = None
    code: int | None = None

    @property
    def in_time(self) -> bool:
        """Acknowledged before the client gave up (A8)."""
        return self.after is not None and self.after <= self.allowed
