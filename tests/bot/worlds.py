"""The real application and the fake WeCom, each on a loopback port of its own.

Apart, so that a bot can die and another can take its place while the platform goes on. What the
platform says is sealed by the simulator's own envelope, never by the code under test.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import aiohttp
import xmltodict
from aiohttp import web
from pydantic import SecretStr

from bot.app import Application
from bot.channels.base import Busy
from bot.rehearsal import Rehearsal
from config.settings import Settings
from handlers.reply import Reply
from handlers.reply_json import reply_to_json
from simulator.clock import SimClock
from simulator.common.acting import Delivery
from simulator.common.screen import Kind, Shown
from simulator.stage import PREFIX, Keys, Stage, free_port
from simulator.wecom.crypto import Envelope
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery

NOW = datetime(2021, 7, 12, 8, 20, tzinfo=timezone(timedelta(hours=8)))
STAMP = "1626049200"
GROUP = "wr-xinxi-1"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the bot answered to a raw request; `words` of the passive reply, decrypted."""

    status: int
    body: bytes = b""
    inner: dict[str, object] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The text of the passive reply, or nothing."""
        return str(self.inner.get("Content") or "")


@dataclass(frozen=True, slots=True)
class Bot:
    """One running application; several may share a database."""

    application: Application
    address: str
    runner: web.AppRunner

    async def settle(self) -> None:
        """Until nothing is being answered and nothing is due."""
        await self.application.settle()

    async def stop(self) -> None:
        """Close the door, finish what was begun, go."""
        await self.runner.cleanup()
        await self.application.stop()

    async def kill(self) -> None:
        """Stop at once: whatever was being done is not finished and nobody tidies up.

        The threads of a turn cannot be killed; a test's own slow handler raises instead.
        """
        ticking = self.application.ticker.halt()
        mine = [*ticking, *self.application.desk._tasks, *self.application.postman._tasks]
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)
        await self.runner.cleanup()
        for channel in self.application.channels.values():
            await channel.close()
        self.application.database.let_go()  # as the system does when a process ends


@dataclass(slots=True)
class World:
    """One platform, one database, and the bots that were started on them."""

    url: str
    clock: SimClock
    keys: Keys
    stage: Stage
    http: aiohttp.ClientSession
    bots: list[Bot] = field(default_factory=list)
    killed: list[Bot] = field(default_factory=list)  # their threads end with the test
    # the time that raw requests tell; a process of its own has the machine's clock
    stamp: str = STAMP

    @property
    def bot(self) -> Bot:
        """The one that was started last."""
        return self.bots[-1]

    @property
    def application(self) -> Application:
        """Of the bot that was started last."""
        return self.bot.application

    async def start_bot(self) -> Bot:
        """One more application on the same database; the platform calls this one from now on."""
        application = Application(self._settings(), clock=self.clock)
        web_app = application.make_web()
        web_app.cleanup_ctx.clear()  # started and stopped here, so that it can also be killed
        bound = free_port("127.0.0.1")
        address = f"http://127.0.0.1:{bound.getsockname()[1]}"
        for other in self.bots:  # as on PostgreSQL, where several may serve
            other.application.database.let_go()
        await application.start()
        # the first message of a test is not the one that waits for the words to be loaded
        await asyncio.to_thread(application.readings.current)
        runner = web.AppRunner(web_app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, bound).start()
        self.stage.app.callback_url = f"{address}/wecom/callback"
        self.stage.bot.callback_url = f"{address}/wecom/aibot"
        self.bots.append(Bot(application, address, runner))
        # what it asks the platform at its start is none of a test's calls
        for channel in application.channels.values():
            if isinstance(channel, Busy):
                await channel.quiet()
        return self.bot

    async def kill(self, bot: Bot) -> None:
        """This one is gone, without a word."""
        await bot.kill()
        self.bots.remove(bot)
        self.killed.append(bot)

    def _settings(self) -> Settings:
        keys = self.keys
        return Settings(
            database_url=self.url,
            office_name="云溪县师训股",
            wecom_api_base=f"{self.stage.address}{PREFIX}/cgi-bin/",
            wecom_corp_id=keys.corp_id,
            wecom_agent_id=keys.agent_id,
            wecom_secret=SecretStr(keys.secret),
            wecom_token=SecretStr(keys.token),
            wecom_aes_key=SecretStr(keys.aes_key),
            wecom_bot_token=SecretStr(keys.bot_token),
            wecom_bot_aes_key=SecretStr(keys.bot_aes_key),
            files_from="127.0.0.1",
            turns_per_minute=0,  # one person says more than a person would
        )

    # -- as a person ----------------------------------------------------------------------------

    async def say(
        self, account: str, text: str, chat: str | None = None, *, copies: int = 1
    ) -> Delivery:
        """Type a message and wait until everything that follows from it has happened."""
        delivery = await self.stage.fake.say(account, text, chat, copies=copies)
        await self.quiet()
        return delivery

    async def quiet(self) -> None:
        """Until the platform delivers nothing and the bot does nothing."""
        await self.stage.fake.quiet()
        await self.bot.settle()

    def queue(self, reply: Reply, *accounts: str) -> None:
        """Put one reply into the outbox for each of these, as a notice would."""
        now = self.clock.now()
        with self.application.database.unit() as unit:
            Outbox(unit).enqueue(
                [
                    NewDelivery(
                        unique_key=f"test:{uuid4().hex}",
                        channel="wecom",
                        account=account,
                        person_id=None,
                        notice_id=None,
                        purpose="notice",
                        body=reply_to_json(unit, reply, now),
                        not_before=now,
                    )
                    for account in accounts
                ],
                now=now,
            )

    def seen(self, account: str, since: int = 0) -> list[Shown]:
        """What bots wrote to this person, in order."""
        people = self.stage.corp.members
        return [
            each
            for each in self.stage.fake.shown(account, since)
            if each.sender not in people and each.kind is not Kind.NOTICE
        ]

    def words(self, account: str, chat: str | None = None) -> list[str]:
        """The words of it; of one chat if it is named."""
        return [each.words for each in self.seen(account) if chat in (None, each.chat)]

    # -- raw requests -----------------------------------------------------------------------------

    @property
    def envelope(self) -> Envelope:
        """The app's envelope as the platform has it."""
        return Envelope(self.keys.token, self.keys.aes_key, self.keys.corp_id)

    @property
    def bot_envelope(self) -> Envelope:
        """The AI bot's envelope: no receive id."""
        return Envelope(self.keys.bot_token, self.keys.bot_aes_key, "")

    def query(self, sealed: str, envelope: Envelope | None = None) -> dict[str, str]:
        """A signed query for a sealed message."""
        nonce = secrets.token_hex(8)
        signature = (envelope or self.envelope).signature(self.stamp, nonce, sealed)
        return {"msg_signature": signature, "timestamp": self.stamp, "nonce": nonce}

    async def send(self, inner: str, *, bot: Bot | None = None) -> Answered:
        """An app callback with this inside, properly sealed and signed."""
        sealed = self.envelope.seal(inner)
        return await self.post(self.query(sealed), outer(sealed), bot=bot)

    async def post(
        self,
        query: dict[str, str],
        body: str | bytes,
        *,
        bot: Bot | None = None,
        path: str = "/wecom/callback",
        headers: dict[str, str] | None = None,
    ) -> Answered:
        """Any request to a callback address; a passive reply is opened."""
        data = body.encode() if isinstance(body, str) else body
        url = (bot or self.bot).address + path
        async with self.http.post(url, params=query, data=data, headers=headers) as answer:
            raw = await answer.read()
            inner: dict[str, object] = {}
            if answer.status == 200 and raw.startswith(b"<xml>"):
                inner = self._open(raw)
            return Answered(answer.status, raw, inner)

    def _open(self, raw: bytes) -> dict[str, object]:
        fields = xmltodict.parse(raw)["xml"]
        plain = self.envelope.open(
            fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"], fields["Encrypt"]
        )
        return dict(xmltodict.parse(plain)["xml"])


