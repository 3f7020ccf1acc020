"""The long connection of AI bots: `…/aibot/ws`, subscription, pings, kicks (protocol page 4.7).

What each command may do is in gateway_commands and gateway_uploads.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from aiohttp import WSMsgType, web

from simulator.common.acting import Delivery
from simulator.common.calls import CallLog
from simulator.common.lines import GOING_AWAY, Lines
from simulator.common.values import JsonObject, parse_object, table, text
from simulator.wecom import gateway_commands
from simulator.wecom.aibot_replies import Occasion, Talk
from simulator.wecom.aibot_screen import end_stream
from simulator.wecom.courier import Courier
from simulator.wecom.errors import MESSAGES, OK, ApiError
from simulator.wecom.gateway_lines import Ask, Line, Stream
from simulator.wecom.gateway_uploads import Uploads
from simulator.wecom.platform import Platform
from simulator.wecom.state import AiBot, BotMode, Corp

_MOST_FRAME = 2 * 1024 * 1024  # a chunk of an upload is the largest thing that comes
_MOST_KEPT = 1000
_COMMANDS = gateway_commands.COMMANDS


@dataclass(slots=True)
class Gateway(Lines[Line]):
    """All long connections; one living connection for each bot."""

    platform: Platform
    courier: Courier
    calls: CallLog
    streams: list[Stream] = field(default_factory=list)
    uploads: Uploads = field(init=False)

    def __post_init__(self) -> None:
        self.uploads = Uploads(self.platform)
        self.platform.clock.on_change(self._sweep)

    # -- for tests: what is connected, and what goes wrong ------------------------------------

    def line(self, bot_id: str = "") -> Line | None:
        """The subscribed connection of a bot, of any bot when `bot_id` is empty."""
        for line in self.lines:
            if line.bot is not None and bot_id in ("", line.bot.bot_id):
                return line
        return None

    def connected(self, bot_id: str = "") -> bool:
        return self.line(bot_id) is not None

    async def close_line(self, bot_id: str = "", code: int = 1000) -> None:
        """Closes a bot's connection with this code, as the platform does at any time."""
        for line in [one for one in self.lines if one.bot and bot_id in ("", one.bot.bot_id)]:
            await line.close(code)

    def abort_line(self, bot_id: str = "") -> None:
        """Cuts a bot's TCP connection without a close frame."""
        for line in [one for one in self.lines if one.bot and bot_id in ("", one.bot.bot_id)]:
            line.abort()

    async def push(self, frame: str, bot_id: str = "") -> None:
        """Any text as a frame: garbage, an unknown cmd, `"body": null`."""
        line = self.line(bot_id)
        if line is not None:
            await line.push(frame)

    async def kick(self, bot_id: str = "") -> None:
        """Another connection takes over: disconnected_event, then the close."""
        line = self.line(bot_id)
        if line is not None:
            await self._kick(line)

    def growing(self, talk: Talk) -> int:
        """How many of a person's answers from this bot still grow on the long connection."""
        self._sweep(self.platform.now())
        who = talk.member.userid
        same = [s for s in self.streams if s.talk.bot is talk.bot and s.talk.member.userid == who]
        return len(same)

    # -- out ---------------------------------------------------------------------------------

    async def tell(self, talk: Talk, body: JsonObject, occasion: Occasion) -> Delivery:
        """A callback frame with a req_id of its own; nothing is kept for a bot that is away."""
        line = self.line(talk.bot.bot_id)
        if line is None:
            return Delivery(False, 0, 0, "", 0.0, "机器人没有连接")
        if self.platform.faults.socket_silent:
            return Delivery(True, 0, 1, "", 0.0, "连接半开，没有送达（模拟）")
        req_id = secrets.token_hex(16)
        loop = asyncio.get_running_loop()
        ask = Ask(talk, occasion, self.platform.now(), loop.time())
        line.asks[req_id] = ask
        while len(line.asks) > _MOST_KEPT:
            del line.asks[next(iter(line.asks))]
        # `quiet` waits for the finished answer, but no longer than for a callback's.
        self.courier.expect(req_id, self.platform.limits.callback_seconds)
        ask.release = partial(self.courier.release, req_id)
        event = occasion is not Occasion.MESSAGE
        cmd = "aibot_event_callback" if event else "aibot_msg_callback"
        await line.send({"cmd": cmd, "headers": {"req_id": req_id}, "body": body})
        return Delivery(True, 0, 1, "", 0.0)

    # -- in ----------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The route; ends when the connection does."""
        if self.platform.faults.take("socket_refusals"):
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=_MOST_FRAME, autoping=True)
        await socket.prepare(request)
        line = Line(socket, request)
        self.lines.append(line)
        try:
            await self._listen(line)
        finally:
            self.lines.remove(line)
            for ask in line.asks.values():
                ask.release()
        return socket

    async def _listen(self, line: Line) -> None:
        """Frame by frame, in order; a connection without frames for 90 s is closed."""
        while True:
            try:
                message = await line.socket.receive(self.platform.limits.socket_silence_seconds)
            except TimeoutError:
                await line.close(GOING_AWAY)
                return
            if message.type is not WSMsgType.TEXT:
                if message.type is WSMsgType.BINARY:
                    continue
                return
            frame = parse_object(message.data)
            if frame is not None:
                line.frames.append(frame)
                await self._answer(line, frame)

    async def _answer(self, line: Line, frame: JsonObject) -> None:
        faults, cmd = self.platform.faults, text(frame, "cmd")
        if faults.socket_silent:
            return
        if cmd == "ping":
            line.pings += 1
            if faults.no_pongs:
                return
            await self._ack(line, frame, OK, {})
            return
        stalled = faults.stalled(cmd)
        if stalled and not faults.stall_done:
            return
        self.calls.start(cmd)
        code, body, told = OK, {}, ""
        try:
            if faults.latency:
                await asyncio.sleep(faults.latency)
            faults.strike(cmd)
            body = await self._do(line, cmd, frame)
        except ApiError as error:
            code, told = error.code, error.message
        finally:
            self.calls.end(cmd, code, self.platform.now())
        if faults.drops(cmd):
            line.abort()
        elif not stalled:
            await self._ack(line, frame, code, body, told)
            if cmd == "aibot_subscribe" and code == OK and faults.take("kicks"):
                await self._kick(line)

    async def _ack(
        self, line: Line, frame: JsonObject, code: int, body: JsonObject, told: str = ""
    ) -> None:
        req_id = text(table(frame, "headers"), "req_id")
        answer: JsonObject = {"headers": {"req_id": req_id}, "errcode": code}
        answer["errmsg"] = told or MESSAGES[OK]
        await line.send(answer | ({"body": body} if body else {}))

    async def _do(self, line: Line, cmd: str, frame: JsonObject) -> JsonObject:
        body, req_id = table(frame, "body"), text(table(frame, "headers"), "req_id")
        if cmd == "aibot_subscribe":
            await self._subscribe(line, body)
            return {}
        if line.bot is None or line.corp is None:
            raise ApiError(846609)
        if cmd.startswith("aibot_upload_media_"):
            return self.uploads.do(line.corp, line.bot, cmd, body)
        command = _COMMANDS.get(cmd)
        if command is None:
            raise ApiError(40058, "cmd")
        now = asyncio.get_running_loop().time()
        turn = gateway_commands.Turn(self.platform, line, line.corp, line.bot, req_id, now)
        stream = command(turn, body)
        if stream is not None and stream not in self.streams:
            self._grow(stream)
        return {}

    async def _subscribe(self, line: Line, body: JsonObject) -> None:
        """853000 leaves the socket open; one living connection for each bot."""
        corp, bot = self._bot(text(body, "bot_id"), text(body, "secret"))
        rates = self.platform.limits.subscribes
        if not corp.counters.take(f"subscribe:{bot.bot_id}", rates, self.platform.now()):
            raise ApiError(45009)
        for other in [one for one in self.lines if one.bot is bot and one is not line]:
            await self._kick(other)
        line.corp, line.bot = corp, bot

    def _bot(self, bot_id: str, secret: str) -> tuple[Corp, AiBot]:
        for corp in self.platform.corps.values():
            bot = corp.aibots.get(bot_id)
            if bot is None or bot.mode is not BotMode.SOCKET:
                continue
            if hmac.compare_digest(bot.secret.encode(), secret.encode()):
                return corp, bot
        raise ApiError(853000)

    async def _kick(self, line: Line) -> None:
        bot, line.bot = line.bot, None
        body: JsonObject = {
            "msgid": self.platform.next_id(),
            "create_time": self.platform.stamp(),
            "aibotid": bot.bot_id if bot else "",
            "msgtype": "event",
            "event": {"eventtype": "disconnected_event", "disconnected_event": {}},
        }
        headers: JsonObject = {"req_id": secrets.token_hex(16)}
        await line.send({"cmd": "aibot_event_callback", "headers": headers, "body": body})
        self.close_later(line, self.platform.limits.kick_close_seconds, 1000)

    # -- streams -----------------------------------------------------------------------------

    def _grow(self, stream: Stream) -> None:
        if stream.finished:
            return
        self.streams.append(stream)
        window = self.platform.limits.stream_window.total_seconds()
        loop = asyncio.get_running_loop()
        loop.call_later(window + 0.1, lambda: self._sweep(self.platform.now()))

    def _sweep(self, now: datetime) -> None:
        """Ends the streams whose time is over, and forgets the finished ones."""
        for stream in list(self.streams):
            if now - stream.began > self.platform.limits.stream_window:
                stream.finished = True
                end_stream(stream.talk)
            if stream.finished:
                self.streams.remove(stream)
