"""A stage: the fake platform and a bot under test on one address, with people to play.

Imports nothing of the bot: it is handed a web application and four functions.
"""

from __future__ import annotations

import base64
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aiohttp import web

from simulator.clock import SimClock
from simulator.onebot.fake import FakeOneBot
from simulator.page.routes import add_page
from simulator.page.world import Person
from simulator.qq.fake import FakeQQ
from simulator.troupe import Identity, Side, Troupe
from simulator.troupe_onebot import OneBotTroupe
from simulator.troupe_qq import QQTroupe
from simulator.wecom.fake import FakeWeCom
from simulator.wecom.state import Corp

PREFIX = "/fake/wecom"
QQ_PREFIX = "/fake/qq"
ONEBOT_PREFIX = "/fake/onebot"


def _aes_key() -> str:
    """43 letters and digits that decode to 32 bytes, as the admin console makes them."""
    while True:
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        if key.isalnum():
            return key


@dataclass(frozen=True, slots=True)
class Keys:
    """What the fake platform and the bot under test must agree on, made up for each stage."""

    corp_id: str = "ww5d0c7a1e9b3f2846"
    agent_id: int = 1000002
    bot_id: str = "AIBshixun"
    name: str = "师训助手"
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    token: str = field(default_factory=lambda: secrets.token_hex(12))
    aes_key: str = field(default_factory=_aes_key)
    bot_token: str = field(default_factory=lambda: secrets.token_hex(12))
    bot_aes_key: str = field(default_factory=_aes_key)
    qq_app_id: str = "102000001"
    qq_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    onebot_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))


