"""Parsers of single cells: dates, times, numbers, yes and no, identifiers kept as text.

Each takes a cell and returns a value, None for a blank, or raises ValueError with a Chinese
clause that completes 「“日期”…」. Forms: templates.md, last paragraph. No clock: a date without
a year is refused, not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from storage.addresses import is_address
from storage.person_names import problem, spelled
from storage.readers.files import EXACT_INTEGERS, Cell, text_of

ZONE = ZoneInfo("Asia/Shanghai")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (day zero of Excel's serial numbers, no zone)
_SERIALS = (20_000, 80_000)  # 1954 to 2119: what a whole number in a date column may mean
_DATE = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*(?:日|号)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*月?")
_HALF = r"(凌晨|早上|早晨|清晨|上午|中午|下午|傍晚|晚上|晚|AM|PM)?"
_TIME = re.compile(
    _HALF + r"\s*+(\d{1,2})\s*+(?::|点|时)\s*+(半|\d{1,2})?\s*+分?(?::?(\d{1,2})秒?)?\s*+(AM|PM)?"
)
_DAMAGED = re.compile(r"\d(\.\d+)?[eE]\+?\d+|\d+\.0+")
_QUOTED = 40
_NOON = 12
_YEARS = range(1900, 2200)
LARGEST = Decimal(1_000_000)
"""More hours, credits or people than any cell means; columns of the tables hold it."""
_LAST_MORNING_HOUR_OF_NOON = 10
_MOBILE = re.compile(r"1\d{10}")


def plain(text: str) -> str:
    """Full-width digits, letters and marks made half-width, trimmed."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def brief(text: str) -> str:
    """A text as it is quoted in a sentence."""
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"


def shown(cell: Cell) -> str:
    """The cell as text, normalised by `plain`."""
    return plain(text_of(cell))


def parse_text(cell: Cell) -> str | None:
    """Trimmed text as written; None for a blank."""
    return text_of(cell) or None


def parse_names(cell: Cell) -> tuple[str, ...] | None:
    """Several names with 、 (also , ; / and line ends); None for a blank."""
    names = [name.strip() for name in re.split(r"[、,，;；/\n]", text_of(cell))]
    return tuple(dict.fromkeys(name for name in names if name)) or None


def parse_date(cell: Cell) -> date | None:
    """2021-07-12, 2021/7/12, 2021.7.12, 2021年7月12日, 20210712, Excel dates and serial numbers."""
    moment = parse_moment(cell)
    return moment[0] if moment else None


def parse_month(cell: Cell) -> date | None:
    """A date, or a year and month (2015-09, 2015年9月) as its first day."""
    text = shown(cell)
    if isinstance(cell, float) and not cell.is_integer():
        # 2015.10 typed as a number is stored as 2015.1: October and January look the same.
        raise ValueError(f"「{brief(text)}」是数字格式，分不清 1 月和 10 月，请写成 2015-09 的样子")
    found = _MONTH.fullmatch(text)
    if found:
        return _date(int(found[1]), int(found[2]), 1, text)
    return parse_date(cell)


def parse_moment(cell: Cell) -> tuple[date, time | None] | None:
    """A date with or without a time of day; the time is None where the cell names none."""
    if isinstance(cell, datetime):
        day = _in_calendar(cell.date(), text_of(cell))
        return day, (None if cell.time() == time() else cell.time().replace(microsecond=0))
    if isinstance(cell, date):
        return _in_calendar(cell, text_of(cell)), None
    if is_serial(cell):
        moment = _EPOCH + timedelta(seconds=round(float(str(cell)) * 86400))
        return moment.date(), (None if moment.time() == time() else moment.time())
    text = shown(cell)
    if not text:
        return None
    found = _DATE.match(text) or _COMPACT.fullmatch(text)
    if not found:
        raise ValueError(f"「{brief(text)}」不是日期，请写成 2021-07-12 的样子")
    day = _date(int(found[1]), int(found[2]), int(found[3]), text)
    rest = re.sub(
        r"^[T\s]*([(（]?(周|星期)[一二三四五六日天][)）]?)?\s*前?", "", text[found.end() :]
    )
    rest = rest.removesuffix("前").strip()
    return day, (parse_time(rest) if rest else None)


