"""The official QQ bot: private chats and groups, by gateway or webhook (qq.md A).

Puts its halves together: the ears hear, the sender says, gateway and webhook are the two ways in.
Knows no event and no message.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from aiohttp import web

from bot.channels.base import CallOutcome, Capabilities, Note, Outgoing, Receive
from bot.channels.fetching import Fetcher
from bot.channels.qq import parts as qq_parts
from bot.channels.qq.api import QQApi, QQBot
from bot.channels.qq.ears import CHANNEL, Ears
from bot.channels.qq.events import Scene
from bot.channels.qq.gateway import Gateway
from bot.channels.qq.life import Timing
from bot.channels.qq.sender import WINDOWS, Sender
from bot.channels.qq.speaker import Attachment, Speaker
from bot.channels.qq.token import TokenError
from bot.channels.qq.webhook import PATH, Webhook
from bot.channels.qq.words import TEXT_CHARACTERS
from bot.clock import Clock
from bot.leases import Leasing
from handlers.reply import Reply
from handlers.ways import GROUP, PRIVATE
from storage.outbox_values import FrozenRequest, Json, Unsendable

WEBHOOK = "webhook"
LEASE = "qq-gateway"


class QQChannel:
    """One bot. `note`: where it tells who refuses active messages, and who no longer does."""

    name = CHANNEL
    capabilities = Capabilities(
        push=True,
        groups=True,
        buttons=qq_parts.BUTTONS,
        text_bytes=TEXT_CHARACTERS * 3,
        files=True,
        title="QQ机器人",
        realm="qq",
        group_push=True,
        may_refuse=True,
        # in markdown alone, which not every bot may send; everybody cannot be called at all
        mention_realm=qq_parts.REALM,
        mentions_by_leave=True,
        recall=timedelta(minutes=2),
        reply_windows={PRIVATE: WINDOWS[Scene.C2C], GROUP: WINDOWS[Scene.GROUP]},
        per_minute=30,
        per_receiver=20,
    )

    def __init__(
        self,
        bot: QQBot,
        clock: Clock,
        attachment: Attachment,
        note: Note,
        *,
        chance: random.Random,
        timing: Timing | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        self._bot = bot
        self._clock = clock
        self._timing = timing or Timing()
        self._api = QQApi(bot, clock, chance)
        self._speaker = Speaker(self._api, clock, attachment, note, self._timing)
        self._sender = Sender(self._api, self._speaker, clock, note, self._draws, self._timing)
        self._ears = Ears(
            bot.name, clock, note, self._api, self._speaker, self._sender, fetcher or Fetcher()
        )
        self._gateway = Gateway(self._api, self._ears.hear, timing=self._timing, chance=chance)
        self._leasing: Leasing | None = None
        self._life: asyncio.Task[None] | None = None

    def routes(self, receive: Receive) -> list[web.RouteDef]:
        """The webhook's address, where it is used. What is heard goes to `receive`."""
        self._ears.receive = receive
        if self._bot.transport != WEBHOOK:
            return []
        door = Webhook(self._bot, self._clock, self._ears.seen, self._ears.take)
        return [web.post(PATH, door.called)]

    def share(self, leasing: Leasing) -> None:
        """Only one process holds the gateway: a second log-in would hear everything twice."""
        self._leasing = leasing

    async def start(self) -> None:
        """Begin to dial, or see whether the platform knows us; returns at once."""
        if self._life is None:
            self._life = asyncio.get_running_loop().create_task(self._live())

    def problem(self) -> str:
        """Why nobody can be heard or answered, in Chinese, or nothing."""
        if self._bot.transport == WEBHOOK:
            return self._api.problem
        return self._gateway.problem()

    @property
    def connected(self) -> bool:
        """Whether the gateway's events come in."""
        return self._gateway.connected

    def at_once(self, reply: Reply) -> bool:
        """Whether a reply is one message without files."""
        return self._sender.at_once(reply)

    def repeats(self, request: Json) -> timedelta | None:
        """Replies can be repeated, active messages cannot."""
        return self._sender.repeats(request)

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest | Unsendable]:
        """One call a message."""
        return self._sender.requests(outgoing)

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Say one message."""
        return await self._sender.call(request, deliveries)

    async def recall(self, request: Json, platform_id: str) -> str:
        """Take a message back, two minutes at most after it was sent."""
        return await self._sender.recall(request, platform_id)

    async def quiet(self) -> None:
        """Wait until everything that was heard is answered."""
        await self._gateway.quiet()
        await self._ears.quiet()

    async def close(self) -> None:
        """Say what is ready to be said, then hang up."""
        await self._ears.close(self._timing.hang_up)
        if self._life is not None:
            self._life.cancel()
            with suppress(asyncio.CancelledError):
                await self._life
        await self._gateway.close()
        await self._api.close()

    async def _live(self) -> None:
        if self._bot.transport == WEBHOOK:
            with suppress(TokenError):  # problem() tells
                await self._api.token()
        elif self._leasing is None:
            await self._gateway.run()
        else:
            await self._leasing.while_held(LEASE, self._gateway.run)

    def _draws(self, scene: Scene) -> bool:
        """Buttons are drawn where the platform lets us and a press would reach us."""
        heard = self._bot.transport == WEBHOOK or self._gateway.hears_buttons
        return heard and self._speaker.draws(scene)
