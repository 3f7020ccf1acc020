"""Which ways to people an office has: channels made out of its settings, nothing else.

Each maker is handed what its channel needs and nothing more; adding a platform is one maker.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.channels.base import Channel, Note, Noted
from bot.channels.wecom import WeComChannel
from bot.channels.wecom_bot import WeComBot, WeComBotChannel
from bot.channels.wecom_sender import WeComApp
from bot.channels.wecom_socket import WeComSocketChannel
from bot.channels.wecom_socket_link import SocketBot
from bot.clock import Clock
from bot.desk import PLEASE_WAIT
from bot.leases import Leasing
from bot.workers import Workers
from config.settings import Settings
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


def channels(settings: Settings, lines: Lines) -> Iterator[Channel]:
    """Everything that is configured, the preferred way first."""
    for maker in _MAKERS:
        yield from maker(settings, lines)


def _wecom_app(settings: Settings, lines: Lines) -> Iterator[Channel]:
    if not settings.has_wecom_app:
        return
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
    yield WeComChannel(app, lines.clock, lines.attachment)


def _wecom_bot(settings: Settings, lines: Lines) -> Iterator[Channel]:
    if settings.has_wecom_bot:
        yield WeComBotChannel(
            WeComBot(
                name=settings.wecom_bot_name or settings.bot_name,
                token=settings.wecom_bot_token.get_secret_value(),
                aes_key=settings.wecom_bot_aes_key.get_secret_value(),
            ),
            lines.clock,
            push_channel="wecom" if settings.has_wecom_app else "",
        )
    if not settings.has_wecom_socket:
        return
    socket = WeComSocketChannel(
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
        push_channel="wecom",
        chance=lines.chance,
    )
    if not settings.has_wecom_app:
        # what is queued for WeCom accounts leaves here; with an app it leaves there,
        # because the app may write to everybody and the AI bot only to whom it knows
        socket.name = "wecom"
    yield socket


Maker = Callable[[Settings, Lines], Iterator[Channel]]
_MAKERS: Sequence[Maker] = (_wecom_app, _wecom_bot)
