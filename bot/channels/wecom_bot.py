"""The WeCom AI bot (智能机器人) in URL-callback mode: private chats and groups (wecom.md 4).

It hears groups when it is mentioned and answers in the same request; it cannot write first, so
what comes late goes through the app. The long connection is a channel of its own, to come.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import aiohttp
from aiohttp import web

from bot.channels.base import (
    CallOutcome,
    Capabilities,
    FileRefusedError,
    Incoming,
    Outgoing,
    Receive,
)
from bot.channels.rendering import as_text
from bot.channels.wecom_crypto import BadCallbackError, CallbackCrypto
from bot.channels.wecom_door import Door, RefusedError
from bot.channels.wecom_messages import read_json
from bot.clock import Clock
from handlers.contract import Received
from handlers.reply import Action, Reply
from storage.outbox_values import FrozenRequest, Json, Unsendable

logger = logging.getLogger("shixun.wecom_bot")

CONTENT_BYTES = 20_480
FILE_BYTES = 20 * 1024 * 1024
WELCOME = "您好，我是{name}。直接问我学分、课表、截止时间就行；发送「菜单」看全部功能。"
ONLY_WORDS = "我现在只看得懂文字和表格文件，请打字告诉我。"
FETCH_TIMEOUT = aiohttp.ClientTimeout(total=30)


@dataclass(frozen=True, slots=True)
class WeComBot:
    """What identifies the bot; values of the admin console. `name` is its name in groups."""

    name: str
    token: str
    aes_key: str


class WeComBotChannel:
    """Callbacks of the AI bot."""

    name = "wecom_bot"
    capabilities = Capabilities(
        push=False,
        groups=True,
        buttons=0,
        text_bytes=CONTENT_BYTES,
        files=False,
        title="企业微信智能机器人（回调）",
        realm="wecom",
    )

    def __init__(self, bot: WeComBot, clock: Clock, *, push_channel: str) -> None:
        """`push_channel`: what can write first in its place; empty where nothing can."""
        self._bot = bot
        self._push_channel = push_channel
        self._clock = clock
        self._crypto = CallbackCrypto(bot.token, bot.aes_key, "")
        self._door = Door(self._crypto)

    def routes(self, receive: Receive) -> list[web.RouteDef]:
        """The callback address."""
        return [
            web.get("/wecom/aibot", self._door.check),
            web.post("/wecom/aibot", partial(self._callback, receive)),
        ]

    def at_once(self, reply: Reply) -> bool:
        """Words and numbered choices; files go through the app."""
        return not reply.files and len(as_text(reply).encode()) <= CONTENT_BYTES

    def repeats(self, request: Json) -> timedelta | None:
        """It makes no calls of its own."""
        return None

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest | Unsendable]:
        """It cannot write first."""
        return [Unsendable(each.delivery_id, "no push") for each in outgoing]

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Never reached: no call is ever frozen for this channel."""
        raise AssertionError(request, deliveries)

    async def close(self) -> None:
        """Holds no socket."""

    async def _callback(self, receive: Receive, request: web.Request) -> web.Response:
        nonce = request.query.get("nonce", "")
        try:
            message = await self._door.opened(request, _encrypted, _inside)
        except RefusedError as refused:
            return refused.response
        return self._sealed(await self._answer(receive, message), nonce)

    async def _answer(
        self, receive: Receive, message: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """The body of the answer, or None for an empty one."""
        kind = message.get("msgtype")
        event = _at(message, "event")
        if kind == "event" and event.get("eventtype") == "enter_chat":
            welcome = WELCOME.format(name=self._bot.name)
            return {"msgtype": "text", "text": {"content": welcome}}
        incoming = self._incoming(message)
        if incoming is None:
            spoken = kind in ("image", "voice", "video", "mixed")
            return _stream(ONLY_WORDS) if spoken else None
        reply = await receive(incoming)
        if reply is None or incoming.push_only:
            return None
        return _stream(as_text(reply))

    def _incoming(self, message: Mapping[str, Any]) -> Incoming | None:
        group = message.get("chatid") if message.get("chattype") == "group" else None
        base = partial(
            Incoming,
            channel=self.name,
            realm="wecom",
            account=str(_at(message, "from").get("userid", "")).casefold(),
            message_id=str(message.get("msgid", "")),
            at=self._clock.now(),
            group=str(group) if group else None,
            push_channel=self._push_channel,
        )
        match message.get("msgtype"):
            case "text":
                return base(text=self._spoken(str(_at(message, "text").get("content", ""))))
            case "voice":  # WeCom has transcribed it already
                words = str(_at(message, "voice").get("content", ""))
                return base(text=words) if words else None
            case "file":
                return base(fetch=partial(self._fetch, str(_at(message, "file").get("url", ""))))
            case "event":
                pressed = _at(_at(message, "event"), "template_card_event").get("event_key")
                if isinstance(pressed, str):
                    action = Action.parse(pressed.partition("#")[0])
                    return base(button=action.key(), push_only=True)
        return None

    def _spoken(self, content: str) -> str:
        """In groups the text starts with the bot's name (wecom.md 4.2)."""
        return content.strip().removeprefix(f"@{self._bot.name}").strip()

    async def _fetch(self, url: str) -> Received:
        """A sent file: an address that lives five minutes, encrypted with our key."""
        try:
            async with (
                aiohttp.ClientSession(timeout=FETCH_TIMEOUT) as session,
                session.get(url) as answer,
            ):
                answer.raise_for_status()
                data = await answer.content.read(FILE_BYTES + 64)
                while len(data) <= FILE_BYTES and not answer.content.at_eof():
                    data += await answer.content.read(FILE_BYTES + 64 - len(data))
                disposition = answer.content_disposition
            content = self._crypto.open_file(data)
        except (aiohttp.ClientError, TimeoutError, BadCallbackError):
            logger.warning("file not fetched", exc_info=True)
            raise FileRefusedError("文件没有取到（可能已过期或超过 20 MB），请再发一次。") from None
        name = disposition.filename if disposition and disposition.filename else "文件"
        return Received(name=name, data=content)

    def _sealed(self, body: Mapping[str, Any] | None, nonce: str) -> web.Response:
        if body is None:
            return web.Response()
        timestamp = int(self._clock.now().timestamp())
        text = json.dumps(body, ensure_ascii=False)
        sealed = self._crypto.seal(text, str(timestamp), nonce)
        return web.json_response(
            {
                "encrypt": sealed.encrypt,
                "msgsignature": sealed.signature,
                "timestamp": timestamp,
                "nonce": nonce,
            }
        )


def _stream(content: str) -> dict[str, Any]:
    """A whole answer as a finished stream, the only reply in words (wecom.md 4.4)."""
    return {"msgtype": "stream", "stream": {"id": uuid4().hex, "finish": True, "content": content}}


def _at(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def _encrypted(body: bytes) -> str:
    return str(read_json(body).get("encrypt", ""))


def _inside(text: str) -> Mapping[str, Any]:
    return read_json(text.encode())
