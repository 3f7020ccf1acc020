"""Replies as plain text, for the channels: the rules themselves stand where previews see them."""

from __future__ import annotations

import re

from handlers.plain import (
    NUMBER_HINT,
    as_text,
    in_words,
    numbered,
    printable,
    shorten,
    split,
    split_bytes,
)
from handlers.rules.calling import pieces

__all__ = [
    "NUMBER_HINT",
    "as_text",
    "in_words",
    "numbered",
    "pieces",
    "printable",
    "shorten",
    "split",
    "split_bytes",
    "unmarked",
]

_CALL = re.compile(r"<(@[^<>\n]{1,64})>")
_TAG = re.compile(r"<(?=[@/!A-Za-z])")
_LINK = re.compile(r"\](?=\()")


def unmarked(words: str) -> str:
    """Words in which nothing is a mark, whoever wrote it: no `<@all>`, no `<a href>`, no link.

    WeCom reads anchors in plain texts, too: a name must not lead anywhere.
    """
    return _LINK.sub("］", _TAG.sub("＜", _CALL.sub(r"＜\1＞", words)))
