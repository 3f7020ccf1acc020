"""One long connection of an AI bot, and what it was asked there. Knows no rule of any command."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from simulator.common.values import JsonObject
from simulator.wecom.aibot_replies import Occasion, Talk
from simulator.wecom.state import AiBot, Corp


@dataclass(slots=True)
class Stream:
    """A streamed answer: one bubble that grows until it is finished or its time is over."""

    talk: Talk
    began: datetime
    finished: bool = False
    carded: bool = False


@dataclass(slots=True)
class Ask:
    """A callback frame that waits for an answer under its req_id, on this connection only."""

    talk: Talk
    occasion: Occasion
    made: datetime
    started: float  # loop time, for the answers that are due within seconds
    streams: dict[str, Stream] = field(default_factory=dict)
    release: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Line:
    """One WebSocket; `bot` is None until it has subscribed, and again when it was kicked."""

    socket: web.WebSocketResponse
    request: web.Request
    corp: Corp | None = None
    bot: AiBot | None = None
    asks: dict[str, Ask] = field(default_factory=dict)
    pings: int = 0
    frames: list[JsonObject] = field(default_factory=list)

    async def send(self, frame: JsonObject) -> None:
        await self.push(json.dumps(frame, ensure_ascii=False))

    async def push(self, text: str) -> None:
        """Any text as a frame; a connection that has gone meanwhile is no error."""
        if self.socket.closed:
            return
        try:
            await self.socket.send_str(text)
        except ConnectionError:
            await asyncio.sleep(0)

    async def close(self, code: int) -> None:
        await self.socket.close(code=code)

    def abort(self) -> None:
        """Cuts the TCP connection without any close frame."""
        if self.request.transport is not None:
            self.request.transport.abort()
