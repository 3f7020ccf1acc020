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
# letters of Western Europe: bytes of anything that were taken for UTF-16 give them in plenty
_STRANGE = re.compile("[\x80-\xa0\xc0-\xd6\xd8-\xf6\xf8-\xff]")
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
    """Notepad's "Unicode" without a mark has a NUL beside every Latin letter, on one side.

    What is UTF-8 but for a few of them, or has them beside letters of nobody here, is no text.
    """
    nuls = data.count(b"\x00")
    if not nuls:
        return ["utf-8", "gb18030"]
    if nuls * 2 < len(data) and _reads(data, "utf-8"):
        return []
    sides = (("utf-16-le", data[1::2]), ("utf-16-be", data[0::2]))
    return [name for name, high in sides if high.count(b"\x00") == nuls and _reads(data, name)]


def _reads(data: bytes, encoding: str) -> bool:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return encoding == "utf-8" or _STRANGE.search(text) is None


def lines_joined(data: bytes) -> str:
    """The text with line feeds as its only line ends; raises NotTextError."""
    return _NEWLINE.sub("\n", decode(data))


def read(path: Path) -> str:
    """A file's text, see `lines_joined`; raises NotTextError or OSError."""
    return lines_joined(path.read_bytes())
