"""Replies as WeCom messages: texts within 2,048 bytes, cards with buttons, pictures and files.

Limits are those of wecom.md 2.3 and 2.4; longer captions would be cut on screen, so they are
shortened here, and a card that does not fit becomes numbered text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.rendering import in_words, numbered, shorten, split_bytes, unmarked
from handlers.reply import Action, Card, Choice, File, Reply

TEXT_BYTES = 2048
TITLE, DESCRIPTION, SUBTITLE = 26, 30, 112
FACTS, FACT_NAME, FACT_VALUE = 6, 5, 26
BUTTONS, CAPTION, KEY_BYTES = 6, 10, 1024
# Of the two published figures for pictures the smaller one: wecom.md 2.7 and errcode 45001.
IMAGE_BYTES, FILE_BYTES, LEAST_BYTES = 5 * 1024 * 1024, 20 * 1024 * 1024, 6

Message = dict[str, Any]


def messages(
    reply: Reply, *, task_id: str, source: str, files: Sequence[int] = (), buttons: bool = True
) -> list[Message]:
    """One reply as the messages that carry it, in order; `files`: attachment ids, uploaded later.

    `task_id` must be unique in the app for each card (wecom.md 2.4). A card carries its words
    (`instead`) for a platform that refuses it; without `buttons` there are only words.
    """
    parts: list[Message] = []
    card = reply.card
    drawn = card is not None and buttons and fits(card)
    words = unmarked(reply.text if drawn else in_words(reply))
    if words:
        parts += [
            {"msgtype": "text", "text": {"content": part}}
            for part in _distinct(split_bytes(words, TEXT_BYTES))
        ]
    if card is not None and drawn:
        parts.append(
            {
                "msgtype": "template_card",
                "template_card": draw(card, task_id, source),
                "instead": unmarked(numbered(card)),
            }
        )
    for file, attachment in zip(reply.files, files, strict=False):
        parts.append({"msgtype": kind_of(file), "attachment": attachment})
    return parts


def _distinct(parts: Sequence[str]) -> list[str]:
    """Equal parts of one message would be one call twice, which the platform drops.

    Empty ones it refuses.
    """
    made: list[str] = []
    for part in parts:
        if not part.strip():
            continue
        different = part
        while different in made:
            different += " "
        made.append(different)
    return made


def kind_of(file: File) -> str:
    """`image` for what the platform takes as one (wecom.md 2.7), else `file`."""
    known = file.data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))
    shown = file.picture and known and len(file.data) <= IMAGE_BYTES
    return "image" if shown else "file"


def too_large(reply: Reply) -> str:
    """Why the files of a reply cannot be uploaded, in Chinese, or nothing (wecom.md 2.7)."""
    for file in reply.files:
        if not LEAST_BYTES <= len(file.data) <= FILE_BYTES:
            return f"文件「{file.name}」太大或是空的，企业微信不收"
    return ""


def fits(card: Card) -> bool:
    """Whether a card can be drawn without losing anything."""
    return (
        0 < len(card.choices) <= BUTTONS
        and bool(card.title.strip())
        and len(card.facts) <= FACTS
        and len(card.description) <= SUBTITLE
        and all(len(key(choice).encode()) <= KEY_BYTES for choice in card.choices)
        and all(0 < len(name) <= FACT_NAME for name, _ in card.facts)
        and all(len(value) <= FACT_VALUE for _, value in card.facts)
        and all(0 < len(choice.label) <= CAPTION for choice in card.choices)
        and len({key(choice) for choice in card.choices}) == len(card.choices)
    )


def draw(card: Card, task_id: str, source: str) -> Message:
    """A button_interaction card."""
    drawn: Message = {
        "card_type": "button_interaction",
        "task_id": task_id,
        "source": {"desc": shorten(source, 13), "desc_color": 0},
        "main_title": {"title": shorten(card.title, TITLE)},
        "button_list": [
            {
                "text": choice.label,
                "style": 2 if choice.quiet else 1,
                "key": key(choice),
            }
            for choice in card.choices
        ],
    }
    if card.description:
        drawn["sub_title_text"] = card.description
    if card.facts:
        drawn["horizontal_content_list"] = [
            {"keyname": name, "value": value} for name, value in card.facts
        ]
    return drawn


def key(choice: Choice) -> str:
    """A button's key: the action and what the button says once pressed."""
    return f"{choice.action.key()}#{choice.done}"


def read_key(pressed: str) -> tuple[Action, str]:
    """The action of a pressed button and its caption from now on (empty: unchanged)."""
    action, _, done = pressed.partition("#")
    return Action.parse(action), done


def envelope(accounts: Sequence[str], agent_id: int, message: Mapping[str, Any]) -> Message:
    """The body of message/send to these accounts."""
    return {"touser": "|".join(accounts), "agentid": agent_id, **message}
