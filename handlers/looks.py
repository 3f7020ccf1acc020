"""What a reply looks like on each way: the channels' own rules, told from what a way can do.

Values in, values out; sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handlers.plain import in_words, split_bytes
from handlers.reply import Card, Reply
from handlers.ways import Capabilities


@dataclass(frozen=True, slots=True)
class Look:
    """One reply on one way: its messages in order, and whether one of them is a card."""

    messages: tuple[str, ...]
    card: bool

    @property
    def kind(self) -> str:
        """In two words: 卡片, 文字（分 2 条）."""
        texts = len(self.messages) - self.card
        if self.card:
            return "文字加卡片" if texts else "卡片"
        return f"文字（分 {texts} 条）" if texts > 1 else "文字"


def look(reply: Reply, can: Capabilities) -> Look:
    """A card where the way can draw its buttons, else numbered text; cut to the way's length."""
    card = reply.card
    drawn = card is not None and 0 < len(card.choices) <= can.buttons
    words = reply.text if drawn else in_words(reply)
    messages = tuple(split_bytes(words, can.text_bytes)) if words else ()
    if card is not None and drawn:
        messages += (_drawn(card),)
    return Look(messages, drawn)


def together(looks: Iterable[tuple[str, Look]]) -> str:
    """The looks of several ways (title, look), those that are alike under one heading."""
    alike: dict[Look, list[str]] = {}
    for title, each in looks:
        alike.setdefault(each, []).append(title)
    parts: list[str] = []
    for each, titles in alike.items():
        parts.append(f"◆ {'、'.join(titles)}：{each.kind}")
        parts.append(_in_order(each.messages))
    return "\n".join(parts)


def _in_order(messages: Sequence[str]) -> str:
    if len(messages) == 1:
        return messages[0]
    return "\n".join(f"（第 {n} 条）\n{each}" for n, each in enumerate(messages, 1))


def _drawn(card: Card) -> str:
    """A card's words with its buttons in brackets."""
    lines = [f"［{card.title}］", card.description, *(f"{name}：{say}" for name, say in card.facts)]
    buttons = "  ".join(f"【{choice.label}】" for choice in card.choices)
    return "\n".join([*(line for line in lines if line), buttons])
