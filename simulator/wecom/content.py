"""Reads the content of a message that an app, a chat or a robot sends (protocol page 2.3).

Applies the figures and error codes of each msgtype; who receives it is decided elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.common.screen import Button, Card, Kind, Row
from simulator.common.values import JsonObject, byte_length, cut_bytes, rows, table, text
from simulator.wecom.card_checks import check_card
from simulator.wecom.cards import draw
from simulator.wecom.errors import ApiError
from simulator.wecom.platform import Platform
from simulator.wecom.state import Corp, Media

_MEDIA_TYPES = frozenset(("image", "file", "voice", "video"))
_PLAIN_TYPES = frozenset(("text", "markdown", "textcard", "news", "mpnews"))
CHAT_TYPES = _MEDIA_TYPES | _PLAIN_TYPES
APP_TYPES = CHAT_TYPES | {"template_card", "miniprogram_notice"}
_MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Content:
    """What will be seen, without sender, receiver and time."""

    kind: Kind
    text: str = ""
    title: str = ""
    card: Card | None = None
    media: Media | None = None


def read_content(
    platform: Platform, corp: Corp, body: JsonObject, allowed: frozenset[str]
) -> Content:
    """ApiError 40008 for a msgtype that is not `allowed`, others as each type says."""
    kind = text(body, "msgtype")
    if kind not in allowed:
        raise ApiError(40008, kind)
    part = table(body, kind)
    limits = platform.limits
    if kind == "text":
        return Content(Kind.TEXT, cut_bytes(_needed(part, "content"), limits.text_bytes))
    if kind == "markdown":
        return read_markdown(part, limits.markdown_bytes)
    if kind in _MEDIA_TYPES:
        return media_content(find_media(platform, corp, text(part, "media_id"), kind))
    if kind == "template_card":
        check_card(part)
        return card_content(draw(part))
    if kind == "textcard":
        return card_content(_textcard(platform, part))
    if kind == "miniprogram_notice":
        return card_content(_miniprogram(part))
    return card_content(read_articles(platform, part, kind))


def read_markdown(part: JsonObject, limit: int) -> Content:
    content = _needed(part, "content")
    if byte_length(content) > limit:
        raise ApiError(45002)
    return Content(Kind.MARKDOWN, content)


def media_content(media: Media) -> Content:
    kind = Kind.IMAGE if media.kind == "image" else Kind.FILE
    return Content(kind, media=media)


def card_content(card: Card) -> Content:
    return Content(Kind.CARD, card.text, card.title, card)


def find_media(
    platform: Platform, corp: Corp, media_id: str, kind: str = "", owner: str = ""
) -> Media:
    """40007 when unknown, older than three days, of another kind, or of another owner."""
    media = corp.media.get(media_id)
    if (
        media is None
        or platform.now() - media.created > platform.limits.media_life
        or (kind and media.kind != kind)
        or media.owner != owner
    ):
        raise ApiError(40007)
    return media


def read_articles(platform: Platform, part: JsonObject, kind: str) -> Card:
    """news and mpnews as one card with a row an article; 45008 beyond eight."""
    articles = rows(part, "articles")
    if not 1 <= len(articles) <= platform.limits.articles:
        raise ApiError(45008)
    if not all(text(article, "title") for article in articles):
        raise ApiError(41016)
    limits = platform.limits
    listed = tuple(
        Row(
            cut_bytes(text(a, "title"), limits.title_bytes),
            cut_bytes(text(a, "description") or text(a, "digest"), limits.description_bytes),
            text(a, "url") or text(a, "content_source_url"),
        )
        for a in articles
    )
    first = articles[0]
    return Card(kind, title=listed[0].name, rows=listed, image_url=text(first, "picurl"))


def _textcard(platform: Platform, part: JsonObject) -> Card:
    for name, code in (("title", 41016), ("description", 41033), ("url", 41010)):
        if not text(part, name):
            raise ApiError(code)
    if byte_length(text(part, "url")) > platform.limits.url_bytes:
        raise ApiError(40058, "url")
    described = re.sub(r"<br\s*/?>|</div>", "\n", text(part, "description"))
    plain = _MARKUP.sub("", cut_bytes(described, platform.limits.description_bytes)).strip()
    return Card(
        "textcard",
        title=cut_bytes(text(part, "title"), platform.limits.title_bytes),
        text=plain,
        links=(Row(text(part, "btntxt") or "详情", "", text(part, "url")),),
        url=text(part, "url"),
    )


def _miniprogram(part: JsonObject) -> Card:
    if not text(part, "appid") or not text(part, "title"):
        raise ApiError(40058, "miniprogram_notice")
    return Card(
        "miniprogram_notice",
        title=text(part, "title"),
        desc=text(part, "description"),
        rows=tuple(Row(text(r, "key"), text(r, "value")) for r in rows(part, "content_item")),
        buttons=(Button("打开小程序", "", enabled=False),),
    )


def _needed(part: JsonObject, name: str) -> str:
    value = text(part, name)
    if not value:
        raise ApiError(44004)
    return value
