"""Callbacks of a self-built app: sealed XML out, passive replies in (protocol page 1)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from simulator.common.acting import Delivery
from simulator.common.screen import Card, Kind, Row
from simulator.common.values import JsonObject, cut_bytes, parse_object, rows, table, text
from simulator.wecom import board, sending
from simulator.wecom.cards import from_xml
from simulator.wecom.content import Content, card_content, find_media, media_content
from simulator.wecom.courier import Courier, Outcome, Parcel
from simulator.wecom.crypto import Envelope, EnvelopeError
from simulator.wecom.errors import ApiError
from simulator.wecom.platform import Platform
from simulator.wecom.state import App, Corp, Member
from simulator.wecom.xmltext import read_xml, write_xml

_UPDATES = {"update_button", "update_template_card"}
_SYSTEM = "sys"
_JSON_NAMES = {
    "encrypt": "Encrypt",
    "msgsignature": "MsgSignature",
    "timestamp": "TimeStamp",
    "nonce": "Nonce",
}
# Events whose answer is shown; that of any other event is ignored (1.4).
_ANSWERED = {
    "subscribe",
    "enter_agent",
    "LOCATION",
    "click",
    "view",
    "view_miniprogram",
    "scancode_waitmsg",
    "template_card_menu_event",
    "template_card_event",
}


class ReplyError(ValueError):
    """A passive reply that the platform cannot use; the text says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Press:
    """The card that a card event came from; answers may update it."""

    message_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One callback as it was sent, to be sent again by a test."""

    corp: Corp
    app: App
    member: Member | None
    plain: str
    parcel: Parcel | None = None
    press: Press | None = None
    answered: bool = True


@dataclass(slots=True)
class AppCallbacks:
    """Sends the callbacks of all apps, and shows what comes back at once."""

    platform: Platform
    courier: Courier
    last: list[Sent] = field(default_factory=list)

    async def message(
        self, corp: Corp, app: App, member: Member, fields: Mapping[str, object], message_id: str
    ) -> Delivery:
        """A 普通消息 (1.6); `fields` are those between CreateTime and MsgId."""
        inner = self._common(corp, member) | dict(fields)
        inner |= {"MsgId": int(message_id), "AgentID": app.agent_id}
        delivery = await self._deliver(Sent(corp, app, member, _written(app, inner)))
        return replace(delivery, message_id=message_id)

    async def event(
        self,
        corp: Corp,
        app: App,
        member: Member | None,
        fields: Mapping[str, object],
        press: Press | None = None,
    ) -> Delivery:
        """An event (1.7), from `sys` without a member; `fields` start with Event."""
        inner = self._common(corp, member) | {"MsgType": "event"} | dict(fields)
        inner["AgentID"] = app.agent_id
        answered = member is not None and fields.get("Event") in _ANSWERED
        plain = _written(app, inner)
        return await self._deliver(Sent(corp, app, member, plain, None, press, answered))

    async def again(self, *, same_nonce: bool) -> Delivery:
        """The last callback once more: freshly sealed, or byte for byte (a replay)."""
        sent = self.last[-1]
        return await self._deliver(sent if same_nonce else replace(sent, parcel=None))

    async def verify(self, corp: Corp, app: App) -> Delivery:
        """The GET check made when the address is saved (1.2)."""
        envelope = Envelope(app.token, app.aes_key, corp.corp_id)
        challenge = str(10**17 + secrets.randbelow(10**17))
        sealed = envelope.seal(challenge)
        params = self._query(envelope, sealed) | {"echostr": sealed}
        answer = await self.courier.ask(app.callback_url, params)
        reason = answer.reason
        if not reason and answer.body != challenge.encode():
            reason = "40057 回答不是解密后的 echostr"
        told = answer.body.decode(errors="replace")
        return Delivery(not reason, answer.status, 1, told, 0.0, reason)

    def _common(self, corp: Corp, member: Member | None) -> dict[str, object]:
        return {
            "ToUserName": corp.corp_id,
            "FromUserName": member.userid if member else _SYSTEM,
            "CreateTime": self.platform.stamp(),
        }

    def _query(self, envelope: Envelope, sealed: str) -> dict[str, str]:
        timestamp, nonce = str(self.platform.skewed_stamp()), secrets.token_hex(8)
        signature = envelope.signature(timestamp, nonce, sealed)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}

    async def _deliver(self, sent: Sent) -> Delivery:
        corp, app = sent.corp, sent.app
        if not app.callback_url:
            return Delivery(False, 0, 0, "", 0.0, "应用没有设置回调地址")
        envelope = Envelope(app.token, app.aes_key, corp.corp_id)

        def seal() -> Parcel:
            if sent.parcel is not None:
                return sent.parcel
            sealed = envelope.seal(sent.plain)
            query = self._query(envelope, sealed)
            if app.json_callbacks:
                outer = {"tousername": corp.corp_id, "encrypt": sealed}
                written = json.dumps(outer | {"agentid": str(app.agent_id)})
                return Parcel(query, written, "application/json")
            body = {"ToUserName": corp.corp_id, "AgentID": str(app.agent_id), "Encrypt": sealed}
            return Parcel(query, write_xml(body), "text/xml")

        outcome = await self.courier.carry(
            app.callback_url, seal, self.platform.limits.callback_retries
        )
        self.last[:] = [replace(sent, parcel=outcome.parcel)]
        return self._answered(sent, outcome, envelope)

    def _answered(self, sent: Sent, outcome: Outcome, envelope: Envelope) -> Delivery:
        plain, reason = "", outcome.reason
        if outcome.ok and outcome.body and sent.member is not None and sent.answered:
            try:
                plain = open_reply(outcome.body, envelope)
                self._apply(sent, sent.member, plain)
            except (ReplyError, ApiError) as error:
                reason = error.message if isinstance(error, ApiError) else str(error)
                chat = sent.corp.chat_name(sent.app)
                said = f"被动回复无法显示：{reason}"
                board.notice(self.platform, sent.corp, sent.member.userid, chat, said)
        return Delivery(
            outcome.ok, outcome.status, outcome.attempts, plain, outcome.seconds, reason
        )

    def _apply(self, sent: Sent, member: Member, plain: str) -> None:
        reply = parse_object(plain) if plain[:1] == "{" else read_xml(plain)
        if reply is None:
            raise ReplyError("内层不是 XML")
        receiver = text(reply, "ToUserName")
        if receiver.casefold() != member.userid.casefold():
            raise ReplyError(f"ToUserName 是 {receiver}，不是发消息的成员")
        if text(reply, "FromUserName") != sent.corp.corp_id:
            raise ReplyError("FromUserName 不是 CorpID")
        kind = text(reply, "MsgType")
        if kind in _UPDATES:
            if sent.press is None:
                raise ReplyError(f"{kind} 只能回复卡片事件")
            sending.apply_update(
                sent.corp,
                member.userid,
                sent.press.message_id,
                from_xml(table(reply, "TemplateCard")),
                caption=text(table(reply, "Button"), "ReplaceName"),
                pressed=sent.press.key,
            )
            return
        content = read_reply(self.platform, sent.corp, reply)
        board.show(
            self.platform,
            sent.corp,
            member.userid,
            content,
            message_id=self.platform.next_id(),
            chat=sent.corp.chat_name(sent.app),
            sender=sent.app.name,
        )


def _written(app: App, inner: Mapping[str, object]) -> str:
    return json.dumps(inner, ensure_ascii=False) if app.json_callbacks else write_xml(inner)


def open_reply(raw: bytes, envelope: Envelope) -> str:
    """The inner XML of a passive reply; ReplyError says what is wrong with it."""
    outer = read_xml(raw)
    if outer is None:
        told = parse_object(raw)
        if told is None:
            raise ReplyError("回答既不为空也不是 XML")
        outer = {_JSON_NAMES.get(name.lower(), name): value for name, value in told.items()}
    try:
        return envelope.open(
            text(outer, "MsgSignature"),
            text(outer, "TimeStamp"),
            text(outer, "Nonce"),
            text(outer, "Encrypt"),
        )
    except EnvelopeError as error:
        raise ReplyError(f"加密信封不正确（{error}）") from None


def read_reply(platform: Platform, corp: Corp, reply: JsonObject) -> Content:
    """The kinds of passive reply that are shown as a message (1.4)."""
    kind = text(reply, "MsgType")
    if kind == "text":
        said = text(reply, "Content")
        if not said:
            raise ApiError(44004)
        return Content(Kind.TEXT, cut_bytes(said, platform.limits.text_bytes))
    if kind in ("image", "voice", "video"):
        media_id = text(table(reply, kind.capitalize()), "MediaId")
        return media_content(find_media(platform, corp, media_id, kind))
    if kind == "news":
        return card_content(_news(platform, reply))
    raise ApiError(40008, kind)


def _news(platform: Platform, reply: JsonObject) -> Card:
    articles = rows(table(reply, "Articles"), "item")
    if not 1 <= len(articles) <= platform.limits.articles:
        raise ApiError(45008)
    listed = tuple(Row(text(a, "Title"), text(a, "Description"), text(a, "Url")) for a in articles)
    picture = text(articles[0], "PicUrl")
    return Card("news", title=listed[0].name, rows=listed, image_url=picture)
