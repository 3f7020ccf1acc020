"""Whose turn it is: one message to a chat at a time, with a pause of changing length between.

Bursts are the main trigger of risk control (qq.md B9). Knows no message and no socket.
"""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_MOST = 2000


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    waiting: int = 0


class Turns:
    """The queues of all chats."""

    def __init__(self, gap: tuple[float, float], chance: random.Random) -> None:
        self._gap = gap
        self._chance = chance
        self._queues: OrderedDict[str, _Queue] = OrderedDict()

    @asynccontextmanager
    async def turn(self, chat: str, within: float) -> AsyncIterator[None]:
        """Wait for the turn, then for the pause; raises TimeoutError where it does not come.

        Whoever has the turn must look again whether it may still speak.
        """
        queue = self._queues.setdefault(chat, _Queue())
        self._queues.move_to_end(chat)
        self._forget()
        queue.waiting += 1
        try:
            async with asyncio.timeout(within):
                await queue.lock.acquire()
            try:
                await asyncio.sleep(queue.free_at - _now())
                yield
            finally:
                queue.free_at = _now() + self._pause()
                queue.lock.release()
        finally:
            queue.waiting -= 1

    async def between(self) -> None:
        """The pause between two parts of one message."""
        await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        return self._chance.uniform(*self._gap)

    def _forget(self) -> None:
        """Old queues that nobody waits in and whose pause is over."""
        while len(self._queues) > _MOST:
            oldest = next(iter(self._queues))
            queue = self._queues[oldest]
            if queue.waiting or queue.free_at > _now():
                return
            del self._queues[oldest]


def _now() -> float:
    return asyncio.get_running_loop().time()
