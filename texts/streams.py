"""Lines of a console or a pipe: in UTF-8 or GBK, whatever the console says of itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import IO

import texts

_ESCAPED = re.compile("[\udc80-\udcff]")


def lines(stream: IO[str]) -> Iterator[str]:
    """The lines of a stream, each in UTF-8 or in GBK, whatever the console says of itself."""
    raw = getattr(stream, "buffer", None)
    if raw is None:
        yield from stream
        return
    for line in raw:
        yield text_of(line)


def as_typed(word: str) -> str:
    """A word of the command line in an encoding that the locale did not name.

    Names and texts only: a path must go back to the system as it came.
    """
    return text_of(os.fsencode(word)) if _ESCAPED.search(word) else word


def line_from(stream: IO[str]) -> str:
    """One line; empty at the end."""
    raw = getattr(stream, "buffer", None)
    return stream.readline() if raw is None else text_of(raw.readline())


def text_of(data: bytes) -> str:
    """A line's text; a sign that is none of any encoding is replaced."""
    try:
        return texts.decode(data)
    except texts.NotTextError:
        return data.decode("utf-8", "replace")
