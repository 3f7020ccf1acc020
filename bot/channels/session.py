"""An HTTP session for as long as a channel lives: opened at the first call, never after the end."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp
from aiohttp.client import DEFAULT_TIMEOUT

# Who is told the time that platforms say in their answers; put here by the composition root.
Heard = Callable[[str], None]
heard_date: ContextVar[Heard | None] = ContextVar("heard_date", default=None)


class EndedError(aiohttp.ClientConnectionError):
    """The channel was closed: whatever still wanted to call is too late."""


class Session:
    """`timeout`: of each call; aiohttp's own unless told otherwise."""

    def __init__(self, timeout: aiohttp.ClientTimeout = DEFAULT_TIMEOUT) -> None:
        self._timeout = timeout
        self._open: aiohttp.ClientSession | None = None
        self._ended = False

    def now(self) -> aiohttp.ClientSession:
        """The session, on the running loop; raises EndedError after `close`."""
        if self._ended:
            raise EndedError("closed")
        if self._open is None:
            self._open = aiohttp.ClientSession(timeout=self._timeout, trace_configs=[_listening()])
        return self._open

    async def close(self) -> None:
        """Let go of the sockets, for good."""
        self._ended = True
        if self._open is not None:
            await self._open.close()


def _listening() -> aiohttp.TraceConfig:
    tracing = aiohttp.TraceConfig()

    async def ended(
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        answer: aiohttp.TraceRequestEndParams,
    ) -> None:
        tell, date = heard_date.get(), answer.response.headers.get("Date")
        if tell is not None and date and "Age" not in answer.response.headers:
            tell(date)

    tracing.on_request_end.append(ended)
    return tracing
