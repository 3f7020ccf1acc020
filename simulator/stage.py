"""A stage: the fake platform and a bot under test on one address, with people to play.

Imports nothing of the bot: it is handed a web application and four functions.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from aiohttp import web

from simulator.clock import SimClock
from simulator.common.screen import Counter
from simulator.keys import Keys
from simulator.onebot.fake import FakeOneBot
from simulator.page.onebot import OneBotSide
from simulator.page.qq import QQSide
from simulator.page.routes import add_page
from simulator.page.sides import Side
from simulator.page.world import Person
from simulator.qq.fake import FakeQQ
from simulator.troupe import Troupe
from simulator.troupe_onebot import OneBotTroupe
from simulator.troupe_qq import QQTroupe
from simulator.troupe_wecom import WeComTroupe
from simulator.wecom.fake import FakeWeCom
from simulator.wecom.state import Corp
from simulator.wecom.state import Group as CorpGroup
from simulator.wings import Wings

PREFIX = "/fake/wecom"
QQ_PREFIX = "/fake/qq"
ONEBOT_PREFIX = "/fake/onebot"


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
        self._bound: set[str] = set()
        self._classes: list[CorpGroup] = []
        ours = WeComTroupe(self, None)
        self._bot_troupe: Troupe = WeComTroupe(self, "bot")
        self.troupes: dict[str, Troupe] = {"wecom": ours, "chat": ours}
        # what a person sees on all platforms stands in one order
        self._order = Counter()
        self.corp.screens.counter = self._order
        self._wings: list[Wings] = []
        self._sides: list[Side] = []
        self.qq = self._add_qq() if "qq" in also else None
        self.onebot = self._add_onebot() if "onebot" in also else None

    def _add_qq(self) -> FakeQQ:
        fake = FakeQQ(self.clock, base_url=self.address + QQ_PREFIX)
        bot = fake.add_bot(self.keys.qq_app_id, self.keys.name, secret=self.keys.qq_secret)
        fake.platform.screens.counter = self._order
        troupe = self.troupes["qq"] = QQTroupe(fake, bot)
        self._wings.append(Wings(troupe, self))
        self._sides.append(QQSide(fake, bot, self._wings[-1]))
        return fake

    def _add_onebot(self) -> FakeOneBot:
        keys, base_url = self.keys, self.address + ONEBOT_PREFIX
        fake = FakeOneBot(
            self.clock, nickname=keys.name, token=keys.onebot_token, base_url=base_url
        )
        fake.world.screens.counter = self._order
        troupe = self.troupes["onebot"] = OneBotTroupe(fake)
        self._wings.append(Wings(troupe, self))
        self._sides.append(OneBotSide(fake, self._wings[-1]))
        return fake

    def cast(self, production: Production, strangers: Sequence[str] = ()) -> None:
        """Let everybody of the roster, the strangers and the groups come on."""
        for wings in self._wings:
            wings.production = production
        for number, player in enumerate(production.players(), start=1):
            account = player.account or f"member{number}"
            role = player.role if player.account else "未绑定"
            self._enter(account, player.name, role, player.unit)
            if player.account:
                self._bound.add(account)
        for number, name in enumerate(strangers, start=1):
            self._enter(f"newcomer{number}", name, "未绑定", "")
        for group in production.groups():
            members = list(group.members)
            made = self.corp.add_group(group.chat, group.name, members, [self.keys.bot_id])
            self._classes.append(made)

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
            # the fakes serve what people send from this machine
            "files_from": "127.0.0.0/8,0.0.0.0,::1",
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

    def first(self) -> str:
        """For the chat page: whoever has most classes, of the first group of people (teachers)."""
        usual = self._people[0].role_label if self._people else ""
        likely = [person for person in self._people if person.role_label == usual]
        return max(likely, key=lambda one: len(self.classes(one.userid))).userid if likely else ""

    def person(self, userid: str) -> Person:
        """KeyError for nobody."""
        for person in self._people:
            if person.userid.casefold() == userid.casefold():
                return person
        raise KeyError(userid)

    def bound(self, userid: str) -> bool:
        """Whether the bot under test knew this account from the beginning."""
        return userid in self._bound

    def classes(self, userid: str) -> Sequence[str]:
        """The classes in whose group chats somebody is."""
        wanted = userid.casefold()
        return [
            group.name
            for group in self._classes
            if wanted in (member.casefold() for member in group.members)
        ]

    def members(self, group: str) -> Sequence[str]:
        """The names of those in a class's group chat."""
        return [person.name for person in self._people if group in self.classes(person.userid)]

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
            corp_id = self.keys.corp_id
            add_page(app, self.fake, world=self, corp_id=corp_id, also=self._sides)

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


def free_port(host: str) -> socket.socket:
    """A bound socket on a port that was free; the caller serves on it."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, 0))
    return bound


__all__ = ["ONEBOT_PREFIX", "PREFIX", "QQ_PREFIX", "Keys", "Production", "Stage", "free_port"]
