"""The WebSockets of a fake, and what went over them. Knows no frame."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from aiohttp import ClientWebSocketResponse, web

from simulator.common.values import JsonObject

GOING_AWAY: Final = 1001
Socket = web.WebSocketResponse | ClientWebSocketResponse


@dataclass(eq=False, slots=True)
class Wire:
    """frames: what the bot sent."""

    socket: Socket
    frames: list[JsonObject] = field(default_factory=list, kw_only=True)

    async def send(self, frame: JsonObject) -> bool:
        return await self.push(json.dumps(frame, ensure_ascii=False))

    async def push(self, text: str) -> bool:
        """Any text as a frame; False when the connection has gone meanwhile."""
        if self.socket.closed:
            return False
        try:
            await self.socket.send_str(text)
        except ConnectionError:
            return False
        return True

    async def close(self, code: int) -> None:
        await self.socket.close(code=code)


@dataclass(eq=False, slots=True)
class ServedWire(Wire):
    """A connection that the bot has opened with this request."""

    request: web.Request

    def abort(self) -> None:
        """Cuts the TCP connection without any close frame."""
        if self.request.transport is not None:
            self.request.transport.abort()


WireT = TypeVar("WireT", bound=Wire)


@dataclass(slots=True)
class Lines(Generic[WireT]):
    """The living connections; a server cannot stop before `close`."""

    lines: list[WireT] = field(default_factory=list, kw_only=True)
    _closing: set[asyncio.Task[None]] = field(default_factory=set, kw_only=True)

    def close_later(self, line: WireT, seconds: float, code: int) -> None:
        """Closes it with this code, after `seconds` of real time."""

        async def later() -> None:
            await asyncio.sleep(seconds)
            await line.close(code)

        task = asyncio.create_task(later())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        for task in list(self._closing):
            task.cancel()
        for line in list(self.lines):
            await line.close(GOING_AWAY)
