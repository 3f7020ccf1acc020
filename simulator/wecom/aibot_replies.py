"""Reads what an AI bot answers: which reply is allowed on which occasion (protocol page 4.4)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import StrEnum

from simulator.common.files import sniff
from simulator.common.screen import Card, Kind
from simulator.common.values import JsonObject, byte_length, parse_object, rows, table, text, words
from simulator.wecom.card_checks import check_card
from simulator.wecom.cards import draw, replaced
from simulator.wecom.content import Content, card_content, media_content
from simulator.wecom.delivery import ReplyError
from simulator.wecom.errors import ApiError
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.state import AiBot, Corp, Media, Member

_MOST_IMAGES = 10
_IMAGE_BYTES = 10 * 1024 * 1024


class Occasion(StrEnum):
    """What the bot answers to; each allows its own replies."""

    MESSAGE = "message"
    POLL = "poll"
    ENTER = "enter_chat"
    PRESS = "template_card_event"
    FEEDBACK = "feedback_event"


_ALLOWED = {
    Occasion.MESSAGE: {"stream", "template_card", "stream_with_template_card"},
    Occasion.POLL: {"stream", "stream_with_template_card"},
    Occasion.ENTER: {"text", "template_card"},
    Occasion.PRESS: {"update_template_card"},
    Occasion.FEEDBACK: set(),
}


@dataclass(frozen=True, slots=True)
class Talk:
    """Who talks with which bot, where, and who sees the answers there.

    `stream_message` is the id under which a streamed answer grows; `pressed` the card's message.
    """

    corp: Corp
    bot: AiBot
    member: Member
    chat: str
    viewers: tuple[str, ...]
    group: bool
    stream_message: str
    pressed: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply; `finished` is False only for a stream that goes on."""

    content: Content | None = None
    extra: tuple[Content, ...] = ()
    stream_id: str = ""
    finished: bool = True
    update: Card | None = None
    userids: tuple[str, ...] = ()


def read(platform: Platform, talk: Talk, plain: str, occasion: Occasion) -> Reply:
    """ReplyError or ApiError when the reply is not allowed on this occasion."""
    body = parse_object(plain)
    if body is None:
        raise ReplyError("内层不是 JSON")
    kind = text(body, "response_type") or text(body, "msgtype")
    if kind not in _ALLOWED[occasion]:
        raise ReplyError(f"{kind or '空'} 不能用来回答 {occasion}")
    if kind == "text":
        said = text(table(body, "text"), "content")
        if not said:
            raise ApiError(44004)
        return Reply(Content(Kind.TEXT, said))
    card = table(body, "template_card")
    if kind == "template_card":
        check_card(card, aibot=True)
        return Reply(card_content(draw(card)))
    if kind == "update_template_card":
        return read_update(talk, body, card)
    return _stream(platform, talk.corp, body, card)


def active_content(platform: Platform, talk: Talk, body: JsonObject) -> Content:
    """What a response_url accepts: markdown, and in a single chat a card (4.5)."""
    kind = text(body, "msgtype")
    if kind == "markdown":
        said = text(table(body, "markdown"), "content")
        if not said:
            raise ApiError(44004)
        if byte_length(said) > platform.limits.stream_bytes:
            raise ApiError(45002)
        return Content(Kind.MARKDOWN, said)
    if kind == "template_card" and not talk.group:
        check_card(table(body, "template_card"), aibot=True)
        return card_content(draw(table(body, "template_card")))
    raise ApiError(40008, kind)


def read_update(talk: Talk, body: JsonObject, card: JsonObject) -> Reply:
    check_card(card, update=True, aibot=True)
    before = talk.corp.screens.find(talk.member.userid, talk.pressed)
    if before is not None and before.card and before.card.task_id != text(card, "task_id"):
        raise ReplyError("更新的卡片必须带原来的 task_id")
    return Reply(update=replaced(card), userids=tuple(words(body, "userids")))


def _stream(platform: Platform, corp: Corp, body: JsonObject, card: JsonObject) -> Reply:
    stream = table(body, "stream")
    ident = text(stream, "id")
    said = text(stream, "content")
    if not ident:
        raise ReplyError("stream.id 为空")
    if byte_length(said) > platform.limits.stream_bytes:
        raise ApiError(45002)
    finished = stream.get("finish") is True
    items = rows(stream, "msg_item")
    if items and not finished:
        raise ReplyError("msg_item 只能在 finish=true 时出现")
    if len(items) > _MOST_IMAGES:
        raise ApiError(40058, "msg_item")
    extra = [_image(platform, corp, table(item, "image")) for item in items]
    if card:
        check_card(card, aibot=True)
        extra.append(card_content(draw(card)))
    return Reply(Content(Kind.MARKDOWN, said), tuple(extra), ident, finished)


def _image(platform: Platform, corp: Corp, image: JsonObject) -> Content:
    try:
        data = base64.b64decode(text(image, "base64"), validate=True)
    except binascii.Error:
        raise ApiError(40058, "base64") from None
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if not data or len(data) > _IMAGE_BYTES or digest != text(image, "md5").lower():
        raise ApiError(40058, "image")
    media = Media(made_up("IMG"), "image", "image", sniff(data), data, platform.now())
    corp.media[media.media_id] = media
    return media_content(media)
