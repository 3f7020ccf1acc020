"""A OneBot channel with a partner behind it; a function of the test answers its messages."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from bot.channels.base import CallOutcome, Incoming, Noted, Outgoing, refused
from bot.channels.fetching import Fetcher
from bot.channels.onebot.channel import OneBotChannel
from bot.channels.onebot.life import Timing
from bot.channels.onebot.line import OneBotAccount
from handlers.contract import SHANGHAI
from handlers.reply import File, Reply
from simulator.clock import SimClock
from simulator.stage import free_port
from storage.outbox_values import FrozenRequest, Outcome
from tests.bot.onebot_partner import TOKEN, Partner, partner

NOW = datetime(2021, 7, 12, 8, 20, tzinfo=SHANGHAI)
# a hundred times faster than life
FAST = Timing(
    dial=0.5,
    hang_up=0.1,
    ping=5.0,
    look=0.1,
    aside=0.2,
    words=0.3,
    media=0.6,
    backoff=(0.01, 0.02, 0.05, 0.1),
    refused_again=0.3,
    gap=(0.0, 0.0),
    again=0.02,
    patience=2.0,
)
Prepare = Callable[[Partner], None]


@dataclass
class Talk:
    """One channel, what it heard, and what it noted for the records."""

    partner: Partner
    channel: OneBotChannel
    clock: SimClock
    heard: list[Incoming] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)
    stopped: bool = False
    answer: Callable[[Incoming], Awaitable[Reply | None]] | None = None
    files: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    address: str = ""

    async def receive(self, incoming: Incoming) -> Reply | None:
        """As the desk would."""
        if isinstance(incoming.fetch, partial) and incoming.fetch.func is refused:
            return Reply(text=incoming.fetch.args[0])
        if incoming.fetch is not None:
            incoming = replace(incoming, file=await incoming.fetch(), fetch=None)
        self.heard.append(incoming)
        if self.answer is not None:
            return await self.answer(incoming)
        return Reply(text=f"听到：{incoming.text}")

    async def up(self) -> None:
        """Until it is connected and knows whom it knows."""
        await self.partner.until(lambda: self.channel.connected)
        await self.quiet()

    async def quiet(self) -> None:
        """Until everything that was heard is answered."""
        await turns_of_the_loop()
        await self.channel.quiet()

    async def say(self, account: int, message: Any, group: int | None = None, **more: Any) -> None:
        """Somebody says something; until it is answered."""
        await self.partner.say(account, message, group, **more)
        await self.quiet()

    def outgoing(self, reply: Reply | str, account: str = "20001", **more: Any) -> list[Outgoing]:
        """One message on its way."""
        reply = Reply(text=reply) if isinstance(reply, str) else reply
        ids = tuple(self.add(file) for file in reply.files)
        return [Outgoing(1, account, reply, ids, **more)]

    def request(self, reply: Reply | str, account: str = "20001", **more: Any) -> FrozenRequest:
        """The call for one message."""
        made = self.channel.requests(self.outgoing(reply, account, **more))
        assert len(made) == 1
        assert isinstance(made[0], FrozenRequest)
        return made[0]

    def add(self, file: File) -> int:
        """Keep an attachment; its id."""
        self.files[len(self.files) + 1] = (file.name, file.data)
        return len(self.files)

    async def send(self, reply: Reply | str, account: str = "20001", **more: Any) -> CallOutcome:
        """A message as the outbox sends it."""
        request = self.request(reply, account, **more)
        return await self.channel.call(request.request, request.deliveries)


async def turns_of_the_loop() -> None:
    """Time for a frame that was written to be read, however busy the machine is."""
    for _ in range(15):
        await asyncio.sleep(0.001)


def only(outcome: CallOutcome) -> Outcome:
    """What became of the one message of a call."""
    assert len(outcome.outcomes) == 1
    return outcome.outcomes[0]


def make(
    url: str, made: Partner, timing: Timing = FAST, *, token: str = TOKEN, host: str = "127.0.0.1"
) -> Talk:
    """A channel that nobody has started yet."""
    clock = SimClock(NOW, frozen=True)
    talk: Talk

    async def attachment(number: int) -> tuple[str, bytes]:
        return talk.files[number]

    async def stopped() -> bool:
        return talk.stopped

    async def note(noted: Noted) -> None:
        talk.noted.append(noted)

    channel = OneBotChannel(
        OneBotAccount(url, token, "师训助手", host),
        clock,
        attachment,
        stopped=stopped,
        note=note,
        chance=random.Random(1),
        timing=timing,
        fetcher=Fetcher(["127.0.0.1"]),  # where the partner serves files
    )
    talk = Talk(made, channel, clock)
    return talk


@asynccontextmanager
async def dialling(
    timing: Timing = FAST, prepare: Prepare | None = None, token: str = TOKEN, path: str = ""
) -> AsyncIterator[Talk]:
    """A partner that listens, and a channel that has begun to dial it."""
    async with partner() as made:
        if prepare is not None:
            prepare(made)
        talk = make(made.address + path, made, timing, token=token)
        talk.channel.routes(talk.receive)
        await talk.channel.start()
        try:
            yield talk
        finally:
            await talk.channel.close()


@asynccontextmanager
async def talking(timing: Timing = FAST, prepare: Prepare | None = None) -> AsyncIterator[Talk]:
    """The same, connected."""
    async with dialling(timing, prepare) as talk:
        await talk.up()
        yield talk


@asynccontextmanager
async def listening(timing: Timing = FAST, token: str = TOKEN) -> AsyncIterator[Talk]:
    """A channel that listens, and a partner that may dial `talk.address`."""
    async with partner() as made:
        talk = make("", made, timing, token=token)
        app = web.Application()
        app.add_routes(talk.channel.routes(talk.receive))
        bound = free_port("127.0.0.1")
        talk.address = f"ws://127.0.0.1:{bound.getsockname()[1]}/onebot/v11/ws"
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, bound).start()
        await talk.channel.start()
        try:
            yield talk
        finally:
            await talk.channel.close()
            await runner.cleanup()
