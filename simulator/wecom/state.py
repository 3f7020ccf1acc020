"""What the fake platform remembers: one corp with all that it holds.

Plain look-ups and changes; the rules live in checks, sending, chats and aibot.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.common.rates import Counters
from simulator.common.screen import Screens
from simulator.common.values import JsonObject
from simulator.wecom.crypto import Envelope
from simulator.wecom.records import (
    ROOT_DEPARTMENT,
    AiBot,
    App,
    BotMode,
    Department,
    Group,
    LoginCode,
    Media,
    Member,
    ResponseCode,
    Robot,
    SentMessage,
    Tag,
    Token,
)

__all__ = [
    "ROOT_DEPARTMENT",
    "AiBot",
    "App",
    "BotMode",
    "Corp",
    "Department",
    "Group",
    "LoginCode",
    "Media",
    "Member",
    "ResponseCode",
    "Robot",
    "SentMessage",
    "Tag",
    "Token",
]


@dataclass(slots=True)
class Corp:
    """One corp and all it holds; userids are compared without regard to case (2.8)."""

    corp_id: str
    apps: dict[int, App] = field(default_factory=dict)
    aibots: dict[str, AiBot] = field(default_factory=dict)
    departments: dict[int, Department] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    tags: dict[int, Tag] = field(default_factory=dict)
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

    def add_tag(self, name: str, users: Iterable[str] = (), parties: Iterable[int] = ()) -> Tag:
        tag = Tag(len(self.tags) + 1, name, {u.casefold() for u in users}, set(parties))
        self.tags[tag.id] = tag
        return tag

    def rename_member(self, member: Member, userid: str) -> None:
        """Everything that named the member by the old userid names them by the new one."""
        old, new = member.userid.casefold(), userid.casefold()
        del self.members[old]
        self.members[new] = member
        named = [app.visible for app in self.apps.values() if app.visible is not None]
        named += [tag.users for tag in self.tags.values()]
        for names in [*named, *(bot.talked for bot in self.aibots.values())]:
            if old in names:
                names.remove(old)
                names.add(new)
        for group in self.groups.values():
            group.members = [userid if m.casefold() == old else m for m in group.members]
            group.owner = userid if group.owner.casefold() == old else group.owner
        self.screens.rename(old, new)
        member.userid = userid

    def remove_member(self, member: Member) -> None:
        """Leaves the corp, its groups and its tags; what they saw stays for the looking."""
        gone = member.userid.casefold()
        del self.members[gone]
        for group in self.groups.values():
            group.members = [m for m in group.members if m.casefold() != gone]
        for tag in self.tags.values():
            tag.users.discard(gone)

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

    def tagged(self, tag: Tag) -> list[Member]:
        """The members of a tag, by name or by department."""
        inside = {m.userid.casefold() for d in tag.parties for m in self.in_department(d)}
        return [m for key, m in self.members.items() if key in tag.users | inside]

    def chat_name(self, app: App) -> str:
        """ "app" for the first app, "app:ID" for a further one."""
        return "app" if next(iter(self.apps)) == app.agent_id else f"app:{app.agent_id}"

    def bot_chat_name(self, bot: AiBot) -> str:
        """ "bot" for the first AI bot, "bot:ID" for a further one."""
        return "bot" if next(iter(self.aibots)) == bot.bot_id else f"bot:{bot.bot_id}"
