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
from simulator.page.routes import add_page
from simulator.page.world import Person
from simulator.wecom.fake import FakeWeCom
from simulator.wecom.state import Corp

PREFIX = "/fake/wecom"


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

    def bind(self, name: str, account: str, now: datetime) -> bool:
        """Give somebody of the roster this account; False for a stranger."""

    def next_due(self) -> datetime | None:
        """When the bot has something to do by itself."""


class Stage:
    """One corp with one app, one AI bot and the people of the production."""

    def __init__(self, clock: SimClock, keys: Keys, address: str) -> None:
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

    def account(self, name: str) -> str | None:
        """The account of somebody who came on."""
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
        if page:
            add_page(app, self.fake, world=self, corp_id=self.keys.corp_id)

        async def close(_app: web.Application) -> None:
            await self.fake.close()

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


def free_port(host: str) -> socket.socket:
    """A bound socket on a port that was free; the caller serves on it."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, 0))
    return bound
