"""What is under way between a fake and its bots, and the HTTP of callbacks. Knows no content.

It counts, so that `quiet` can wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from simulator.common.faults import HttpFaults

_MOST_ANSWER = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Letter:
    """One attempt of a callback."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    params: Mapping[str, str] = field(default_factory=dict)
    redirects: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """status 0: none came, for this reason."""

    status: int
    body: bytes
    reason: str = ""


@dataclass(slots=True)
class Errands:
    """`busy` (or `begin` and `end`) around a delivery; `expect` and `release` around an answer
    that is due. The HTTP session is opened with the first callback; `close` ends it."""

    _session: aiohttp.ClientSession | None = None
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _count: int = 0
    _due: dict[str, asyncio.TimerHandle] = field(default_factory=dict)

    def begin(self) -> None:
        """Something is being delivered from here to its `end`; `quiet` waits for that."""
        self._count += 1
        self._idle.clear()

    def end(self) -> None:
        self._count -= 1
        if not self._count:
            self._idle.set()

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        self.begin()
        try:
            yield
        finally:
            self.end()

    def expect(self, key: str, seconds: float) -> None:
        """`quiet` waits until `release(key)`, but no longer than this in real time."""
        if seconds > 0 and key not in self._due:
            self.begin()
            loop = asyncio.get_running_loop()
            self._due[key] = loop.call_later(seconds, self.release, key)

    def release(self, key: str) -> None:
        timer = self._due.pop(key, None)
        if timer is not None:
            timer.cancel()
            self.end()

    async def quiet(self, seconds: float) -> None:
        """Waits until nothing is under way; TimeoutError after `seconds`."""
        if self._count:
            await asyncio.wait_for(self._idle.wait(), seconds)

    async def close(self) -> None:
        for key in list(self._due):
            self.release(key)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, url: str, params: Mapping[str, str], seconds: float) -> Answer:
        """One GET within `seconds`, without faults."""
        limit = aiohttp.ClientTimeout(total=seconds)
        return await _exchange(self._http().get(url, params=params, timeout=limit))

    async def post(self, letter: Letter, faults: HttpFaults, seconds: float) -> Answer:
        """One attempt within `seconds`, with the faults of callbacks."""
        if faults.callback_latency:
            await asyncio.sleep(faults.callback_latency)
        if faults.take("callback_losses"):
            return Answer(0, b"", "连接失败（模拟）")
        request = self._http().post(
            letter.url,
            params=letter.params,
            data=letter.body,
            headers=letter.headers,
            timeout=aiohttp.ClientTimeout(total=seconds),
            allow_redirects=letter.redirects,
        )
        answer = await _exchange(request)
        if answer.status and faults.take("callback_timeouts"):
            return Answer(0, b"", "超时（模拟）")
        return answer

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


async def _exchange(request: AbstractAsyncContextManager[aiohttp.ClientResponse]) -> Answer:
    try:
        async with request as response:
            return Answer(response.status, await response.content.read(_MOST_ANSWER))
    except (aiohttp.ClientError, TimeoutError) as error:
        late = isinstance(error, TimeoutError)
        return Answer(0, b"", "超时" if late else f"连接失败：{type(error).__name__}")