def is_serial(cell: Cell) -> bool:
    """A bare number that a date column can only mean as Excel's count of days."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return False
    return _SERIALS[0] <= cell < _SERIALS[1]


def parse_datetime(cell: Cell) -> datetime | None:
    """A moment in Asia/Shanghai; a bare date is its midnight."""
    moment = parse_moment(cell)
    if moment is None:
        return None
    return datetime.combine(moment[0], moment[1] or time(), ZONE)


def parse_time(cell: Cell) -> time | None:
    """8:30, 08:30, 上午8:30, 下午2点半, Excel times; of a full date and time, its time."""
    if isinstance(cell, datetime):
        return cell.time().replace(microsecond=0)
    if isinstance(cell, time):
        return cell.replace(microsecond=0)
    if isinstance(cell, float) and 0 <= cell < 1:
        return (_EPOCH + timedelta(minutes=round(cell * 1440))).time()
    text = shown(cell).upper()
    if not text:
        return None
    dated = _DATE.match(text)
    found = _TIME.fullmatch(text[dated.end() :].lstrip("T ") if dated else text)
    if not found:
        raise ValueError(f"「{brief(text)}」不是时间，请写成 8:30 的样子")
    hour = _hour(found[1] or found[5] or "", int(found[2]))
    minute = 30 if found[3] == "半" else int(found[3] or 0)
    try:
        return time(hour, minute, int(found[4] or 0))
    except ValueError:
        raise ValueError(f"「{brief(text)}」不是一天里的时间") from None


def parse_decimal(cell: Cell) -> Decimal | None:
    """A number of at least zero, exact; a trailing 分, 学时 or 学分 is allowed."""
    text = re.sub(r"(分|学时|学分|课时)$", "", shown(cell)).replace(",", "").strip()
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"「{brief(shown(cell))}」不是数字") from None
    if not value.is_finite():
        raise ValueError(f"「{brief(shown(cell))}」不是数字")
    if value < 0:
        raise ValueError(f"「{brief(shown(cell))}」是负数")
    if value > LARGEST:
        raise ValueError(f"「{brief(shown(cell))}」太大，请核对")
    return value


def parse_year(cell: Cell) -> int | None:
    """2021 or 2021年; a school year such as 2020-2021 is refused."""
    text = shown(cell)
    if not text:
        return None
    if isinstance(cell, date):  # a date is also a datetime here
        return cell.year
    found = re.fullmatch(r"((?:19|20)\d{2})\s*(年|年度)?", text)
    if not found:
        raise ValueError(f"「{brief(text)}」不是年度，请写成 2021 的样子")
    return int(found[1])


def parse_yes(cell: Cell) -> bool | None:
    """是 or 否 (also 要, 不要, 有, 无, Y, N, 1, 0, √, ×)."""
    text = shown(cell).upper()
    if not text:
        return None
    if text in {"是", "要", "需要", "有", "Y", "YES", "TRUE", "1", "√", "✓"}:
        return True
    if text in {"否", "不", "不要", "不需要", "无", "没有", "N", "NO", "FALSE", "0", "×", "X"}:
        return False
    raise ValueError(f"「{brief(text)}」请写成 是 或 否")


def parse_identifier(cell: Cell) -> str | None:
    """An identifier as text; raises when it stands in 4.4E+17 form or lost its last digits.

    Lost leading zeros cannot be seen in one cell: see `sheets._lost_zeros`.
    """
    text = shown(cell)
    if isinstance(cell, bool | datetime | date | time):
        raise ValueError(f"「{brief(text)}」被表格软件改成了别的格式，请把这一列设为文本后重新填写")  # noqa: TRY004 (the cell is wrong, not our call)
    if isinstance(cell, int | float) and (
        abs(cell) >= EXACT_INTEGERS or not float(cell).is_integer() or cell < 0
    ):
        raise ValueError(
            f"「{brief(text)}」是数字格式，位数太多，后面几位已经丢失，请把这一列设为文本后重新填写"
        )
    if _DAMAGED.fullmatch(text):
        raise ValueError(f"「{brief(text)}」被表格软件改成了数字，请把这一列设为文本后重新填写")
    return text or None


def parse_person_name(cell: Cell) -> str | None:
    """A person's name in its one spelling; raises for signs that no name has."""
    name = spelled(text_of(cell))
    clause = problem(name)
    if clause is not None:
        raise ValueError(clause)
    return name or None


def parse_member(cell: Cell) -> str | None:
    """The id of one member of WeCom; raises for what would be several, everybody or nobody."""
    account = parse_identifier(cell)
    if account is not None and not is_address("wecom", account):
        raise ValueError(
            f"「{account}」不能是企业微信账号：1 到 64 个字母、数字或 _-@.，以字母或数字开头，"
            "一格只写一个人的"
        )
    return account


def parse_mobile(cell: Cell) -> str | None:
    """A mobile number of eleven digits; spaces, hyphens and +86 are taken off."""
    text = parse_identifier(cell)
    if text is None:
        return None
    digits = re.sub(r"[\s-]", "", text).removeprefix("+86")
    if not _MOBILE.fullmatch(digits):
        raise ValueError("不是 11 位手机号，请核对")
    return digits


def _date(year: int, month: int, day: int, text: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError(f"「{brief(text)}」没有这一天") from None
    return _in_calendar(found, text)


def _in_calendar(day: date, text: str) -> date:
    """A day that an office can mean; those at the ends of the calendar no zone can turn to UTC."""
    if day.year not in _YEARS:
        raise ValueError(f"「{brief(text)}」不是 {_YEARS[0]} 年到 {_YEARS[-1]} 年之间的日期")
    return day


def _hour(half: str, hour: int) -> int:
    if half in {"下午", "傍晚", "晚上", "晚", "PM"} and hour < _NOON:
        return hour + _NOON
    if half == "中午" and hour < _LAST_MORNING_HOUR_OF_NOON:
        return hour + _NOON
    if half in {"AM", "凌晨"} and hour == _NOON:
        return 0
    return hour


DATE_PARSERS = frozenset({parse_date, parse_month, parse_moment, parse_datetime})
"""The parsers that read a bare number as a day."""
