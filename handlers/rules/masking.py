"""Takes out of a message what could tell who wrote it or about whom: names, numbers, addresses.

For the list of questions that were not understood. Rather too much than too little is taken out;
the text is for officers who want to know how people ask, not who asked. Pure: text in, text out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from nlp.normalise import tidy

MASK = "〇"
LONGEST = 120
"""Characters of a masked text that are kept."""

# what was pasted is cut first: the patterns' time grows with the square of the length
_LOOKED_AT = 1000
_SHORTEST_NAME = 2
_PHONE_DIGITS = 7
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,14}://|www\.)[^\s，。！？；、）】》]+"
    r"|(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|(?<![A-Za-z0-9.-])(?:[A-Za-z0-9-]+\.)+(?:cn|com|net|org|top|io|cc|edu|gov)\b[^\s，。！？；、）】》]*",
    re.IGNORECASE | re.ASCII,
)
_MENTION = re.compile(r"@[^\s，。！？；、@]{1,20}")
# codes and account names: letters with digits or underscores, and what follows the word for one
_CODE = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z_-]*[0-9_])(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{4,}(?![A-Za-z0-9_])"
    r"|(?<![A-Za-z0-9])[A-Z]{4}[ -]?[A-Z]{4}(?![A-Za-z0-9])"
    r"|(?<=[码号])[是为:： ]{0,2}[A-Za-z0-9]{3,}(?![A-Za-z0-9])",
    re.ASCII,
)
_NOTICE_CODE = re.compile(r"[Nn][0-9]{1,4}")
_YEAR = re.compile(r"20[0-4][0-9]")
_DIGITS = re.compile(r"[0-9](?:[ .,，、·*()（）+-]{0,2}[0-9])*(?:[Xx](?![A-Za-z]))?", re.ASCII)
_RUN = re.compile(r"[0-9]+(?:[Xx](?![A-Za-z]))?", re.ASCII)
_SPOKEN = re.compile(r"[零〇一二三四五六七八九幺两]{5,}")
# the commonest, which most teachers bear; the rest are known by the roster
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔"
    "谭廖范汪陆金石戴贾韦夏邱侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃莫孔汤易武乔赖文欧阳肖闫"
)
_POSTS = "老师|校长|主任|书记|园长|科长|股长|局长|站长|院长|组长|同志|同学|师傅|教授|专家"
_TITLED = re.compile(
    rf"(?:(?<=^)|(?<=[^一-鿿])|(?<=[找问给让叫跟和与是到请把由的]))[{_SURNAMES}](?=(?:{_POSTS}))"
)
_SELF = re.compile(
    rf"(?<=我叫)[一-鿿·]{{2,4}}|(?<=名叫)[一-鿿·]{{2,4}}|(?<=姓名)[是为:：]?[一-鿿·]{{2,4}}"
    rf"|(?<=我是)[{_SURNAMES}][一-鿿]{{1,2}}(?=$|[\s，。！？,.!?、])"
)


class Masker:
    """Masks texts of one office; `names` are the people of its roster. Immutable."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        known = {tidy(name) for name in names}
        spaced = {" ".join(name) for name in known if len(name) == _SHORTEST_NAME}
        self._names = spaced | {name for name in known if len(name) >= _SHORTEST_NAME}
        lengths: dict[str, set[int]] = defaultdict(set)
        for name in self._names:
            lengths[name[0]].add(len(name))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def masked(self, text: str) -> str:
        """The text without names, numbers (but years and notice codes), codes and addresses.

        At most LONGEST characters; empty where nothing to read is left.
        """
        out = tidy(text[:_LOOKED_AT]).replace("\n", " ")
        out = _ADDRESS.sub(MASK, out)
        out = _MENTION.sub(MASK, out)
        out = self._without_names(out)
        out = _SELF.sub(MASK, _TITLED.sub(MASK, out))
        out = _CODE.sub(_code, out)
        out = _SPOKEN.sub(MASK, _DIGITS.sub(_digits, out))
        out = re.sub(f"{MASK}[ {MASK}]*{MASK}", MASK, out).strip()
        if not any(char.isalnum() and char != MASK for char in out):
            return ""
        return out if len(out) <= LONGEST else out[: LONGEST - 1] + "…"

    def _without_names(self, text: str) -> str:
        out = []
        position, end = 0, len(text)
        while position < end:
            piece = written = text[position]
            for length in self._lengths.get(piece, ()):
                if text[position : position + length] in self._names:
                    piece, written = MASK, text[position : position + length]
                    break
            out.append(piece)
            position += len(written)
        return "".join(out)


def _code(match: re.Match[str]) -> str:
    return match[0] if _NOTICE_CODE.fullmatch(match[0]) else MASK


def _digits(match: re.Match[str]) -> str:
    """One digit is kept (第 3 个), so are years and the number of a notice (N37)."""
    found = match[0]
    before = match.string[match.start() - 1 : match.start()]
    runs = _RUN.findall(found)
    whole = sum(len(run) for run in runs) >= _PHONE_DIGITS
    if whole and not all(_YEAR.fullmatch(run) for run in runs):
        return MASK
    if before in ("N", "n") and before and _NOTICE_CODE.fullmatch(f"N{found}"):
        return found
    return _RUN.sub(
        lambda run: run[0] if len(run[0]) == 1 or _YEAR.fullmatch(run[0]) else MASK, found
    )
