"""One WebSocket of a fake, and what went over it. Knows no frame."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from aiohttp import ClientWebSocketResponse, web

from simulator.common.values import JsonObject

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
