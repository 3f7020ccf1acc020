"""The door of WeCom's callbacks, the same for apps and AI bots: URL check, verify, decrypt.

Verify before parsing; what is not WeCom's gets a 4xx, is logged once with a reason and no
content, and nothing else happens (wecom.md 1.2 to 1.4).
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from aiohttp import web

from bot.channels.wecom.crypto import BadCallbackError, CallbackCrypto
from bot.clock import Clock

logger = logging.getLogger("shixun.wecom")

BODY_BYTES = 256 * 1024
# WeCom uses no nonce twice within two hours (wecom.md 1.2): so long is a callback remembered, and
# what is older than that, or as far in the future, is refused whatever its signature says.
WINDOW = timedelta(hours=2)
# Whether a retry carries a fresh nonce is not published. Within this span the very same request
# may be a retry: it goes on, and its MsgId sees that it is answered once. Later it is a replay.
RETRIES = timedelta(minutes=5)
REMEMBERED = 50_000
# From here on the operator is told that a clock is wrong.
SKEW = timedelta(minutes=5)
T = TypeVar("T")


class RefusedError(Exception):
    """A callback that goes no further; `response` is all that its sender gets."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        logger.warning("callback refused", extra={"reason": reason, "status": status})
        self.response = web.Response(status=status)


class Door:
    """Opens the callbacks of one app or AI bot.

    A replay is the same signature once more, which covers nonce, time and content: two callbacks
    that share a nonce by chance are both WeCom's, and nobody else can sign one. The memory is
    this process's own; a replay to another replica, or after a restart, ends at the MsgId, which
    all replicas keep for longer than WINDOW (storage.journal.SeenMessages).
    """

    def __init__(
        self, crypto: CallbackCrypto, clock: Clock, *, skewed: Callable[[float], None] | None = None
    ) -> None:
        """`skewed` hears by how many seconds our clock is ahead of WeCom's, of each callback."""
        self._crypto = crypto
        self._clock = clock
        self._skewed = skewed
        self._seen: OrderedDict[str, float] = OrderedDict()

    async def check(self, request: web.Request) -> web.Response:
        """The URL check: exactly the decrypted bytes, within a second."""
        try:
            return web.Response(text=self._open(request, request.query.get("echostr", "")))
        except BadCallbackError as refusal:
            return RefusedError(str(refusal), 403).response

    async def opened(
        self, request: web.Request, encrypted: Callable[[bytes], str], read: Callable[[str], T]
    ) -> T:
        """What a callback says; raises RefusedError.

        `encrypted` takes the ciphertext out of the body, `read` parses what was inside.
        """
        body = await _body(request)
        try:
            inside = self._open(request, encrypted(body))
        except BadCallbackError as refusal:
            raise RefusedError(str(refusal), 403) from None
        try:
            return read(inside)
        except BadCallbackError as unknown:
            # it is WeCom's: refused, it would only be delivered three times more
            raise RefusedError(str(unknown), 200) from None

    def _open(self, request: web.Request, encrypted: str) -> str:
        query = request.query
        signature, timestamp = query.get("msg_signature", ""), query.get("timestamp", "")
        inside = self._crypto.open(signature, timestamp, query.get("nonce", ""), encrypted)
        now = self._clock.now().timestamp()
        self._in_time(timestamp, now)
        self._not_again(signature, now)
        return inside

    def _in_time(self, timestamp: str, now: float) -> None:
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):  # noqa: PLR2004 - no moment has more
            raise BadCallbackError("timestamp")
        ahead = now - int(timestamp)
        if self._skewed is not None:
            self._skewed(ahead)
        if abs(ahead) > WINDOW.total_seconds():
            raise BadCallbackError("timestamp")

    def _not_again(self, signature: str, now: float) -> None:
        seen = self._seen
        while seen and (first := next(iter(seen.items())))[1] <= now - 2 * WINDOW.total_seconds():
            del seen[first[0]]
        before = seen.setdefault(signature, now)
        if len(seen) > REMEMBERED:
            seen.popitem(last=False)
        if now - before > RETRIES.total_seconds():
            raise BadCallbackError("replay")


async def _body(request: web.Request) -> bytes:
    """The body, within its size; the length that is told may be a lie or missing."""
    if (request.content_length or 0) > BODY_BYTES:
        raise RefusedError("too large", 413)
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise RefusedError("too large", 413) from None
    if len(body) > BODY_BYTES:
        raise RefusedError("too large", 413)
    return body
