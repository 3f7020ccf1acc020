"""The ticks: one that is running when the program stops is no error."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.scheduler import Ticker


async def test_a_tick_that_is_running_at_the_stop_ends_and_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        begun.set()
        await go_on.wait()
        ended.set()

    ticker = Ticker()
    ticker.every(0.01, tick, "slow")
    ticker.start()
    async with asyncio.timeout(5):
        await begun.wait()
        with caplog.at_level(logging.ERROR):
            ticker.halt()
            await asyncio.sleep(0.05)
            go_on.set()
            await ticker.stop()
    assert ended.is_set()
    assert not caplog.records
