"""What the tests of the sending share: offices whose channels are shared, time that passes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.leases import Sharing
from handlers.reply import Card, Choice, action
from storage.outbox_values import DeliveryStatus
from storage.pauses import Pauses
from storage.tables import deliveries
from tests.bot.worlds import Bot, World

MINUTE = timedelta(minutes=1)
CARD = Card(
    "明天集中", "八点半", choices=(Choice("收到", action("credit.summary"), done="已收到"),)
)


def shared(bot: Bot) -> Bot:
    """As the composition root does it."""
    for channel in bot.application.channels.values():
        if isinstance(channel, Sharing):
            channel.share(bot.application.leasing)
    return bot


def statuses(world: World) -> dict[str, int]:
    """How many deliveries stand where."""
    with world.application.database.unit() as unit:
        found = [row.status for row in unit.rows(deliveries.select())]
    return {status: found.count(status) for status in found}


def cause(world: World) -> str:
    """Why the app is silent now."""
    with world.application.database.unit() as unit:
        pause = Pauses(unit).of("wecom", world.clock.now()).get("")
    return pause.cause if pause is not None else ""


async def later(world: World, span: timedelta) -> None:
    """Time passes, and what is due then is done."""
    world.clock.advance(span)
    await world.quiet()


async def settled(world: World) -> None:
    """Until no process of the office is at anything: they tick beside each other."""
    before: dict[str, int] = {}
    for _ in range(200):
        await asyncio.gather(*(bot.application.postman.run_due() for bot in world.bots))
        now = statuses(world)
        if now == before and DeliveryStatus.CLAIMED not in now:
            return
        before = now
        await asyncio.sleep(0.02)
    raise AssertionError(f"still at it: {before}")
