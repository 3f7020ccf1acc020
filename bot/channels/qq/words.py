"""Words as the QQ platform lets them pass: no accidental addresses, no markdown of users.

The platform refuses a whole message for anything that looks like an address (qq.md A8, URL rule):
a file's name, 3.A班. What only looks like one is written with another dot; a real one is left out
with a hint, never disguised. Pure functions on text.
"""

from __future__ import annotations

import re

from bot.channels.rendering import split

TEXT_CHARACTERS = 1800  # no number is published; readable, and far below what others send (A7)
NO_LINKS = "（QQ 里不能发链接，需要的话请向发送人索取。）"
LEFT_OUT = "［链接］"
REST_ELSEWHERE = "……（内容较长，这里放不下，其余请看分项：把想知道的分几次问我。）"
_DOT = "·"

_FILE_ENDINGS = (
    "xlsx|xlsm|xls|csv|docx|doc|pdf|pptx|ppt|txt|md|png|jpe?g|gif|bmp|webp|mp[34]|amr|silk|wav|"
    "zip|rar|7z|json|toml|ya?ml|xml|html?|py|exe|apk"
)
_ADDRESS_ENDINGS = (
    "com|cn|net|org|edu|gov|io|top|xyz|cc|me|info|vip|site|online|club|tech|shop|link|app|dev|co|"
    "tv|wang|ltd|group|work|cloud|fun|pro|asia|biz|mobi|name|hk|tw|mo|jp|kr|uk|us|eu|de|fr|ru|sg|ly"
)
_TAIL = r"(?::\d{1,5})?(?:[/?#][^\s，。；、！？）】」》\"'<>]*)?"
_LINK = re.compile(
    # with a scheme, or www. in front
    r"(?:[A-Za-z][A-Za-z0-9+.-]{1,14}://|(?<![A-Za-z0-9])www\.)[^\s，。；、！？）】」》\"'<>]+"
    # four numbers are a machine's address
    rf"|(?<![\d.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\d.])(?::\d{{1,5}})?{_TAIL}"
    # a name that ends as addresses do, with mail in front of it
    rf"|(?:[A-Za-z0-9._%+-]{{1,64}}@)?(?<![A-Za-z0-9_.-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,61}})?\.)"
    rf"{{1,6}}(?:{_ADDRESS_ENDINGS})(?![A-Za-z0-9_-])(?!\.[A-Za-z0-9]){_TAIL}",
    re.IGNORECASE,
)
_FILE = re.compile(rf"(?<=\w)\.(?={_FILE_ENDINGS}(?![A-Za-z0-9_]))", re.IGNORECASE)
_BETWEEN = re.compile(r"(?<=[\w)）\]】-])\.(?=\w)")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")
_MARKS = str.maketrans(
    {"<": "＜", ">": "＞", "#": "＃", "*": "＊", "[": "［", "]": "］", "`": "｀"}
)


def passable(words: str) -> str:
    """Words that do not trip the detector of addresses; decimals, times and lists stay as they are.

    学分.xlsx becomes 学分·xlsx, 3.A班 becomes 3·A班; a real address becomes ［链接］ and the hint
    says at the end where to get it.
    """
    kept = _LINK.sub(_leave_out, words)
    dotted = _FILE.sub(_DOT, kept)
    dotted = _BETWEEN.sub(_other_dot, dotted)
    return f"{dotted}\n{NO_LINKS}" if LEFT_OUT in dotted and LEFT_OUT not in words else dotted


def without_any_dot(words: str) -> str:
    """What is left to try when the platform saw an address all the same: decimals in words, too."""
    plain = _DECIMAL.sub("点", passable(words))
    return _BETWEEN.sub(_DOT, plain).replace("://", "：")


def _leave_out(match: re.Match[str]) -> str:
    """A file's name is no address, even where its ending is also a country's."""
    return match[0] if _is_file(match[0]) else LEFT_OUT


def _is_file(found: str) -> bool:
    return bool(re.fullmatch(rf"[\w.-]+\.(?:{_FILE_ENDINGS})", found, re.IGNORECASE)) and not (
        found.lower().startswith("www.")
    )


def _other_dot(match: re.Match[str]) -> str:
    """Before a digit (3.5, No.3), and in a list (1.理论), the dot is harmless and stays."""
    before, after = match.string[match.start() - 1], match.string[match.end()]
    listed = before.isascii() and before.isdigit() and not after.isascii()
    return "." if listed or (after.isascii() and after.isdigit()) else _DOT


def literal(words: str) -> str:
    """Words inside markdown that must mean nothing to it: its marks in full width.

    A backslash would do where the renderer knows it; a full-width mark is no mark anywhere, and no
    name can become <qqbot-at-everyone/>.
    """
    return words.translate(_MARKS)


def cut(words: str, most: int) -> list[str]:
    """At most `most` messages; what does not fit is said to be elsewhere."""
    pieces = split(words, TEXT_CHARACTERS)
    if len(pieces) <= most:
        return pieces
    kept = pieces[:most]
    room = TEXT_CHARACTERS - len(REST_ELSEWHERE)
    kept[-1] = kept[-1][:room].rstrip() + REST_ELSEWHERE
    return kept
