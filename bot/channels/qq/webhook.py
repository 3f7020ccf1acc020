"""The address where the QQ platform calls us, if it is to (qq.md A4).

Lets in what the platform signed, answers at once and hands on; what an event says is somebody
else's matter. A repeated event is acknowledged and dropped, else it would come again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from hmac import compare_digest

from aiohttp import web

from bot.channels.qq.api import QQBot
from bot.channels.qq.events import Fields, keys
from bot.channels.qq.seen import Seen
from bot.channels.qq.signature import address_check, verified
from bot.clock import Clock
from bot.guard import whole

logger = logging.getLogger("shixun.qq")

PATH = "/qq/webhook"
FRESH = timedelta(seconds=300)
_EVENT, _HEARTBEAT, _ADDRESS_CHECK = 0, 1, 13
_ACK: Mapping[str, int] = {"op": 12, "d": 0}


class Webhook:
    """The door. `take` queues an event and says whether there was room."""

    def __init__(
        self, bot: QQBot, clock: Clock, seen: Seen, take: Callable[[Fields], bool]
    ) -> None:
        self._bot = bot
        self._clock = clock
        self._seen = seen
        self._take = take

    async def called(self, request: web.Request) -> web.Response:
        """One callback: 400 not ours to read, 401 not the platform's, 413 too much, 200 taken."""
        raw = await whole(request)
        if not self._is_for_us(request):
            raise web.HTTPUnauthorized
        payload = _payload(raw)
        if payload is not None and payload.get("op") == _ADDRESS_CHECK:
            return self._checked(payload)
        if not self._is_signed(request, raw):
            logger.warning("webhook refused", extra={"reason": "signature"})
            raise web.HTTPUnauthorized
        if payload is None:
            raise web.HTTPBadRequest
        if payload.get("op") == _HEARTBEAT:
            return web.json_response({"op": 11, "d": payload.get("d")})
        if payload.get("op") == _EVENT and not self._taken(payload):
            # the platform tries again, up to three times
            raise web.HTTPServiceUnavailable
        return web.json_response(_ACK)

    def _is_for_us(self, request: web.Request) -> bool:
        """The header is not what we trust (that is the signature), but another bot's is refused."""
        named = request.headers.get("X-Bot-Appid")
        own = self._bot.app_id.encode()
        # whatever bytes stand there, it is only compared
        return named is None or compare_digest(named.encode(errors="replace"), own)

    def _is_signed(self, request: web.Request, raw: bytes) -> bool:
        stamp = request.headers.get("X-Signature-Timestamp", "")
        signature = request.headers.get("X-Signature-Ed25519", "")
        if not verified(self._bot.secret, stamp, raw, signature):
            return False
        age = abs(self._clock.now().timestamp() - int(stamp))
        return age <= FRESH.total_seconds()

    def _checked(self, payload: Fields) -> web.Response:
        answer = address_check(self._bot.secret, payload.get("d"))
        if answer is None:
            logger.warning("webhook refused", extra={"reason": "address check"})
            raise web.HTTPBadRequest
        return web.json_response(dict(answer))

    def _taken(self, payload: Fields) -> bool:
        """Taken now or before."""
        named, now = keys(payload), self._clock.now()
        if named and self._seen.known(named, now):
            logger.info("repeated event dropped")
            return True
        if not self._take(payload):
            return False
        self._seen.add(named, now)
        return True


def _payload(raw: bytes) -> Fields | None:
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None
