"""One connection with an application, whoever opened it. Knows no action and no event."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import ClientWebSocketResponse, web

from simulator.common.values import JsonObject

Socket = web.WebSocketResponse | ClientWebSocketResponse


class Role(StrEnum):
    """What goes over a connection: actions, events, or both."""

    API = "API"
    EVENT = "Event"
    UNIVERSAL = "Universal"
    SILENT = "Silent"


@dataclass(eq=False, slots=True)
class Line:
    """frames: what the application sent · odd: its frames that were no JSON object · awake: clear
    while the process of the implementation stands still."""

    socket: Socket
    role: Role
    awake: asyncio.Event
    reverse: bool = False
    pings: int = 0
    frames: list[JsonObject] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    @property
    def listens(self) -> bool:
        """Whether events go over it."""
        return self.role in (Role.EVENT, Role.UNIVERSAL)

    @property
    def asks(self) -> bool:
        """Whether actions come over it."""
        return self.role in (Role.API, Role.UNIVERSAL)

    async def send(self, frame: JsonObject) -> bool:
        return await self.push(json.dumps(frame, ensure_ascii=False))

    async def push(self, text: str) -> bool:
        """Any text as a frame; False when the connection has gone meanwhile."""
        await self.awake.wait()
        if self.socket.closed:
            return False
        try:
            await self.socket.send_str(text)
        except ConnectionError:
            return False
        return True

    async def pong(self, data: bytes) -> None:
        self.pings += 1
        try:
            await self.socket.pong(data)
        except ConnectionError:
            await asyncio.sleep(0)

    async def close(self, code: int) -> None:
        await self.socket.close(code=code)

    def abort(self) -> None:
        """Cuts the TCP connection without any close frame."""
        plug = self.socket.get_extra_info("socket")
        if plug is not None:
            plug.shutdown(sockets.SHUT_RDWR)
