"""The fake OneBot implementation as one object: set the scene, act as a person, look at screens.

Tests, a story player and the chat page drive it through this class.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from simulator.clock import SimClock
from simulator.common.acting import Delivery
from simulator.common.screen import Shown
from simulator.common.values import JsonObject
from simulator.onebot import events
from simulator.onebot.calls import CallLog
from simulator.onebot.dialects import DIALECTS
from simulator.onebot.faults import Faults
from simulator.onebot.forward import Forward
from simulator.onebot.implementation import Implementation
from simulator.onebot.limits import Limits
from simulator.onebot.lines import Line
from simulator.onebot.people import People
from simulator.onebot.platform import Platform
from simulator.onebot.records import Account, Group, Role
from simulator.onebot.reverse import Dial
from simulator.onebot.world import World


class FakeOneBot(People):
    """One logged-in QQ account with its implementation. Use as an async context manager, or call
    `close`; make it inside the running loop.

    dialect: "napcat", "llbot" or "standard" · token: what applications must bring on the forward
    address · array: messages as segments, else as CQ strings
    """

    def __init__(
        self,
        clock: SimClock | None = None,
        *,
        self_id: int = 10001,
        nickname: str = "师训助手",
        dialect: str = "napcat",
        token: str = "",
        array: bool = True,
        limits: Limits | None = None,
        base_url: str = "http://127.0.0.1:3001",
    ) -> None:
        world = World(self_id)
        world.accounts[self_id] = Account(self_id, nickname)
        platform = Platform(
            clock or SimClock(),
            limits or Limits(),
            Faults(),
            base_url.rstrip("/"),
            world,
            DIALECTS[dialect],
            token,
            array,
        )
        self.calls = CallLog()
        super().__init__(platform, Implementation(platform, self.calls))
        self.dials: list[Dial] = []

    # -- setting the scene -------------------------------------------------------------------

    def add_account(
        self, number: int, nickname: str, *, friend: bool = True, sex: str = "unknown", age: int = 0
    ) -> Account:
        """Somebody on QQ; a friend of the bot unless told otherwise."""
        account = Account(number, nickname, sex, age)
        self.world.accounts[number] = account
        if friend:
            self.world.friends[number] = ""
        return account

    def add_group(
        self,
        number: int,
        name: str,
        members: Sequence[int],
        *,
        bot: Role | None = Role.MEMBER,
    ) -> Group:
        """A group whose first member is its owner; `bot` None: the bot is not in it."""
        return self.world.add_group(number, name, list(members), self.platform.now(), bot=bot)

    def add_routes(self, app: web.Application, prefix: str = "") -> None:
        """Mounts the forward WebSocket at `prefix`/, /api and /event, and /media/…; set
        `base_url` to the address of `prefix`."""
        Forward(self.implementation).add_routes(app, prefix)

    async def dial(self, url: str, token: str = "") -> Dial:
        """Keeps a reverse connection to an application's address; `Dial.up` waits for it."""
        dial = Dial(url, token, self.implementation)
        self.dials.append(dial)
        dial.start()
        return dial

    # -- what goes wrong, beside `faults` ----------------------------------------------------

    async def go_offline(self, *, told: bool = True, reason: str = "账号被踢下线") -> None:
        """Tencent ends the login: nothing is sent or heard; `told`: NapCat's bot_offline (B3)."""
        self.world.online = False
        if told and self.platform.dialect.wordy:
            fields: JsonObject = {"user_id": self.world.self_id, "tag": "KickedOffLine"}
            event = events.notice(self.platform, "bot_offline", fields | {"message": reason})
            await self.implementation.tell(event)

    def come_back(self) -> None:
        """Somebody has logged in again."""
        self.world.online = True

    def freeze(self) -> None:
        """The process stands still: no answer, no event, no pong; connections stay open."""
        self.implementation.awake.clear()

    def thaw(self) -> None:
        """It goes on, with all that came meanwhile."""
        self.implementation.awake.set()

    async def push(self, text: str) -> None:
        """Any text as a frame: garbage, an unknown post_type, `"message": null`."""
        await self.implementation.push(text)

    async def push_huge(self, account: str, characters: int, chat: str | None = None) -> Delivery:
        """A message of that many characters, such as a long forwarded history."""
        return await self.say(account, "长" * characters, chat)

    async def close_lines(self, code: int = 1000) -> None:
        """Closes every connection with this code; reverse ones are dialled again."""
        for line in self.lines:
            await line.close(code)

    def abort_lines(self) -> None:
        """Cuts every TCP connection without a close frame."""
        for line in self.lines:
            line.abort()

    # -- looking -----------------------------------------------------------------------------

    @property
    def world(self) -> World:
        return self.platform.world

    @property
    def lines(self) -> list[Line]:
        """The living connections, forward and reverse."""
        return list(self.implementation.lines)

    @property
    def ws_url(self) -> str:
        """The address of the forward WebSocket for actions and events."""
        return "ws" + self.base_url.removeprefix("http") + "/"

    def connected(self) -> bool:
        """Whether an application can ask and hear."""
        return any(line.asks for line in self.lines) and any(line.listens for line in self.lines)

    def shown(self, account: str, since: int = 0) -> list[Shown]:
        """What this person sees, in order; only what came or changed after the cursor `since`."""
        self.world.account(account)
        return self.world.screens.feed(account, since)

    def cursor(self, account: str) -> int:
        """Where this person's screen stands now."""
        self.world.account(account)
        return self.world.screens.cursor

    async def quiet(self, seconds: float = 10.0) -> None:
        """Waits until no action is open and nothing came or went for a moment. Events have no
        answer, so a bot that thinks for longer is not waited for. TimeoutError after `seconds`."""
        await self.implementation.quiet(seconds)

    async def close(self) -> None:
        self.thaw()
        for dial in self.dials:
            await dial.stop()
        await self.implementation.close()
