"""Lines of JSON back to a file that was read, each checked against its type before it is taken.

Whoever wrote them has read a stranger's bytes and may have been taken over by them: nothing here
builds anything but the values that are named.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from types import GenericAlias
from typing import Any

from pydantic import TypeAdapter, ValidationError

from storage.readers.plan_model import Plan, PlanItem, PlanTotals
from storage.readers.problems import Problem, ReadError
from storage.readers.reading import Content, ReadFile
from storage.readers.sheet_reading import Rejected
from storage.readers.sheet_rows import (
    AttendanceRow,
    ClassRow,
    CreditRow,
    DeadlineRow,
    Kind,
    OrganisationRow,
    ResultRow,
    RosterRow,
    SubmissionRow,
    TimetableRow,
)
from storage.readers.sheets import Sheet
from storage.readers.wire import END, PLAN_LISTS, SHEET_LISTS

MAX_BYTES = 64 * 1024 * 1024
MAX_LINE = 16 * 1024 * 1024
_PIECE = 256 * 1024
ROWS: dict[Kind, type] = {
    Kind.ROSTER: RosterRow,
    Kind.ORGANISATIONS: OrganisationRow,
    Kind.CLASSES: ClassRow,
    Kind.TIMETABLE: TimetableRow,
    Kind.DEADLINES: DeadlineRow,
    Kind.CREDITS: CreditRow,
    Kind.RESULTS: ResultRow,
    Kind.ATTENDANCE: AttendanceRow,
    Kind.SUBMISSIONS: SubmissionRow,
}


class WireError(Exception):
    """What came is not what a reading process says."""


@dataclass(frozen=True)
class _SheetHead:
    unknown_columns: tuple[str, ...]
    present: frozenset[str]


@dataclass(frozen=True)
class _PlanHead:
    title: str
    document_number: str | None
    year: int | None
    issuer: str | None
    stated: PlanTotals
    computed: PlanTotals


@dataclass(frozen=True)
class _Head:
    filename: str
    digest: str
    kind: Kind | None
    refusal: str
    text: str | None = None
    sheet: _SheetHead | None = None
    plan: _PlanHead | None = None


def from_lines(given: Iterable[bytes]) -> ReadFile:
    """The file; raises WireError for anything else, and for lines that break off."""
    lines = iter(given)
    head = _checked("head", _Head, next(lines, b""))
    kind = head.kind
    types: dict[str, Any] = {"problems": Problem}
    if head.sheet is not None and kind is not None:
        types |= {"rows": ROWS.get(kind, Rejected), "rejected": Rejected}
    elif head.plan is not None:
        types["items"] = PlanItem
    lists: dict[str, list[Any]] = {name: [] for name in (*SHEET_LISTS, *PLAN_LISTS)}
    for line in lines:
        if line == END:
            return ReadFile(head.filename, head.digest, kind, _content(head, lists), head.refusal)
        name = next((each for each in types if line.startswith(f'["{each}",'.encode())), None)
        if name is None:
            break
        lists[name] += _checked(name, _list_of(types[name]), line)
    raise WireError("broken off")


def from_kept(data: bytes, filename: str) -> ReadFile:
    """What `wire.packed` made; raises ReadError where it is from another time."""
    try:
        return replace(from_lines(split(_unpacked(data))), filename=filename, kept=data)
    except (WireError, zlib.error):
        raise ReadError(f"「{filename}」放得太久了，请把表格再发一次。") from None


def split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines, from pieces of any length; raises WireError for one without an end."""
    rest, total = b"", 0
    for piece in pieces:
        total += len(piece)
        if total > MAX_BYTES or len(rest) > MAX_LINE:
            raise WireError("too much")
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        raise WireError("broken off")


def _unpacked(data: bytes) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    left = data
    while left and not unpacker.eof:
        yield unpacker.decompress(left, _PIECE)
        left = unpacker.unconsumed_tail
    yield unpacker.flush()


def _content(head: _Head, lists: dict[str, list[Any]]) -> Content:
    if head.sheet is not None and head.kind is not None:
        return Sheet(
            kind=head.kind,
            filename=head.filename,
            rows=tuple(lists["rows"]),
            problems=tuple(lists["problems"]),
            unknown_columns=head.sheet.unknown_columns,
            aside=(),
            rejected=tuple(lists["rejected"]),
            present=head.sheet.present,
        )
    if head.plan is not None:
        plan = head.plan
        return Plan(
            title=plan.title,
            document_number=plan.document_number,
            year=plan.year,
            issuer=plan.issuer,
            items=tuple(lists["items"]),
            problems=tuple(lists["problems"]),
            stated=plan.stated,
            computed=plan.computed,
            source=(),
        )
    return head.text


def _checked(name: str, kind: Any, line: bytes) -> Any:
    """The value of a line `[name,value]`."""
    opening = f'["{name}",'.encode()
    if not line.startswith(opening) or not line.endswith(b"]\n"):
        raise WireError(f"no {name}")
    try:
        return _adapter(kind).validate_json(line[len(opening) : -2], strict=True)
    except ValidationError:
        # its own words quote what it was given
        raise WireError(f"no {name}") from None


@lru_cache(maxsize=32)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _list_of(kind: Any) -> Any:
    return GenericAlias(list, (kind,))
