"""The QQ platform's server API, as much of it as we use (qq.md A1, A2, A7 to A10).

A call comes back as what it means (errors.Told); nothing of the network or of the platform is
raised. Knows the token and no message.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from bot.channels.qq.errors import Kind, Told, judge
from bot.channels.qq.events import Scene
from bot.channels.qq.token import Token, TokenError
from bot.channels.session import Session
from bot.clock import Clock
from storage.outbox_values import Json

logger = logging.getLogger("shixun.qq")

# Of sends at least 5 s: with less, messages that arrived look lost (qq.md A2).
SEND_SECONDS, UPLOAD_SECONDS, OTHER_SECONDS = 15.0, 60.0, 10.0
_MOST_RETRY_AFTER = 3600.0
_NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class QQBot:
    """What identifies the bot; values of the QQ console. `name` is its name in groups.

    transport: websocket or webhook. api_base and token_url: qq.md A1 has the old and new ones.
    """

    app_id: str
    secret: str = field(repr=False)
    transport: str
    api_base: str
    token_url: str
    name: str


class QQApi:
    """One bot's calls on one session."""

    def __init__(self, bot: QQBot, clock: Clock, chance: random.Random) -> None:
        self._bot = bot
        self._token = Token(bot.token_url, bot.app_id, bot.secret, clock, chance)
        self._session = Session()
        self.stopped = ""  # the platform will not have us; in Chinese, for the operator
        self.doubt = ""  # why there is no token at the moment

    @property
    def problem(self) -> str:
        """Why there is no token, in Chinese, or nothing."""
        return self.stopped or self.doubt

    @property
    def http(self) -> aiohttp.ClientSession:
        """The session, opened on the running loop when it is first needed."""
        return self._session.now()

    async def close(self) -> None:
        """Let go of the sockets."""
        await self._session.close()

    async def token(self, *, stale: str = "") -> str:
        """The token; raises TokenError, and keeps its words for the operator."""
        try:
            token = await self._token.get(self.http, stale=stale)
        except TokenError as error:
            self.doubt = str(error)
            if error.for_good:
                self.stopped = str(error)
            raise
        self.doubt = ""
        return token

    # -- calls --------------------------------------------------------------------------------

    async def gateway(self) -> Told:
        """Where to dial: body.url, body.session_start_limit."""
        return await self.call("GET", "/gateway/bot", None, OTHER_SECONDS)

    async def send(self, scene: Scene, openid: str, body: Json) -> Told:
        """A message to a person or a group."""
        path = f"/v2/{scene}/{_quoted(openid)}/messages"
        return await self.call("POST", path, body, SEND_SECONDS)

    async def upload(self, scene: Scene, openid: str, body: Json) -> Told:
        """A file for this person or group; body.file_info names it from now on."""
        path = f"/v2/{scene}/{_quoted(openid)}/files"
        return await self.call("POST", path, body, UPLOAD_SECONDS)

    async def recall(self, scene: Scene, openid: str, message_id: str) -> Told:
        """Take back a message of ours, two minutes at most after it was sent."""
        path = f"/v2/{scene}/{_quoted(openid)}/messages/{_quoted(message_id)}"
        return await self.call("DELETE", path, None, OTHER_SECONDS)

    async def acknowledge(self, interaction_id: str) -> Told:
        """Tell the one who pressed a button that it arrived."""
        path = f"/interactions/{_quoted(interaction_id)}"
        return await self.call("PUT", path, {"code": 0}, OTHER_SECONDS)

    async def call(self, method: str, path: str, body: Json | None, seconds: float) -> Told:
        """Any call; with a dead token once more with a new one."""
        told, token = Told(Kind.LOGIN), ""
        for _ in range(2):
            try:
                token = await self.token(stale=token)
            except TokenError as error:
                return Told(error.kind, error.code, retry_after=error.wait)
            told = await self._once(method, path, body, seconds, token)
            if told.kind is not Kind.LOGIN:
                break
        if not told.fine:
            logger.warning(
                "call refused",
                extra={"errcode": told.code, "reason": told.error, "platform_trace": told.trace},
            )
        return told

    async def _once(
        self, method: str, path: str, body: Json | None, seconds: float, token: str
    ) -> Told:
        headers = {"Authorization": f"QQBot {token}", "X-Union-Appid": self._bot.app_id}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode(errors="replace")
            headers["Content-Type"] = "application/json"
        try:
            async with self.http.request(
                method,
                self._bot.api_base.rstrip("/") + path,
                data=data,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as answer:
                return _told(answer, await answer.read())
        except aiohttp.ClientConnectorError:
            return Told(Kind.OFFLINE)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return Told(Kind.AMBIGUOUS)


def _told(answer: aiohttp.ClientResponse, raw: bytes) -> Told:
    body: Mapping[str, Any] = {}
    readable = answer.status == _NO_CONTENT or not raw
    try:
        loaded = json.loads(raw) if raw else {}
        if isinstance(loaded, dict):
            body, readable = loaded, True
    except (ValueError, RecursionError):
        pass
    kind, code = judge(answer.status, body)
    if kind is Kind.FINE and not readable:
        kind = Kind.AMBIGUOUS  # somebody in between spoke, or it broke off
    return Told(
        kind,
        code,
        body,
        _retry_after(answer.headers.get("Retry-After", "")),
        answer.headers.get("X-Tps-trace-ID", "")[:128],
    )


def _retry_after(value: str) -> float:
    try:
        return min(max(float(value), 0.0), _MOST_RETRY_AFTER)
    except ValueError:
        return 0.0


def _quoted(opaque: str) -> str:
    return quote(opaque, safe="")
