"""The declaration of a spreadsheet: its columns, from which reading, templates and export derive.

Knows no particular kind (`sheet_kinds`) and no file format (`files`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Generic, TypeVar

from storage.readers.files import Cell
from storage.readers.sheet_rows import Kind, SheetRow
from storage.readers.values import brief, parse_names, parse_text, plain, shown

R_co = TypeVar("R_co", bound=SheetRow, covariant=True)
NOTES_SHEET = "说明"
LONGEST_HEADER = 100  # signs; what is longer names no column
EXAMPLE_MARK = "示例："  # opens the name of an example programme in the plan template
Parser = Callable[[Cell], object]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `parse` gives the value of `field` or raises ValueError with a Chinese clause.

    required: the column must be there; blank_ok: its cells may be blank all the same.
    as_text: an identifier, written as a text cell and guarded against lost digits.
    longest: how many signs a text, or each of several, may have: as many as its table holds.
    """

    header: str
    field: str
    help: str
    examples: tuple[Cell, Cell]
    parse: Parser = parse_text
    required: bool = False
    blank_ok: bool = False
    default: object = None
    as_text: bool = False
    aliases: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    longest: int = 120

    def too_long(self, value: object) -> bool:
        """Whether a parsed value is longer than what is kept."""
        texts = value if isinstance(value, tuple) else (value,)
        return any(isinstance(text, str) and len(text) > self.longest for text in texts)

    def write(self, value: object) -> Cell | Decimal:
        """The cell of a value: the Chinese words of codes, 是/否, several with 、."""
        names = {code: word for word, code in self.words}
        if isinstance(value, tuple) and value and isinstance(value[0], date):
            return " ".join(str(self.write(part)) for part in value if part is not None)
        if isinstance(value, tuple):
            return "、".join(names.get(str(part), str(part)) for part in value) or None
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M")
        if isinstance(value, time):
            return value.strftime("%H:%M")
        if isinstance(value, date | Decimal | int | float) or value is None:
            return value
        return names.get(str(value), str(value)) or None


@dataclass(frozen=True, slots=True)
class SheetSpec(Generic[R_co]):
    """A kind of spreadsheet. `key`: the fields that may not repeat together (with `key_name`)."""

    kind: Kind
    title: str
    columns: tuple[Column, ...]
    build: Callable[..., R_co]
    key: tuple[str, ...] = ()

    @property
    def key_name(self) -> str:
        """「班级、工号」, the headers of the key."""
        return "、".join(column.header for column in self.columns if column.field in self.key)

    def column_of(self, header: str) -> Column | None:
        """The column that a header cell names; None for an unknown one."""
        wanted = normal_header(header)
        for column in self.columns:
            if wanted == column.header or wanted in column.aliases:
                return column
        return None


def normal_header(text: str) -> str:
    """A header without spaces, stars, bracketed remarks and colons."""
    if len(text) > LONGEST_HEADER:
        return text
    bare = re.sub(r"[((【\[][^))】\]]{0,200}[))】\]]", "", plain(text))
    return re.sub(r"[\s*★:_]", "", bare)


def choice(words: tuple[tuple[str, str], ...]) -> Parser:
    """A parser of one word of a closed list into its code."""
    codes = dict(words)

    def parse(cell: Cell) -> str | None:
        text = shown(cell)
        if not text:
            return None
        if text not in codes:
            raise ValueError(f"「{brief(text)}」不在可选项里（{'、'.join(codes)}）")
        return codes[text]

    return parse


def choices(words: tuple[tuple[str, str], ...]) -> Parser:
    """A parser of several words (with 、) of a closed list into their codes."""
    one = choice(words)

    def parse(cell: Cell) -> tuple[str, ...] | None:
        names = parse_names(cell)
        return tuple(str(one(name)) for name in names) if names else None

    return parse
