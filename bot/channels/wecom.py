"""The WeCom self-built app: callbacks in, message/send out (wecom.md 1 and 2)."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from bot.channels import wecom_cards as cards
from bot.channels.base import Incoming, Receive
from bot.channels.wecom_crypto import CallbackCrypto
from bot.channels.wecom_door import Door, RefusedError
from bot.channels.wecom_messages import (
    Fields,
    button_reply,
    message_key,
    read_envelope,
    read_message,
    reply_envelope,
    text,
    text_reply,
)
from bot.channels.wecom_sender import Attachment, WeComApp, WeComSender
from bot.clock import Clock
from handlers.contract import Received

FILE_BYTES = 20 * 1024 * 1024
NOT_READABLE = {
    "image": "图片我还看不懂，请用文字告诉我。",
    "voice": "语音我还听不懂，请打字告诉我。",
    "video": "视频我还看不懂，请用文字告诉我。",
    "location": "我不需要您的位置。想签到请发：签到 加签到码。",
    "link": "链接我打不开，请用文字告诉我。",
}


class WeComChannel(WeComSender):
    """Verifies, hands on and answers in time; what is sent is its other half's work."""

    def __init__(self, app: WeComApp, clock: Clock, attachment: Attachment) -> None:
        super().__init__(app, attachment)
        self._clock = clock
        self._crypto = CallbackCrypto(app.token, app.aes_key, app.corp_id)
        self._door = Door(self._crypto)

    def routes(self, receive: Receive) -> list[web.RouteDef]:
        """The callback address."""
        return [
            web.get("/wecom/callback", self._door.check),
            web.post("/wecom/callback", partial(self._callback, receive)),
        ]

    async def _callback(self, receive: Receive, request: web.Request) -> web.Response:
        """One message or event: verify, decrypt, answer in time."""
        nonce = request.query.get("nonce", "")
        try:
            fields = await self._door.opened(request, _encrypted, read_message)
        except RefusedError as refused:
            return refused.response
        incoming, caption = self._incoming(fields)
        if incoming is None:
            words = NOT_READABLE.get(text(fields, "MsgType"))
            return self._passive(fields, words, nonce) if words else web.Response()
        if caption is not None:
            # the answer to a card event is the card's new caption; the reply follows as a push.
            # One that comes at once says that the press was not done (yet): nothing turns grey.
            reply = await receive(incoming)
            return self._passive(
                fields,
                None if reply is None else reply.text,
                nonce,
                caption=caption if reply is None else None,
            )
        reply = await receive(incoming)
        if reply is None:
            return web.Response()
        return self._passive(fields, reply.text, nonce)

    def _incoming(self, fields: Fields) -> tuple[Incoming | None, str | None]:
        """Theirs to ours; the second value is a pressed button's new caption."""
        kind, event = text(fields, "MsgType"), text(fields, "Event")
        base = partial(
            Incoming,
            channel=self.name,
            realm="wecom",
            account=text(fields, "FromUserName").casefold(),
            message_id=message_key(fields),
            at=self._clock.now(),
            push_channel=self.name,
        )
        if kind == "text":
            return base(text=text(fields, "Content")), None
        if kind == "file":
            return base(fetch=partial(self._fetch, fields)), None
        if kind == "event" and event in ("template_card_event", "click"):
            action, caption = cards.read_key(text(fields, "EventKey"))
            pressed = event == "template_card_event"
            return base(button=action.key(), push_only=pressed and bool(caption)), (
                caption if pressed else None
            )
        return None, None

    async def _fetch(self, fields: Fields) -> Received:
        """Get a sent file; after the acknowledgement, under a size cap."""
        name, data = await self.download(text(fields, "MediaId"), limit=FILE_BYTES)
        return Received(name=text(fields, "FileName") or name or "文件", data=data)

    def _passive(
        self, fields: Fields, words: str | None, nonce: str, *, caption: str | None = None
    ) -> web.Response:
        """Seal a passive reply: a card's new caption, or words, or nothing."""
        now = int(self._clock.now().timestamp())
        to, sender = text(fields, "FromUserName"), text(fields, "ToUserName")
        if caption:
            inner = button_reply(to, sender, now, caption)
        elif words:
            inner = text_reply(to, sender, now, words)
        else:
            return web.Response()
        sealed = self._crypto.seal(inner, str(now), nonce)
        return web.Response(
            text=reply_envelope(sealed.encrypt, sealed.signature, str(now), nonce),
            content_type="application/xml",
        )


def _encrypted(body: bytes) -> str:
    return read_envelope(body).encrypt
