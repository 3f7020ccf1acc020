"""One connection of the AI bot while it lives: frames in, questions out and their answers.

A question is a frame with a req_id; its answer is the frame without a command that names it
(wecom.md 4.7). Whatever is not understood is noted without its contents and passed over.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.channels.wecom_bot.life import KickedError, NoAnswerError
from storage.outbox_values import Json

logger = logging.getLogger("shixun.wecom_socket")

_CALLBACKS = frozenset({"aibot_msg_callback", "aibot_event_callback"})


@dataclass(frozen=True, slots=True)
class Frame:
    """A message or an event. `number`: the connection it came on, for its req_id dies with it."""

    req_id: str
    body: Json
    number: int


@dataclass(frozen=True, slots=True)
class Ack:
    """The platform's answer to a question."""

    errcode: int
    body: Json


_Waiting = deque["asyncio.Future[Ack | None]"]


class Wire:
    """Reads and asks on one socket. `number` counts the connections of this process."""

    def __init__(
        self,
        ws: aiohttp.ClientWebSocketResponse,
        number: int,
        heard: Callable[[Frame], None],
        patience: float,
    ) -> None:
        self._ws = ws
        self._heard = heard
        self._patience = patience
        self._pending: dict[str, _Waiting] = {}
        self.number = number
        self.last_frame = asyncio.get_running_loop().time()

    @property
    def closed(self) -> bool:
        """Whether nothing can be written any more."""
        return self._ws.closed

    async def read(self) -> str:
        """Read until the end; why it ended. Raises KickedError."""
        async for message in self._ws:
            self.last_frame = asyncio.get_running_loop().time()
            if message.type is aiohttp.WSMsgType.TEXT:
                self._frame(message.data)
            else:
                logger.warning("frame ignored", extra={"reason": message.type.name.lower()})
        return f"closed {self._ws.close_code}"

    async def ask(self, cmd: str, body: Json | None, req_id: str) -> Ack:
        """Write a frame and wait for its answer; raises NoAnswerError."""
        frame: dict[str, Any] = {"cmd": cmd, "headers": {"req_id": req_id}}
        if body is not None:
            frame["body"] = body
        future: asyncio.Future[Ack | None] = asyncio.get_running_loop().create_future()
        waiting = self._pending.setdefault(req_id, deque())
        waiting.append(future)
        try:
            async with asyncio.timeout(self._patience):
                await self._ws.send_str(json.dumps(frame))
                ack = await future
        except (TimeoutError, OSError, aiohttp.ClientError):
            raise NoAnswerError from None
        finally:
            future.cancel()
            with suppress(ValueError):
                waiting.remove(future)
            if not waiting:
                self._pending.pop(req_id, None)
        if ack is None:
            raise NoAnswerError
        return ack

    async def hang_up(self) -> None:
        """Close; whoever waits for an answer learns that none will come."""
        for waiting in self._pending.values():
            for future in waiting:
                if not future.done():
                    future.set_result(None)
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            await self._ws.close()

    def _frame(self, text: str) -> None:
        """One frame; whatever it is, the connection outlives it."""
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            frame = None
        if not isinstance(frame, dict):
            logger.warning("frame ignored", extra={"reason": "not an object"})
            return
        headers, body = frame.get("headers"), frame.get("body")
        req_id = headers.get("req_id") if isinstance(headers, dict) else None
        body = body if isinstance(body, dict) else {}
        cmd = frame.get("cmd")
        if not isinstance(cmd, str) or cmd not in _CALLBACKS:
            self._answered(req_id, frame.get("errcode"), body)
        elif _event_type(body) == "disconnected_event":
            raise KickedError
        elif isinstance(req_id, str) and body:
            self._heard(Frame(req_id, body, self.number))
        else:
            logger.warning("frame ignored", extra={"reason": "empty callback"})

    def _answered(self, req_id: object, errcode: object, body: Json) -> None:
        waiting = self._pending.get(req_id, ()) if isinstance(req_id, str) else ()
        future = next((each for each in waiting if not each.done()), None)
        if future is None:
            logger.warning("frame ignored", extra={"reason": "answers nothing"})
        else:
            future.set_result(Ack(errcode if isinstance(errcode, int) else 0, body))


def _event_type(body: Json) -> object:
    event = body.get("event")
    return event.get("eventtype") if isinstance(event, dict) else None
