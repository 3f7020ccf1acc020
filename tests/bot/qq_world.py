"""The QQ channel by itself in front of the fake platform, each as it is in life.

The platform is simulator/qq, written by others from the protocol page; nothing here knows what a
frame or a body looks like.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import partial

import aiohttp
from aiohttp import web

from bot.channels.base import CallOutcome, Incoming, Noted, Outgoing, ReplySlot, refused
from bot.channels.fetching import Fetcher
from bot.channels.qq.api import QQBot
from bot.channels.qq.channel import QQChannel
from bot.channels.qq.life import Timing
from handlers.reply import Card, Choice, Reply, action
from simulator.clock import SimClock
from simulator.common.screen import Shown
from simulator.qq import Bot, FakeQQ, Limits
from storage.outbox_values import FrozenRequest, Json, Outcome, Result
from storage.reachability import Reach

APPID, SECRET, NAME = "102000001", "naOC0ocQE3shWLAfffVLB1rhYPG7", "师训助手"
GROUP = "group1"
NOW = datetime(2021, 7, 12, 8, 20, tzinfo=timezone(timedelta(hours=8)))
# a thousand times faster than life
FAST = Timing(
    dial=0.5,
    hang_up=0.2,
    backoff=(0.01, 0.02, 0.05, 0.1),
    steady=30.0,
    short=0.0,
    after_shorts=0.6,
    too_fast=0.6,
    refused=0.02,
    again=(0.01, 0.02, 0.04),
    same_again=(0.01, 0.02),
)
QUICK = Limits(
    webhook_seconds=0.5,
    webhook_pause_seconds=0.0,
    interaction_seconds=0.5,
    answer_seconds=0.3,
    heartbeat_ms=20_000,
)
NOTICE = Card(
    "通知 N37",
    "明天 8.30 在一中集合，带 *身份证*",
    (("地点", "一中 3.A教室"),),
    (Choice("收到", action("notice.confirm", code="N37"), done="已收到"),),
)
Answer = Callable[[Incoming], Reply | None]


@dataclass
class Office:
    """What stands behind the channel in these tests: answers everything with `answer`."""

    heard: list[Incoming] = field(default_factory=list)
    notes: list[Noted] = field(default_factory=list)
    files: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    answer: Answer = lambda _: Reply("好的")
    waits: float = 0.0
    held: asyncio.Event | None = None  # nobody is answered before it is set

    async def receive(self, incoming: Incoming) -> Reply | None:
        """The desk."""
        if isinstance(incoming.fetch, partial) and incoming.fetch.func is refused:
            return Reply(text=incoming.fetch.args[0])
        self.heard.append(incoming)
        await asyncio.sleep(self.waits)
        if self.held is not None:
            await self.held.wait()
        return self.answer(incoming)

    async def note(self, noted: Noted) -> None:
        """Where refusals are kept."""
        self.notes.append(noted)

    async def attachment(self, attachment_id: int) -> tuple[str, bytes]:
        """A file on its way out."""
        return self.files[attachment_id]


@dataclass
class QQWorld:
    """One platform, one channel."""

    fake: FakeQQ
    bot: Bot
    channel: QQChannel
    office: Office
    address: str
    http: aiohttp.ClientSession

    # -- as people ------------------------------------------------------------------------------

    async def say(self, text: str, chat: str | None = None, account: str = "zhangwei") -> Incoming:
        """A message that the bot hears; what the office was handed."""
        before = len(self.office.heard)
        await self.fake.say(account, text, chat)
        await self.quiet()
        assert len(self.office.heard) == before + 1, "not heard, or more than once"
        return self.office.heard[-1]

    async def quiet(self) -> None:
        """Until nothing is being delivered or answered."""
        await self.fake.quiet()
        await asyncio.sleep(0.02)  # what left the platform is on its way
        await self.channel.quiet()

    def seen(self, account: str = "zhangwei") -> list[Shown]:
        """What the bot wrote to this person."""
        return [each for each in self.fake.shown(account) if each.sender == NAME]

    def words(self, account: str = "zhangwei") -> list[str]:
        """The words of it."""
        return [each.words for each in self.seen(account)]

    @property
    def user(self) -> str:
        """zhangwei's openid in private."""
        return self.fake.user_openid("zhangwei")

    @property
    def group(self) -> str:
        """The group's openid."""
        return self.fake.group_openid(GROUP)

    # -- as the outbox --------------------------------------------------------------------------

    def frozen(
        self,
        reply: Reply,
        account: str = "",
        *,
        slots: Sequence[ReplySlot] = (),
        refused: str = "",
        attachments: tuple[int, ...] = (),
    ) -> list[FrozenRequest]:
        """The calls of one due message, to zhangwei where nobody is named."""
        left = list(slots)
        account = account or self.user
        outgoing = Outgoing(
            1,
            account,
            reply,
            attachments,
            group=account == self.group,
            reach=Reach(refused=refused),
            slot=lambda: left.pop(0) if left else None,
        )
        made = self.channel.requests([outgoing])
        assert all(isinstance(each, FrozenRequest) for each in made), made
        return [each for each in made if isinstance(each, FrozenRequest)]

    async def send(
        self,
        reply: Reply,
        account: str = "",
        *,
        slots: Sequence[ReplySlot] = (),
        refused: str = "",
        attachments: tuple[int, ...] = (),
    ) -> CallOutcome:
        """One due message, sent."""
        (request,) = self.frozen(
            reply, account, slots=slots, refused=refused, attachments=attachments
        )
        return await self.channel.call(request.request, request.deliveries)

    async def outcome(
        self, reply: Reply, account: str = "", *, slots: Sequence[ReplySlot] = ()
    ) -> Outcome:
        """What became of it."""
        (found,) = (await self.send(reply, account, slots=slots)).outcomes
        return found

    async def result(
        self, reply: Reply, account: str = "", *, slots: Sequence[ReplySlot] = ()
    ) -> Result:
        """In a word."""
        return (await self.outcome(reply, account, slots=slots)).result

    async def again(self, request: Json) -> CallOutcome:
        """A frozen call once more."""
        return await self.channel.call(request, (1,))

    def calls(self, end: str = "messages") -> int:
        """How many calls of this kind were made."""
        return sum(call.path.endswith(end) for call in self.fake.calls)


