"""Replies as messages into groups that are only written to: no buttons, nobody to answer us.

For webhook robots and app group chats (wecom.md 2.6 and 3). Whom to address is said beside the
text; nothing that stands in the text itself is a mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.rendering import pieces, split_bytes, unmarked
from bot.channels.wecom.cards import TEXT_BYTES, kind_of
from handlers.reply import Card, Reply

REALM = "wecom"  # of the accounts that can be called
MARKDOWN_BYTES = 4096  # of a robot; an app's chat takes 2048

Message = dict[str, Any]


def messages(
    reply: Reply, files: Sequence[int], chat: str, *, markdown_bytes: int = MARKDOWN_BYTES
) -> list[Message]:
    """The messages that carry it, in order; `files`: attachment ids, uploaded when it is sent.

    Who is mentioned is mentioned by the first message: by a text's list, or inside a card.
    """
    accounts = {each.said: each.account(REALM, chat) for each in reply.mentions}
    accounts |= {each.said: "@all" for each in reply.mentions if each.everybody}
    accounts = {said: account for said, account in accounts.items() if account}
    parts = texts(reply.text, tuple(accounts.values()))
    if reply.card is not None:
        parts += _card(reply.card, markdown_bytes, {} if parts else accounts)
    for file, attachment in zip(reply.files, files, strict=False):
        parts.append({"msgtype": kind_of(file), "attachment": attachment})
    return parts


def texts(text: str, mentioned: Sequence[str] = ()) -> list[Message]:
    """Plain words; who is mentioned is shown once more behind the first part, on a new line."""
    words = unmarked(text).strip()
    if not words:
        return []
    parts: list[Message] = [
        {"msgtype": "text", "text": {"content": part}}
        for part in split_bytes(words, TEXT_BYTES - 1)
        if part.strip()
    ]
    if mentioned:
        first = parts[0]["text"]
        parts[0]["text"] = {
            "content": first["content"] + "\n",
            "mentioned_list": list(dict.fromkeys(mentioned)),
        }
    return parts


def _card(card: Card, limit: int, accounts: Mapping[str, str]) -> list[Message]:
    """Title and facts; the buttons would call nobody here."""
    facts = [f"> {name}：{value}" for name, value in card.facts]
    described = _marked(card.description, accounts)
    lines = [f"**{unmarked(card.title)}**", *([described] if described else [])]
    content = "\n".join([*lines, *(unmarked(each) for each in facts)])
    if len(content.encode()) <= limit:
        return [{"msgtype": "markdown", "markdown": {"content": content}}]
    plain = [f"【{card.title}】", card.description, *(each[2:] for each in facts)]
    return texts("\n".join(line for line in plain if line), tuple(accounts.values()))


def _marked(words: str, accounts: Mapping[str, str]) -> str:
    """The description with its calls as markdown knows them; it has none for everybody."""
    people = {said: account for said, account in accounts.items() if account != "@all"}
    return "".join(
        f"<@{people[each]}>" if each in people else unmarked(each) for each in pieces(words, people)
    )
