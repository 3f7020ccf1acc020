"""Reads request bodies, and cuts connections. Knows no call."""

from __future__ import annotations

from aiohttp import web


async def read_raw(request: web.Request, most: int) -> bytes | None:
    """The body, None beyond `most` bytes; read here because the application it is mounted in may
    have a small cap."""
    parts: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > most:
            return None
        parts.append(chunk)
    return b"".join(parts)


def cut(request: web.Request) -> web.StreamResponse:
    """Closes the connection after the work was done, so that the caller never learns of it."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
