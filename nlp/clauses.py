"""Negation, contrast and two requests in one message.

"不是问A，是问B" means B; "A，顺便B" asks A and then B. Works on tidied text and cuts it; knows no
intent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENOUGH = 3
_MARK = r"[，,。；;！!？?、\n ]"
# not A but B: what follows the second mark is what is wanted
_CONTRAST = (
    re.compile(
        # 要不要医院证明 asks and denies nothing
        r"(?:我)?(?<![要想问查说找看])(?<![要想问查说找看] )(?:不是|并不是|不|没)"
        rf"(?:想|要|在)?(?:问|查|说|找|看|要)[^，,。；;！!\n]{{1,24}}?{_MARK}+"
        r"(?:而)?(?:我)?(?:是|就|只)?(?:想|要|在)?(?:问的?是?|是问|查的?是?|要的?是?|想|"
        r"是|看|知道|说的是|就问)(?P<rest>.{2,})",
        re.DOTALL,
    ),
    re.compile(
        rf"^(?:不是|并非|不)[^，,。；;！!\n]{{1,24}}?{_MARK}+(?:而)?(?:我)?是(?P<rest>.{{2,}})",
        re.DOTALL,
    ),
    re.compile(
        r"(?:我)?(?:要)?问的(?:不是[^，,。；;！!\n]{1,24}?[，,、 ]+)?(?:而)?是(?P<rest>.{2,})",
        re.DOTALL,
    ),
    re.compile(
        rf"^(?:不用|不必|别|先别|先不)(?:问|查|看|管|"
        rf"说)?[^，,。；;！!\n]{{1,16}}?{_MARK}+(?:我)?(?:就|只|只要|就要|就想|"
        rf"只想)(?P<rest>.{{2,}})",
        re.DOTALL,
    ),
)
_ASIDE = re.compile(
    r"^[^，,。；;！!\n]{1,16}?(?:先放一边|先不管|先不说|不说了|我不管|另说|先别管|"
    r"不用管)[，,。；; ]+(?P<rest>.{3,})",
    re.DOTALL,
)
# A row of signs is tried from its first sign only: from each of them would be its square.
_THEN = re.compile(
    r"(?<![，,。；;！!？?\n ])[，,。；;！!？?\n ]*"
    r"(?:顺便|顺带|另外|还有就是|然后再|完了再|记完|弄完|完了|再把|接着|同时|捎带)"
    r"(?:再|就|给|帮)?"
)
_SECOND = re.compile(
    r"(?<![，,。；;！!？?\n ])[，,。；;！!？?\n ]+"
    r"(?:再(?:帮|给|把|看|查|问|说|报|发|告)|然后|也(?:帮|给|把)|还想|还要"
    r"|(?:有|没有|能报|可以)(?:的话)?就|要是有就|可以的话"
    r"|(?:有|没有|能报|有空位|行)的话|如果有)(?:直接)?"
)
_QUESTION_THEN = re.compile(r"(?<![？?])[？?]++\s*(?=[^？?]{4})")


@dataclass(frozen=True, slots=True)
class Request:
    """The first request, the second if there are two, and the rule that cut them.

    `said_so`: a word such as 顺便 parts them, not just a pause.
    """

    first: str
    second: str | None = None
    rule: str | None = None
    said_so: bool = False


def wanted(text: str) -> Request:
    """Cuts a tidied request to what is wanted."""
    rule = None
    for pattern in (*_CONTRAST, _ASIDE):
        found = pattern.search(text)
        if found and _long(found["rest"]):
            text, rule = found["rest"], "取“不是…是…”之后的部分"
            break
    for pattern in (_THEN, _SECOND, _QUESTION_THEN):
        found = pattern.search(text)
        if found and _long(text[: found.start()]) and _long(text[found.end() :]):
            halves = text[: found.start()], text[found.end() :]
            return Request(*halves, "一句里有两件事", said_so=pattern is _THEN)
    return Request(text, None, rule)


def _long(text: str) -> bool:
    return sum(1 for char in text if char.isalnum()) >= _ENOUGH