@asynccontextmanager
async def qq_world(
    *,
    webhook: bool = False,
    limits: Limits = QUICK,
    timing: Timing = FAST,
    secret: str = SECRET,
    dials: bool = True,
    prepare: Callable[[FakeQQ, Bot], None] | None = None,
) -> AsyncIterator[QQWorld]:
    """A platform on a loopback port, a channel in front of it, heard and able to answer."""
    clock, office = SimClock(NOW, frozen=True), Office()
    fake = FakeQQ(clock, limits=limits)
    bound = loopback()
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    fake.base_url = f"{address}/fake/qq"
    own = QQBot(
        APPID, secret, "webhook" if webhook else "websocket", fake.api_base, fake.token_url, NAME
    )
    channel = QQChannel(
        own,
        clock,
        office.attachment,
        office.note,
        chance=random.Random(1),
        timing=timing,
        fetcher=Fetcher(["127.0.0.1"]),  # where the fake serves files
    )
    app = web.Application()
    fake.add_routes(app, "/fake/qq")
    app.add_routes(channel.routes(office.receive))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    hook = f"{address}/qq/webhook" if webhook else ""
    bot = fake.add_bot(APPID, NAME, secret=SECRET, webhook_url=hook)
    for account, name in (("zhangwei", "张伟"), ("lina", "李娜"), ("zhouming", "周明")):
        fake.add_person(account, name)
    fake.add_group("信息技术1班", ["zhouming", "zhangwei", "lina"], chat=GROUP, proactive=True)
    if prepare is not None:
        prepare(fake, bot)
    async with aiohttp.ClientSession() as http:
        world = QQWorld(fake, bot, channel, office, address, http)
        try:
            if dials:
                await channel.start()
                if not webhook:
                    await until(lambda: channel.connected)
            yield world
        finally:
            await channel.close()
            await fake.close()
            await runner.cleanup()


def loopback() -> socket.socket:
    """A socket on a free port, so that its address is known before anything is served."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


async def until(true: Callable[[], object], within: float = 5.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110 - polling is what an onlooker does
            await asyncio.sleep(0.005)


def slot(reply_to: str, seq: int, *, event: bool = False) -> ReplySlot:
    """A passive reply that the outbox has set aside."""
    return ReplySlot(reply_to, event, seq)


def slower(**times: float) -> Timing:
    """FAST but for these."""
    return replace(FAST, **times)  # type: ignore[arg-type]
