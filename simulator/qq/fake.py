"""The fake official QQ platform as one object: set the scene, act as a person, mount the API.

Tests, a story player and the chat page all drive it through this class.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from simulator.common.acting import Delivery
from simulator.common.screen import Shown
from simulator.qq.api import Api
from simulator.qq.moving import Clicking, Moving
from simulator.qq.records import Bot, Group, Hears, Person, Seat, Transport


class FakeQQ(Clicking, Moving):
    """A whole platform in memory. Use as an async context manager, or call `close`.

    What a person sends is in Talking, what they press in Clicking, friendship and groups in
    Moving, connections in `gateway`, callbacks in `webhooks`, what goes wrong in `faults`.
    """

    # -- setting the scene ---------------------------------------------------------------------

    def add_bot(
        self, appid: str, name: str, *, secret: str, webhook_url: str = "", certified: bool = False
    ) -> Bot:
        """A bot on the long connection, or on webhooks when it has an address; ValueError for an
        empty secret."""
        if not secret:
            raise ValueError("a bot needs a secret")
        transport = Transport.WEBHOOK if webhook_url else Transport.WEBSOCKET
        bot = Bot(appid, name, secret, transport, webhook_url, certified=certified)
        self.platform.bots[appid] = bot
        return bot

    def add_person(self, account: str, name: str, *, friend: bool = True) -> Person:
        """Somebody with a QQ account; `friend` of every bot there is, without events."""
        person = self.platform.people[account] = Person(account, name)
        for bot in self.platform.bots.values() if friend else ():
            bot.friends.add(account)
        return person

    def add_group(
        self,
        name: str,
        members: Sequence[str],
        *,
        chat: str = "",
        bots: Sequence[str] | None = None,
        admins: Sequence[str] = (),
        hears: Hears = Hears.MENTION,
        proactive: bool = False,
    ) -> Group:
        """A group with these accounts and bots (all that there are for None), without events.

        chat: its name on the screens, "groupN" by default · admins: the first member by default
        proactive: the owner lets bots push (bot_state.allow_proactive_msg)
        """
        chat = chat or f"group{len(self.platform.groups) + 1}"
        listed = [self._person(account).account for account in members]
        group = Group(chat, name, listed, set(admins or listed[:1]))
        for appid in self.platform.bots if bots is None else bots:
            group.seats[appid] = Seat(self.platform.now(), hears, proactive)
        self.platform.groups[chat] = group
        return group

    def add_routes(self, app: web.Application, prefix: str = "") -> None:
        """Mounts the platform below `prefix`; set `base_url` to the address of `prefix`."""
        Api(self.platform, self.calls, self.desk, self.pressing, self.gateway).add_routes(
            app, prefix
        )

    def invalidate_tokens(self) -> None:
        """Every access token dies now: 401 and 11244 from here on, 4004 at the gateway."""
        for bot in self.platform.bots.values():
            bot.tokens.clear()

    def user_openid(self, account: str, *, bot: str | None = None) -> str:
        """What the bot calls this person in private."""
        return self.platform.user_openid(self._bot(bot), account)

    def member_openid(self, account: str, chat: str, *, bot: str | None = None) -> str:
        """What the bot calls this person in that group."""
        return self.platform.member_openid(self._bot(bot), self.platform.groups[chat], account)

    def group_openid(self, chat: str, *, bot: str | None = None) -> str:
        """What the bot calls that group."""
        return self.platform.group_openid(self._bot(bot), self.platform.groups[chat])

    async def verify_url(self, bot: str | None = None) -> Delivery:
        """The check the console makes when a webhook address is saved (A4, op 13)."""
        return await self.webhooks.verify_url(self._bot(bot))

    # -- looking -------------------------------------------------------------------------------

    def shown(self, account: str, since: int = 0) -> list[Shown]:
        """What this person sees, in order; only what came or changed after the cursor `since`."""
        return self.platform.screens.feed(account, since)

    def cursor(self, account: str) -> int:
        """Where this person's screen stands now; KeyError for nobody."""
        self._person(account)
        return self.platform.screens.cursor

    async def quiet(self, seconds: float = 10.0) -> None:
        """Waits until nothing is being delivered, no acknowledgement of a button is due, and each
        message to a bot had its first answer (given up after `Limits.answer_seconds`);
        TimeoutError after `seconds`."""
        await self.courier.quiet(seconds)

    async def close(self) -> None:
        await self.gateway.close()
        await self.courier.close()
