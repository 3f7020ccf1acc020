"""Brings a message into one spelling: width, script, invisible characters, padding.

`tidy` keeps what a reader would keep (punctuation, lines) for slots; `bare` keeps only what the
scorer needs. Neither knows any intent.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from nlp.resources import data_lines
from nlp.spelling import ONE_DOT

LONGEST = 12_000
"""Characters of a message that are looked at; the rest is dropped before any work."""

# Chinese punctuation stays as written (a notice is sent on with it); everything else unusual
# goes through NFKC.
_UNUSUAL = re.compile(r"[^\x00-\x7f一-鿿，。！？：；（）“”‘’《》【】、〔〕「」『』…—·]+")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef]+"
)
# Most messages: short, without punctuation or blanks.
_PLAIN = re.compile(r"[0-9A-Za-z一-鿿]{1,60}")
_BLANKS = re.compile(r"[ \t\u00a0\u3000]+")
_REPEATED = re.compile(r"([!?！？。,，、~～…;；:：.．\-—=*#])\1+")
_OURS = r"@(?:机器人|小助手|小师|师训助手|培训助手|助手|客服|bot)[\s\u2005:：,，]*"
_OF_ALL = r"@(?:all|所有人)[\s\u2005:：,，]*"
_MENTION = re.compile(f"{_OURS}|{_OF_ALL}", re.IGNORECASE)
_MENTION_OF_US = re.compile(_OURS, re.IGNORECASE)
_MENTION_OF_ALL = re.compile(_OF_ALL, re.IGNORECASE)
_LATIN_GAP = re.compile(r"(?<=[一-鿿，。！？：；、]) +|(?<! ) +(?=[一-鿿，。！？：；、])")


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    old, new = data_lines("traditional.txt")
    return {ord(a): b for a, b in zip(old, new, strict=True)} | ONE_DOT


def _compatible(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match.group().replace("○", "〇"))


def tidy(text: str) -> str:
    """The message as a careful typist would have written it; lines and punctuation are kept."""
    if _PLAIN.fullmatch(text):  # nothing below but the script could find anything to do
        return text.translate(_simplified())
    text = _INVISIBLE.sub("", text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n"))
    text = _UNUSUAL.sub(_compatible, text)
    text = _INVISIBLE.sub("", text).translate(_simplified())
    text = _REPEATED.sub(r"\1", text)
    return _MENTION.sub("", text).strip()


def as_written(text: str, part: str) -> str:
    """What `tidy` made `part` of, as its writer typed it: 重要！！！ and 報名 stay so in a notice.

    Invisible characters and our own name stay out; @所有人 in it, or right before it, stays in.
    `part` itself where it is not found.
    """
    typed = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    typed = _MENTION_OF_US.sub("", _INVISIBLE.sub("", typed))
    of_all = list(_MENTION_OF_ALL.finditer(typed))
    left_out = {place for each in of_all for place in range(*each.span())}
    tidied, origin = "", []
    for place, character in enumerate(typed):
        # what tidy strips is a blank here
        for each in tidy(character) or (character if character.isascii() else " "):
            repeated = tidied.endswith(each) and _REPEATED.fullmatch(2 * each)
            if not (repeated or place in left_out):
                tidied += each
                origin.append(place)
    begin = tidied.rfind(part)
    if not part or begin < 0:
        return part
    start, end = origin[begin], begin + len(part)
    # behind a colon it is the words for the audience that it closes: 群里@所有人：
    before = (each for each in of_all if each.end() == start and each[0][-1] not in ":：")
    start = next((each.start() for each in before), start)
    return typed[start : origin[end] if end < len(origin) else len(typed)].strip()


# What people add around a request; cut on the scorer's copy only (guide.md 4).
_LEADING = re.compile(
    r"^(?:@?机器人|小助手|师训助手|助手|亲爱的|尊敬的)?(?:"
    r"(?:各位)?(?:老师|领导|亲|您|你|大家)们?(?:好|早上好|下午好|晚上好|早)(?:呀|啊)?|您好|你好(?:呀|啊)?|早上好|上午好|中午好|下午好|晚上好|哈喽|哈啰|嗨|hello|hi"
    r"|(?:谢谢|感谢|多谢)(?:老师|您|你|啦|了)*(?=.)"
    r"|不好意思|打扰(?:一下|了|您了|您一下)?|冒昧(?:问一下)?|抱歉|对不起"
    r"|(?:想|我想|就想|我就想|那我)?(?:请问|请教|咨询|打听|问)(?:一下|下|一哈|您|你|一声|个事|个问题|老师)*(?:子)?(?=.)"
    r"|(?:能不能|可不可以|可以|能)?(?:麻烦|劳烦|劳驾|烦请|有劳|辛苦|拜托|求)(?:您|你|老师|大家|一下|下|各位|问一下|问下)*(?:帮忙|帮我)?"
    r"|(?:呃|额|嗯|啊|哦|噢|喂|哎|诶|欸|唉|哎呀|那个|这个|就是|就是说|然后|话说|对了|那什么|内个|怎么说呢|是这样的|我说)(?=.)"
    r"|请(?!假|示|客|教|辞)(?:您|你|帮忙|帮我|老师)?"
    r")+"
)
# One piece of it: a row of pieces is walked once, from the head (see _without_trailing).
_TRAILING = re.compile(
    r"(?:非常|十分|万分|太|多)?(?:谢谢|感谢|多谢|谢了|谢啦|thanks|thx)(?:老师|您|你|啦|了|哈|呀|啊|哦|大家|各位|领导)*+"
    r"|辛苦(?:您|你|老师)*(?:了|啦)+|(?:给您|给你|给老师)?添麻烦了|(?:麻烦|劳驾|拜托)(?:您|你|老师)*(?:了|啦)|拜托|麻烦(?:您|你)?"
    r"|好吗|好不好|可以吗|可以不|行吗|行不行|行不|好不|哈|呗|嘛|呀|啊|哦|噢|喔|咯|啰|诶|哟|哇|呐|嘞|咧|喽|吧"
)
_INLINE = re.compile(
    r"(?:呃|额额|嗯|(?:就是说|怎么说呢|那什么)|麻烦(?:您|你)?(?:老师)?|谢谢(?:老师|您)?)+"
)
_CODE = re.compile(r"(?<![0-9a-z])(?=[a-z]*[0-9])(?=[0-9]*[a-z])[0-9a-z]{4,8}(?![0-9a-z])")
_NOTICE_CODE = re.compile(r"(?<![0-9a-z])[a-z][0-9]{1,3}(?![0-9a-z])")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_ENOUGH = 2


_COURTEOUS_START = re.compile(
    r"^(?:(?:请问|您好|你好|老师好|老师您好|麻烦问一下|不好意思|打扰一下)[，,、！!。~～\s]*)+"
)
_COURTEOUS_END = re.compile(
    r"(?<![，,。！!~～\s])[，,。！!~～\s]*(?:(?:非常|十分|太)?(?:谢谢|感谢|多谢)(?:老师|您|你|啦|了|哈)*"
    r"|(?:麻烦|辛苦|拜托)(?:老师|您|你)*了)[。！!~～…\s]*$"
)


def without_courtesy(text: str) -> str:
    """A tidied message without the thanks at its end and the greeting at its head.

    Cut before clauses are told apart, so that politeness changes nothing; a message that is
    nothing but courtesy stays as it is.
    """
    core = _COURTEOUS_START.sub("", _COURTEOUS_END.sub("", text))
    return core if any(character.isalnum() for character in core) else text


def strip_padding(text: str) -> str:
    """Cuts politeness, greetings and fillers; the text itself when nothing would be left."""
    core = text
    for _ in range(3):
        shorter = _without_trailing(_LEADING.sub("", core))
        if shorter == core:
            break
        core = shorter
    core = _INLINE.sub("", core)
    return core if len(core) >= _ENOUGH or (core and core in "0¤№") else text


def _without_trailing(text: str) -> str:
    """The text without the row of polite pieces that reaches its end; linear in its length."""
    begin = end = -1
    for piece in _TRAILING.finditer(text):
        begin = begin if piece.start() == end else piece.start()
        end = piece.end()
    return text[:begin] if end == len(text) else text


def bare(text: str, limit: int = 160) -> str:
    """The scorer's copy of a tidied text: lower case, no punctuation or blanks, no padding.

    Sign-in codes become `¤`, codes such as N37 `№`, numbers `0`. A long text keeps its head and
    its tail (`limit` characters).
    """
    lowered = _CODE.sub("¤", _NOTICE_CODE.sub("№", text[: 40 * limit].lower()))
    lowered = _NUMBER.sub("0", lowered)
    squeezed = "".join(_keep(part) for part in re.split(r"[^0-9a-z一-鿿〇¤№ ]+", lowered))
    squeezed = strip_padding(squeezed.strip())
    if len(squeezed) > limit:
        squeezed = squeezed[: limit * 2 // 3] + squeezed[-limit // 3 :]
    return squeezed


def _keep(part: str) -> str:
    return _LATIN_GAP.sub("", _BLANKS.sub(" ", part))
