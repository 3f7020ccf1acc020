"""A file that was read, as lines of JSON: what a reading process answers, and what is kept until
an import is confirmed. Plain values only; `wire_in` checks each line against its type.

What no import asks for stays behind: cells of unknown columns, the rows of a plan as written.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from functools import lru_cache

from storage.readers.plan_model import Plan
from storage.readers.reading import ReadFile
from storage.readers.sheets import Sheet

ROWS_A_LINE = 500
"""So that no line takes longer to check than a few thousandths of a second."""
SHEET_LISTS = ("rows", "problems", "rejected")
PLAN_LISTS = ("items", "problems")
_SHEET_HEAD = ("unknown_columns", "present")
_PLAN_HEAD = ("title", "document_number", "year", "issuer", "stated", "computed")
END = b'["end"]\n'


def lines(read: ReadFile) -> Iterator[bytes]:
    """The file, line by line; the last says that it is whole."""
    head: dict[str, object] = {
        "filename": read.filename,
        "digest": read.digest,
        "kind": read.kind,
        "refusal": read.refusal,
    }
    content = read.content
    if isinstance(content, str):
        head["text"] = content
    elif isinstance(content, Sheet):
        head["sheet"] = {name: getattr(content, name) for name in _SHEET_HEAD}
    elif isinstance(content, Plan):
        head["plan"] = {name: getattr(content, name) for name in _PLAN_HEAD}
    yield _line("head", head)
    lists = SHEET_LISTS if isinstance(content, Sheet) else PLAN_LISTS
    if isinstance(content, Sheet | Plan):
        for name in lists:
            yield from _list(name, getattr(content, name))
    yield END


def packed(read: ReadFile) -> bytes:
    """The lines, small enough to be kept."""
    return b"".join(pack(lines(read)))


def pack(given: Iterable[bytes]) -> Iterator[bytes]:
    """Lines, compressed."""
    packer = zlib.compressobj(1)
    for line in given:
        yield packer.compress(line)
    yield packer.flush()


def _list(name: str, values: Sequence[object]) -> Iterator[bytes]:
    for start in range(0, len(values), ROWS_A_LINE):
        yield _line(name, values[start : start + ROWS_A_LINE])


def _line(name: str, value: object) -> bytes:
    text = json.dumps([name, value], default=_plain, ensure_ascii=False, separators=(",", ":"))
    # a lone surrogate of a broken sheet is no UTF-8
    return text.encode("utf-8", "replace") + b"\n"


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _names(type(value))}
    if isinstance(value, date | time):  # a datetime is a date, too
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)


@lru_cache(maxsize=64)
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))
