"""Replies as plain text: what every channel falls back to, within its length in bytes.

Below the channels, so that a preview shows what they will write. Knows no channel.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from handlers.reply import Card, Reply

# what XML 1.0 forbids (Char, 2.2), and the other controls: no platform shows them, WeCom's
# documents end at them
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
NUMBER_HINT = "回复数字即可选择。"
# 【通知 N1】, alone on its line
_HEADING = re.compile(r"\s*【[^\n]{0,80}】\s*")


def printable(text: str) -> str:
    """A text without control characters, halves of pairs and what is no character at all."""
    return _UNPRINTABLE.sub("", text)


def numbered(card: Card) -> str:
    """A card where cards are not possible: title, facts, and its buttons as numbers."""
    lines = [f"【{card.title}】"]
    if card.description:
        lines.append(card.description)
    lines += [f"{name}：{value}" for name, value in card.facts]
    lines += [f"{n}. {choice.label}" for n, choice in enumerate(card.choices, start=1)]
    if card.choices:
        lines.append(NUMBER_HINT)
    return "\n".join(lines)


def in_words(reply: Reply) -> str:
    """Text and card in words; choices that the text lists already are not listed again."""
    card = reply.card
    if card is None or not reply.text:
        return reply.text if card is None else numbered(card)
    listed = all(
        f"{n}. {choice.label}" in reply.text for n, choice in enumerate(card.choices, start=1)
    )
    return f"{reply.text}\n\n{NUMBER_HINT if listed and card.choices else numbered(card)}"


def as_text(reply: Reply) -> str:
    """The whole reply in words; files are named."""
    words = in_words(reply)
    return words or "\n".join(f"（文件：{file.name}）" for file in reply.files)


def split_bytes(text: str, limit: int) -> list[str]:
    """Cut a text into parts of at most `limit` UTF-8 bytes, as `split` does."""
    return split(text, limit, _bytes)


def split(text: str, limit: int, size: Callable[[str], int] = len) -> list[str]:
    """Cut a text into parts of at most `limit`, at line ends where there are any.

    Nothing is lost: a platform that truncates (wecom.md 2.3) would drop the end silently. A
    heading is no message of its own: what it stands over begins in the same part.
    """
    parts: list[str] = []
    current = ""
    for line in text.split("\n"):
        candidate = f"{current}\n{line}" if current else line
        if size(candidate) <= limit:
            current = candidate
            continue
        if current and not _HEADING.fullmatch(current):
            parts.append(current)
            candidate = line
        *full, current = _cut_line(candidate, limit, size)
        parts += full
    if current or not parts:
        parts.append(current)
    return parts


def _cut_line(line: str, limit: int, size: Callable[[str], int]) -> list[str]:
    pieces: list[str] = []
    piece, held = "", 0
    for character in line:
        width = size(character)
        if held + width > limit:
            pieces.append(piece)
            piece, held = "", 0
        piece += character
        held += width
    return [*pieces, piece]


def _bytes(text: str) -> int:
    return len(text.encode())


def shorten(text: str, characters: int) -> str:
    """Cut to so many characters, with an ellipsis where something was cut."""
    return text if len(text) <= characters else text[: characters - 1] + "…"
