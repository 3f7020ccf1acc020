"""The QQ gateway: dial, log in or resume, stay alive, come back (qq.md A3).

One connection at a time. Knows no message: events are handed on as they are, and count as
processed when whoever took them is done. No SDK: docs/decisions says why.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import aiohttp

from bot.channels.qq.api import QQApi
from bot.channels.qq.errors import Kind
from bot.channels.qq.events import Fields, at, text
from bot.channels.qq.life import (
    LIMITED,
    EndedError,
    Ending,
    Life,
    Progress,
    Step,
    Timing,
    closed,
)
from bot.channels.qq.token import TokenError

logger = logging.getLogger("shixun.qq")

FRAME_BYTES = 4 * 1024 * 1024
NOT_OURS = (
    "QQ 平台拒绝了本机器人（错误码 {code}），稍后重试。请在 QQ 开放平台查看机器人状态和 IP 白名单。"
)
_HEARTBEAT, _IDENTIFY, _RESUME, _HELLO = 1, 2, 6, 10
# Our own close while the session goes on: 1000 could be read as a farewell.
_BACK_SOON = 4000
_MILLISECONDS = 1000.0
_SHORTEST_BEAT, _LONGEST_BEAT = 0.02, 300.0

# Answers to the question for the address that say nothing about this bot.
_PASSES = (Kind.LOGIN, Kind.RETRY, Kind.RETRY_ONCE, Kind.AMBIGUOUS)

Heard = Callable[[Fields], Awaitable[None]]


class Gateway:
    """Keeps one connection. `heard` processes one event and never raises."""

    def __init__(self, api: QQApi, heard: Heard, *, timing: Timing, chance: random.Random) -> None:
        self._api = api
        self._heard = heard
        self._timing = timing
        self._chance = chance
        self._life = Life(timing, chance)
        self._session = ""
        self._progress = Progress()
        self._up = asyncio.Event()
        self._acked = True
        self._token = ""
        self._lasted: float | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether events come in now."""
        return self._up.is_set()

    @property
    def hears_buttons(self) -> bool:
        """Whether a pressed button would reach us."""
        return self._life.hears_buttons

    def problem(self) -> str:
        """Why it does not work, in Chinese, or nothing."""
        return self._life.stopped or self._api.problem or self._life.doubt

    async def quiet(self) -> None:
        """Until everything that came in was processed."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Let go of what is still in work."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run(self) -> None:
        """Live until the platform will not have us; cancel it to hang up.

        Begins without a session: another process may have gone on with the old one.
        """
        self._forget()
        while True:
            self._lasted = None
            ending = await self._connection()
            pause = self._life.after(ending, self._lasted)
            if self._life.stopped or self._api.stopped:
                logger.error(self._life.stopped or self._api.stopped)
                return
            if ending.step in (Step.IDENTIFY, Step.NEW_LOGIN, Step.LESS):
                self._forget()
            # at the beginning a platform that is not reached yet is no news
            had = self._lasted is not None
            level = logging.WARNING if had or self._life.doubt else logging.INFO
            said = "gateway lost" if had else "gateway not reached"
            logger.log(level, said, extra={"reason": ending.reason, "seconds": round(pause, 1)})
            await asyncio.sleep(pause)
            if ending.step is Step.NEW_LOGIN:
                with suppress(TokenError):  # the next dial meets it, too
                    await self._api.token(stale=self._token)

    # -- one connection -----------------------------------------------------------------------

    async def _connection(self) -> Ending:
        try:
            url = await self._address()
            self._token = await self._api.token()
            async with asyncio.timeout(self._timing.dial):
                ws = await self._api.http.ws_connect(
                    url,
                    max_msg_size=FRAME_BYTES,
                    timeout=aiohttp.ClientWSTimeout(ws_close=self._timing.hang_up),
                )
        except EndedError as error:
            return error.ending
        except TokenError as error:
            return Ending(Step.RESUME, "no token", wait=error.wait)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return Ending(Step.RESUME, type(error).__name__)
        begun = asyncio.get_running_loop().time()
        try:
            return await self._live(ws)
        finally:
            self._up.clear()
            self._lasted = asyncio.get_running_loop().time() - begun
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                await ws.close(code=_BACK_SOON if self._session else 1000)

    async def _address(self) -> str:
        """Asked anew for each dial (qq.md A1), within the platform's number of log-ins."""
        told = await self._api.gateway()
        if not told.fine or told.body is None:
            if told.code and told.kind not in _PASSES and not self._api.doubt:
                self._life.doubt = NOT_OURS.format(code=told.code)
            raise EndedError(Ending(Step.RESUME, told.error, wait=told.retry_after))
        limit = at(told.body, "session_start_limit")
        if not self._session and limit.get("remaining") == 0:
            left = limit.get("reset_after")
            wait = left / _MILLISECONDS if isinstance(left, int) else self._timing.too_fast
            self._life.doubt = LIMITED.format(minutes=int(wait // 60) + 1)
            raise EndedError(Ending(Step.RESUME, "no log-in left", wait=wait))
        return text(told.body, "url")

    async def _live(self, ws: aiohttp.ClientWebSocketResponse) -> Ending:
        """Live through one connection; whatever ends one task ends all of them."""
        ending = Ending(Step.RESUME, "failed")
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(ws, tasks))
                tasks.create_task(self._welcome())
        except* EndedError as ended:
            first = ended.exceptions[0]
            assert isinstance(first, EndedError)
            ending = first.ending
        except* (aiohttp.ClientError, OSError) as broken:
            ending = Ending(Step.RESUME, type(broken.exceptions[0]).__name__)
        except* Exception as failed:
            logger.exception("gateway failed", exc_info=failed.exceptions[0])
        return ending

    async def _welcome(self) -> None:
        """The platform has to take us in within the time of a handshake."""
        try:
            async with asyncio.timeout(self._timing.dial):
                await self._up.wait()
        except TimeoutError:
            raise EndedError(Ending(Step.IDENTIFY, "not taken in")) from None

    async def _read(self, ws: aiohttp.ClientWebSocketResponse, tasks: asyncio.TaskGroup) -> None:
        """Read until the end; only ends by raising."""
        greeted = False
        async for message in ws:
            frame = None
            if message.type is aiohttp.WSMsgType.TEXT:
                with suppress(ValueError, RecursionError):
                    frame = json.loads(message.data)
            if not isinstance(frame, dict):
                logger.warning("frame ignored", extra={"reason": "not an object"})
            elif frame.get("op") == _HELLO and not greeted:
                greeted = True
                every = _interval(at(frame, "d").get("heartbeat_interval"), self._timing.heartbeat)
                await self._log_in(ws)
                tasks.create_task(self._beat(ws, every))
            else:
                await self._frame(ws, frame)
        raise EndedError(closed(ws.close_code))

    async def _frame(self, ws: aiohttp.ClientWebSocketResponse, frame: Fields) -> None:
        match frame.get("op"):
            case 0:
                self._dispatch(frame)
            case 1:
                await self._beat_once(ws)
            case 7:
                raise EndedError(Ending(Step.RESUME, "told to reconnect"))
            case 9:
                step = Step.RESUME if frame.get("d") is True else Step.NEW_LOGIN
                raise EndedError(Ending(step, "session refused", wait=self._timing.refused))
            case 11:
                self._acked = True
            case _:
                logger.warning("frame ignored", extra={"reason": "unknown op"})

    async def _log_in(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        token = f"QQBot {self._token}"
        if self._session:
            seq = self._progress.seq or 0
            await _write(ws, _RESUME, {"token": token, "session_id": self._session, "seq": seq})
            return
        identity = {
            "token": token,
            "intents": self._life.intents,
            "shard": [0, 1],
            "properties": {},
        }
        await _write(ws, _IDENTIFY, identity)

    # -- staying there ------------------------------------------------------------------------

    async def _beat(self, ws: aiohttp.ClientWebSocketResponse, every: float) -> None:
        """A heartbeat each interval; one without an answer, and the line is dead."""
        self._acked = True
        await asyncio.sleep(every)
        while self._acked:
            self._acked = False
            await self._beat_once(ws)
            await asyncio.sleep(every)
        raise EndedError(Ending(Step.RESUME, "heartbeat not answered"))

    async def _beat_once(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        await _write(ws, _HEARTBEAT, self._progress.seq)

    # -- events -------------------------------------------------------------------------------

    def _dispatch(self, frame: Fields) -> None:
        name, seq = text(frame, "t"), frame.get("s")
        number = seq if isinstance(seq, int) and not isinstance(seq, bool) else None
        if number is not None:
            self._progress.begin(number)
        if name in ("READY", "RESUMED"):
            if name == "READY":
                self._session = text(at(frame, "d"), "session_id")
            self._life.accepted()
            self._up.set()
            if number is not None:
                self._progress.done(number)
            logger.info("gateway ready", extra={"reason": name.lower()})
            return
        task = asyncio.get_running_loop().create_task(self._process(frame, number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _process(self, frame: Fields, number: int | None) -> None:
        progress = self._progress
        await self._heard(frame)
        if number is not None:
            progress.done(number)

    def _forget(self) -> None:
        self._session, self._progress = "", Progress()


async def _write(ws: aiohttp.ClientWebSocketResponse, op: int, d: object) -> None:
    await ws.send_str(json.dumps({"op": op, "d": d}))


def _interval(milliseconds: object, otherwise: float) -> float:
    """The platform's heartbeat in seconds, or ours where it names none that makes sense."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return otherwise
    return min(max(milliseconds / _MILLISECONDS, _SHORTEST_BEAT), _LONGEST_BEAT)
