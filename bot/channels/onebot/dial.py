"""Forward WebSocket: we dial the implementation and come back after every end (qq.md B1)."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress

import aiohttp

from bot.channels.onebot.life import DeadError, Life, RefusedError, Timing
from bot.channels.onebot.line import Line, OneBotAccount
from bot.channels.onebot.wire import FRAME_BYTES

logger = logging.getLogger("shixun.onebot")

_ONE_WAY = ("/api", "/event")
_REFUSALS = frozenset({401, 403})


class Dialler:
    """Keeps one connection to the implementation."""

    def __init__(
        self, account: OneBotAccount, line: Line, timing: Timing, chance: random.Random
    ) -> None:
        self._account = account
        self._line = line
        self._timing = timing
        self._life = Life(timing, chance)
        self._task: asyncio.Task[None] | None = None

    def problem(self) -> str:
        """Why it does not work, in Chinese, or nothing."""
        return "" if self._line.connected else self._life.doubt

    def start(self) -> None:
        """Begin to dial on the running loop."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Hang up and stay away."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession() as session:
            while True:
                begun, before = loop.time(), self._line.opened_number
                try:
                    reason = await self._connection(session)
                    if opened := self._line.opened_number != before:
                        self._life.connected()
                    pause = self._life.after(loop.time() - begun, reason)
                except RefusedError:
                    opened, reason, pause = False, "token refused", self._life.refused()
                    logger.error(self._life.doubt)  # noqa: TRY400 - no trace is needed
                # whoever starts together with us need not be up first
                level = logging.WARNING if opened or self._life.doubt else logging.INFO
                said = "OneBot connection lost" if opened else "OneBot not reached"
                logger.log(level, said, extra={"reason": reason, "seconds": round(pause, 1)})
                await asyncio.sleep(pause)

    async def _connection(self, session: aiohttp.ClientSession) -> str:
        """Live through one connection; why it ended. Raises RefusedError."""
        try:
            return await self._line.live(await self._dial(session))
        except DeadError as error:
            return str(error)
        except aiohttp.WSServerHandshakeError as error:
            if error.status in _REFUSALS:
                raise RefusedError from None
            return f"HTTP {error.status}"
        except (aiohttp.ClientError, OSError) as error:
            return type(error).__name__
        except RefusedError:
            raise
        except Exception:
            logger.exception("OneBot connection failed")
            return "failed"

    async def _dial(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        token, url = self._account.token.strip(), self._account.url.strip()
        for end in _ONE_WAY:  # half of what we need: calls only, events only
            url = url.removesuffix(end)
        async with asyncio.timeout(self._timing.dial):
            return await session.ws_connect(
                url,
                headers={"Authorization": f"Bearer {token}"} if token else {},
                heartbeat=self._timing.ping,
                max_msg_size=FRAME_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=self._timing.hang_up),
            )
