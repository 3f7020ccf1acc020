"""The implementation in front of the QQ world: its connections, events, heartbeats, answers.

How a connection comes about is in forward and reverse; what an action does in actions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from aiohttp import WSMsgType

from simulator.common.lines import GOING_AWAY
from simulator.common.values import JsonObject, parse_object
from simulator.onebot import events
from simulator.onebot.actions import Desk
from simulator.onebot.calls import CallLog
from simulator.onebot.lines import Line
from simulator.onebot.platform import Platform

_OVER = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)


class Implementation:
    """All connections of one account with its applications."""

    def __init__(self, platform: Platform, calls: CallLog) -> None:
        self.platform = platform
        self.lines: list[Line] = []
        self.awake = asyncio.Event()
        self.awake.set()
        self._desk = Desk(platform, calls, self.tell, self.start)
        self._tasks: set[asyncio.Task[object]] = set()
        self._answering = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._stirred = 0.0

    # -- out ---------------------------------------------------------------------------------

    async def tell(self, event: JsonObject) -> int:
        """Sends an event to every application that listens; returns how many got it. A frozen
        process sends when it goes on."""
        listening = [line for line in self.lines if line.listens]
        if not self.awake.is_set():
            self.start(self._tell(listening, event))
            return 0
        return await self._tell(listening, event)

    async def push(self, text: str) -> None:
        """Any text as a frame to every application that listens."""
        for line in [one for one in self.lines if one.listens]:
            await line.push(text)

    async def _tell(self, listening: list[Line], event: JsonObject) -> int:
        self._stir()
        told = [await line.send(event) for line in listening]
        return sum(told)

    # -- a connection ------------------------------------------------------------------------

    async def attend(self, line: Line) -> None:
        """From the lifecycle event to the end of the connection."""
        self.lines.append(line)
        beating = asyncio.create_task(self._beat(line))
        try:
            if line.listens:
                await line.send(events.lifecycle(self.platform))
            await self._listen(line)
        finally:
            self.lines.remove(line)
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _listen(self, line: Line) -> None:
        """Every frame is answered on its own: a slow action does not hold up the next."""
        while True:
            message = await line.socket.receive()
            await self.awake.wait()
            if message.type in _OVER:
                return
            if message.type is WSMsgType.PING:
                await line.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._hear(line, message.data)

    def _hear(self, line: Line, text: str) -> None:
        self._stir()
        frame = parse_object(text)
        if frame is None:
            line.odd.append(text)
        else:
            line.frames.append(frame)
        if line.asks:
            self.start(self._answer(line, frame))

    async def _answer(self, line: Line, frame: JsonObject | None) -> None:
        self._answering += 1
        self._idle.clear()
        try:
            answer = await self._desk.answer(frame)
            if answer is not None:
                await line.send(answer)
        finally:
            self._answering -= 1
            self._stir()
            if not self._answering:
                self._idle.set()

    async def _beat(self, line: Line) -> None:
        """Heartbeats at their interval; 0 for none."""
        while line.listens and self.platform.heartbeat_seconds > 0:
            await asyncio.sleep(self.platform.heartbeat_seconds)
            if self.platform.faults.heartbeats:
                await line.send(events.heartbeat(self.platform))

    def refusal(self, retcode: int, message: str) -> JsonObject:
        """A frame that answers no call, such as to a bad token."""
        return self._desk.reply(retcode, message=message)

    # -- the end, and waiting for it ---------------------------------------------------------

    def start(self, work: Coroutine[object, object, object]) -> None:
        """Does something beside everything else; ended by `close`."""
        task: asyncio.Task[object] = asyncio.create_task(_run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def quiet(self, seconds: float) -> None:
        """Waits until no call is open and nothing came or went for a moment (events have no
        answer: that is all that can be seen from here); TimeoutError after `seconds`."""
        loop = asyncio.get_running_loop()
        calm = self.platform.limits.calm_seconds
        async with asyncio.timeout(seconds):
            while True:
                await self._idle.wait()
                left = calm - (loop.time() - self._stirred)
                if left <= 0:
                    return
                await asyncio.sleep(left)

    async def close(self) -> None:
        self.awake.set()
        for line in list(self.lines):
            await line.close(GOING_AWAY)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _stir(self) -> None:
        self._stirred = asyncio.get_running_loop().time()


async def _run(work: Coroutine[object, object, object]) -> object:
    return await work
