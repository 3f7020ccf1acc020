"""The records of the fake platform: apps, AI bots, people, chats, files, messages. No look-ups."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from simulator.common.values import JsonObject

ROOT_DEPARTMENT = 1


@dataclass(slots=True)
class Department:
    id: int
    name: str
    parent: int = ROOT_DEPARTMENT
    order: int = 0


@dataclass(slots=True)
class Tag:
    """A tag with case-folded userids and department ids."""

    id: int
    name: str
    users: set[str] = field(default_factory=set)
    parties: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Member:
    userid: str
    name: str
    departments: list[int]
    position: str = ""
    status: int = 1  # 1 active, 2 disabled, 4 not activated, 5 left (2.8)
    open_userid: str = ""
    mobile: str = ""
    licensed: bool = True  # without: named in unlicenseduser, and nothing arrives (2.3)


@dataclass(slots=True)
class App:
    """A self-built app; `visible` None means the whole corp (root department).

    json_callbacks: JSON instead of XML (1.5) · reports_location: 上报地理位置 is on (1.7)
    contact_details: its callback address was saved before 2022-08-15 (1.8)
    redirect_domain: 可信域名, as agent/get tells it; logins are not held against it
    """

    agent_id: int
    name: str
    secret: str
    token: str
    aes_key: str
    callback_url: str
    visible: set[str] | None = None
    trusted_ips: set[str] | None = None
    enabled: bool = True
    json_callbacks: bool = False
    reports_location: bool = False
    contact_details: bool = False
    redirect_domain: str = ""
    menu: list[JsonObject] = field(default_factory=list)


class BotMode(StrEnum):
    """How an AI bot is reached; saving one way switches the other off (4)."""

    CALLBACK = "callback"
    SOCKET = "socket"


@dataclass(slots=True)
class AiBot:
    """An AI bot, reached by URL callbacks or over its long connection, never both.

    plain_userids: as made by a super admin (4.6) · talked: the chats in which it was used,
    case-folded userids and chat ids; only those can be pushed to (4.7)
    """

    bot_id: str
    name: str
    token: str = ""
    aes_key: str = ""
    callback_url: str = ""
    plain_userids: bool = True
    secret: str = ""
    mode: BotMode = BotMode.CALLBACK
    talked: set[str] = field(default_factory=set)

    def use_socket(self, secret: str) -> None:
        """Saves the long connection with its own secret; callbacks end."""
        self.secret, self.mode = secret, BotMode.SOCKET

    def use_callback(self, url: str) -> None:
        """Saves a callback address; the long connection is no longer accepted."""
        self.callback_url, self.mode = url, BotMode.CALLBACK


@dataclass(slots=True)
class Group:
    """A group chat; `owner_app` is the agent id of the app that created it (appchat), or 0."""

    chat_id: str
    name: str
    members: list[str]
    owner: str = ""
    aibots: list[str] = field(default_factory=list)
    robots: list[str] = field(default_factory=list)
    owner_app: int = 0


@dataclass(slots=True)
class Robot:
    """A group webhook robot."""

    key: str
    name: str
    chat_id: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    agent_id: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class Media:
    """An uploaded file; `owner` as in media.store."""

    media_id: str
    kind: str
    name: str
    content_type: str
    data: bytes
    created: datetime
    owner: str = ""


@dataclass(slots=True)
class SentMessage:
    """A message of an app: whom it reached, for recall and for updates."""

    msgid: str
    agent_id: int
    sent: datetime
    receivers: list[str]
    recalled: bool = False


@dataclass(frozen=True, slots=True)
class ResponseCode:
    """Allows one update of a card for 72 hours (2.5); `pressed` is the button's key, if any."""

    code: str
    agent_id: int
    msgid: str
    made: datetime
    pressed: str = ""


@dataclass(frozen=True, slots=True)
class LoginCode:
    code: str
    userid: str
    made: datetime
    used: bool = False
