"""One connection with an application, whoever opened it. Knows no action and no event."""

from __future__ import annotations

import asyncio
import socket as sockets
from dataclasses import dataclass, field
from enum import StrEnum

from simulator.common.lines import Wire


class Role(StrEnum):
    """What goes over a connection: actions, events, or both."""

    API = "API"
    EVENT = "Event"
    UNIVERSAL = "Universal"
    SILENT = "Silent"


@dataclass(eq=False, slots=True)
class Line(Wire):
    """odd: frames that were no JSON object · awake: clear while the process of the implementation
    stands still."""

    role: Role
    awake: asyncio.Event
    reverse: bool = False
    pings: int = 0
    odd: list[str] = field(default_factory=list)

    @property
    def listens(self) -> bool:
        """Whether events go over it."""
        return self.role in (Role.EVENT, Role.UNIVERSAL)

    @property
    def asks(self) -> bool:
        """Whether actions come over it."""
        return self.role in (Role.API, Role.UNIVERSAL)

    async def push(self, text: str) -> bool:
        """As soon as the process is awake."""
        await self.awake.wait()
        return await Wire.push(self, text)  # super() does not survive a class with slots

    async def pong(self, data: bytes) -> None:
        self.pings += 1
        try:
            await self.socket.pong(data)
        except ConnectionError:
            await asyncio.sleep(0)

    def abort(self) -> None:
        """Cuts the TCP connection without any close frame."""
        plug = self.socket.get_extra_info("socket")
        if plug is not None:
            plug.shutdown(sockets.SHUT_RDWR)
