"""Carries a callback to a bot's address: time limit, retries, faults (protocol page 1.4).

Knows nothing of what is inside; the caller seals each attempt anew and reads the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from simulator.wecom.platform import Platform

_MOST_ANSWER = 1024 * 1024
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
class Courier:
    """Owns the HTTP session, opened with the first callback; `close` ends it."""

    platform: Platform
    _session: aiohttp.ClientSession | None = None
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _busy: int = 0

    async def carry(self, url: str, seal: Callable[[], Parcel], retries: int) -> Outcome:
        """Tries until a 200 comes or the retries are used up; every attempt is sealed anew."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        attempt = 0
        self.begin()
        try:
            while True:
                attempt += 1
                parcel = seal()
                status, body, reason = await self._try(url, parcel)
                if (status == _OK and not reason) or attempt > retries:
                    seconds = loop.time() - start
                    return Outcome(status, body, attempt, seconds, reason, parcel)
                await asyncio.sleep(self.platform.limits.retry_pause_seconds)
        finally:
            self.end()

    async def ask(self, url: str, params: dict[str, str]) -> tuple[int, bytes, str]:
        """The GET of the URL check, within a second (1.2)."""
        limit = aiohttp.ClientTimeout(total=self.platform.limits.verify_seconds)
        try:
            async with self._http().get(url, params=params, timeout=limit) as response:
                return response.status, await response.content.read(_MOST_ANSWER), ""
        except (aiohttp.ClientError, TimeoutError) as error:
            return 0, b"", _why(error)

    def begin(self) -> None:
        """Something is being delivered from here to its `end`; `quiet` waits for that."""
        self._busy += 1
        self._idle.clear()

    def end(self) -> None:
        self._busy -= 1
        if not self._busy:
            self._idle.set()

    async def quiet(self, seconds: float) -> None:
        """Waits until nothing is being delivered; TimeoutError after `seconds`."""
        if self._busy:
            await asyncio.wait_for(self._idle.wait(), seconds)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _try(self, url: str, parcel: Parcel) -> tuple[int, bytes, str]:
        faults = self.platform.faults
        if faults.callback_latency:
            await asyncio.sleep(faults.callback_latency)
        if faults.take("callback_losses"):
            return 0, b"", "连接失败（模拟）"
        limit = aiohttp.ClientTimeout(total=self.platform.limits.callback_seconds)
        headers = {"Content-Type": parcel.content_type}
        try:
            async with self._http().post(
                url, params=parcel.params, data=parcel.body.encode(), headers=headers, timeout=limit
            ) as response:
                answer = await response.content.read(_MOST_ANSWER)
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            return 0, b"", _why(error)
        if faults.take("callback_timeouts"):
            return 0, b"", "超时（模拟）"
        return status, answer, "" if status == _OK else f"HTTP {status}"

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


def _why(error: Exception) -> str:
    return "超时" if isinstance(error, TimeoutError) else f"连接失败：{type(error).__name__}"