class Group(Protocol):
    """A group chat: its id, its name and the accounts in it."""

    @property
    def chat(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def members(self) -> tuple[str, ...]: ...


class Player(Protocol):
    """Somebody who can be played; `account` None: the stage makes one up."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def account(self) -> str | None: ...


class Production(Protocol):
    """The bot under test, as far as a stage needs to know it."""

    def players(self) -> Sequence[Player]:
        """Everybody of the roster."""

    def groups(self) -> Sequence[Group]:
        """The group chats."""

    def bind(self, name: str, account: str, now: datetime, realm: str = ...) -> bool:
        """Give somebody of the roster this account; False for a stranger."""

    def bind_group(self, name: str, chat: str, realm: str) -> bool:
        """Tie a group chat to the class of that name; False where there is no such class."""

    def next_due(self) -> datetime | None:
        """When the bot has something to do by itself."""


class Stage:
    """One corp with one app, one AI bot and the people of the production.

    `also`: other platforms on this stage, "qq" and "onebot".
    """

    def __init__(self, clock: SimClock, keys: Keys, address: str, also: Sequence[str] = ()) -> None:
        self.clock = clock
        self.keys = keys
        self.address = address
        self.fake = FakeWeCom(clock, base_url=address + PREFIX)
        self.corp: Corp = self.fake.add_corp(keys.corp_id)
        self.app = self.corp.add_app(
            keys.agent_id,
            keys.name,
            secret=keys.secret,
            token=keys.token,
            aes_key=keys.aes_key,
            callback_url=f"{address}/wecom/callback",
        )
        self.bot = self.corp.add_aibot(
            keys.bot_id,
            keys.name,
            token=keys.bot_token,
            aes_key=keys.bot_aes_key,
            callback_url=f"{address}/wecom/aibot",
        )
        self._people: list[Person] = []
        self._accounts: dict[str, str] = {}
        ours = WeComTroupe(self, None)
        self._bot_troupe: Troupe = WeComTroupe(self, "bot")
        self.troupes: dict[str, Troupe] = {"wecom": ours, "chat": ours}
        self.qq: FakeQQ | None = None
        self.onebot: FakeOneBot | None = None
        if "qq" in also:
            self.qq = FakeQQ(clock, base_url=address + QQ_PREFIX)
            bot = self.qq.add_bot(keys.qq_app_id, keys.name, secret=keys.qq_secret)
            self.troupes["qq"] = QQTroupe(self.qq, bot)
        if "onebot" in also:
            self.onebot = FakeOneBot(
                clock,
                nickname=keys.name,
                token=keys.onebot_token,
                base_url=address + ONEBOT_PREFIX,
            )
            self.troupes["onebot"] = OneBotTroupe(self.onebot)

    def cast(self, production: Production, strangers: Sequence[str] = ()) -> None:
        """Let everybody of the roster, the strangers and the groups come on."""
        for number, player in enumerate(production.players(), start=1):
            account = player.account or f"member{number}"
            role = player.role if player.account else "未绑定"
            self._enter(account, player.name, role, player.unit)
        for number, name in enumerate(strangers, start=1):
            self._enter(f"newcomer{number}", name, "未绑定", "")
        for group in production.groups():
            members = list(group.members)
            self.corp.add_group(group.chat, group.name, members, [self.keys.bot_id])

    def settings(self) -> dict[str, object]:
        """What an operator would write down for the bot under test, by the settings' names."""
        keys = self.keys
        written: dict[str, object] = {
            "wecom_api_base": f"{self.address}{PREFIX}/cgi-bin/",
            "wecom_corp_id": keys.corp_id,
            "wecom_agent_id": keys.agent_id,
            "wecom_secret": keys.secret,
            "wecom_token": keys.token,
            "wecom_aes_key": keys.aes_key,
            "wecom_bot_token": keys.bot_token,
            "wecom_bot_aes_key": keys.bot_aes_key,
            "wecom_webhook_base": f"{self.address}{PREFIX}/cgi-bin/",
        }
        if self.qq is not None:
            written |= {
                "qq_app_id": keys.qq_app_id,
                "qq_secret": keys.qq_secret,
                "qq_api_base": self.qq.api_base,
                "qq_token_url": self.qq.token_url,
            }
        if self.onebot is not None:
            written |= {
                "onebot_url": self.onebot.ws_url,
                "onebot_token": keys.onebot_token,
            }
        return written

    def troupe(self, channel: str) -> Troupe | None:
        """The people of the platform that a channel belongs to; None: it is not played here."""
        if channel == "wecom_bot":
            return self._bot_troupe
        return self.troupes.get(channel)

    def account(self, name: str) -> str | None:
        """The WeCom account of somebody who came on."""
        return self._accounts.get(name)

    def admit(self, name: str) -> str:
        """A stranger comes on during the play."""
        account = f"stranger{len(self._people) + 1}"
        self._enter(account, name, "未绑定", "")
        return account

    def people(self) -> Sequence[Person]:
        """For the chat page."""
        return self._people

    def hints(self) -> Sequence[str]:
        """For the chat page."""
        return ("我的学分", "本周安排", "还有什么没交", "最近有什么通知", "菜单")

    def mount(self, app: web.Application, *, page: bool) -> None:
        """Add the fake platform, and the chat page, to the bot's own web application."""
        self.fake.add_routes(app, PREFIX)
        if self.qq is not None:
            self.qq.add_routes(app, QQ_PREFIX)
        if self.onebot is not None:
            self.onebot.add_routes(app, ONEBOT_PREFIX)
        if page:
            add_page(app, self.fake, world=self, corp_id=self.keys.corp_id)

        async def close(_app: web.Application) -> None:
            for fake in (self.fake, self.qq, self.onebot):
                if fake is not None:
                    await fake.close()

        app.on_cleanup.append(close)

    async def advance(
        self, moment: datetime, production: Production, settle: Callable[[], Awaitable[None]]
    ) -> None:
        """Move the clock; what falls due on the way is done at its own time, in order."""
        while (due := production.next_due()) is not None and self.clock.now() < due <= moment:
            self.clock.set(due)
            await settle()
            if production.next_due() == due:
                break  # held back by the bot itself: it stays due
        self.clock.set(moment)
        await settle()

    def _enter(self, account: str, name: str, role: str, unit: str) -> None:
        self.corp.add_member(account, name, unit, role)
        self._people.append(Person(account, name, role, unit))
        self._accounts.setdefault(name, account)


class WeComTroupe:
    """The members of the stage's corp; `private`: to whom they write alone."""

    def __init__(self, stage: Stage, private: str | None) -> None:
        self.side: Side = stage.fake
        self.private = private
        self._stage = stage

    def accounts(self) -> Sequence[str]:
        """All members."""
        return [person.userid for person in self._stage.people()]

    def account(self, name: str) -> str | None:
        """By name."""
        return self._stage.account(name)

    def name(self, account: str) -> str:
        """Of a member."""
        return self._stage.corp.members[account].name

    def admit(self, name: str) -> str:
        """A new member without a place in the roster."""
        return self._stage.admit(name)

    def identities(self, account: str) -> Sequence[Identity]:
        """Only those whose account the stage made up have to be made known."""
        return [Identity("wecom", account)] if account.startswith("member") else []

    def chat(self, group: str, account: str) -> str | None:
        """The groups of the production."""
        for each in self._stage.corp.groups.values():
            if each.name == group:
                if account not in each.members:
                    each.members.append(account)
                return each.chat_id
        return None

    def open_group(self, group: str, account: str) -> str | None:
        """The groups of this platform are those of the office."""
        return None

    def group_identity(self, chat: str) -> Identity:
        """WeCom calls a group the same towards everybody."""
        return Identity("wecom", chat)


def free_port(host: str) -> socket.socket:
    """A bound socket on a port that was free; the caller serves on it."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, 0))
    return bound
