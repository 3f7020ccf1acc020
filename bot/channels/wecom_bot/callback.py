"""The WeCom AI bot (智能机器人) in URL-callback mode: private chats and groups (wecom.md 4).

It hears groups when it is mentioned and answers in the same request; it cannot write first, so
what comes late goes through the app. The long connection is a channel of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from aiohttp import web

from bot.channels.base import CallOutcome, Capabilities, Incoming, Outgoing, Receive, refused
from bot.channels.fetching import Fetcher
from bot.channels.rendering import as_text, unmarked
from bot.channels.wecom.crypto import CallbackCrypto
from bot.channels.wecom.door import Door, RefusedError
from bot.channels.wecom.messages import read_json, sealed_in
from bot.channels.wecom_bot import messages
from bot.channels.wecom_bot.files import fetch
from bot.clock import Clock
from bot.told_time import moment_of
from handlers.reply import Action, Reply
from storage.outbox_values import FrozenRequest, Json, Unsendable

CONTENT_BYTES = 20_480
WELCOME = "您好，我是{name}。直接问我学分、课表、截止时间就行；发送「菜单」看全部功能。"
ONLY_WORDS = "我现在只看得懂文字和表格文件，请打字告诉我。"


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

    def __init__(
        self,
        bot: WeComBot,
        clock: Clock,
        *,
        push_channel: str,
        account_of: messages.AccountOf = messages.account_as_told,
        fetcher: Fetcher | None = None,
    ) -> None:
        """`push_channel`: what can write first in its place; empty where nothing can."""
        self._bot = bot
        self._push_channel = push_channel
        self._clock = clock
        self._fetcher = fetcher or Fetcher()
        self._account_of = account_of
        self._crypto = CallbackCrypto(bot.token, bot.aes_key, "")
        self._door = Door(self._crypto, clock)

    def routes(self, receive: Receive) -> list[web.RouteDef]:
        """The callback address."""
        return [
            web.get("/wecom/aibot", self._door.check),
            web.post("/wecom/aibot", partial(self._callback, receive)),
        ]

    def at_once(self, reply: Reply) -> bool:
        """Words and numbered choices; files go through the app."""
        return not reply.files and len(unmarked(as_text(reply)).encode()) <= CONTENT_BYTES

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
            message = await self._door.opened(request, sealed_in, _inside)
        except RefusedError as refused:
            return refused.response
        signature = request.query["msg_signature"]
        return self._sealed(await self._answer(receive, message, signature), nonce)

    async def _answer(
        self, receive: Receive, message: Mapping[str, Any], signature: str
    ) -> Mapping[str, Any] | None:
        """The body of the answer, or None for an empty one."""
        kind = message.get("msgtype")
        event = messages.at(message, "event")
        if kind == "event" and event.get("eventtype") == "enter_chat":
            welcome = WELCOME.format(name=self._bot.name)
            return {"msgtype": "text", "text": {"content": welcome}}
        incoming = await self._incoming(message, signature)
        if incoming is None:
            return None
        reply = await receive(incoming)
        if reply is None or incoming.push_only:
            return None
        return _stream(unmarked(as_text(reply)))

    async def _incoming(self, message: Mapping[str, Any], signature: str) -> Incoming | None:
        account = messages.account_of(message)
        if not account:
            return None
        account = await self._account_of(account)
        now = self._clock.now()
        base = partial(
            Incoming,
            channel=self.name,
            realm="wecom",
            account=account,
            message_id=messages.id_of(message) or f"call:{signature}",
            at=now,
            said_at=moment_of(message.get("create_time"), now),
            group=messages.group_of(message),
            push_channel=self._push_channel,
        )
        if message.get("msgtype") == "event":
            event = messages.at(message, "event")
            pressed = messages.at(event, "template_card_event").get("event_key")
            if not isinstance(pressed, str):
                return None
            return base(button=Action.parse(pressed.partition("#")[0]).key(), push_only=True)
        said = messages.said(message, self._bot.name)
        if said or message.get("msgtype") == "text":
            return base(text=said)
        media = messages.media_of(message) if message.get("msgtype") == "file" else None
        if media is None:
            spoken = message.get("msgtype") in ("image", "voice", "video", "mixed")
            return base(fetch=partial(refused, ONLY_WORDS)) if spoken else None
        # by callback no key comes with a file: it is the bot's own (wecom.md 4.2)
        return base(fetch=partial(fetch, self._fetcher, replace(media, aes_key=self._bot.aes_key)))

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


def _inside(text: str) -> Mapping[str, Any]:
    return read_json(text.encode())
