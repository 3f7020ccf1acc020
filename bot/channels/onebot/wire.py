"""One OneBot connection while it lives: events in, calls out and their answers.

A frame without `post_type` is an answer and names its call by `echo` (qq.md B2). Whatever is not
understood is noted without its contents and passed over. The same for both directions.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import aiohttp
from aiohttp import web

from bot.channels.onebot.life import LostError, NoAnswerError, NotSentError, RefusedError
from bot.channels.onebot.outcomes import TOKEN_REFUSED, Answer
from storage.outbox_values import Json

logger = logging.getLogger("shixun.onebot")

Socket = aiohttp.ClientWebSocketResponse | web.WebSocketResponse
Heard = Callable[[Mapping[str, Any], "Wire"], None]
FRAME_BYTES = 16 * 1024 * 1024  # history and forwarded messages are large (B1)


class Wire:
    """Reads and asks on one socket. `number` counts the connections of this process."""

    def __init__(self, ws: Socket, number: int, heard: Heard) -> None:
        self._ws = ws
        self._heard = heard
        self._asked = 0
        self._pending: dict[str, asyncio.Future[Answer | None]] = {}
        self.number = number
        self.last_frame = asyncio.get_running_loop().time()
        self.beat_every = 0.0  # seconds between its heartbeats; 0: none was heard yet

    @property
    def closed(self) -> bool:
        """Whether nothing can be written any more."""
        return self._ws.closed

    async def read(self) -> str:
        """Read until the end; why it ended. Raises RefusedError."""
        async for message in self._ws:
            self.last_frame = asyncio.get_running_loop().time()
            if message.type is aiohttp.WSMsgType.TEXT:
                self._frame(message.data)
            else:
                logger.warning("frame ignored", extra={"reason": message.type.name.lower()})
        return f"closed {self._ws.close_code}"

    async def ask(self, action: str, params: Json, patience: float) -> Answer:
        """Make a call; raises NotSentError where it did not leave, NoAnswerError after that."""
        if self._ws.closed:
            raise NotSentError
        self._asked += 1
        # a string: some implementations know no other echo (B2)
        echo = f"{self.number}-{self._asked}"
        frame = json.dumps({"action": action, "params": params, "echo": echo})
        future: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._pending[echo] = future
        try:
            async with asyncio.timeout(patience):
                await self._ws.send_str(frame)
                answer = await future
        except TimeoutError:
            raise NoAnswerError from None
        except (OSError, aiohttp.ClientError):
            raise LostError from None
        finally:
            future.cancel()
            self._pending.pop(echo, None)
        if answer is None:
            raise LostError
        return answer

    async def hang_up(self) -> None:
        """Close; whoever waits for an answer learns that none will come."""
        for future in self._pending.values():
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
        elif isinstance(frame.get("post_type"), str):
            self._heard(frame, self)
        else:
            self._answered(frame)

    def _answered(self, frame: Mapping[str, Any]) -> None:
        echo, answer = frame.get("echo"), read_answer(frame)
        future = self._pending.get(echo) if isinstance(echo, str) else None
        if future is not None and not future.done():
            future.set_result(answer)
        elif not echo and answer.retcode in TOKEN_REFUSED:
            # NapCat and LLBot: the upgrade succeeds, then this frame, then the close (B1)
            raise RefusedError
        else:
            logger.warning("frame ignored", extra={"reason": "answers nothing"})


def read_answer(frame: Mapping[str, Any]) -> Answer:
    """An answer as values; one without a retcode is judged by its status."""
    ok, retcode, data = frame.get("status") == "ok", frame.get("retcode"), frame.get("data")
    if isinstance(retcode, bool) or not isinstance(retcode, int):
        retcode = 0 if ok else 1 if frame.get("status") == "async" else -1
    texts = [frame.get(name) for name in ("message", "wording", "msg")]
    items = tuple(each for each in data if isinstance(each, dict)) if isinstance(data, list) else ()
    return Answer(
        ok=ok and retcode == 0,
        retcode=retcode,
        data=data if isinstance(data, dict) else {},
        items=items,
        words=" ".join(text for text in texts if isinstance(text, str)),
    )
