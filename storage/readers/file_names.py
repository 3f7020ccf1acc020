"""One rule for names of files, received and sent: what every platform, browser and disk takes."""

from __future__ import annotations

import re
import unicodedata

LONGEST_BYTES = 150
NAMELESS = "文件"
_FORBIDDEN = re.compile(r'[\\/:*?"<>|%]+')
_BLANKS = re.compile(r"\s+")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
# devices of Windows, whatever their ending
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
# controls, invisible and direction marks, lone surrogates, private signs, line ends
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_name(name: str) -> str:
    """The name without path, quotes, controls and what turns text around; its ending is kept.

    Names with raw UTF-8 that a header's reader took for another encoding are mended.
    """
    # what one pass takes out may leave what the next one mends
    while (once := _pass(name)) != name:
        name = once
    return name


def _pass(name: str) -> str:
    seen = (" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", _mended(name)))
    text = "".join(sign for sign in seen if unicodedata.category(sign) not in _UNSEEN)
    text = _BLANKS.sub(" ", _FORBIDDEN.sub("_", text)).lstrip("._ ").rstrip(". ")
    if _DEVICES.match(text):
        text = f"_{text}"
    found = _ENDING.search(text)
    ending = found[0] if found else ""
    stem = text.removesuffix(ending) or NAMELESS
    room = LONGEST_BYTES - len(ending)
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(". ") or NAMELESS
    return stem + ending


def _mended(name: str) -> str:
    try:
        mended = name.encode("latin-1").decode()
    except UnicodeError:
        pass
    else:
        # what stays within Latin-1 was a name in it, or nothing is gained
        if any(sign > "\xff" and unicodedata.category(sign) not in _UNSEEN for sign in mended):
            return mended
    try:
        return name.encode("utf-8", "surrogateescape").decode()
    except UnicodeError:
        return name
