"""The composition root: the one place that reads settings and puts the pieces together.

Production, demo, stories and tests all build the same application; they differ in the settings,
the clock and what stands at the addresses.
"""

from __future__ import annotations

import logging
import os
import random
import secrets
import socket
from collections.abc import Iterable
from datetime import timedelta

from aiohttp import web

from bot.answer import House
from bot.channels.base import Channel, Dialling
from bot.channels.wecom import WeComChannel
from bot.channels.wecom_bot import WeComBot, WeComBotChannel
from bot.channels.wecom_sender import WeComApp
from bot.channels.wecom_socket import WeComSocketChannel
from bot.channels.wecom_socket_link import SocketBot
from bot.clock import Clock, SystemClock
from bot.desk import ANSWER_WITHIN, PLEASE_WAIT, Desk
from bot.outbox import Postman
from bot.reading import Readings
from bot.scheduler import Ticker
from bot.web import make_web
from bot.workers import Workers
from config.settings import Settings
from handlers.contract import SHANGHAI, OfficeFacts
from handlers.reply import Card
from handlers.reply_json import reply_from_json
from storage import schema
from storage.attachments import Attachments
from storage.database import Database
from storage.imports.saving import UNDO_WITHIN, forget_undo_before
from storage.journal import PendingQuestions, SeenMessages
from storage.outbox import Outbox
from storage.unanswered import Unanswered
from storage.unit import Unit

logger = logging.getLogger("shixun.app")

OUTBOX_EVERY = 2.0
HOUSEKEEPING_EVERY = 60.0
# WeCom repeats within seconds, QQ within minutes; two days also cover a clock set wrong
SEEN_KEPT = timedelta(days=2)
UNANSWERED_KEPT = timedelta(days=90)


Hearing = WeComChannel | WeComBotChannel | WeComSocketChannel


class SchemaError(Exception):
    """The database is not at the version this program needs; the message says what to do."""


