"""What the small bare bots of the fakes' tests share: a socket that listens, a served site."""

from __future__ import annotations

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from simulator.common.values import JsonObject, parse_object


async def until(true: Callable[[], bool], seconds: float = 15) -> None:
    """Waits for something of which nobody tells; TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.005)


@dataclass
class Bare(ABC):
    """One connection; what is told waits in `told`, what is no JSON object in `odd`."""

    socket: aiohttp.ClientWebSocketResponse
    told: asyncio.Queue[JsonObject] = field(default_factory=asyncio.Queue)
    odd: list[str] = field(default_factory=list)

    async def listen(self) -> None:
        async for message in self.socket:
            frame = parse_object(message.data)
            if frame is None:
                self.odd.append(message.data)
            else:
                self.take(frame)

    @abstractmethod
    def take(self, frame: JsonObject) -> None:
        """One frame that came."""

    async def closed(self) -> int | None:
        """The code with which the other side closed."""
        await until(lambda: self.socket.closed)
        return self.socket.close_code


@dataclass
class Asking(Bare):
    """A connection over which one also asks; answers find their question by a key."""

    _waiting: dict[str, asyncio.Future[JsonObject]] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @abstractmethod
    def key(self, frame: JsonObject) -> str:
        """The key of the question that this frame may answer."""

    def take(self, frame: JsonObject) -> None:
        waiting = self._waiting.pop(self.key(frame), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)
        else:
            self.told.put_nowait(frame)

    async def answer_to(self, key: str, frame: str, wait: float) -> JsonObject:
        """Sends a question; TimeoutError when no answer comes."""
        self._waiting[key] = asyncio.get_running_loop().create_future()
        await self.socket.send_str(frame)
        return await asyncio.wait_for(self._waiting[key], wait)


@asynccontextmanager
async def listening(bare: Bare) -> AsyncIterator[None]:
    task = asyncio.create_task(bare.listen())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def served(site: web.Application) -> AsyncIterator[str]:
    """The address at which the site is served on loopback."""
    runner = web.AppRunner(site, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
