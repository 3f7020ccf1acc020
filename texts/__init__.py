"""Text files as people's editors save them: the one reader for settings, words, rules, stories.

Knows nothing of what stands in them and imports nothing of ours.
"""

from __future__ import annotations

import re
from pathlib import Path

# the longer mark first: UTF-32's begins as UTF-16's does
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_NEWLINE = re.compile(r"\r\n?")


class NotTextError(ValueError):
    """These bytes are no text in any encoding that editors use here."""


def decode(data: bytes) -> str:
    """UTF-8, UTF-16 or UTF-32 with or without its mark, or GBK (GB 18030); line ends as they are.

    Raises NotTextError.
    """
    encodings = [name for mark, name in _MARKS if data.startswith(mark)][:1]
    for encoding in encodings or _unmarked(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise NotTextError("not a text file")


def _unmarked(data: bytes) -> list[str]:
    """Notepad's "Unicode" without a mark has a NUL in every Latin letter."""
    nuls = data.count(b"\x00")
    if not nuls:
        return ["utf-8", "gb18030"]
    little = data[1::2].count(b"\x00")
    return ["utf-16-le" if little * 2 >= nuls else "utf-16-be"]


def lines_joined(data: bytes) -> str:
    """The text with line feeds as its only line ends; raises NotTextError."""
    return _NEWLINE.sub("\n", decode(data))


def read(path: Path) -> str:
    """A file's text, see `lines_joined`; raises NotTextError or OSError."""
    return lines_joined(path.read_bytes())
