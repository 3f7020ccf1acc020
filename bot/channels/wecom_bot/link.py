"""The long connection of an AI bot: dial, subscribe, stay alive, come back (wecom.md 4.7).

One connection at a time, and calls on it. Knows no message: what the platform says is handed on
as frames. No SDK, for the reasons of wecom.md 4.8.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import aiohttp

from bot.channels.wecom_bot.life import (
    DeadError,
    KickedError,
    Life,
    NoAnswerError,
    NotSentError,
    StoppedError,
    Timing,
)
from bot.channels.wecom_bot.wire import Ack, Frame, Wire
from bot.leases import Leasing
from storage.outbox_values import Json

logger = logging.getLogger("shixun.wecom_socket")

# A message of the platform is small (files come as addresses); more is refused with 1009.
FRAME_BYTES = 8 * 1024 * 1024
NOT_SUBSCRIBED = 846609
REFUSED = "企业微信智能机器人的 Bot ID 或 Secret 不对（错误码 {code}），已停止连接。请核对后重启。"
# 853000 by the gateway, 93019 by its siblings: they will not get better by trying again
WRONG_SECRET = frozenset({853000, 93019})

LEASE = "wecom-bot-socket"


@dataclass(frozen=True, slots=True)
class SocketBot:
    """What identifies the bot; values of the admin console. `name` is its name in groups."""

    name: str
    bot_id: str
    secret: str = field(repr=False)
    url: str


class SocketLink:
    """Keeps one subscribed connection and makes calls on it."""

    def __init__(
        self,
        bot: SocketBot,
        heard: Callable[[Frame], None],
        *,
        timing: Timing,
        chance: random.Random,
    ) -> None:
        self._bot = bot
        self._heard = heard
        self._timing = timing
        self._life = Life(timing, chance)
        self._wire: Wire | None = None
        self._up = asyncio.Event()
        self._subscribing = asyncio.Lock()
        self._subscriptions = 0
        self._task: asyncio.Task[None] | None = None
        self.number = 0  # of the present connection

    @property
    def connected(self) -> bool:
        """Whether calls can be made now."""
        return self._up.is_set()

    @property
    def stopped(self) -> bool:
        """Whether it has given up for good."""
        return bool(self._life.stopped)

    def problem(self) -> str:
        """Why it does not work, in Chinese, or nothing."""
        return self._life.stopped or self._life.doubt

    def start(self, leasing: Leasing | None = None) -> None:
        """Begin to dial on the running loop; with leases, while no other process does."""
        if self._task is None:
            living = self._run() if leasing is None else self._alone(leasing)
            self._task = asyncio.get_running_loop().create_task(living)

    async def _alone(self, leasing: Leasing) -> None:
        span = timedelta(seconds=self._timing.lease)
        await leasing.while_held(f"{LEASE}:{self._bot.bot_id}"[:80], self._run, span)

    async def close(self) -> None:
        """Hang up and stay away."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def up(self, within: float) -> bool:
        """Wait for a connection, so many seconds at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._up.wait(), within)
        return self.connected

    async def call(self, cmd: str, body: Json, *, req_id: str = "") -> Ack:
        """Make a call; with a given req_id it answers the frame that brought it.

        Raises NotSentError where nothing left and NoAnswerError where nobody knows.
        """
        ack = Ack(NOT_SUBSCRIBED, {})
        for _ in range(2):
            wire, subscription = self._wire, self._subscriptions
            if wire is None or wire.closed or not self.connected:
                raise NotSentError
            ack = await wire.ask(cmd, body, req_id or _new_id(cmd))
            if ack.errcode != NOT_SUBSCRIBED:
                break
            # it forgot us: the call was not done, so it may be made again (wecom.md 4.7)
            await self._subscribe_again(wire, subscription)
        return ack

    # -- one connection after another -----------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession() as session:
            while True:
                begun = loop.time()
                reason = await self._connection(session)
                if self.stopped:
                    logger.error(self._life.stopped)
                    return
                pause = self._life.after(loop.time() - begun, reason)
                logger.warning(
                    "long connection lost", extra={"reason": reason, "seconds": round(pause, 1)}
                )
                await asyncio.sleep(pause)

    async def _connection(self, session: aiohttp.ClientSession) -> str:
        """Live through one connection; why it ended."""
        try:
            return await self._live(await self._dial(session))
        except StoppedError as stop:
            self._life.stopped = str(stop)
            return "stopped"
        except KickedError:
            self._life.kicked(asyncio.get_running_loop().time())
            return "kicked"
        except DeadError as error:
            return str(error)
        except (aiohttp.ClientError, OSError, NoAnswerError) as error:
            return type(error).__name__
        except Exception:
            logger.exception("long connection failed")
            return "failed"

    async def _dial(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        async with asyncio.timeout(self._timing.dial):
            return await session.ws_connect(
                self._bot.url,
                max_msg_size=FRAME_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=self._timing.hang_up),
            )

    async def _live(self, ws: aiohttp.ClientWebSocketResponse) -> str:
        self.number += 1
        self._wire = wire = Wire(ws, self.number, self._heard, self._timing.answer)
        tasks = {asyncio.create_task(wire.read()), asyncio.create_task(self._beat(wire))}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # the one that raised knows better why it ended than the one that saw the end
            ended = sorted(done, key=lambda task: task.exception() is None)
            return ended[0].result()
        finally:
            self._up.clear()
            self._wire = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await wire.hang_up()

    # -- staying there ----------------------------------------------------------------------------

    async def _beat(self, wire: Wire) -> str:
        """Subscribe, then ping until too many pongs are missing. Only ends by raising."""
        await self._subscribe(wire)
        self._life.subscribed()
        self._up.set()
        logger.info("long connection subscribed")
        missed, loop = 0, asyncio.get_running_loop()
        while missed < self._timing.missed_pongs:
            await asyncio.sleep(self._timing.ping_every)
            if loop.time() - wire.last_frame > self._timing.silence:
                raise DeadError("silence")
            try:
                await wire.ask("ping", None, _new_id("ping"))
                missed = 0
            except NoAnswerError:
                missed += 1
        raise DeadError("no pong")

    async def _subscribe(self, wire: Wire) -> None:
        identity = {"bot_id": self._bot.bot_id, "secret": self._bot.secret}
        ack = await wire.ask("aibot_subscribe", identity, _new_id("aibot_subscribe"))
        if ack.errcode in WRONG_SECRET:
            raise StoppedError(REFUSED.format(code=ack.errcode))
        if ack.errcode:
            raise DeadError(f"errcode {ack.errcode}")
        self._subscriptions += 1

    async def _subscribe_again(self, wire: Wire, subscription: int) -> None:
        """Once for all calls that were refused; where it fails the connection is given up."""
        async with self._subscribing:
            if self._subscriptions != subscription:
                return
            try:
                await self._subscribe(wire)
            except (StoppedError, DeadError, NoAnswerError) as error:
                if isinstance(error, StoppedError):
                    self._life.stopped = str(error)
                await wire.hang_up()
                raise NotSentError from None


def _new_id(cmd: str) -> str:
    return f"{cmd}_{uuid4().hex}"
