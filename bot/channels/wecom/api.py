"""WeCom's server API on wechatpy's client objects, with aiohttp underneath.

wechatpy shapes the payloads; its transport, its token handling and its retries are replaced
because they block, refresh without end on a dead token and let several refresh at once
(wecom.md 6). Imported late: wechatpy takes a fifth of a second that no answer needs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
from wechatpy.exceptions import WeChatClientException
from wechatpy.work import WeChatClient

from bot.channels.fetching import named
from bot.channels.wecom.http import NETWORK, TIMEOUT, form, taken, told
from bot.channels.wecom.token import GETTOKEN, Tokens, WeComError
from bot.clock import Clock, SystemClock
from bot.leases import Leasing

TOKEN_DEAD = frozenset({40014, 42001})
TRIES = 3
T = TypeVar("T")


class WeComClient(WeChatClient):  # type: ignore[misc]
    """One app's client. Await what wechatpy's API objects return."""

    def __init__(
        self,
        corp_id: str,
        secret: str,
        *,
        base: str,
        http: aiohttp.ClientSession,
        clock: Clock | None = None,
        leasing: Leasing | None = None,
    ) -> None:
        """`leasing`: where several processes share the app's token."""
        super().__init__(corp_id, secret, auto_retry=False)
        # wechatpy's blocking session must not be used by mistake
        self._http.close()  # type: ignore[has-type]
        self._http = None
        self.API_BASE_URL = base
        self._web = http
        self.tokens = Tokens(corp_id, secret, self._gettoken, clock or SystemClock(), leasing)

    @property
    def access_token(self) -> str:
        """wechatpy reads it while it inspects itself; there is none before the first call."""
        tokens: Tokens | None = self.__dict__.get("tokens")
        if tokens is None or not tokens.value:
            raise AttributeError("no token yet")
        return tokens.value

    async def _gettoken(self) -> tuple[str, timedelta]:
        """A new token and its life. Raises WeComError, also where there was no answer."""
        query = {"corpid": self.corp_id, "corpsecret": self.secret}
        try:
            async with asyncio.timeout(GETTOKEN.total_seconds()):
                answer = await self._json("GET", "gettoken", query, None)
        except NETWORK as error:
            raise WeComError(-1, type(error).__name__) from None
        taken(answer)
        return str(answer["access_token"]), timedelta(seconds=float(answer["expires_in"]))

    async def send(self, body: bytes) -> Mapping[str, Any]:
        """message/send with exactly these bytes, so that a repeated call is the same call."""
        return await self.call("message/send", body)

    async def call(
        self,
        path: str,
        body: Mapping[str, Any] | bytes,
        query: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """Any POST with an access token; raises WeComError and what aiohttp raises."""
        answer: Mapping[str, Any] = await self.post(path, params=dict(query or {}), data=body)
        return answer

    async def ask(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Any GET with an access token; raises as `call`."""
        answer: Mapping[str, Any] = await self.get(path, params=dict(query))
        return answer

    async def download(self, media_id: str, *, limit: int) -> tuple[str, bytes]:
        """media/get: file name and content; raises WeComError, also for more than `limit` bytes."""
        return await self._with_token(lambda token: self._download(media_id, token, limit))

    async def _download(self, media_id: str, token: str, limit: int) -> tuple[str, bytes]:
        params = {"access_token": token, "media_id": media_id}
        async with self._web.get(
            self.API_BASE_URL + "media/get", params=params, timeout=TIMEOUT
        ) as answer:
            if answer.content_type == "application/json":
                refused = await told(answer)
                raise WeComError(int(refused.get("errcode") or -1), str(refused.get("errmsg", "")))
            data = await answer.content.read(limit + 1)
            while len(data) <= limit and not answer.content.at_eof():
                data += await answer.content.read(limit + 1 - len(data))
            if len(data) > limit:
                raise WeComError(45001, "media too large")
            return named(answer.headers.get("Content-Disposition", "")), data

    async def _request(self, method: str, url_or_endpoint: str, **options: Any) -> Any:
        """What every method of wechatpy's API objects ends in."""
        result_processor = options.get("result_processor")

        async def ask(token: str) -> dict[str, Any]:
            params = {**(options.get("params") or {}), "access_token": token}
            data = _body(options.get("data"), options.get("files"))
            return taken(await self._json(method, url_or_endpoint, params, data))

        answer = await self._with_token(ask)
        return result_processor(answer) if result_processor else answer

    async def _with_token(self, work: Callable[[str], Awaitable[T]]) -> T:
        """Once more with a new token where the first is dead; never without end (wecom.md 6).

        A third time only where the new one was another process's, which can be dead as well.
        """
        token = await self.tokens.get()
        for attempt in range(TRIES):
            try:
                return await work(token.value)
            except WeComError as error:
                last = attempt == TRIES - 1 or (attempt > 0 and token.ours)
                if error.code not in TOKEN_DEAD or last:
                    raise
            token = await self.tokens.get(stale=token)
        raise AssertionError("unreachable")

    async def _json(
        self, method: str, endpoint: str, params: Mapping[str, str], data: Any
    ) -> dict[str, Any]:
        url = self.API_BASE_URL + endpoint
        async with self._web.request(
            method, url, params=params, data=data, timeout=TIMEOUT
        ) as answer:
            return await told(answer)


def _body(data: Any, files: Mapping[str, Any] | None) -> Any:
    """A JSON body, or a form with the file's name in raw UTF-8 (wecom.md 2.7)."""
    if files:
        return form(*files["media"])
    if isinstance(data, (dict, list)):
        return json.dumps(data, ensure_ascii=False).encode()
    return data


__all__ = ["WeChatClientException", "WeComClient", "WeComError"]
