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
from bot.guard import whole

logger = logging.getLogger("shixun.wecom")

# of each parameter; WeCom's signature has 40 signs, its nonces about ten
_PARAMETER = 128
# the ciphertext in the address of the URL check: a number of twenty digits, sealed
_ECHO = 2048
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
            _parameters(request)
            return web.Response(text=self._open(request, _once(request, "echostr", _ECHO)))
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
            _parameters(request)
            inside = self._open(request, encrypted(body))
        except BadCallbackError as refusal:
            raise RefusedError(str(refusal), 403) from None
        try:
            return read(inside)
        except BadCallbackError as unknown:
            # it is WeCom's: refused, it would only be delivered three times more
            raise RefusedError(str(unknown), 200) from None

    def _open(self, request: web.Request, encrypted: str) -> str:
        signature, timestamp, nonce = _parameters(request)
        inside = self._crypto.open(signature, timestamp, nonce, encrypted)
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


def _parameters(request: web.Request) -> tuple[str, str, str]:
    """Signature, timestamp and nonce; raises BadCallbackError before any work is done."""
    return (
        _once(request, "msg_signature", _PARAMETER),
        _once(request, "timestamp", _PARAMETER),
        _once(request, "nonce", _PARAMETER),
    )


def _once(request: web.Request, name: str, most: int) -> str:
    values = request.query.getall(name, [])
    if len(values) != 1 or not 0 < len(values[0]) <= most:
        raise BadCallbackError("parameters")
    return values[0]


async def _body(request: web.Request) -> bytes:
    try:
        return await whole(request)
    except web.HTTPException as refused:
        raise RefusedError("body", refused.status) from None
