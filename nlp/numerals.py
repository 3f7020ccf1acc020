"""Numbers in figures and words: 一百二十, 三百六, 两个半, 1.5万, 百分之二十; exact, as Decimal.

A rough number (十几, 三百多, 七八个) is none. Knows no units and no times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_FORMAL = dict(zip("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千", strict=True))
_FORMAL |= {"貳": "二", "參": "三", "陸": "六"}
_FOLD = str.maketrans(
    dict(zip("兩倆萬億幾負點餘個", "两俩万亿几负点余个", strict=True))
    | {chr(0xFF10 + i): str(i) for i in range(10)}
    | {"．": ".", "，": ",", "－": "-", "％": "%", "○": "〇", "\u3000": " "}
)
_SMALL = {"千": 1000, "百": 100, "十": 10}
_BIG = {"兆": 10**12, "亿": 10**8, "万": 10**4}
_LONGEST = 40  # characters; nobody writes a longer number
_LONE = set("百千万亿兆")

_FIGURE = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\d.])\.\d+"
_CHARS = r"[零〇一二两俩三四五六七八九十百千万亿兆壹贰貳叁參肆伍陆陸柒捌玖拾佰仟]"
_POINT = r"(?:[ ]?点[ ]?[零〇一二三四五六七八九]+(?![十百千刻半]|分(?!之)))?"
_PLAIN = (
    rf"(?:(?:{_FIGURE})(?:[ ]{{0,2}}[十百千万亿兆](?:[ ]?(?:\d|{_CHARS}))*)?|{_CHARS}+{_POINT})"
)
_NUMBER = re.compile(
    rf"(?P<minus>负|(?<![\w.)-])-)?(?:(?:(?P<ones>{_PLAIN})[ ]?又[ ]?)?"
    rf"(?P<parts>百|千|万|{_PLAIN})[ ]?分[ ]?之[ ]?(?P<of>{_PLAIN})"
    rf"|(?P<plain>{_PLAIN})(?P<half>个半)?(?P<percent>[ ]?%)?|(?P<only>半个?))"
)
_DIGITS = "[一二两俩三四五六七八九]"
_SECTION = re.compile(
    rf"(?:(?P<k>{_DIGITS}|\d+(?:\.\d+)?)?千)?(?:(?P<z1>[零〇])?(?P<h>{_DIGITS}|\d+(?:\.\d+)?)?百)?"
    rf"(?:(?P<z2>[零〇])?(?P<t>{_DIGITS}|\d+(?:\.\d+)?)?十)?(?:(?P<z3>[零〇])?(?P<o>{_DIGITS}|\d+(?:\.\d+)?))?"
)
# What makes a number rough, or a part of another word.
_ROUGH_AFTER = re.compile(r"[ ]?[几多余](?![少于的选重功久])|来[个人天次]")
_ROUGH_BEFORE = re.compile(r"[几数好][ ]?$")
_WORD_AFTER = re.compile(
    r"(?:(?<=一)[切下起直定般样些共边律旦向再致带流方面并同概如贯生会点时度心看听]|(?<=十)[分足](?!之|钟|$|[，。,])"
    r"|(?<=[一二三四五六七八九十])(?:中(?![午旬间])|小(?![时组])|月|日|号)|(?<=四)川|(?<=五)[台四]|(?<=三)亚|(?<=千万)[别不要])"
)
_WORD_BEFORE = re.compile(r"(?:第|周|星期|礼拜|初|高|[统唯万同专进]|[A-Za-z_])$")


@dataclass(frozen=True, slots=True)
class Number:
    """A number and where it was written: offsets in the given text."""

    value: Decimal
    text: str
    begin: int
    finish: int


def read_number(text: str) -> Decimal | None:
    """Value of a text that is one number and nothing else; None for any other text."""
    plain = text.translate(_FOLD).strip()
    found = _NUMBER.fullmatch(plain)
    return _value(found) if found else None


def find_numbers(text: str) -> tuple[Number, ...]:
    """All exact numbers of a text, in order; parts of other words and rough ones are left out."""
    plain = text.translate(_FOLD)
    found = []
    for m in _NUMBER.finditer(plain):
        begin, finish = m.span()
        if _ROUGH_AFTER.match(plain, finish) or _ROUGH_BEFORE.search(plain, 0, begin):
            continue
        before = plain[max(0, begin - 2) : begin]
        if (
            m["only"]
            or m[0] in _LONE
            or _WORD_BEFORE.search(before)
            or _WORD_AFTER.match(plain, finish)
        ):
            continue
        if plain[finish : finish + 1].isascii() and plain[finish : finish + 1].isalpha():
            continue
        value = _value(m)
        if value is not None:
            found.append(Number(value, text[begin:finish], begin, finish))
    return tuple(found)


def _value(m: re.Match[str]) -> Decimal | None:
    """Value of a match of the number pattern; None where the words make no number."""
    if m["only"]:
        value: Decimal | None = Decimal("0.5")
    elif m["parts"]:
        parts, of = _plain(m["parts"]), _plain(m["of"])
        ones = _plain(m["ones"]) if m["ones"] else Decimal(0)
        value = None if not parts or of is None or ones is None else ones + of / parts
    else:
        value = _plain(m["plain"])
        if value is not None and m["half"]:
            value += Decimal("0.5")
        if value is not None and m["percent"]:
            value /= 100
    if value is None:
        return None
    value = -value if m["minus"] else value
    return value.quantize(Decimal(1)) if _is_whole(value) else value.normalize()


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value() and abs(value) < Decimal(10) ** 24


def _plain(text: str) -> Decimal | None:
    """Figures, words, or figures with the words of scale: 5万4千6百, 一万零十二点一五."""
    run = re.sub(r"[ ,]", "", text)
    if len(run) > _LONGEST:
        return None
    formal = [c for c in run if c in _FORMAL]
    if formal and len(run) == 1 and run not in "壹贰貳叁捌玖":
        return None  # 陆 alone is a word, 肆佰陆拾 a number
    run = "".join(_FORMAL.get(c, c) for c in run)
    whole, point, fraction = run.partition("点")
    if re.fullmatch(r"[\d.]+", whole):
        return Decimal(whole)
    value = _spelt(whole) if re.fullmatch(r"[零〇一二两三四五六七八九]+", whole) else _scaled(whole)
    if value is None or not point:
        return value
    return value + Decimal("0." + "".join(str(_DIGIT[c]) for c in fraction))


def _spelt(run: str) -> Decimal | None:
    """二〇二一 digit by digit; 七八 is rough."""
    if len(run) == 2 and "零" not in run and "〇" not in run:  # noqa: PLR2004
        return None
    return Decimal("".join(str(_DIGIT[c]) for c in run))


def _scaled(run: str) -> Decimal | None:
    """Sections of 万 and 亿; a bare last digit counts the next lower step (一万三)."""
    for scale, worth in _BIG.items():
        at = run.rfind(scale)
        if at < 0:
            continue
        left = _scaled(run[:at])
        if left is None or not run[:at]:
            return None
        rest = run[at + 1 :]
        if not rest:
            return left * worth
        if len(rest) == 1 and rest in _DIGIT and _DIGIT[rest]:
            return left * worth + Decimal(_DIGIT[rest]) * worth / 10
        right = _scaled(rest)
        if right is None or right >= worth:
            return None
        return left * worth + right
    return _section(run)


def _section(run: str) -> Decimal | None:
    """Below 万: 三百六 is 360, 一百零五 is 105, 百三 is 130."""
    if re.fullmatch(r"[\d.]+", run):
        return Decimal(run)
    m = _SECTION.fullmatch(run.lstrip("零〇") if len(run) > 1 else run)
    if m is None:
        return Decimal(0) if run in {"零", "〇"} else None
    total, last = Decimal(0), 0
    for name, scale in (("k", "千"), ("h", "百"), ("t", "十")):
        if scale in m[0] and (m[name] or _stands_alone(m, name)):
            total += _digit(m[name] or "一") * _SMALL[scale]
            last = _SMALL[scale]
    if m["o"]:
        step = last // 10 if last > 10 and not m["z3"] and m["o"] in _DIGIT else 1  # noqa: PLR2004
        total += _digit(m["o"]) * step
    return total


def _stands_alone(m: re.Match[str], name: str) -> bool:
    """Whether a scale without a digit was written: 十五, 百三."""
    return {"k": "千", "h": "百", "t": "十"}[name] in m[0]


def _digit(text: str) -> Decimal:
    return Decimal(_DIGIT[text]) if text in _DIGIT else Decimal(text)
