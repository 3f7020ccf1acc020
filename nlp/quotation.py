"""Finds what the writer asks when the message carries somebody else's words.

Forwarded lines, quoted bubbles (`> …`, `李娜：…`, 「…」) are material; the request is what stands
outside of them. A message that is nothing but a quotation is returned whole.
"""

from __future__ import annotations

import re

_QUOTED_LINE = re.compile(
    r"^\s*(?:>|＞|【(?:转发|通知|转)[^】]*】|\[(?:转发|图片|链接|聊天记录)[^\]]*\]|-{3,})"
)
# 给信息技术1班发通知：… opens the writer's own words, however many lines they have.
_SPEAKER = re.compile(
    r"^\s*(?!(?:请|麻烦|帮我?|替我)*(?:给.{1,10}发|发[个条]?通知|通知[^：:\n，。]))"
    r"[^，。！？：:\n]{1,12}(?:留言|说|写道|回复|发的|截图|发来)?[：:]\s*[“「\"']?"
)
_INNER = re.compile(r"(?<![“「『])[“「『\"]([^”」』\"\n]{4,300})[”」』\"]")
_SAID = re.compile(
    r"(?:留言|说|问|写|写着|写的|讲|回复|截图|发来|转发|原话|显示|提示|通知|群里|看到)(?:的|了|是|：|:|，|,)*$"
)
_ENOUGH = 2


def asked(text: str) -> str:
    """The part of a tidied text that is the writer's own request."""
    return _outside_quotes(own_lines(text))


def own_lines(text: str) -> str:
    """The message without the lines that are marked as forwarded or as somebody else's."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < _ENOUGH:
        return text
    own = [line for line in lines if not _QUOTED_LINE.match(line)]
    if len(own) < len(lines):
        return "\n".join(own) if own else text
    # somebody's words first, then a last short line of one's own
    if _SPEAKER.match(lines[0]) and not _SPEAKER.match(lines[-1]) and len(lines[-1]) <= 60:  # noqa: PLR2004
        return lines[-1]
    return text


def _outside_quotes(text: str) -> str:
    """Drops quoted sentences that somebody else said; words in quotes that are asked about stay."""
    pieces: list[str] = []
    position = 0
    for match in _INNER.finditer(text):
        before = text[position : match.start()]
        if _SAID.search(before) or (not before.strip() and not pieces):
            pieces.append(before)
            position = match.end()
    pieces.append(text[position:])
    rest = "".join(pieces)
    return rest if sum(1 for char in rest if "一" <= char <= "鿿") >= _ENOUGH + 1 else text
