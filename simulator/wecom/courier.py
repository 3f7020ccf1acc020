"""Carries a callback to a bot's address: time limit and retries (protocol page 1.4).

Knows nothing of what is inside; the caller seals each attempt anew and reads the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from simulator.common.errands import Answer, Errands, Letter
from simulator.wecom.platform import Platform

_OK = 200


@dataclass(frozen=True, slots=True)
class Parcel:
    """One sealed attempt: the query and the body."""

    params: dict[str, str]
    body: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The raw end of a delivery."""

    status: int
    body: bytes
    attempts: int
    seconds: float
    reason: str = ""
    parcel: Parcel | None = None

    @property
    def ok(self) -> bool:
        return self.status == _OK and not self.reason


@dataclass(slots=True)
class Courier(Errands):
    """What is under way on one platform, and the tries of its callbacks."""

    platform: Platform = field(kw_only=True)

    async def carry(self, url: str, seal: Callable[[], Parcel], retries: int) -> Outcome:
        """Tries until a 200 comes or the retries are used up; every attempt is sealed anew."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        attempt = 0
        async with self.busy():
            while True:
                attempt += 1
                parcel = seal()
                answer = await self._try(url, parcel)
                if not answer.reason or attempt > retries:
                    seconds = loop.time() - start
                    return Outcome(
                        answer.status, answer.body, attempt, seconds, answer.reason, parcel
                    )
                await asyncio.sleep(self.platform.limits.retry_pause_seconds)

    async def ask(self, url: str, params: dict[str, str]) -> Answer:
        """The GET of the URL check, within a second (1.2)."""
        return await self.get(url, params, self.platform.limits.verify_seconds)

    async def _try(self, url: str, parcel: Parcel) -> Answer:
        letter = Letter(
            url, parcel.body.encode(), {"Content-Type": parcel.content_type}, parcel.params
        )
        seconds = self.platform.limits.callback_seconds
        answer = await self.post(letter, self.platform.faults, seconds)
        refused = not answer.reason and answer.status != _OK
        return replace(answer, reason=f"HTTP {answer.status}") if refused else answer
