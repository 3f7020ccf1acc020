"""What happens at every address of ours before anybody looks at a request, and after.

Its body is read here: within its size, within its time and as it is. So no door can forget to,
and whatever a stranger sends ends in a bare 4xx and at most one line.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection

import aiohttp
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Middleware

from bot.serving import READ_SECONDS, Connection

logger = logging.getLogger("shixun.web")

# WeCom's and QQ's envelopes are small; uploads of the console get their own limit there.
BODY_BYTES = 256 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(handler: Handler) -> Handler:
    """The same handler for requests that are whole; their body is read already."""

    async def guard(request: web.Request) -> web.StreamResponse:
        try:
            await whole(request)
        except web.HTTPException as refused:
            status = refused.status
            logger.warning("request refused", extra={"reason": "body", "status": status})
            return web.Response(status=status)
        if isinstance(request.protocol, Connection):
            request.protocol.heard()
        try:
            return await handler(request)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception:
            # ours, and WeCom may try again: it is not the sender's fault
            logger.exception("request failed", extra={"status": 500})
            return web.Response(status=500)

    return guard


def both_ways(route: web.RouteDef) -> list[web.RouteDef]:
    """The route guarded, with and without a slash at its end: consoles and proxies add one."""
    path, handler = route.path.rstrip("/"), guarded(route.handler)
    return [
        web.RouteDef(route.method, each, handler, dict(route.kwargs)) for each in (path, path + "/")
    ]


def watched(addresses: Collection[str]) -> Middleware:
    """The middleware around everything; `addresses`: ours, to tell who is nearly right."""
    near = {_plain(each): each for each in sorted(addresses)}

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = request.protocol
        if not isinstance(connection, Connection):
            return await _answer(request, handler, near)
        connection.arrived()
        try:
            return await _answer(request, handler, near)
        finally:
            connection.answered()

    return watch


async def _answer(
    request: web.Request, handler: Handler, near: dict[str, str]
) -> web.StreamResponse:
    missed = request.match_info.http_exception
    if missed is not None:
        # what was asked for may hold anything: only what it should have been is named
        if missed.status == web.HTTPNotFound.status_code and (meant := _meant(request.path, near)):
            logger.warning("no such address", extra={"reason": "nearly", "address": meant})
        allowed = missed.headers.get("Allow")
        return web.Response(status=missed.status, headers={"Allow": allowed} if allowed else None)
    try:
        return await handler(request)
    except web.HTTPException as refused:
        if refused.status < web.HTTPBadRequest.status_code or refused.body != _stock(refused):
            raise
        return web.Response(status=refused.status)


def _stock(refused: web.HTTPException) -> bytes:
    """The body of an exception that was given none."""
    return f"{refused.status}: {refused.reason}".encode()


def _meant(path: str, near: dict[str, str]) -> str:
    """Which of ours a wrong address nearly is; empty: none."""
    asked = _plain(path)
    if not asked:
        return ""
    for plain, address in near.items():
        if asked == plain or plain.startswith(asked + "/") or asked.startswith(plain + "/"):
            return address
    return ""


def _plain(path: str) -> str:
    return re.sub(r"/+", "/", path).strip("/").casefold()


async def whole(request: web.Request) -> bytes:
    """The body, as it is. Raises HTTPException: 413, 415 (packed), 408 (too slow), 400."""
    if (request.content_length or 0) > BODY_BYTES:
        raise web.HTTPRequestEntityTooLarge(BODY_BYTES)
    if request.headers.get("Content-Encoding", "identity").strip().casefold() != "identity":
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(READ_SECONDS):
            body = await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (aiohttp.ClientError, web.RequestPayloadError, HttpProcessingError):
        raise web.HTTPBadRequest from None
    if len(body) > BODY_BYTES:
        raise web.HTTPRequestEntityTooLarge(BODY_BYTES)
    return body
