"""Whom words call with @: names that stand alone behind it, and everybody.

Pure: text in, text out. Whether somebody of that name is there, and which account is theirs, is
not its matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlp.spelling import DOTS, HAN

EVERYBODY = "@所有人"
_LETTERS = rf"A-Za-z0-9_·{DOTS}{HAN}"
_TITLES = "老师|同学|校长|园长|主任|书记|组长|班长|坊主"
# an address of mail is no call, nor is the mark of some platform that somebody typed
_BEFORE = r"(?<![A-Za-z0-9._%+<-])"
_AT = rf"{_BEFORE}[@＠]"
_ALL = re.compile(
    rf"{_AT}(?:所有人|全体(?:成员|人员|学员|教师|老师)?|全员|all(?![A-Za-z0-9_.-]))", re.IGNORECASE
)
# what may follow a name: a title, a gap or a mark; 和 before the next one
_END = rf"(?=(?:{_TITLES})|(?:以?及|[和与跟])\s*[@＠]|[^{_LETTERS}]|$)"
_ASCII_END = r"(?![A-Za-z0-9_.-])"
_WORD = re.compile(rf"{_AT}([{_LETTERS}]{{2,40}})")


def called(words: str) -> tuple[str, ...]:
    """What stands behind each @ that does not call everybody, up to the next gap; once each."""
    found = _WORD.finditer(_ALL.sub(" ", words))
    return tuple(dict.fromkeys(match[0] for match in found))


def calls_all(words: str) -> str:
    """The words that call everybody, such as @所有人; empty: none do."""
    found = _ALL.search(words)
    return "" if found is None else found[0]


def names_in(call: str) -> tuple[str, ...]:
    """What of a call may be the name, the longest first: @张伟老师 may be 张伟老师 or 张伟."""
    word = call[1:]
    return tuple(word[:length] for length in range(len(word), 1, -1))


def stands(call: str, words: str) -> bool:
    """Whether this call stands in the words with nothing that would make it another name."""
    return len(pieces(words, [call])) > 1 or words == call


def pieces(words: str, calls: Iterable[str]) -> list[str]:
    """The words cut so that every call among them is a piece of its own, as it was written."""
    known = sorted({each for each in calls if each}, key=len, reverse=True)
    if not known:
        return [words] if words else []
    ends = (_ASCII_END if _ALL.fullmatch(call) else _END for call in known)
    each = "|".join(re.escape(call) + end for call, end in zip(known, ends, strict=True))
    return [piece for piece in re.split(rf"({_BEFORE}(?:{each}))", words) if piece]