class Application:
    """One running bot. `start` before use, `stop` at the end."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        chance: random.Random | None = None,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        """`answer_within`: seconds after which a message is acknowledged without its answer."""
        self.clock: Clock = clock or SystemClock()
        self.database = Database(settings.database_url)
        self.workers = Workers(self.database)
        self.readings = Readings(self.database, settings.words_file)
        self.channels: dict[str, Channel] = {}
        self._routes: list[web.RouteDef] = []
        self.owner = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(3)}"
        receivers = list(self._make_channels(settings))
        self.postman = Postman(self.workers, self.channels, self.clock, self.owner)
        house = House(
            understanding=self.readings.current,
            office=OfficeFacts(
                name=settings.office_name,
                contact=settings.office_contact,
                bot_name=settings.bot_name,
            ),
            chance=chance or secrets.SystemRandom(),
            at_once={name: channel.at_once for name, channel in self.channels.items()},
            masked=self.readings.masked,
        )
        self.desk = Desk(
            self.workers,
            house,
            self.clock,
            kick=self.postman.kick,
            answer_within=answer_within,
        )
        for channel in receivers:
            self._routes += channel.routes(self.desk.receive)
        self.ticker = Ticker()
        self.ticker.every(OUTBOX_EVERY, self.postman.run_due, "outbox")
        self.ticker.every(HOUSEKEEPING_EVERY, self._keep_house, "housekeeping")

    def _make_channels(self, settings: Settings) -> Iterable[Hearing]:
        if settings.has_wecom_app:
            assert settings.wecom_agent_id is not None
            app = WeComApp(
                corp_id=settings.wecom_corp_id,
                agent_id=settings.wecom_agent_id,
                secret=settings.wecom_secret.get_secret_value(),
                token=settings.wecom_token.get_secret_value(),
                aes_key=settings.wecom_aes_key.get_secret_value(),
                api_base=settings.wecom_api_base,
                name=settings.bot_name,
            )
            wecom = WeComChannel(app, self.clock, self._attachment)
            self.channels[wecom.name] = wecom
            yield wecom
        if settings.has_wecom_bot:
            bot = WeComBotChannel(
                WeComBot(
                    name=settings.wecom_bot_name or settings.bot_name,
                    token=settings.wecom_bot_token.get_secret_value(),
                    aes_key=settings.wecom_bot_aes_key.get_secret_value(),
                ),
                self.clock,
                push_channel="wecom" if settings.has_wecom_app else "",
            )
            self.channels[bot.name] = bot
            yield bot
        if settings.has_wecom_socket:
            line = WeComSocketChannel(
                SocketBot(
                    name=settings.wecom_bot_name or settings.bot_name,
                    bot_id=settings.wecom_bot_id,
                    secret=settings.wecom_bot_secret.get_secret_value(),
                    url=settings.wecom_bot_ws_url,
                ),
                self.clock,
                self._attachment,
                self._drawn,
                wait=PLEASE_WAIT,
                push_channel="wecom",
                chance=secrets.SystemRandom(),
            )
            if not settings.has_wecom_app:
                # what is queued for WeCom accounts leaves here; with an app it leaves there,
                # because the app may write to everybody and the AI bot only to whom it knows
                line.name = "wecom"
            self.channels[line.name] = line
            yield line

    def make_web(self) -> web.Application:
        """The web application with every address of this bot; starts and stops with it."""
        app = make_web(self._routes, self._not_ready)

        async def alive(_app: web.Application):  # type: ignore[no-untyped-def]
            await self.start()
            yield
            await self.stop()

        app.cleanup_ctx.append(alive)
        return app

    async def start(self) -> None:
        """Check the schema, take up what a former run left, begin to tick."""
        problem = schema.problem(self.database)
        if problem is not None:
            raise SchemaError(problem)
        self.readings.start()
        for unfinished in await self.workers.run(lambda unit: SeenMessages(unit).unfinished()):
            await self.desk.resume(unfinished)
        for channel in self.channels.values():
            if isinstance(channel, Dialling):
                await channel.start()
        self.ticker.start()
        logger.info("started", extra={"count": len(self.channels)})

    async def stop(self) -> None:
        """Answer what is being answered, then let go of everything."""
        await self.ticker.stop()
        await self.desk.quiet()
        await self.postman.quiet()
        for channel in self.channels.values():
            await channel.close()
        self.readings.close()
        self.workers.close()
        self.database.close()

    async def settle(self) -> None:
        """Wait until nothing is being answered and nothing is due: what a story's step needs."""
        await self.desk.quiet()
        await self.postman.quiet()
        await self.postman.run_due()

    async def _keep_house(self) -> None:
        before = self.clock.now() - SEEN_KEPT
        await self.workers.run(lambda unit: SeenMessages(unit).forget_before(before))
        now = self.clock.now()
        await self.workers.run(lambda unit: PendingQuestions(unit).forget_before(now))
        undoable = now - UNDO_WITHIN
        await self.workers.run(lambda unit: forget_undo_before(unit, undoable))
        asked = (self.clock.now().astimezone(SHANGHAI) - UNANSWERED_KEPT).date()
        await self.workers.run(lambda unit: Unanswered(unit).forget_before(asked))
        await self.workers.run(self.readings.refresh)

    async def _not_ready(self) -> dict[str, str]:
        problems: dict[str, str] = {}
        problem = await self.workers.run(lambda _unit: schema.problem(self.database))
        if problem is not None:
            problems["database"] = problem
        if not self.readings.ready:
            problems["understanding"] = "语言理解正在加载"
        for name, channel in self.channels.items():
            if isinstance(channel, Dialling) and channel.problem():
                problems[name] = channel.problem()
        return problems

    async def _attachment(self, attachment_id: int) -> tuple[str, bytes]:
        return await self.workers.run(lambda unit: Attachments(unit).content(attachment_id))

    async def _drawn(self, delivery_id: int) -> Card | None:
        """The card of a message that left through the outbox."""

        def find(unit: Unit) -> Card | None:
            body = Outbox(unit).body(delivery_id)
            return None if body is None else reply_from_json(unit, body).card

        return await self.workers.run(find)
