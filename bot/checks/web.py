"""Requests of a check-up: each ends within seconds, and what goes wrong comes back in words.

Addresses may hold secrets, so no more than a host is ever told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import aiohttp

SECONDS = 5.0
_MOST_BODY = 1024 * 1024


class UnreachableError(Exception):
    """No answer; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer. `date`: the time of whoever answered. `seconds`: how long it took."""

    status: int
    body: bytes
    date: datetime | None
    seconds: float

    @property
    def fields(self) -> Mapping[str, Any]:
        """The JSON object inside, empty for anything else."""
        try:
            read = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}


class Web:
    """One session. Use as an async context manager."""

    async def __aenter__(self) -> Web:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.close()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Heard:
        """One request, redirects not followed; raises UnreachableError."""
        begun = monotonic()
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        try:
            async with self._http.request(
                method,
                url,
                params=query,
                data=data,
                headers={**kind, **(headers or {})},
                allow_redirects=False,
            ) as answer:
                raw = await answer.content.read(_MOST_BODY)
                date = _date(answer.headers.get("Date", ""))
                return Heard(answer.status, raw, date, monotonic() - begun)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise UnreachableError(why(error, url)) from None

    async def dial(
        self, url: str, headers: Mapping[str, str] | None = None
    ) -> aiohttp.ClientWebSocketResponse:
        """A WebSocket; raises UnreachableError, and aiohttp's error where HTTP refused it."""
        try:
            return await self._http.ws_connect(
                url, headers=headers, timeout=aiohttp.ClientWSTimeout(ws_close=1.0)
            )
        except aiohttp.WSServerHandshakeError:
            raise
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise UnreachableError(why(error, url)) from None


def why(error: Exception, url: str) -> str:
    """Why there was no answer, in a sentence without the address's secrets."""
    host = host_of(url)
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"找不到主机 {host}（域名解析失败）"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return f"{host} 的 HTTPS 证书不对（过期、不完整或不是这个域名的）"
        case TimeoutError():
            return f"{host} 在 {SECONDS:.0f} 秒内没有回应"
        case aiohttp.ClientConnectorError():
            return f"连不上 {host}"
    return f"和 {host} 的连接断了（{type(error).__name__}）"


def host_of(url: str) -> str:
    """Host and port of an address, nothing else of it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "这个地址"
    named = parts.hostname or ""
    return f"{named}:{port}" if port else named


def _date(value: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(value)
    except ValueError:
        return None
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)
