"""A small OneBot implementation that fails in every way a test asks for.

Written from the protocol page alone, without a look at the code under test; people, groups and
screens are the simulator's business, not its own.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web

from simulator.stage import free_port

SELF, TOKEN = 10001, "partner-token"
Body = dict[str, Any]
Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse

OK: Body = {"status": "ok", "retcode": 0, "data": None}
# as NapCat words it (qq.md B9)
TIMED_OUT = {
    "status": "failed",
    "retcode": 1200,
    "data": None,
    "message": 'Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg "result":0',
    "wording": "Timeout: NTEvent",
}


def failed(retcode: int, words: str = "") -> Body:
    """An action that failed."""
    return {"status": "failed", "retcode": retcode, "data": None, "message": words}


@dataclass
class Partner:
    """What it saw, and what it does wrong next. `refuses`: with a status, or "frame" (NapCat)."""

    address: str = ""
    token: str = TOKEN
    refuses: int | str = "frame"
    calls: list[Body] = field(default_factory=list)
    dials: int = 0
    sockets: list[Socket] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    # answers for the next calls of an action; None: no answer; "cut": the connection breaks
    planned: dict[str, deque[Body | str | None]] = field(default_factory=dict)
    facts: dict[str, Any] = field(
        default_factory=lambda: {
            "get_login_info": {"user_id": SELF, "nickname": "师训助手"},
            "get_status": {"online": True, "good": True},
            "get_friend_list": [{"user_id": 20001}, {"user_id": 20002}],
            "get_group_list": [{"group_id": 700}, {"group_id": 701}, {"group_id": 702}],
            "get_group_member_info": {"shut_up_timestamp": 0},
        }
    )
    silent: bool = False
    lifecycle: bool = True
    delay: float = 0.0
    messages: int = 1000
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def plan(self, action: str, *answers: Body | str | None) -> None:
        """Answer the next calls of an action so."""
        self.planned.setdefault(action, deque()).extend(answers)

    def of(self, *actions: str) -> list[Body]:
        """The parameters of the calls of these actions."""
        return [call["params"] for call in self.calls if call["action"] in actions]

    def sends(self) -> list[Body]:
        """The parameters of every message."""
        return self.of("send_group_msg", "send_private_msg")

    def words(self) -> list[str]:
        """The words of every message."""
        return [
            "".join(each["data"]["text"] for each in send["message"] if each["type"] == "text")
            for send in self.sends()
        ]

    async def until(self, true: Callable[[], Any], within: float = 5.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(within):
            while not true():
                self.changed.clear()
                waiting = asyncio.ensure_future(self.changed.wait())
                await asyncio.wait({waiting}, timeout=0.02)
                waiting.cancel()

    # -- as the implementation --------------------------------------------------------------------

    async def write(self, frame: Any, socket: Socket | None = None) -> None:
        """Anything to the bot's latest connection."""
        text = frame if isinstance(frame, str) else json.dumps(frame)
        await (socket or self.sockets[-1]).send_str(text)

    async def event(self, post_type: str, **fields: Any) -> None:
        """An event."""
        await self.write({"time": 1626049200, "self_id": SELF, "post_type": post_type, **fields})

    async def notice(self, notice_type: str, **fields: Any) -> None:
        """A notice."""
        await self.event("notice", notice_type=notice_type, **fields)

    async def heartbeat(self, interval: int, *, online: bool | None = True) -> None:
        """A heartbeat."""
        status = {"online": online, "good": True}
        await self.event(
            "meta_event", meta_event_type="heartbeat", status=status, interval=interval
        )

    async def say(
        self, account: int, message: Any, group: int | None = None, **fields: Any
    ) -> None:
        """A message; words become one text segment, a CQ string stays one."""
        self.messages += 1
        kind = {"message_type": "private", "sub_type": "friend"}
        if group is not None:
            kind = {"message_type": "group", "sub_type": "normal"}
            fields = {"group_id": group, "anonymous": None, **fields}
        if isinstance(message, str) and not message.startswith("[CQ:"):
            message = [{"type": "text", "data": {"text": message}}]
        told = {"message_id": self.messages, "user_id": account, "message": message, "font": 0}
        raw = {"raw_message": "紧急停发", "sender": {"user_id": account, "nickname": "张老师"}}
        await self.event("message", **{**kind, **told, **raw, **fields})

    def abort(self) -> None:
        """Break the connection without a word."""
        socket = self.sockets[-1]
        assert isinstance(socket, web.WebSocketResponse)
        transport = socket._req.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.abort()

    async def dial(self, url: str, *, token: str = TOKEN, **headers: str) -> Socket:
        """Connect to a bot, as reverse WebSocket does; raises WSServerHandshakeError."""
        sent = {"X-Self-ID": str(SELF), "X-Client-Role": "Universal"}
        sent |= {"Authorization": f"Bearer {token}"} if token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        session = aiohttp.ClientSession()
        try:
            socket = await session.ws_connect(url, headers=sent)
        except aiohttp.WSServerHandshakeError:
            await session.close()
            raise
        self.sockets.append(socket)
        task = asyncio.create_task(self._attend(socket, session))
        self._dialled.append((session, task))
        return socket

    _dialled: list[tuple[aiohttp.ClientSession, asyncio.Task[None]]] = field(default_factory=list)

    async def hang_up(self) -> None:
        """Leave every bot that was dialled."""
        for session, task in self._dialled:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await session.close()

    # -- as a server ------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection of an application."""
        self.dials += 1
        self.headers.append(dict(request.headers))
        self.paths.append(request.path)
        self.changed.set()
        good = request.headers.get("Authorization", "") == (
            f"Bearer {self.token}" if self.token else ""
        )
        if not good and isinstance(self.refuses, int):
            return web.Response(status=self.refuses)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        if not good:
            refusal = {"status": "failed", "retcode": 1403, "data": None, "echo": ""}
            await socket.send_json(
                refusal | {"message": "token验证失败", "wording": "token验证失败"}
            )
            await socket.close()
            return socket
        self.sockets.append(socket)
        if self.lifecycle:
            await self.event("meta_event", meta_event_type="lifecycle", sub_type="connect")
        await self._attend(socket)
        return socket

    async def _attend(self, socket: Socket, session: aiohttp.ClientSession | None = None) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._call(socket, json.loads(message.data))
                self.changed.set()
        self.changed.set()
        if session is not None:
            await session.close()

    async def _call(self, socket: Socket, call: Body) -> None:
        self.calls.append(call)
        action = call["action"]
        planned = self.planned.get(action)
        if planned:
            answer = planned.popleft()
            if answer == "cut":
                self.abort()
                return
        elif self.silent:
            answer = None
        else:
            answer = OK | {"data": self.facts.get(action)}
            if action.startswith("send_"):
                self.messages += 1
                answer["data"] = {"message_id": self.messages}
        if self.delay:
            await asyncio.sleep(self.delay)
        if isinstance(answer, dict):
            await socket.send_json({**answer, "echo": call.get("echo")})


@asynccontextmanager
async def partner(**facts: Any) -> AsyncIterator[Partner]:
    """A partner on a loopback port of its own, to be dialled or to dial."""
    made, app = Partner(**facts), web.Application()
    app.router.add_get("/{path:.*}", made.serve)
    bound = free_port("127.0.0.1")
    made.address = f"ws://127.0.0.1:{bound.getsockname()[1]}/"
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    try:
        yield made
    finally:
        await made.hang_up()
        await runner.cleanup()
