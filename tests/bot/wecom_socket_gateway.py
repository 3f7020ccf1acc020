"""A small gateway of the AI bot's long connection, which breaks in every way a test asks for.

Written from the protocol page alone, without a look at the code under test; limits, cards and
people are the simulator's business, not its own.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from simulator.stage import free_port

BOT_ID, SECRET = "AIBgateway", "gateway-secret"
Body = dict[str, Any]


@dataclass
class Gateway:
    """What it saw, and what it does wrong next."""

    address: str = ""
    frames: list[Body] = field(default_factory=list)  # everything the bot wrote but pings
    pings: int = 0
    dials: int = 0
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    # errcodes for the next calls of a command; None: no answer; "cut": the connection breaks
    planned: dict[str, deque[int | str | None]] = field(default_factory=dict)
    pongs: bool = True
    answers_subscribe: bool = True
    refuses_dial: int = 0
    greets: Callable[[web.WebSocketResponse], Any] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    uploads: dict[str, dict[int, str]] = field(default_factory=dict)

    def plan(self, cmd: str, *codes: int | str | None) -> None:
        """Answer the next calls of a command so."""
        self.planned.setdefault(cmd, deque()).extend(codes)

    def of(self, cmd: str) -> list[Body]:
        """The bodies of what the bot wrote with a command."""
        return [frame["body"] for frame in self.frames if frame["cmd"] == cmd]

    @property
    def subscribed(self) -> int:
        """How often the bot subscribed."""
        return len(self.of("aibot_subscribe"))

    async def until(self, true: Callable[[], Any], within: float = 5.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(within):
            while not true():
                self.changed.clear()
                waiting = asyncio.ensure_future(self.changed.wait())
                await asyncio.wait({waiting}, timeout=0.02)
                waiting.cancel()

    # -- as the platform --------------------------------------------------------------------------

    async def write(self, frame: Any) -> None:
        """Anything to the bot's latest connection."""
        text = frame if isinstance(frame, str) else json.dumps(frame)
        await self.sockets[-1].send_str(text)

    async def tell(self, body: Body, req_id: str, cmd: str = "aibot_msg_callback") -> None:
        """A message or an event."""
        await self.write({"cmd": cmd, "headers": {"req_id": req_id}, "body": body})

    async def event(self, kind: str, detail: Body, req_id: str, **more: Any) -> None:
        """An event in the private chat of zhangwei."""
        body = {
            "msgid": f"m-{req_id}",
            "aibotid": BOT_ID,
            "chattype": "single",
            "from": {"userid": "zhangwei"},
            "msgtype": "event",
            "event": {"eventtype": kind, kind: detail},
        }
        await self.tell(body | more, req_id, "aibot_event_callback")

    def abort(self) -> None:
        """Break the connection without a word."""
        transport = self.sockets[-1]._req.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.abort()

    # -- as a server ------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.dials += 1
        self.changed.set()
        if self.refuses_dial:
            self.refuses_dial -= 1
            return web.Response(status=503)
        ws = web.WebSocketResponse(max_msg_size=0)
        await ws.prepare(request)
        self.sockets.append(ws)
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                await self._frame(ws, json.loads(message.data))
                self.changed.set()
        return ws

    async def _frame(self, ws: web.WebSocketResponse, frame: Body) -> None:
        cmd, answer = frame["cmd"], {"headers": frame["headers"], "errcode": 0, "errmsg": "ok"}
        if cmd == "ping":
            self.pings += 1
            if self.pongs:
                await ws.send_json(answer)
            return
        self.frames.append(frame)
        planned = self.planned.get(cmd)
        code = planned.popleft() if planned else 0
        if code == "cut":
            self.abort()
            return
        if cmd == "aibot_subscribe":
            if not self.answers_subscribe:
                return
            known = frame["body"] == {"bot_id": BOT_ID, "secret": SECRET}
            code = code or (0 if known else 853000)
        if code is None:
            return
        if code == 0 and cmd.startswith("aibot_upload_media"):
            answer["body"] = self._upload(cmd, frame["body"])
        await ws.send_json(answer | {"errcode": code})
        if cmd == "aibot_subscribe" and code == 0 and self.greets is not None:
            await self.greets(ws)

    def _upload(self, cmd: str, body: Body) -> Body:
        if cmd == "aibot_upload_media_init":
            upload_id = f"upload-{len(self.uploads)}"
            self.uploads[upload_id] = {}
            return {"upload_id": upload_id}
        if cmd == "aibot_upload_media_chunk":
            self.uploads[body["upload_id"]][body["chunk_index"]] = body["base64_data"]
            return {}
        return {"type": "file", "media_id": f"media-{body['upload_id']}", "created_at": 1}


@asynccontextmanager
async def gateway() -> AsyncIterator[Gateway]:
    """A gateway on a loopback port of its own."""
    made, app = Gateway(), web.Application()
    app.router.add_get("/", made._serve)
    bound = free_port("127.0.0.1")
    made.address = f"ws://127.0.0.1:{bound.getsockname()[1]}/"
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    try:
        yield made
    finally:
        await runner.cleanup()
