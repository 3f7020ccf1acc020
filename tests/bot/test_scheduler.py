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


async def test_a_clock_that_is_set_back_stops_no_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's clock says: hours back, a year ahead."""
    ticked = asyncio.Semaphore(0)

    async def tick() -> None:
        ticked.release()

    ticker = Ticker()
    ticker.every(0.01, tick, "quick")
    ticker.start()
    for off in (-3600.0, 366 * 86400.0, -7200.0):
        monkeypatch.setattr("time.time", lambda off=off: 1_626_049_200.0 + off)
        async with asyncio.timeout(5):
            for _ in range(3):
                await ticked.acquire()
    assert not ticker.stalled()
    await ticker.stop()


async def test_one_that_does_not_end_is_told_and_the_others_go_on() -> None:
    forever, others = asyncio.Event(), asyncio.Event()

    async def hangs() -> None:
        await forever.wait()

    async def fine() -> None:
        others.set()

    async def fails() -> None:
        raise RuntimeError

    ticker = Ticker()
    ticker.every(0.01, hangs, "outbox")
    ticker.every(0.01, fine, "fine")
    ticker.every(0.01, fails, "fails")
    assert ticker.stalled() == ()
    ticker.start()
    async with asyncio.timeout(5):
        await others.wait()
    assert ticker.stalled() == ()
    loop = asyncio.get_running_loop()
    real = loop.time
    loop.time = lambda: real() + 301.0  # type: ignore[method-assign]
    try:
        for _ in range(20):
            await asyncio.sleep(0)
        assert "outbox" in ticker.stalled()
    finally:
        loop.time = real  # type: ignore[method-assign]
    forever.set()
    await ticker.stop()
    assert ticker.stalled() == ()
