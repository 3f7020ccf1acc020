"""Whether something said in a group is meant for us: the rule of every group that hears all.

A bot that sees everything must speak only when it is spoken to; what is not for it is neither
answered nor kept. Knows no platform.
"""

from __future__ import annotations

import re

_GAP = " \t\r\n\u00a0\u2005\u200b\u3000,，:：、。.!！~～"
# 签到 7K3M: the word and a code, as handlers/attendance reads it; a bare code is anybody's number
_SIGN_IN = re.compile(r"(?:签到码?|打卡)[ :：,，]*[0-9A-Za-z][0-9A-Za-z -]{2,6}[0-9A-Za-z]")
# 收到 and 收到N37, as handlers/notice reads it
_CONFIRMED = re.compile(r"(?:已?收到|确认收到)[ ,，:：]*(?:[Nn]\d{1,6})?[。.!！~]*")


# @周明 at the beginning: a name without a blank, 4-byte characters too; @所有人 is no name
_CALL = re.compile(
    r"[@＠](?!所有人|全体|all\b)[^\s@＠\u200b，,：:、。！!]{1,64}[\s\u200b，,：:、]+(?!的)",
    re.IGNORECASE,
)


def without_calls(text: str) -> str:
    """What was said behind the mentions of others at its beginning: @周明 @李娜 绑定班级 123456.

    A mention that is all there is, or that the words speak about (@周明 的学分), stays.
    """
    end = 0
    while found := _CALL.match(text, end):
        end = found.end()
    return text[end:] or text


def addressed(text: str, mentioned: bool, name: str, *, others: bool = False) -> str | None:
    """What was said to us, without our name; None: it is not for us, say nothing, keep nothing.

    `text` is what was written without the platform's own mark of a mention. Spoken to: mentioned,
    our name in front, a sign-in with its code, 收到. The last two not where `others` were
    mentioned: 收到 is for them, and a code for everybody is being announced.
    """
    words = text.strip()
    called = _without_name(words, name)
    if called is not None or mentioned:
        return without_calls(words if called is None else called)
    if not others and (_SIGN_IN.fullmatch(words) or _CONFIRMED.fullmatch(words)):
        return words
    return None


def _without_name(words: str, name: str) -> str | None:
    """What follows the name at the beginning; a longer word that begins so is not our name."""
    if not name:
        return None
    if (found := _CALL.match(words)) and words[1 : 1 + len(name)] != name:
        return _without_name(words[found.end() :], name)  # others were called before us
    for call in (f"@{name}", f"＠{name}", name):
        if words == call:
            return ""
        # 师训助手们 and 师训助手的 speak about us, not to us
        if words.startswith(call) and words[len(call)] in _GAP:
            return words[len(call) :].strip(_GAP)
    return None
