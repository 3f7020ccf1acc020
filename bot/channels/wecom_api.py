"""WeCom's server API on wechatpy's client objects, with aiohttp underneath.

wechatpy shapes the payloads; its transport, its token handling and its retries are replaced
because they block, refresh without end on a dead token and let several refresh at once
(wecom.md 6). Imported late: wechatpy takes a fifth of a second that no answer needs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from wechatpy.exceptions import WeChatClientException
from wechatpy.work import WeChatClient

TOKEN_DEAD = frozenset({40014, 42001})
REFRESH_EARLY = 300  # seconds before a token ends
TIMEOUT = aiohttp.ClientTimeout(total=15)


class WeComError(Exception):
    """The platform refused: errcode and errmsg of its answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code


class WeComClient(WeChatClient):  # type: ignore[misc]
    """One app's client. Await what wechatpy's API objects return."""

    def __init__(
        self, corp_id: str, secret: str, *, base: str, http: aiohttp.ClientSession
    ) -> None:
        super().__init__(corp_id, secret, auto_retry=False)
        # wechatpy's blocking session must not be used by mistake
        self._http.close()  # type: ignore[has-type]
        self._http = None
        self.API_BASE_URL = base
        self._web = http
        self._refresh = asyncio.Lock()
        self._token = ""
        self._token_until = 0.0

    @property
    def access_token(self) -> str:
        """wechatpy reads it while it inspects itself; there is none before the first call."""
        token: str = self.__dict__.get("_token", "")
        if not token:
            raise AttributeError("no token yet")
        return token

    async def token(self, *, stale: str = "") -> str:
        """The app's token, fetched once for everybody who waits; `stale` is known to be dead."""
        async with self._refresh:
            now = asyncio.get_running_loop().time()
            if self._token and self._token != stale and now < self._token_until:
                return self._token
            answer = await self._json(
                "GET", "gettoken", {"corpid": self.corp_id, "corpsecret": self.secret}, None
            )
            if answer.get("errcode"):
                raise WeComError(int(answer["errcode"]), str(answer.get("errmsg", "")))
            self._token = str(answer["access_token"])
            self._token_until = now + float(answer["expires_in"]) - REFRESH_EARLY
            return self._token

    async def send(self, body: bytes) -> Mapping[str, Any]:
        """message/send with exactly these bytes, so that a repeated call is the same call."""
        answer: Mapping[str, Any] = await self.post("message/send", data=body)
        return answer

    async def download(self, media_id: str, *, limit: int) -> tuple[str, bytes]:
        """media/get: file name and content; raises WeComError, also for more than `limit` bytes."""
        token = await self.token()
        try:
            return await self._download(media_id, token, limit)
        except WeComError as error:
            if error.code not in TOKEN_DEAD:
                raise
        return await self._download(media_id, await self.token(stale=token), limit)

    async def _download(self, media_id: str, token: str, limit: int) -> tuple[str, bytes]:
        params = {"access_token": token, "media_id": media_id}
        async with self._web.get(
            self.API_BASE_URL + "media/get", params=params, timeout=TIMEOUT
        ) as answer:
            if answer.content_type == "application/json":
                told = await answer.json(content_type=None)
                raise WeComError(int(told.get("errcode") or -1), str(told.get("errmsg", "")))
            data = await answer.content.read(limit + 1)
            while len(data) <= limit and not answer.content.at_eof():
                data += await answer.content.read(limit + 1 - len(data))
            if len(data) > limit:
                raise WeComError(45001, "media too large")
            disposition = answer.content_disposition
            return (disposition.filename or "" if disposition else ""), data

    async def _request(self, method: str, url_or_endpoint: str, **options: Any) -> Any:
        """What every method of wechatpy's API objects ends in."""
        params = dict(options.get("params") or {})
        result_processor = options.get("result_processor")
        given_token = "access_token" in params
        token = ""
        for attempt in (1, 2):
            if not given_token:
                token = params["access_token"] = await self.token(stale=token)
            data = _body(options.get("data"), options.get("files"))
            answer = await self._json(method, url_or_endpoint, params, data)
            code = int(answer.get("errcode") or 0)
            if code in TOKEN_DEAD and attempt == 1 and not given_token:
                continue
            if code:
                raise WeComError(code, str(answer.get("errmsg", "")))
            return result_processor(answer) if result_processor else answer
        raise AssertionError("unreachable")

    async def _json(
        self, method: str, endpoint: str, params: Mapping[str, str], data: Any
    ) -> dict[str, Any]:
        url = self.API_BASE_URL + endpoint
        async with self._web.request(
            method, url, params=params, data=data, timeout=TIMEOUT
        ) as answer:
            raw = await answer.read()
            if answer.status >= 400:  # noqa: PLR2004 - any HTTP error
                raise WeComError(-1, f"http {answer.status}")
        try:
            told = json.loads(raw)
        except ValueError:
            raise WeComError(-1, "not json") from None
        if not isinstance(told, dict):
            raise WeComError(-1, "not an object")
        return told


def _body(data: Any, files: Mapping[str, Any] | None) -> Any:
    """A JSON body, or a form with the file's name in raw UTF-8 (wecom.md 2.7)."""
    if files:
        form = aiohttp.FormData(quote_fields=False)
        for name, (file_name, content) in files.items():
            form.add_field(
                name, content, filename=file_name, content_type="application/octet-stream"
            )
        return form
    if isinstance(data, (dict, list)):
        return json.dumps(data, ensure_ascii=False).encode()
    return data


__all__ = ["WeChatClientException", "WeComClient", "WeComError"]
