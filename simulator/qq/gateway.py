"""The gateway (长连接): Hello, heartbeats, login, resume, dispatch (protocol page A3).

What logging in needs is in gateway_login.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import WSMsgType, web

from simulator.common.acting import Delivery
from simulator.common.lines import Lines
from simulator.common.values import JsonObject, parse_object, table, text, whole
from simulator.qq import gateway_login
from simulator.qq.events import INTENTS
from simulator.qq.gateway_lines import Close, Line, Op, Session
from simulator.qq.gateway_login import RefusedError
from simulator.qq.platform import Platform
from simulator.qq.records import Bot

_MOST_FRAME = 64 * 1024


@dataclass(slots=True)
class Gateway(Lines[Line]):
    """All connections and sessions; the latest session of a bot gets its events."""

    platform: Platform
    sessions: dict[str, Session] = field(default_factory=dict)

    # -- for tests: what is connected, and what goes wrong -------------------------------------

    @property
    def url(self) -> str:
        return "ws" + self.platform.base_url.removeprefix("http") + "/websocket/"

    def line(self, appid: str = "") -> Line | None:
        """The connection of a bot that is logged in, of any bot when `appid` is empty."""
        for line in self.lines:
            if line.session is not None and appid in ("", line.session.bot.appid):
                return line
        return None

    def connected(self, appid: str = "") -> bool:
        return self.line(appid) is not None

    async def close_line(self, appid: str = "", code: int = 1000) -> None:
        """Closes a bot's connection with this code; codes of A3 that forbid a resume end the
        session."""
        line = self.line(appid)
        if line is None:
            return
        if line.session is not None and not gateway_login.resumable(code):
            self.sessions.pop(line.session.id, None)
        await line.close(code)

    def abort_line(self, appid: str = "") -> None:
        """Cuts a bot's TCP connection without a close frame."""
        line = self.line(appid)
        if line is not None:
            line.abort()

    async def push(self, frame: str, appid: str = "") -> None:
        """Any text as a frame: garbage, an unknown op, `"d": null`."""
        line = self.line(appid)
        if line is not None:
            await line.push(frame)

    async def reconnect(self, appid: str = "") -> None:
        """op 7; a bot that stays is closed with 4009 after `reconnect_seconds`."""
        line = self.line(appid)
        if line is None:
            return
        await line.send({"op": int(Op.RECONNECT)})
        self.close_later(line, self.platform.limits.reconnect_seconds, Close.EXPIRED)

    async def invalidate(self, appid: str = "") -> None:
        """op 9 with `d` false: the session is gone, the connection stays open."""
        line = self.line(appid)
        if line is not None:
            await self._void(line)

    def forget_sessions(self) -> None:
        """Every session dies, as after a restart of the platform: a resume gets 4006."""
        for session in self.sessions.values():
            session.line = None
        self.sessions.clear()

    def offer(self, bot: Bot) -> JsonObject:
        """GET /gateway/bot."""
        return {
            "url": self.url,
            "shards": 1,
            "session_start_limit": gateway_login.start_limit(self.platform, bot),
        }

    # -- out -----------------------------------------------------------------------------------

    async def dispatch(self, bot: Bot, name: str, payload_id: str, data: JsonObject) -> Delivery:
        """An event for a bot. Without a connection it waits for a resume as long as the session
        lives; without a session, or the intent, nobody hears it."""
        session = self._session_of(bot)
        if session is None:
            return Delivery(False, 0, 0, "", 0.0, "机器人没有连接")
        if INTENTS.get(name, 0) & ~session.intents:
            return Delivery(False, 0, 0, "", 0.0, "机器人没有订阅这类事件")
        frame = session.next_frame(name, payload_id, data)
        if session.line is None:
            return Delivery(True, 0, 0, "", 0.0, "断线中，留待续传")
        if not self.platform.faults.socket_silent:
            await session.line.send(frame)
        return Delivery(True, 0, 1, "", 0.0)

    def _session_of(self, bot: Bot) -> Session | None:
        self._sweep(self.platform.now())
        own = [s for s in self.sessions.values() if s.bot is bot and s.shard[0] == 0]
        return own[-1] if own else None

    def _sweep(self, now: datetime) -> None:
        """Forgets the sessions that nobody came back for."""
        life = self.platform.limits.session_life
        for session in list(self.sessions.values()):
            if session.left is not None and now - session.left > life:
                del self.sessions[session.id]

    # -- in ------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The route; ends when the connection does."""
        if self.platform.faults.take("socket_refusals"):
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=_MOST_FRAME, autoping=True)
        await socket.prepare(request)
        line = Line(socket, request)
        self.lines.append(line)
        try:
            if not self.platform.faults.take("no_hello"):
                interval: JsonObject = {"heartbeat_interval": self.platform.limits.heartbeat_ms}
                await line.send({"op": int(Op.HELLO), "d": interval})
            await self._listen(line)
        except RefusedError as refused:
            await line.close(refused.code)
        finally:
            self.lines.remove(line)
            if line.session is not None and line.session.line is line:
                line.session.line, line.session.left = None, self.platform.now()
        return socket

    async def _listen(self, line: Line) -> None:
        """Frame by frame, in order; a connection without heartbeats is closed."""
        loop, limits = asyncio.get_running_loop(), self.platform.limits
        patience = limits.heartbeat_ms / 1000 * limits.heartbeat_patience
        deadline = loop.time() + patience
        while True:
            try:
                message = await line.socket.receive(max(0.001, deadline - loop.time()))
            except TimeoutError:
                raise RefusedError(Close.EXPIRED) from None
            if message.type is not WSMsgType.TEXT:
                if message.type is WSMsgType.BINARY:
                    raise RefusedError(Close.BAD_PAYLOAD)
                return
            frame = parse_object(message.data)
            if frame is None:
                raise RefusedError(Close.BAD_PAYLOAD)
            line.frames.append(frame)
            if not self.platform.take(f"frames:{line.number}", limits.gateway_frames):
                raise RefusedError(Close.TOO_FAST)
            if whole(frame, "op", -1) == Op.HEARTBEAT:
                deadline = loop.time() + patience
            await self._answer(line, frame)

    async def _answer(self, line: Line, frame: JsonObject) -> None:
        if self.platform.faults.socket_silent:
            return
        op = whole(frame, "op", -1)
        if op == Op.HEARTBEAT:
            await self._heartbeat(line, frame)
        elif op == Op.IDENTIFY and line.session is None:
            await self._identify(line, table(frame, "d"))
        elif op == Op.RESUME and line.session is None:
            await self._resume(line, table(frame, "d"))
        else:
            raise RefusedError(Close.BAD_OP)

    async def _heartbeat(self, line: Line, frame: JsonObject) -> None:
        last = frame.get("d")
        if last is not None and (not isinstance(last, int) or isinstance(last, bool)):
            raise RefusedError(Close.BAD_PAYLOAD)
        if last is not None and line.session is not None and last > line.session.sequence:
            raise RefusedError(Close.BAD_SEQUENCE)
        line.heartbeats.append(last)
        if not self.platform.faults.no_acks:
            await line.send({"op": int(Op.HEARTBEAT_ACK)})

    async def _identify(self, line: Line, data: JsonObject) -> None:
        if self.platform.faults.take("invalid_sessions"):
            await self._void(line)
            return
        session = gateway_login.identify(self.platform, data)
        if session is None:
            await self._void(line)
            return
        await self._replace(session)
        self.sessions[session.id] = session
        session.line, line.session = line, session
        user: JsonObject = {"id": session.bot.appid, "username": session.bot.name, "bot": True}
        ready: JsonObject = {"version": 1, "session_id": session.id, "user": user, "shard": [0, 0]}
        await line.send(session.next_frame("READY", "", ready))

    async def _replace(self, session: Session) -> None:
        """A new login of the same shard takes the events over; the old connection is closed."""
        for old in list(self.sessions.values()):
            if old.bot is session.bot and old.shard == session.shard:
                del self.sessions[old.id]
                if old.line is not None:
                    await old.line.close(Close.EXPIRED)

    async def _resume(self, line: Line, data: JsonObject) -> None:
        if self.platform.faults.take("invalid_sessions"):
            self.sessions.pop(text(data, "session_id"), None)
            await self._void(line)
            return
        self._sweep(self.platform.now())
        session = gateway_login.resume(self.platform, self.sessions, data)
        reached = whole(data, "seq")
        if session.line is not None:
            old, session.line = session.line, None
            await old.close(Close.EXPIRED)
        while missed := session.after(reached):  # what happens meanwhile is sent as well
            for frame in missed:
                await line.send(frame)
            reached = whole(missed[-1], "s")
        session.line, session.left, line.session = line, None, session
        await line.send(session.next_frame("RESUMED", "", ""))

    async def _void(self, line: Line) -> None:
        if line.session is not None:
            self.sessions.pop(line.session.id, None)
            line.session.line, line.session = None, None
        await line.send({"op": int(Op.INVALID_SESSION), "d": False})
