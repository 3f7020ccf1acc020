"""The AI bot in a house of several processes, in groups, and to people who never wrote to it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.channels.base import Incoming
from bot.channels.wecom_bot.life import Timing
from bot.channels.wecom_bot.link import SocketBot
from bot.channels.wecom_bot.socket import WeComSocketChannel
from bot.leases import Leasing
from bot.workers import Workers
from handlers.reply import Card, Reply
from handlers.ways import GROUP as IN_GROUP
from simulator.clock import SimClock
from storage.database import Database
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.reachability import Reachability
from tests.bot.wecom_socket_gateway import BOT_ID, SECRET, Gateway, gateway
from tests.bot.wecom_socket_talk import FAST, PUSH, Talk
from tests.bot.worlds import NOW

LEASE = 0.6
QUICK: Timing = replace(FAST, lease=LEASE)


@dataclass
class House:
    """One process with its long connection."""

    channel: WeComSocketChannel
    leasing: Leasing
    workers: Workers
    heard: list[Incoming]

    async def die(self) -> None:
        """Gone without a goodbye: its lease stays until it runs out."""
        await self.leasing.run(lambda _unit: None)
        self.workers.close()
        await self.channel.close()


@asynccontextmanager
async def house(url: str, gate: Gateway, clock: SimClock, owner: str) -> AsyncIterator[House]:
    """A process on this database, dialling this gateway."""
    database = Database(url)
    workers = Workers(database)
    leasing = Leasing(workers, clock, owner)

    async def attachment(_number: int) -> tuple[str, bytes]:
        return "名单.csv", b"a,b\n"

    async def drawn(_number: int) -> Card | None:
        return None

    heard: list[Incoming] = []

    async def receive(incoming: Incoming) -> Reply | None:
        heard.append(incoming)
        return Reply(text="好的")

    bot = SocketBot("师训助手", BOT_ID, SECRET, gate.address)
    channel = WeComSocketChannel(
        bot, clock, attachment, drawn, wait="稍等", timing=QUICK, chance=random.Random(1)
    )
    channel.routes(receive)
    channel.share(leasing)
    made = House(channel, leasing, workers, heard)
    try:
        yield made
    finally:
        await channel.close()
        workers.close()
        database.close()


async def up(made: House) -> None:
    """Until it is connected."""
    for _ in range(500):
        if made.channel.connected:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never connected")


async def test_one_process_dials_and_another_takes_over(database_url: str) -> None:
    clock = SimClock(NOW, frozen=True)
    async with AsyncExitStack() as stack:
        gate = await stack.enter_async_context(gateway())
        first, second, third = [
            await stack.enter_async_context(house(database_url, gate, clock, owner))
            for owner in ("first", "second", "third")
        ]
        await first.channel.start()
        await up(first)
        await second.channel.start()
        await asyncio.sleep(LEASE)
        assert gate.subscribed == 1, "nobody kicks anybody"
        assert not second.channel.connected
        assert second.channel.problem() == "", "waiting for one's turn is no problem"
        await first.channel.close()  # a goodbye
        await up(second)
        assert gate.subscribed == 2
        await third.channel.start()
        await second.die()
        await asyncio.sleep(LEASE)
        assert not third.channel.connected
        clock.advance(timedelta(seconds=LEASE))
        await up(third)
        assert gate.subscribed == 3
        assert third.channel.problem() == ""


async def test_a_lease_is_short_enough_for_a_takeover_within_a_minute() -> None:
    """It runs out, and who waits looks three times as often."""
    lease = Timing().lease
    assert lease + lease / 3 < 60


def enqueue(talk: Talk, account: str, text: str) -> None:
    """A message for a group chat."""
    now = talk.clock.now()
    new = NewDelivery(
        unique_key=f"test:{account}:{text}",
        channel="wecom",
        account=account,
        purpose="notice",
        body={"text": text, "card": None, "files": []},
        not_before=now,
        place=IN_GROUP,
    )
    with talk.application.database.unit() as unit:
        Outbox(unit).enqueue([new], now)


async def test_a_group_is_written_to_as_a_group(talk: Talk) -> None:
    await talk.up()
    enqueue(talk, "wr-Xinxi-1", "明天集中")
    await talk.quiet()
    (push,) = talk.gate.of(PUSH)
    assert (push["chatid"], push["chat_type"]) == ("wr-Xinxi-1", 2)
    assert talk.channel.capabilities.group_push


async def test_a_group_and_a_person_have_windows_of_their_own(talk: Talk) -> None:
    await talk.up()
    for number in range(31):
        enqueue(talk, "zhangwei", f"第 {number} 条")  # a group of that name
    await talk.quiet()
    assert len(talk.gate.of(PUSH)) == 30
    assert await talk.send(Reply(text="给您")) == "sent"


async def test_who_never_wrote_is_written_to_once_they_do(talk: Talk) -> None:
    await talk.up()
    talk.gate.plan(PUSH, 40050)
    delivery = talk.queue(Reply(text="明天集中"))
    await talk.quiet()
    assert talk.status(delivery).startswith("parked")
    assert "先开口" in talk.status(delivery)
    for _ in range(3):
        talk.clock.advance(timedelta(minutes=10))
        await talk.quiet()
    assert len(talk.gate.of(PUSH)) == 1, "nothing is tried until they speak"
    await talk.say("我的学分")
    await talk.quiet()
    assert talk.status(delivery) == "sent"
    assert "明天集中" in talk.pushed()
    with talk.application.database.unit() as unit:
        assert Reachability(unit).of("wecom", "private", "zhangwei").has_talked


async def test_a_bad_secret_is_a_cause_that_is_shown(talk: Talk) -> None:
    from storage.pauses import Pauses  # noqa: PLC0415 - only here

    await talk.up()
    talk.gate.plan(PUSH, 853000)
    await talk.send(Reply(text="明天集中"))
    with talk.application.database.unit() as unit:
        (pause,) = Pauses(unit).now(talk.clock.now())
    assert "Secret" in pause.cause
