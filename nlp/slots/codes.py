"""Codes (sign-in, binding, notice, application) and amounts of hours, credits, days, people."""

from __future__ import annotations

import re
from decimal import Decimal

from nlp.numerals import read_number

_MIXED = re.compile(
    r"(?<![A-Za-z0-9.])(?=[A-Za-z]{0,7}\d)(?=\d{0,7}[A-Za-z])[A-Za-z0-9]{4,8}(?![A-Za-z0-9])"
)
_PLAIN = re.compile(r"(?:码|签到|打卡|code)[是为:： ]*(\d{4,6})(?!\d)")
_NOTICE = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]\d{1,5})(?![A-Za-z0-9])")
_COUNT = "[一二三四五六七八九十百]"
_NUMBERED = re.compile(
    rf"第?(\d{{1,5}}|(?<!{_COUNT}){_COUNT}{{1,4}}) ?号(?=通知|消息|申请|那条|公告|条)|"
    rf"第(\d{{1,5}}|{_COUNT}{{1,3}}) ?(?:号|条|个(?!班|组|周|月|礼拜|星期))|"
    r"(\d{1,5}) ?(?:号|条)(?!楼|教室|考场|会议室|下午|上午|[那这]天|前|之前|日|晚)"
)
_DECIDED = re.compile(
    r"(?:驳回|同意|批准|通过|打回|退回|不同意|不批|拒绝|准|批|撤回|收回|作废|"
    r"删除)[了掉]? ?(\d{1,5})(?!\d|[年月日号点时个条天人])|^(\d{1,5}) ?(?:驳回|同意|"
    r"批准|通过|打回|退回|不批|不行|拒绝|准)"
)
_SPOKEN_NOTICE = re.compile(
    rf"第?(\d{{1,5}}|(?<!{_COUNT}){_COUNT}{{1,4}}) ?号(?=的?(?:通知|消息|公告|那条|申请))"
)
# W九K四: digits that are said aloud
_SPOKEN_DIGITS = str.maketrans("零〇一二三四五六七八九", "00123456789")
_SPOKEN_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z]{0,5}[零〇一二三四五六七八九0-9])(?=[零〇一二三四五六七八九0-9]{0,5}[A-Za-z])[A-Za-z零〇一二三四五六七八九0-9]{4,6}(?![A-Za-z0-9])"
)
_BARE = re.compile(r"(?<![\d.:：A-Za-z])(\d{4,6})(?![\d.:：年月日A-Za-z])")
_AMOUNT = re.compile(
    r"(?P<number>\d{1,6}(?:\.\d{1,3})?|"
    r"[零〇一二两三四五六七八九十百千]{1,8}(?:点[一二三四五六七八九]{1,2})?(?:个半)?|半)"
    r" ?(?:个|)(?P<unit>学时|课时|学分|分(?!钟|之|组|班|开|别|享|成)|天|人(?!工))"
)
_UNITS = {
    "学时": "class_hour",
    "课时": "class_hour",
    "学分": "credit",
    "分": "credit",
    "天": "day",
    "人": "person",
}
_MARK_BEFORE = re.compile(r"(?:考了?|得了?(?=\d{2})|看完|满|成绩[是为]?|测评)$")
_UNIT_FIRST = re.compile(
    r"(?P<unit>学时|课时|学分)[^\d]{0,8}?(?:每人|共|掉了|少了|扣了|差了?|统一|各|加|记|[算给]了?)"
    r"(?P<number>\d+(?:\.\d+)?|[一二两三四五六七八九十]{1,3}) ?个?(?![\d月年号日点人天半])"
)
_CLOCK_BEFORE = re.compile(r"[点时:：]$")


def kind(text: str) -> str | None:
    """`notice` (N37) or `sign_in` (7K3M) when a message holds such a code."""
    if _NOTICE.search(text):
        return "notice"
    return "sign_in" if _MIXED.search(text) else None


def sign_in_code(text: str) -> str | None:
    """A sign-in or binding code, upper case: mixed, said aloud, or the only bare number."""
    found = _MIXED.search(text)
    if found:
        return found.group().upper()
    plain = _PLAIN.search(text)
    if plain:
        return plain[1]
    spoken = _SPOKEN_CODE.search(text)
    if spoken:
        return spoken.group().translate(_SPOKEN_DIGITS).upper()
    alone = _BARE.findall(text)
    return alone[0] if len(alone) == 1 else None


def notice_code(text: str) -> str | None:
    """A notice's code (N37), upper case, or its number (三十五号通知)."""
    found = _NOTICE.search(text)
    if found:
        return found[1].upper()
    spoken = _SPOKEN_NOTICE.search(text)
    number = read_number(spoken[1]) if spoken else None
    return None if number is None else str(int(number))


def application_code(text: str) -> str | None:
    """An application's code or number (A12, 12号, 驳回 37)."""
    lettered = notice_code(text)
    if lettered:
        return lettered
    decided = _DECIDED.search(text)
    if decided:
        return decided[1] or decided[2]
    return _numbered(text)


def _numbered(text: str) -> str | None:
    """The number of 12号, 第二条, 三十五号通知, in digits."""
    found = _NUMBERED.search(text)
    if found is None:
        return None
    number = read_number(found[1] or found[2] or found[3])
    return None if number is None else str(int(number))


def amount(text: str, units: frozenset[str]) -> tuple[int | float, str] | None:
    """(number, unit): the first amount in one of the `units`, hours and credits before others."""
    measured: tuple[int | float, str] | None = None
    for found in _AMOUNT.finditer(text):
        unit = _UNITS[found["unit"]]
        if unit not in units or _not_an_amount(text, found):
            continue
        number = read_number(found["number"])
        if number is not None:
            if text[found.end() : found.end() + 1] == "半":  # 两分半, 三天半
                number += Decimal("0.5")
            measure = _plain_number(number), unit
            if unit in ("class_hour", "credit"):
                return measure
            measured = measured or measure
    return measured or (_counted(text) if "credit" in units else None)


def _not_an_amount(text: str, found: re.Match[str]) -> bool:
    """两点五分 is a time; 一百分 and 考了90分 are marks."""
    if found["unit"] != "分":
        return False
    before = text[: found.start()]
    return bool(
        _CLOCK_BEFORE.search(before)
        or _MARK_BEFORE.search(before)
        or found["number"] in ("100", "一百")
        or (found["number"] in ("1", "一") and text[found.end() : found.end() + 1] in "不都没也")
    )


def _counted(text: str) -> tuple[int | float, str] | None:
    """学分掉了5个, 授课学时，共12个: the number behind or without its unit."""
    found = _UNIT_FIRST.search(text)
    if found is None:
        return None
    number = read_number(found["number"])
    return None if number is None else (_plain_number(number), _UNITS[found["unit"]])


def _plain_number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
