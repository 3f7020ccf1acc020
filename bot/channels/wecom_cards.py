"""Replies as WeCom messages: texts within 2,048 bytes, cards with buttons, pictures and files.

Limits are those of wecom.md 2.3 and 2.4; longer captions would be cut on screen, so they are
shortened here, and a card that does not fit becomes numbered text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.rendering import in_words, shorten, split_bytes
from handlers.reply import Action, Card, Choice, Reply

TEXT_BYTES = 2048
TITLE, DESCRIPTION, SUBTITLE = 26, 30, 112
FACTS, FACT_NAME, FACT_VALUE = 6, 5, 26
BUTTONS, CAPTION, KEY_BYTES = 6, 10, 1024

Message = dict[str, Any]


def messages(
    reply: Reply, *, task_id: str, source: str, files: Sequence[int] = ()
) -> list[Message]:
    """One reply as the messages that carry it, in order; `files`: attachment ids, uploaded later.

    `task_id` must be unique in the app for each card (wecom.md 2.4).
    """
    parts: list[Message] = []
    card = reply.card
    drawn = card is not None and fits(card)
    words = reply.text if drawn else in_words(reply)
    if words:
        parts += [
            {"msgtype": "text", "text": {"content": part}}
            for part in split_bytes(words, TEXT_BYTES)
        ]
    if card is not None and drawn:
        parts.append({"msgtype": "template_card", "template_card": draw(card, task_id, source)})
    for file, attachment in zip(reply.files, files, strict=False):
        parts.append({"msgtype": "image" if file.picture else "file", "attachment": attachment})
    return parts


def fits(card: Card) -> bool:
    """Whether a card can be drawn without losing anything."""
    return (
        0 < len(card.choices) <= BUTTONS
        and len(card.facts) <= FACTS
        and len(card.description) <= SUBTITLE
        and all(len(key(choice).encode()) <= KEY_BYTES for choice in card.choices)
        and all(len(name) <= FACT_NAME and len(value) <= FACT_VALUE for name, value in card.facts)
        and all(len(choice.label) <= CAPTION for choice in card.choices)
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
