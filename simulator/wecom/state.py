"""What the fake platform remembers: corps, apps, AI bots, members, groups, media, messages.

Plain records and look-ups; the rules live in checks, sending, groups and aibot.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from simulator.wecom.crypto import Envelope
from simulator.wecom.limits import Counters
from simulator.wecom.screen import Screens
from simulator.wecom.values import JsonObject

ROOT_DEPARTMENT = 1


@dataclass(slots=True)
class Department:
    id: int
    name: str
    parent: int = ROOT_DEPARTMENT
    order: int = 0


@dataclass(slots=True)
class Member:
    userid: str
    name: str
    departments: list[int]
    position: str = ""
    status: int = 1  # 1 active, 2 disabled, 4 not activated, 5 left (2.8)
    open_userid: str = ""


@dataclass(slots=True)
class App:
    """A self-built app; `visible` None means the whole corp (root department)."""

    agent_id: int
    name: str
    secret: str
    token: str
    aes_key: str
    callback_url: str
    visible: set[str] | None = None
    trusted_ips: set[str] | None = None
    enabled: bool = True
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


@dataclass(slots=True)
class Corp:
    """One corp and all it holds; userids are compared without regard to case (2.8)."""

    corp_id: str
    apps: dict[int, App] = field(default_factory=dict)
    aibots: dict[str, AiBot] = field(default_factory=dict)
    departments: dict[int, Department] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    robots: dict[str, Robot] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    sent: dict[str, SentMessage] = field(default_factory=dict)
    task_ids: set[tuple[int, str]] = field(default_factory=set)
    response_codes: dict[str, ResponseCode] = field(default_factory=dict)
    login_codes: dict[str, LoginCode] = field(default_factory=dict)
    duplicates: dict[str, tuple[datetime, JsonObject]] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    screens: Screens = field(default_factory=Screens)

    def __post_init__(self) -> None:
        self.departments[ROOT_DEPARTMENT] = Department(ROOT_DEPARTMENT, "全部", 0)

    # -- setting the scene -------------------------------------------------------------------

    def add_app(
        self,
        agent_id: int,
        name: str,
        *,
        secret: str,
        token: str,
        aes_key: str,
        callback_url: str = "",
        visible: set[str] | None = None,
    ) -> App:
        """A self-built app; ValueError for a key that WeCom would not have generated."""
        Envelope(token, aes_key, self.corp_id)
        seen = {userid.casefold() for userid in visible} if visible is not None else None
        app = App(agent_id, name, secret, token, aes_key, callback_url, seen)
        self.apps[agent_id] = app
        return app

    def add_aibot(
        self,
        bot_id: str,
        name: str,
        *,
        token: str = "",
        aes_key: str = "",
        callback_url: str = "",
        secret: str = "",
    ) -> AiBot:
        """An AI bot: with `secret` on its long connection, else with a callback address."""
        bot = AiBot(bot_id, name, token, aes_key, callback_url)
        if secret:
            bot.use_socket(secret)
        else:
            Envelope(token, aes_key, "")
        self.aibots[bot_id] = bot
        return bot

    def add_department(self, name: str, parent: int = ROOT_DEPARTMENT) -> Department:
        """The department of this name under `parent`, made when there is none."""
        for known in self.departments.values():
            if known.name == name and known.parent == parent:
                return known
        made = Department(max(self.departments) + 1, name, parent, len(self.departments))
        self.departments[made.id] = made
        return made

    def add_member(
        self, userid: str, name: str, department: str = "", position: str = ""
    ) -> Member:
        """A member, in a department given by name (the root when empty)."""
        place = self.add_department(department).id if department else ROOT_DEPARTMENT
        open_id = "wo" + secrets.token_hex(14)
        member = Member(userid, name, [place], position, open_userid=open_id)
        self.members[userid.casefold()] = member
        return member

    def add_group(
        self, chat_id: str, name: str, members: list[str], aibots: list[str] | None = None
    ) -> Group:
        for userid in members:
            self.need_member(userid)
        group = Group(chat_id, name, list(members), members[0] if members else "", aibots or [])
        self.groups[chat_id] = group
        return group

    def add_robot(self, chat_id: str, name: str, key: str = "") -> Robot:
        """A webhook robot in a group; its key is made up unless given."""
        robot = Robot(key or secrets.token_hex(16), name, chat_id)
        self.robots[robot.key] = robot
        self.groups[chat_id].robots.append(robot.key)
        return robot

    # -- look-ups ----------------------------------------------------------------------------

    def member(self, userid: str) -> Member | None:
        return self.members.get(userid.casefold())

    def need_member(self, userid: str) -> Member:
        """KeyError when nobody has this userid."""
        member = self.member(userid)
        if member is None:
            raise KeyError(f"no member {userid!r} in {self.corp_id}")
        return member

    def sees(self, app: App, member: Member) -> bool:
        """Whether a member is active and inside the app's visible range."""
        inside = app.visible is None or member.userid.casefold() in app.visible
        return inside and member.status == 1

    def in_group(self, group: Group, userid: str) -> bool:
        return userid.casefold() in (known.casefold() for known in group.members)

    def in_department(self, department: int) -> list[Member]:
        """The members of a department and of those below it."""
        wanted = {department}
        grown = True
        while grown:
            below = {d.id for d in self.departments.values() if d.parent in wanted} - wanted
            wanted |= below
            grown = bool(below)
        return [m for m in self.members.values() if wanted & set(m.departments)]

    def chat_name(self, app: App) -> str:
        """ "app" for the first app, "app:ID" for a further one."""
        return "app" if next(iter(self.apps)) == app.agent_id else f"app:{app.agent_id}"

    def bot_chat_name(self, bot: AiBot) -> str:
        """ "bot" for the first AI bot, "bot:ID" for a further one."""
        return "bot" if next(iter(self.aibots)) == bot.bot_id else f"bot:{bot.bot_id}"
