"""Replies as plain text, for the channels: the rules themselves stand where previews see them."""

from __future__ import annotations

from handlers.plain import NUMBER_HINT, as_text, in_words, numbered, printable, shorten, split_bytes
from handlers.rules.calling import pieces

__all__ = [
    "NUMBER_HINT",
    "as_text",
    "in_words",
    "numbered",
    "pieces",
    "printable",
    "shorten",
    "split_bytes",
]
