"""An office that is reached by its AI bot alone, behind the gateway of the tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import select

from bot.app import Application
from bot.channels.wecom_bot.life import Timing
from bot.channels.wecom_bot.socket import WeComSocketChannel
from config.settings import Settings
from handlers.contract import Turn
from handlers.reply import Card, Choice, Reply, action
from handlers.reply_json import reply_to_json
from simulator.clock import SimClock
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.tables import deliveries
from tests.bot.wecom_socket_gateway import BOT_ID, SECRET, Body, Gateway, gateway
from tests.bot.worlds import NOW

FAST = Timing(
    dial=1.0,
    answer=0.4,
    hang_up=0.2,
    ping_every=0.2,
    backoff=(0.01, 0.02, 0.05),
    stream=30.0,
    again=0.02,
    patience=5.0,
)
RESPOND, PUSH, UPDATE = "aibot_respond_msg", "aibot_send_msg", "aibot_respond_update_msg"
ASKED = "还有什么没交"  # deadline.query, whose handler the tests replace
HANDLED = "deadline.query"
Handle = Callable[[Callable[[Turn], Reply]], None]


class Talk:
    """An office that is reached by its AI bot alone."""

    def __init__(self, gate: Gateway, application: Application, clock: SimClock) -> None:
        self.gate = gate
        self.application = application
        self.clock = clock

    @property
    def channel(self) -> WeComSocketChannel:
        """The long connection."""
        channel = self.application.channels["wecom"]
        assert isinstance(channel, WeComSocketChannel)
        return channel

    async def up(self, times: int = 1) -> None:
        """Until it subscribed so many times."""
        gate, link = self.gate, self.channel
        await gate.until(lambda: gate.subscribed >= times and link.connected)

    async def quiet(self) -> None:
        """Until nothing is being answered and nothing is due."""
        await self.channel.quiet()
        await self.application.settle()

    async def say(self, text: str, req_id: str = "", **body: Any) -> str:
        """A message of zhangwei's, in private unless the body says otherwise; its req_id."""
        told = {"msgtype": "text", "text": {"content": text}} | body
        return await self.tell(told, req_id)

    async def tell(self, told: Body, req_id: str = "") -> str:
        """Any message, until everything that follows from it has happened."""
        req_id = await self.throw(told, req_id)
        await self.quiet()
        return req_id

    async def throw(self, told: Body, req_id: str = "") -> str:
        """Any message; returns once it was heard."""
        req_id = req_id or uuid4().hex
        head = {"aibotid": BOT_ID, "chattype": "single", "from": {"userid": "zhangwei"}}
        await self.gate.tell({"msgid": f"m-{req_id}", **head, **told}, req_id)
        await asyncio.sleep(0.05)
        return req_id

    def answers(self, req_id: str, cmd: str = RESPOND) -> list[Body]:
        """What was written in answer to a frame."""
        return [
            frame["body"]
            for frame in self.gate.frames
            if frame["cmd"] == cmd and frame["headers"]["req_id"] == req_id
        ]

    def words(self, req_id: str) -> list[tuple[str, bool]]:
        """The frames of the bubble under a message: content, finished."""
        streams = [body["stream"] for body in self.answers(req_id) if body["msgtype"] == "stream"]
        return [(each["content"], each["finish"]) for each in streams]

    def pushed(self) -> list[str]:
        """The words of pushes."""
        bodies = self.gate.of(PUSH)
        return [body["markdown"]["content"] for body in bodies if body["msgtype"] == "markdown"]

    def queue(self, reply: Reply, account: str = "zhangwei") -> int:
        """Put a notice into the outbox; its id."""
        return enqueue(self.application, reply, account, self.clock.now())

    async def send(self, reply: Reply, account: str = "zhangwei") -> str:
        """Queue a notice and let it go; what became of it."""
        delivery = self.queue(reply, account)
        await self.quiet()
        return self.status(delivery)

    def status(self, delivery: int) -> str:
        """Where a delivery stands."""
        return status_of(self.application, delivery)

    def not_before(self, delivery: int) -> datetime:
        """When a delivery may leave."""
        with self.application.database.unit() as unit:
            found = unit.value(select(deliveries.c.not_before).where(deliveries.c.id == delivery))
        assert isinstance(found, datetime)
        return found


def enqueue(application: Application, reply: Reply, account: str, now: datetime) -> int:
    """Put a notice into the outbox; its id."""
    key = f"test:{uuid4().hex}"
    with application.database.unit() as unit:
        new = NewDelivery(
            unique_key=key,
            channel="wecom",
            account=account,
            purpose="notice",
            body=reply_to_json(unit, reply, now),
            not_before=now,
        )
        Outbox(unit).enqueue([new], now=now)
        return int(unit.value(select(deliveries.c.id).where(deliveries.c.unique_key == key)))


def status_of(application: Application, delivery: int) -> str:
    """Where a delivery stands, and why."""
    with application.database.unit() as unit:
        row = unit.row(
            select(deliveries.c.status, deliveries.c.error).where(deliveries.c.id == delivery)
        )
    assert row is not None
    return f"{row.status} {row.error}".strip()


def settings(url: str, gate: Gateway, secret: str = SECRET) -> Settings:
    """An office with nothing but an AI bot."""
    return Settings(
        database_url=url,
        wecom_bot_id=BOT_ID,
        wecom_bot_secret=SecretStr(secret),
        wecom_bot_ws_url=gate.address,
        turns_per_minute=0,  # one person says more than a person would
        files_from="127.0.0.1",
    )


@asynccontextmanager
async def talking(url: str) -> AsyncIterator[Talk]:
    """A gateway and an application that has subscribed to it."""
    async with gateway() as gate:
        clock = SimClock(NOW, frozen=True)
        application = Application(settings(url, gate), clock=clock)
        await application.start()
        talk = Talk(gate, application, clock)
        try:
            await talk.up()
            await asyncio.to_thread(application.readings.current)
            yield talk
        finally:
            await application.stop()


class Slow:
    """A handler that waits until it is let go."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.go = threading.Event()
        self.killed = False

    def __call__(self, turn: Turn) -> Reply:
        if not self.go.wait(timeout=20) or self.killed:
            raise ConnectionAbortedError("the process is dead")
        return self.reply


CHOICES = (
    Choice("收到", action("credit.summary"), done="已收到"),
    Choice("看课表", action("schedule.query")),
)
CARD = Card("明天集中", "请带学生证", (("地点", "一中"),), CHOICES)
