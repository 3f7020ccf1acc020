"""A stop takes twenty seconds at most: what waits stays in the queue and is said."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.channels.base import CallOutcome
from handlers.reply import Reply
from storage.tables import deliveries, delivery_batches
from tests.bot.worlds import World


def counted(world: World, status: str) -> int:
    """How many deliveries stand there."""
    with world.application.database.unit() as unit:
        found = select(func.count()).where(deliveries.c.status == status)
        return int(unit.value(found))


async def test_a_stop_drains_no_queue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = world.application.channels["wecom"]
    calls, called = 0, asyncio.Event()

    async def slow(_request: Any, _ids: Any) -> CallOutcome:
        nonlocal calls
        calls += 1
        called.set()
        await asyncio.sleep(0.5)
        return CallOutcome(answered=False)

    monkeypatch.setattr(channel, "call", slow)
    for number in range(60):
        world.queue(Reply(text=f"第 {number} 条"), f"nobody{number}")
    world.application.postman.kick()
    async with asyncio.timeout(5):
        await called.wait()
    begun, made = time.monotonic(), calls
    monkeypatch.setattr(world.application.workers, "close", lambda: None)
    monkeypatch.setattr(world.application.database, "close", lambda: None)
    await world.application.stop()
    assert time.monotonic() - begun < 5
    assert calls <= made + 8, "those that were under way"
    assert counted(world, "queued") >= 60 - calls
    with world.application.database.unit() as unit:
        frozen = unit.value(select(func.count()).where(delivery_batches.c.status == "frozen"))
    assert frozen == 0, "the next run need not wait for a lease"
    monkeypatch.undo()


async def test_a_stop_waits_for_nothing_that_never_ends(
    world: World, monkeypatch: pytest.MonkeyPatch, log_lines: list[str]
) -> None:
    never = asyncio.Event()
    application = world.application
    monkeypatch.setattr("bot.app.FINISH_WITHIN", 0.3)
    monkeypatch.setattr("bot.app.HANG_UP_WITHIN", 0.3)
    monkeypatch.setattr(application.desk, "quiet", never.wait)
    monkeypatch.setattr(application.channels["wecom"], "close", never.wait)
    begun = time.monotonic()
    await application.stop()
    assert time.monotonic() - begun < 10
    assert any("before all was finished" in line for line in log_lines)
    world.bots.clear()


def test_the_steps_of_a_stop_are_below_twenty_seconds() -> None:
    from bot import app, workers  # noqa: PLC0415

    grace = 2 * 1.0  # what was cut off may end in order
    spans = (app.FINISH_WITHIN, app.GIVE_BACK_WITHIN, app.HANG_UP_WITHIN, workers.CLOSING)
    assert sum(spans) + grace <= 20