def outer(sealed: str) -> str:
    """The envelope's outside as WeCom writes it (wecom.md 1.4)."""
    return (
        "<xml><ToUserName><![CDATA[ww]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>"
        f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    )


def message(account: str, text: str, number: int | str = 1, *, kind: str = "text") -> str:
    """A text message's inside (wecom.md 1.6)."""
    return (
        f"<xml><ToUserName><![CDATA[ww]]></ToUserName><FromUserName><![CDATA[{account}]]>"
        f"</FromUserName><CreateTime>{STAMP}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{number}</MsgId>"
        "<AgentID>1000002</AgentID></xml>"
    )


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[World]:
    """A platform and one bot on a furnished database, with a frozen clock."""
    clock, keys = SimClock(NOW, frozen=True), Keys()
    bound = free_port("127.0.0.1")
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    stage = Stage(clock, keys, address)
    platform = web.Application()
    stage.mount(platform, page=False)
    runner = web.AppRunner(platform, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    async with aiohttp.ClientSession() as http:
        world = World(url, clock, keys, stage, http)
        try:
            bot = await world.start_bot()
            stage.cast(Rehearsal(bot.application), ("新来的老师",))
            yield world
        finally:
            for each in (*world.bots, *world.killed):
                await each.stop()
            await runner.cleanup()
