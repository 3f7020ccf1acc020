"""The bot's access token: fetched once for everybody who waits, renewed before it ends (qq.md A2).

Knows nothing of what it opens.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from datetime import datetime, timedelta

import aiohttp

from bot.channels.qq.errors import CODES, MUST_BE_MENDED, Kind
from bot.clock import Clock

logger = logging.getLogger("shixun.qq")

TIMEOUT = aiohttp.ClientTimeout(total=15)
WRONG_SECRET = 100016
TOO_OFTEN = frozenset({100001, 100017})
# Somebody has to put something right in the console or in the settings (qq.md A1, A2, A9).
TO_BE_MENDED = frozenset({100007, *(each for kind in MUST_BE_MENDED for each in CODES[kind])})
WAIT_AFTER_TOO_OFTEN = 60.0
WRONG = "QQ 机器人的 AppID 或 AppSecret 不对（错误码 {code}），已停止连接。请核对后重启。"
REFUSED = "QQ 平台不给访问凭证（错误码 {code}），稍后重试。请检查 AppID、AppSecret 和 IP 白名单。"
UNREACHABLE = "QQ 平台连不上（{reason}），正在重试。请检查网络和 SHIXUN_QQ_TOKEN_URL。"
# renewed a third of its life, or five minutes, or up to half a minute more before its end
_LEAD, _SHARE, _JITTER = timedelta(minutes=5), 3, 30.0
_LONGEST = 7200.0


class TokenError(Exception):
    """No token now; the text is for the operator, in Chinese.

    `kind`: what that means for a call that needed it; `wait`: seconds until another try.
    """

    def __init__(
        self, words: str, *, kind: Kind, code: int = 0, wait: float = 0.0, for_good: bool = False
    ) -> None:
        super().__init__(words)
        self.kind = kind
        self.code = code
        self.wait = wait
        self.for_good = for_good


class Token:
    """One bot's token."""

    def __init__(
        self, url: str, app_id: str, secret: str, clock: Clock, chance: random.Random
    ) -> None:
        self._url = url
        self._asked = {"appId": app_id, "clientSecret": secret}
        self._clock = clock
        self._chance = chance
        self._fetching = asyncio.Lock()
        self._token = ""
        self._until: datetime | None = None
        self._renew: datetime | None = None
        self._wrong = ""

    async def get(self, http: aiohttp.ClientSession, *, stale: str = "") -> str:
        """The token; `stale` is known to be dead. Raises TokenError.

        A renewal that fails while the present token still lives harms nobody. Once the platform
        called the secret wrong it is not asked again: that only a restart changes.
        """
        async with self._fetching:
            now = self._clock.now()
            alive = self._token not in ("", stale) and self._lives(now)
            if alive and self._renew is not None and now < self._renew:
                return self._token
            if self._wrong:
                raise TokenError(self._wrong, kind=Kind.NOT_OURS, code=WRONG_SECRET, for_good=True)
            try:
                await self._fetch(http, now)
            except TokenError as error:
                if not alive or error.for_good:
                    raise
                logger.warning("token not renewed")
            return self._token

    def _lives(self, now: datetime) -> bool:
        return self._until is not None and now < self._until

    async def _fetch(self, http: aiohttp.ClientSession, now: datetime) -> None:
        told = await self._ask(http)
        token, life = told.get("access_token"), _seconds(told.get("expires_in"))
        if not isinstance(token, str) or not token or life <= 0:
            # a refusal comes with HTTP 200, too
            raise self._refusal(told.get("code"))
        span = timedelta(seconds=life)
        jitter = timedelta(seconds=self._chance.random() * _JITTER)
        lead = min(min(_LEAD, span / _SHARE) + jitter, span / 2)
        self._token, self._until, self._renew = token, now + span, now + span - lead

    async def _ask(self, http: aiohttp.ClientSession) -> dict[str, object]:
        try:
            async with http.post(self._url, json=self._asked, timeout=TIMEOUT) as answer:
                told = json.loads(await answer.read())
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _unreachable(type(error).__name__) from None
        except (ValueError, RecursionError):
            raise _unreachable("答复不是 JSON") from None
        if not isinstance(told, dict):
            raise _unreachable(f"HTTP {status}")
        return told

    def _refusal(self, told: object) -> TokenError:
        logger.warning("token refused", extra={"errcode": told})
        code = told if isinstance(told, int) else 0
        if code == WRONG_SECRET:
            self._wrong = WRONG.format(code=code)
            return TokenError(self._wrong, kind=Kind.NOT_OURS, code=code, for_good=True)
        words = REFUSED.format(code=code or "无")
        if code in TOO_OFTEN:
            return TokenError(words, kind=Kind.BUSY, code=code, wait=WAIT_AFTER_TOO_OFTEN)
        kind = Kind.NOT_OURS if code in TO_BE_MENDED else Kind.LOGIN
        return TokenError(words, kind=kind, code=code)


def _unreachable(reason: str) -> TokenError:
    return TokenError(UNREACHABLE.format(reason=reason), kind=Kind.OFFLINE)


def _seconds(value: object) -> float:
    """expires_in is a string in the documents and a number elsewhere; 7200 s at most."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return min(float(value), _LONGEST)
