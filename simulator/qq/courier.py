"""What is under way between the fake and its bots, and the HTTP session of webhooks.

Knows no rule: it counts, so that `quiet` can wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp


@dataclass(slots=True)
class Courier:
    """`busy` around a delivery; `expect` and `release` around an answer that is due."""

    _session: aiohttp.ClientSession | None = None
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _count: int = 0
    _due: dict[str, asyncio.TimerHandle] = field(default_factory=dict)

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        self._begin()
        try:
            yield
        finally:
            self._end()

    def expect(self, key: str, seconds: float) -> None:
        """`quiet` waits until `release(key)`, but no longer than this in real time."""
        if seconds > 0 and key not in self._due:
            self._begin()
            loop = asyncio.get_running_loop()
            self._due[key] = loop.call_later(seconds, self.release, key)

    def release(self, key: str) -> None:
        timer = self._due.pop(key, None)
        if timer is not None:
            timer.cancel()
            self._end()

    async def quiet(self, seconds: float) -> None:
        """Waits until nothing is under way; TimeoutError after `seconds`."""
        if self._count:
            await asyncio.wait_for(self._idle.wait(), seconds)

    def http(self) -> aiohttp.ClientSession:
        """Opened with the first webhook; `close` ends it."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def close(self) -> None:
        for key in list(self._due):
            self.release(key)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _begin(self) -> None:
        self._count += 1
        self._idle.clear()

    def _end(self) -> None:
        self._count -= 1
        if not self._count:
            self._idle.set()
