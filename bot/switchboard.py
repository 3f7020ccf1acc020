"""Which ways to people an office has: channels made out of its settings, nothing else.

Each maker is handed what its channel needs and nothing more; adding a platform is one maker.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.channels.base import Channel, Note, Noted
from bot.channels.fetching import Fetcher
from bot.channels.onebot.channel import OneBotChannel
from bot.channels.onebot.life import Timing
from bot.channels.onebot.line import OneBotAccount
from bot.channels.qq.api import QQBot
from bot.channels.qq.channel import QQChannel
from bot.channels.wecom.app import WeComChannel
from bot.channels.wecom.appchat import WeComAppChatChannel
from bot.channels.wecom.line import WeComApp
from bot.channels.wecom.robot import WeComRobotChannel
from bot.channels.wecom_bot.callback import WeComBot, WeComBotChannel
from bot.channels.wecom_bot.link import SocketBot
from bot.channels.wecom_bot.messages import AccountOf, account_as_told
from bot.channels.wecom_bot.socket import WeComSocketChannel
from bot.clock import Clock
from bot.desk import PLEASE_WAIT
from bot.leases import Leasing, Sharing
from bot.workers import Workers
from config.settings import Settings
from handlers import registry
from handlers.app_menu import app_menu
from handlers.reply import Card
from handlers.reply_json import reply_from_json
from storage.attachments import Attachments
from storage.outbox import Outbox
from storage.parking import Parking
from storage.reachability import Reachability
from storage.sending import Sending
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Lines:
    """What the channels share with the house: its clock, its records behind plain calls."""

    workers: Workers
    clock: Clock
    leasing: Leasing
    chance: random.Random
    # something may leave now that could not before
    kick: Callable[[], None]
    # how long a channel pauses between messages so as not to look like a machine; 1: as it should
    pace: float = 1.0

    async def attachment(self, attachment_id: int) -> tuple[str, bytes]:
        """Name and content of a file that is to be sent."""
        return await self.workers.run(lambda unit: Attachments(unit).content(attachment_id))

    async def drawn(self, delivery_id: int) -> Card | None:
        """The card of a message that left through the outbox."""

        def find(unit: Unit) -> Card | None:
            body = Outbox(unit).body(delivery_id)
            return None if body is None else reply_from_json(unit, body).card

        return await self.workers.run(find)

    async def stopped(self) -> bool:
        """Whether the stop switch is on at this moment."""
        return await self.workers.run(lambda unit: Sending(unit).stopped())

    def note(self, channel: str) -> Note:
        """Where a channel tells what its platform let it know outside of any call."""

        async def note(noted: Noted) -> None:
            now = self.clock.now()

            def keep(unit: Unit) -> int:
                known = Reachability(unit)
                if noted.refused:
                    known.refuse(channel, noted.place, noted.account, noted.refused, now)
                    return 0
                known.permit(channel, noted.place, noted.account)
                return Parking(unit).release(channel, noted.place, noted.account, now)

            if await self.workers.run(keep):
                self.kick()

        return note


def channels(settings: Settings, lines: Lines) -> list[Channel]:
    """Everything that is configured, the preferred way first.

    Raises ExposedError where strangers could speak in the office's name.
    """
    made = [*_wecom(settings, lines), *_qq(settings, lines), *_onebot(settings, lines)]
    for channel in made:
        if isinstance(channel, Sharing):
            channel.share(lines.leasing)
    return made


def _wecom(settings: Settings, lines: Lines) -> Iterator[Channel]:
    app = _wecom_app(settings, lines) if settings.has_wecom_app else None
    if app is not None:
        yield app
        yield WeComAppChatChannel(app.line, lines.note(WeComAppChatChannel.name))
    if settings.has_wecom_bot:
        yield WeComBotChannel(
            WeComBot(
                name=settings.wecom_bot_name or settings.bot_name,
                token=settings.wecom_bot_token.get_secret_value(),
                aes_key=settings.wecom_bot_aes_key.get_secret_value(),
            ),
            lines.clock,
            push_channel="" if app is None else app.name,
            account_of=account_as_told if app is None else app.account,
            fetcher=_fetcher(settings),
        )
    if settings.has_wecom_socket:
        account_of = account_as_told if app is None else app.account
        socket = _wecom_socket(settings, lines, account_of)
        if app is None:
            # what is queued for WeCom accounts leaves here; with an app it leaves there,
            # because the app may write to everybody and the AI bot only to whom it knows
            socket.name = WeComChannel.name
        yield socket
    # robots stand in groups of any corp that uses WeCom: their keys come with the groups
    if app is not None or settings.has_wecom_bot or settings.has_wecom_socket:
        base, note = settings.wecom_webhook_base, lines.note(WeComRobotChannel.name)
        yield WeComRobotChannel(base, lines.clock, lines.attachment, note)


def _wecom_app(settings: Settings, lines: Lines) -> WeComChannel:
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
    return WeComChannel(
        app,
        lines.clock,
        lines.attachment,
        public_url=settings.public_url,
        menu=app_menu(registry.INTENTS),
    )


def _wecom_socket(settings: Settings, lines: Lines, account_of: AccountOf) -> WeComSocketChannel:
    return WeComSocketChannel(
        SocketBot(
            name=settings.wecom_bot_name or settings.bot_name,
            bot_id=settings.wecom_bot_id,
            secret=settings.wecom_bot_secret.get_secret_value(),
            url=settings.wecom_bot_ws_url,
        ),
        lines.clock,
        lines.attachment,
        lines.drawn,
        wait=PLEASE_WAIT,
        push_channel=WeComChannel.name,
        account_of=account_of,
        chance=lines.chance,
        fetcher=_fetcher(settings),
    )


def _qq(settings: Settings, lines: Lines) -> Iterator[Channel]:
    if settings.has_qq:
        bot = QQBot(
            app_id=settings.qq_app_id,
            secret=settings.qq_secret.get_secret_value(),
            transport=settings.qq_transport,
            api_base=settings.qq_api_base,
            token_url=settings.qq_token_url,
            name=settings.bot_name,
        )
        note = lines.note(QQChannel.name)
        yield QQChannel(
            bot,
            lines.clock,
            lines.attachment,
            note,
            chance=lines.chance,
            fetcher=_fetcher(settings),
        )


def _onebot(settings: Settings, lines: Lines) -> Iterator[Channel]:
    if settings.has_onebot:
        account = OneBotAccount(
            url=settings.onebot_url,
            token=settings.onebot_token.get_secret_value(),
            name=settings.bot_name,
            host=settings.host,
        )
        yield OneBotChannel(
            account,
            lines.clock,
            lines.attachment,
            stopped=lines.stopped,
            note=lines.note(OneBotChannel.name),
            chance=lines.chance,
            fetcher=_fetcher(settings),
            timing=Timing(gap=(1.0 * lines.pace, 2.0 * lines.pace), again=max(0.05, lines.pace)),
        )


def _fetcher(settings: Settings) -> Fetcher:
    return Fetcher(settings.files_from.split(","))
