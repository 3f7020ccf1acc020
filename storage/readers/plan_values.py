"""What the cells of a plan table mean: training modes, durations, numbers, codes.

Pure text to values; a None or an empty tuple means 「看不懂」, and the caller says so.
"""

from __future__ import annotations

import re
from decimal import Decimal

from storage.readers.values import plain

_EXACT_MODES = {"本地": "local", "异地": "offsite", "网络": "online"}
_NEAR_MODES = {
    "线上": ("online",),
    "在线": ("online",),
    "远程": ("online",),
    "网络研修": ("online",),
    "网络培训": ("online",),
    "线下": ("local",),
    "集中": ("local",),
    "面授": ("local",),
    "集中培训": ("local",),
    "集中面授": ("local",),
    "线下集中": ("local",),
    "混合": ("local", "online"),
    "混合式": ("local", "online"),
    "线上线下": ("local", "online"),
    "线上线下混合": ("local", "online"),
}
_MODE_ORDER = ("local", "offsite", "online")
MODE_WORDS = {"local": "本地", "offsite": "异地", "online": "网络"}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,4})?)\s*(天|日|学时|课时|小时)?")
_UNITS = {"天": "day", "日": "day", "学时": "class_hour", "课时": "class_hour"}
UNIT_WORDS = {"day": "天", "class_hour": "学时"}
# as many digits as the tables hold
_HEADCOUNT = re.compile(r"(\d{1,9})(?:\.0+)?\s*(?:人次|人|名)?")
_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,3}\d{2,5}(?![A-Za-z0-9])")
_DOCUMENT = re.compile(r"[\u4e00-\u9fff]{2,12}[〔\[(（]\d{4}[〕\])）]\s*\d+\s*号")
_LEADING = re.compile(r"^.*?(?:见|根据|按照|依据|参照|关于|和|与|及)(?=[\u4e00-\u9fff]{2})")
SURE_DAYS = Decimal(15)  # longer face-to-face phases exist, but rarely
SURE_HOURS = Decimal(20)  # shorter online phases exist, but rarely
LONGEST_DAYS = Decimal(31)


def read_modes(text: str) -> tuple[tuple[str, ...], bool]:
    """The modes in the order local, offsite, online, and whether a word had to be interpreted.

    Empty where any part is not a mode.
    """
    parts = [part for part in re.split(r"[+、,;/和与及&＋\s]+", plain(text)) if part]
    found: set[str] = set()
    inferred = False
    for part in parts:
        if part in _EXACT_MODES:
            found.add(_EXACT_MODES[part])
        elif part in _NEAR_MODES:
            found.update(_NEAR_MODES[part])
            inferred = True
        else:
            return (), False
    return tuple(mode for mode in _MODE_ORDER if mode in found), inferred


def read_duration(text: str) -> tuple[Decimal, str | None] | None:
    """Value and written unit (day, class_hour, None); None for what is not one number."""
    bare = plain(text)
    if bare == "半天":
        return Decimal("0.5"), "day"
    found = _DURATION.fullmatch(bare)
    if not found or found[2] == "小时":
        return None
    return Decimal(found[1]).normalize() + 0, _UNITS.get(found[2] or "")


def read_headcount(text: str) -> int | None:
    """A whole number, perhaps with 人 or thousands marks; None for anything else."""
    found = _HEADCOUNT.fullmatch(re.sub(r"(?<=\d),(?=\d{3})", "", plain(text)))
    return int(found[1]) if found else None


def header_unit(label: str) -> str | None:
    """The unit that the header of the duration column fixes; None where it names both or none."""
    days, hours = re.search("天|日", label), re.search("学时|课时", label)
    if bool(days) == bool(hours):
        return None
    return "day" if days else "class_hour"


def infer_unit(value: Decimal, modes: tuple[str, ...]) -> tuple[str, bool]:
    """The unit of a bare number under a mixed header, and whether that is beyond doubt.

    Online phases count class hours, face-to-face ones days ([000]: 6 days, 100 hours); where a
    row names both or neither, only the size of the number speaks, and that is doubtful.
    """
    if modes == ("online",):
        return "class_hour", value >= SURE_HOURS
    if modes and "online" not in modes:
        return ("day", value <= SURE_DAYS) if value <= LONGEST_DAYS else ("class_hour", False)
    return ("day" if value <= SURE_DAYS else "class_hour"), False


def find_codes(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Programme codes (C526) and document numbers in the texts, in order, each once."""
    found: list[str] = []
    for text in texts:
        found += [_LEADING.sub("", number) for number in _DOCUMENT.findall(text)]
        found += re.findall(_CODE, plain(text))
    return tuple(dict.fromkeys(found))
