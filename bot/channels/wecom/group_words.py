"""Replies as messages into groups that are only written to: no buttons, nobody to answer us.

For webhook robots and app group chats (wecom.md 2.6 and 3). Whom to address stands in the text as
`<@account>` or `<@all>`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.channels.rendering import split_bytes
from bot.channels.wecom.cards import TEXT_BYTES, kind_of
from handlers.reply import Card, Reply

MARKDOWN_BYTES = 4096  # of a robot; an app's chat takes 2048
_MENTION = re.compile(r"<@([^<>\s]{1,64})>")

Message = dict[str, Any]


def messages(
    reply: Reply, files: Sequence[int], *, markdown_bytes: int = MARKDOWN_BYTES
) -> list[Message]:
    """The messages that carry it, in order; `files`: attachment ids, uploaded when it is sent."""
    parts = texts(reply.text)
    if reply.card is not None:
        parts += _card(reply.card, markdown_bytes)
    for file, attachment in zip(reply.files, files, strict=False):
        parts.append({"msgtype": kind_of(file), "attachment": attachment})
    return parts


def texts(text: str) -> list[Message]:
    """Plain words; who is mentioned is mentioned by the first part."""
    accounts = list(dict.fromkeys(_MENTION.findall(text)))
    mentioned = ["@all" if each == "all" else each for each in accounts]
    words = _MENTION.sub("", text).strip()
    if not words and not mentioned:
        return []
    parts: list[Message] = [
        {"msgtype": "text", "text": {"content": part}}
        for part in split_bytes(words, TEXT_BYTES)
        if part.strip() or mentioned
    ]
    if mentioned:
        parts[0]["text"]["mentioned_list"] = mentioned
    return parts


def _card(card: Card, limit: int) -> list[Message]:
    """Title and facts; the buttons would call nobody here."""
    facts = [f"> {name}：{value}" for name, value in card.facts]
    lines = [f"**{card.title}**", *([card.description] if card.description else []), *facts]
    content = "\n".join(lines)
    if len(content.encode()) <= limit:
        return [{"msgtype": "markdown", "markdown": {"content": content}}]
    plain = [f"【{card.title}】", card.description, *(each[2:] for each in facts)]
    return texts("\n".join(line for line in plain if line))
