"""Reads typed values out of a TOML table and collects every mistake in Chinese.

Knows nothing of credits; the caller declares which keys there are by asking for them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction

Table = Mapping[str, object]

LARGEST = Decimal(1_000_000)
LONGEST_TEXT = 65_536
LONGEST_LINE = 1_000


class Missing:
    """Stands for a key that is not in the table."""


MISSING = Missing()
_ABSENT = Decimal(-1)


def parse_toml(text: str) -> tuple[Table, str]:
    """The table and an empty string, or an empty table and what is wrong, in Chinese."""
    if len(text) > LONGEST_TEXT:
        return {}, f"超过 {LONGEST_TEXT:,} 字，太长，不像是规则"
    # a key with many dots costs the square of them
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            return {}, f"第 {number} 行超过 {LONGEST_LINE} 字，太长，请分成几行"
    try:
        table: dict[str, object] = tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        return {}, "方括号或花括号套得太深，读不下去"
    except ValueError as error:  # a number of thousands of digits is no TOMLDecodeError
        place = re.search(r"line (\d+), column (\d+)", str(error))
        where = f"第 {place[1]} 行第 {place[2]} 列附近" if place else "文件末尾附近"
        return {}, f"{where}写法不对，读不下去（引号、等号或方括号是否成对？）"
    return table, ""


class TableReader:
    """One table: each method takes a key, checks its value, notes a mistake or returns it.

    After a mistake a harmless stand-in is returned, so that reading goes on and all mistakes are
    found at once. `finish` reports the keys that nobody asked for.
    """

    def __init__(self, table: Table, where: str, problems: list[str]) -> None:
        self._table = table
        self._where = where
        self._problems = problems
        self._asked: set[str] = set()

    def note(self, problem: str) -> None:
        """Adds a mistake of this table."""
        self._problems.append(f"{self._where}：{problem}" if self._where else problem)

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._table

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty text; required without a default."""
        value = self._take(key, required=default is None)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if not isinstance(value, Missing) and not (default is not None and value == ""):
            self.note(f"{key} 应是加引号的文字")
        return default or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty by default; a single text is a list of one."""
        value = self._take(key, required=False)
        if isinstance(value, Missing):
            return ()
        items = [value] if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(str(item).strip() for item in items)
        self.note(f'{key} 应是文字的列表，例如 ["国培", "省培"]')
        return ()

    def amount(self, key: str, default: Decimal | None = None, *, positive: bool = True) -> Decimal:
        """A number; above zero, or with `positive=False` zero too. At most six places."""
        value = self._take(key, required=default is None)
        if isinstance(value, Missing):
            return Decimal(1) if default is None else default
        amount = _decimal(value)
        if amount is None or not 0 <= amount <= LARGEST or amount != round(amount, 6):
            self.note(f"{key} 应是数字（最多 6 位小数），不能是 {value}")
            return Decimal(1)
        if positive and amount == 0:
            self.note(f"{key} 应大于 0")
            return Decimal(1)
        return amount

    def optional_amount(self, key: str) -> Decimal | None:
        """A number above zero, or None where the key is absent."""
        amount = self.amount(key, _ABSENT)
        return None if amount is _ABSENT else amount

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number between two bounds."""
        value = self._take(key, required=default is None)
        if isinstance(value, Missing):
            return low if default is None else default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.note(f"{key} 应是 {low} 到 {high} 的整数，不能是 {value}")
        return low

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        value = self._take(key, required=False)
        if isinstance(value, bool):
            return value
        if not isinstance(value, Missing):
            self.note(f"{key} 应是 true 或 false（不加引号）")
        return default

    def day(self, key: str) -> date | None:
        """A required date."""
        return self._day(key, required=True)

    def optional_day(self, key: str) -> date | None:
        """A date or None."""
        return self._day(key, required=False)

    def share(self, key: str) -> Fraction | None:
        """A share like "1/5", above 0 and at most 1, or None."""
        value = self._take(key, required=False)
        if isinstance(value, Missing):
            return None
        match = re.fullmatch(r"\s*(\d{1,4})\s*/\s*(\d{1,4})\s*", str(value))
        if match and 0 < int(match[1]) <= int(match[2]):
            return Fraction(int(match[1]), int(match[2]))
        self.note(f'{key} 应写成分数，例如 "1/5"，不能是 {value}')
        return None

    def choice(self, key: str, words: Mapping[str, str], default: str | None = None) -> str:
        """One of the words (Chinese or English) that `words` maps to identifiers."""
        value = self._take(key, required=default is None)
        if isinstance(value, Missing):
            return default or next(iter(words.values()))
        if isinstance(value, str) and value in words:
            return words[value]
        self.note(f"{key} 不认识「{value}」，可以写：{choices(words)}")
        return next(iter(words.values()))

    def table(self, key: str, *, required: bool = False) -> TableReader | None:
        """The sub-table of that name, None where it is not there."""
        value = self._take(key, required=required)
        if isinstance(value, dict):
            return TableReader(value, f"[{key}]", self._problems)
        if not isinstance(value, Missing):
            self.note(f"{key} 应写成一节 [{key}]")
        return None

    def tables(self, key: str) -> list[TableReader]:
        """The tables of a list, written [[key]]."""
        value = self._take(key, required=False)
        if isinstance(value, Missing):
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.note(f"{key} 应写成 [[{key}]]，可有多节")
            return []
        before = f"{self._where} 的 {key}" if self._where else f"[[{key}]]"
        return [
            TableReader(item, f"{before} 第 {place} 条", self._problems)
            for place, item in enumerate(value, 1)
        ]

    def finish(self) -> None:
        """Reports keys that no method asked for, with the nearest known one."""
        for key in self._table:
            if key not in self._asked:
                near = get_close_matches(key, sorted(self._asked), 1)
                hint = f"，是不是 {near[0]}？" if near else "，请删去或对照说明"
                self.note(f"不认识的项 {key}{hint}")

    def _take(self, key: str, *, required: bool) -> object | Missing:
        self._asked.add(key)
        value = self._table.get(key, MISSING)
        if required and isinstance(value, Missing):
            self.note(f"缺少 {key}")
        return value

    def _day(self, key: str, *, required: bool) -> date | None:
        value = self._take(key, required=required)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str):
            try:
                return date.fromisoformat(value.strip())
            except ValueError:
                pass
        if not isinstance(value, Missing):
            self.note(f"{key} 应是日期，例如 2021-01-01，不能是 {value}")
        return None


def choices(words: Collection[str]) -> str:
    """The Chinese words of a table of words, for a hint."""
    return "、".join(word for word in words if not word.isascii())


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    return value if isinstance(value, Decimal) and value.is_finite() else None
