"""The door of WeCom's callbacks, the same for apps and AI bots: URL check, verify, decrypt.

Verify before parsing; what is not WeCom's gets a 4xx, is logged once with a reason and no
content, and nothing else happens (wecom.md 1.2 to 1.4).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web

from bot.channels.wecom_crypto import BadCallbackError, CallbackCrypto

logger = logging.getLogger("shixun.wecom")

BODY_BYTES = 256 * 1024
T = TypeVar("T")


class RefusedError(Exception):
    """A callback that goes no further; `response` is all that its sender gets."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        logger.warning("callback refused", extra={"reason": reason, "status": status})
        self.response = web.Response(status=status)


class Door:
    """Opens the callbacks of one app or AI bot."""

    def __init__(self, crypto: CallbackCrypto) -> None:
        self._crypto = crypto

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
        if (request.content_length or 0) > BODY_BYTES:
            raise RefusedError("too large", 413)
        try:
            inside = self._open(request, encrypted(await request.read()))
        except BadCallbackError as refusal:
            raise RefusedError(str(refusal), 403) from None
        try:
            return read(inside)
        except BadCallbackError as unknown:
            # it is WeCom's: refused, it would only be delivered three times more
            raise RefusedError(str(unknown), 200) from None

    def _open(self, request: web.Request, encrypted: str) -> str:
        query = request.query
        return self._crypto.open(
            query.get("msg_signature", ""),
            query.get("timestamp", ""),
            query.get("nonce", ""),
            encrypted,
        )
