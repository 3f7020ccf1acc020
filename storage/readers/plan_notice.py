"""What the prose of a notice says of itself: title, number, year, issuer, totals, categories.

Pure text in, values with their line numbers out; knows no table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage.readers.values import plain

_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,12}[〔\[(（]\d{4}[〕\])）]\s*+第?\s*+\d+\s*号")
_TITLE = re.compile(r"\A关于.+(通知|方案|意见|计划|安排)")
_TABLE_TITLE = re.compile(r"\A.*(一览表|计划表|安排表|项目表|汇总表|培训计划)")
_ISSUER = re.compile(r"[\u4e00-\u9fff]{3,30}(局|厅|委员会|部|学校|中心|院)")
_ASIDE = r"(?:[（(][^）)]{0,200}[）)])?"
_PROGRAMMES = re.compile(r"(?<!\d)(\d{1,9})\s*个" + _ASIDE + r"\s*(?:培训)?(?:项目|班)")
_NATIONAL = re.compile(r"国培[^,，。;；)）]{0,12}?(\d{1,9})\s*个")
_COUNTY = re.compile(r"市县联合[^,，。;；)）]{0,8}?(\d{1,9})\s*个")
_HEADCOUNT = re.compile(r"培训[^,，。;；]{0,12}?(\d[\d,]{0,11})\s*人次")
_CATEGORIES = re.compile(
    r"按照((?:(?!按照).){4,200}?)等?\s{0,9}([一二三四五六七八九十]{1,3}|\d{1,3})大?类"
)


@dataclass(frozen=True, slots=True)
class Stated:
    """A number and the line that states it."""

    value: int
    row: int


@dataclass(frozen=True, slots=True)
class Notice:
    """The prose around the table; None where it does not say."""

    title: str
    document_number: str | None
    year: int | None
    issuer: str | None
    programmes: Stated | None
    national_joint: Stated | None
    county_joint: Stated | None
    headcount: Stated | None
    categories: tuple[str, ...]
    categories_row: int | None


def read_notice(prose: list[tuple[int, str]], filename: str) -> Notice:
    """Read the lines (row, text) around the table; the year may come from the file's name."""
    number = _whole(prose, _NUMBER)
    title = _whole(prose, _TITLE) or _whole(prose, _TABLE_TITLE)
    categories, row = _categories(prose)
    return Notice(
        title=title or "",
        document_number=number,
        year=_year(title, number, prose, filename),
        issuer=_whole(prose[:10], _ISSUER),
        programmes=_stated(prose, _PROGRAMMES),
        national_joint=_stated(prose, _NATIONAL),
        county_joint=_stated(prose, _COUNTY),
        headcount=_stated(prose, _HEADCOUNT),
        categories=categories,
        categories_row=row,
    )


def _whole(prose: list[tuple[int, str]], pattern: re.Pattern[str]) -> str | None:
    """The first line that is wholly of the pattern."""
    return next((text.strip() for _, text in prose if pattern.fullmatch(text.strip())), None)


def _year(
    title: str | None, number: str | None, prose: list[tuple[int, str]], filename: str
) -> int | None:
    heads = [text for _, text in prose if len(text) <= 60]  # noqa: PLR2004 (titles, not sentences)
    for text in (title, *heads, number, filename):
        found = re.search(r"((?:19|20)\d{2})\s*(?:年|学年)", plain(text or ""))
        if found:
            return int(found[1])
    found = re.search(r"[(\[〔]((?:19|20)\d{2})[)\]〕]", plain(number or ""))
    return int(found[1]) if found else None


def _stated(prose: list[tuple[int, str]], pattern: re.Pattern[str]) -> Stated | None:
    for row, text in prose:
        found = pattern.search(plain(text))
        if found:
            return Stated(int(found[1].replace(",", "")), row)
    return None


def _categories(prose: list[tuple[int, str]]) -> tuple[tuple[str, ...], int | None]:
    for row, text in prose:
        found = _CATEGORIES.search(text)
        if found:
            names = tuple(name.strip() for name in found[1].split("、") if name.strip())
            return names, row
    return (), None
