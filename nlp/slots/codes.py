"""Codes (sign-in, binding, notice, application) and amounts of hours, credits, days, people."""

from __future__ import annotations

import re

from nlp.numerals import read_number

_MIXED = re.compile(
    r"(?<![A-Za-z0-9.])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{4,8}(?![A-Za-z0-9])"
)
_PLAIN = re.compile(r"(?:码|签到|打卡|code)[是为:： ]*(\d{4,6})(?!\d)")
_NOTICE = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]\d{1,5})(?![A-Za-z0-9])")
_NUMBERED = re.compile(
    r"(?:第)?(\d{1,5}) ?(?:号|条)(?!楼|教室|考场|会议室|下午|上午|[那这]天|前|之前|日|晚)"
)
_DECIDED = re.compile(
    r"(?:驳回|同意|批准|通过|打回|退回|不同意|不批|拒绝|准|批|撤回|收回|作废|"
    r"删除)[了掉]? ?(\d{1,5})(?!\d|[年月日号点时个条天人])|^(\d{1,5}) ?(?:驳回|同意|"
    r"批准|通过|打回|退回|不批|不行|拒绝|准)"
)
_AMOUNT = re.compile(
    r"(?P<number>\d+(?:\.\d+)?|"
    r"[零〇一二两三四五六七八九十百千]+(?:点[一二三四五六七八九]+)?(?:个半)?|半)"
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
_CLOCK_BEFORE = re.compile(r"[点时:：]$")


def kind(text: str) -> str | None:
    """`notice` (N37) or `sign_in` (7K3M) when a message holds such a code."""
    if _NOTICE.search(text):
        return "notice"
    return "sign_in" if _MIXED.search(text) else None


def sign_in_code(text: str) -> str | None:
    """A sign-in or binding code, upper case."""
    found = _MIXED.search(text)
    if found:
        return found.group().upper()
    plain = _PLAIN.search(text)
    return plain[1] if plain else None


def notice_code(text: str) -> str | None:
    """A notice's code (N37), upper case."""
    found = _NOTICE.search(text)
    return found[1].upper() if found else None


def application_code(text: str) -> str | None:
    """An application's code or number (A12, 12号, 驳回 37)."""
    lettered = notice_code(text)
    if lettered:
        return lettered
    decided = _DECIDED.search(text)
    if decided:
        return decided[1] or decided[2]
    numbered = _NUMBERED.search(text)
    return numbered[1] if numbered else None


def amount(text: str) -> tuple[int | float, str] | None:
    """(number, unit): the first amount in hours or credits, else in days or people."""
    measured: tuple[int | float, str] | None = None
    for found in _AMOUNT.finditer(text):
        if found["unit"] == "分" and _CLOCK_BEFORE.search(text[: found.start()]):
            continue
        number = read_number(found["number"])
        if number is not None:
            whole = number == number.to_integral_value()
            measure = (int(number) if whole else float(number)), _UNITS[found["unit"]]
            if measure[1] in ("class_hour", "credit"):
                return measure
            measured = measured or measure
    return measured
