"""Schools and regions that stand in no list of the office: by shape and by China's divisions.

Only a guess for what the office's own names (nlp.names) did not resolve.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlp.resources import data_lines

_NUMBERED = (
    r"第?[一二三四五六七八九十]{1,3}(?:中学(?![分时员习])|小学(?![分时员习])|完小|初中|"
    r"中(?!学?[午旬心型层])|小(?!学?[时心组]))|附(?:属)?(?:中学?|小学?|幼)"
)
_NAMED = (
    r"(?:中心小学|中心幼儿园|中心校|九年一贯制学校|实验小学|实验中学|实验学校|希望小学|完小|"
    r"职业学校|职业中学|中学(?![分时员习生])|小学(?![分时员习生])|幼儿园|职中|特校|"
    r"学校(?![的里都也要有在派安让]))"
)
_SCHOOL = re.compile(
    rf"(?P<numbered>{_NUMBERED})|(?P<named>[一-鿿]{{0,10}}?{_NAMED})(?!教育|班主任培训)"
)
# Behind these words a school's kind is a stage of schooling, not a school: 城区小学语文老师.
_A_STAGE = re.compile(
    r"(?:的)?(?:语文|数学|英语|科学|音乐|美术|体育|信息|心理|道法|道德|劳动|书法|物理|化学|生物|历史|"
    r"地理|政治|教师|骨干|班主任(?!说)|校长|园长|坊|组|段|段|培训|班)"
)
_NUMBERED_BUT = re.compile(r"(?:的)?(?:[^，。的]{0,4}(?:班|坊|组|段))|[^，。]?型")
_SCHOOL_START = re.compile(
    r"^.*(?:我是|我们是|这里是|我在|我搁|我叫|本人系|系统|把|给|到|让|查|看|核|的|是|在|从|跟|和|"
    r"审核|审|催|通知|导出|帮|下|动过|改过|同意|一下|请|有|关于|还有|了|年|批|去|对|报|供|"
    r"数|拉|出|搁|来|认定|开始|现|原|为|与|向|由)"
)
_NOT_SCHOOL = re.compile(
    r"^(?:特教|全|我们|我|哪|本|每|所有|乡村|城区|农村|县里|隔壁|什么|几|学|这|那|上|没|不|"
    r"他们|咱|原|你们|进修|教师进修|贵|新|老|别|教|实验学校$)|各|哪|咱|差|拖|参训|乡镇|教师|培训|进修|"
    r"教.{0,2}的|职业学校$|中小学"
)
_KIND_ONLY = re.compile(
    r"初|高|小学|中学|学校|幼儿园|中心校$|中心小学$|完小$|特校|职中|职业|中心幼儿园$"
)
_LISTED = re.compile(r"[、和跟与及]$")
_SEVERAL = re.compile(r"[、和跟与及]")
_LONGEST = 9

_AREA_AFTER = re.compile(
    r"的|那[边批几个]|这[边批几个]|来的|片区|各|全|所有|教[育体]|县|老师|教师|园长|校长|区|小[学语数英]|初[中语数英物化]|"
    r"高[中语数英物化]|参加|还|没|未"
)
_PASSED_THROUGH = re.compile(r"(?:去|到|往|跑|来自|飞)$")
_PART_OF_NAME = re.compile(r"师院|师范|师大|幼专|大学|学院|教育学院|理工|路|公园|高铁")
_REGION = re.compile(r"[一-鿿]{2}(?:区|县|镇|乡)(?!培|里|级|域|教育|委|内|外|管理|直|机关|长)")
_NOT_REGION = re.compile(
    r"[各全本我哪片校市县城学社小园地郊辖新个几每该邻所一两跨在的是到去给要向教送下让把对按据听请问找"
    r"查看导发群过参加报通知催请有叫跟和与]"
)


@lru_cache(maxsize=1)
def _divisions() -> tuple[dict[str, bool], tuple[int, ...]]:
    """(name → whether it needs a word for an area beside it, lengths from long to short)."""
    names: dict[str, bool] = {}
    for line in data_lines("divisions.txt"):
        full, _, short = line.partition(" ")
        names[full] = False
        if short:
            names.setdefault(short.removeprefix("?"), short.startswith("?"))
            if full.endswith(("自治县", "自治旗")):
                names.setdefault(short.removeprefix("?") + "县", False)
    for name in data_lines("regions_near.txt"):
        names[name] = False
    return names, tuple(sorted({len(name) for name in names}, reverse=True))


def _division_at(text: str, begin: int) -> str | None:
    names, lengths = _divisions()
    return next(
        (text[begin : begin + n] for n in lengths if text[begin : begin + n] in names), None
    )


def _with_county(text: str, begin: int) -> int:
    """Where a school's name begins when a county or town stands directly before it (弥勒二中)."""
    names, lengths = _divisions()
    for length in lengths:
        if 0 < length <= begin and text[begin - length : begin] in names:
            return begin - length
    town = re.search(
        r"(?:^|[，,。：:、 是在系的])([一-鿿]{1,2}[镇乡])$", text[max(0, begin - 4) : begin]
    )
    return begin - len(town[1]) if town else begin


def _own_name(text: str, match: re.Match[str]) -> tuple[int, str] | None:
    """(where it begins, the name) of a school's shape, or None for a stage or a kind only."""
    begin, finish = match.span()
    if match["numbered"]:
        if _NUMBERED_BUT.match(text, finish):
            return None
        begin = _with_county(text, begin)
        return begin, text[begin:finish]
    if _A_STAGE.match(text, finish):
        return None
    name = _SCHOOL_START.sub("", match.group())
    begin = finish - len(name)
    for at in range(max(0, begin - _LONGEST), finish - 2):  # 会泽县火红中学 keeps its county
        division = _division_at(text, at)
        if division and at <= begin <= at + len(division):
            begin = at
            break
    name = text[begin:finish]
    if len(name) < 2 or _NOT_SCHOOL.search(name) or _KIND_ONLY.match(name):  # noqa: PLR2004
        return None
    return begin, name


def _schools(text: str) -> list[tuple[int, str]]:
    found = (_own_name(text, match) for match in _SCHOOL.finditer(text))
    return [one for one in found if one is not None]


def school(text: str) -> str | None:
    """The school by its shape: 一中, 弥勒二中, 田心小学. Two that are listed: None."""
    found = _schools(text)
    if not found:
        return None
    begin, name = found[0]
    finish = begin + len(name)
    if len(found) > 1 and _SEVERAL.fullmatch(text[finish : found[1][0]]):
        return None
    now = [one for start, one in found if re.search(r"(?:现在?|改成|换成)是?[“\"]?$", text[:start])]
    return now[-1] if now else name


def without_schools(text: str) -> str:
    """The text without schools' own names: 城关小学 is no stage, 霞浦六中 no region."""
    for _, name in _schools(text):
        text = text.replace(name, "※")
    return text


def region(text: str) -> str | None:
    """A county, district or town as written: of China's divisions, or by its shape."""
    plain = without_schools(text)
    names, _ = _divisions()
    for begin in range(len(plain)):
        division = _division_at(plain, begin)
        if division is None or _PASSED_THROUGH.search(plain[:begin]):
            continue
        if _PART_OF_NAME.match(plain, begin + len(division)):
            continue
        if not names[division] or _AREA_AFTER.match(plain, begin + len(division)):
            return division
    for match in _REGION.finditer(plain):
        if not _NOT_REGION.search(match.group()[:-1]):
            return match.group()
    return None
