"""Writes an import in batches and notes what stood before, so that it can be undone.

Knows tables and rows, no kind of file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Select, Table, bindparam, delete, insert, select
from sqlalchemy import Date as DateType
from sqlalchemy import update as sql_update

from storage.types import Exact, Instant
from storage.unit import AnyRow, Unit

T = TypeVar("T")
Values = Mapping[str, Any]

# Both engines take more parameters than this in one statement.
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Update:
    """A row's columns before and after; both name the same columns."""

    id: int
    before: Values
    after: Values


class Recorder:
    """The writer of one import."""

    def __init__(self, unit: Unit, import_id: int) -> None:
        self.unit = unit
        self.import_id = import_id
        self._steps: list[dict[str, Any]] = []

    def insert(
        self, table: Table, rows: Sequence[Values], known_by: Sequence[str] = ()
    ) -> list[int]:
        """Add rows in few statements; their ids in the order of the rows.

        known_by: columns by which undoing tells a row from a later one with the same id: whoever
        talks to us adds and takes away such rows, and SQLite gives a number again.
        """
        if not rows:
            return []
        statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        ids = [row.id for row in self.unit.returning(statement, [dict(row) for row in rows])]
        step: dict[str, Any] = {"do": "add", "table": table.name, "ids": _ranges(ids)}
        if known_by:
            step["rows"] = [
                [number, pack(table, {name: row[name] for name in known_by})]
                for number, row in zip(ids, rows, strict=True)
            ]
        self._steps.append(step)
        return ids

    def update(self, table: Table, updates: Sequence[Update]) -> None:
        """Change rows, grouped by the columns that change."""
        groups: dict[tuple[str, ...], list[Update]] = {}
        for each in updates:
            groups.setdefault(tuple(sorted(each.after)), []).append(each)
        for names, members in groups.items():
            statement = (
                sql_update(table)
                .where(table.c.id == bindparam("row_id"))
                .values(
                    {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
                )
            )
            self.unit.run(
                statement,
                [{"row_id": m.id} | {f"new_{n}": m.after[n] for n in names} for m in members],
            )
            rows = [[m.id, pack(table, m.before), pack(table, m.after)] for m in members]
            self._steps.append({"do": "set", "table": table.name, "rows": rows})

    def remove(self, table: Table, ids: Sequence[int]) -> None:
        """Delete rows, keeping what stood in them."""
        if not ids:
            return
        rows = select_in(self.unit, select(table), table.c.id, ids)
        kept = [pack(table, row._asdict()) for row in rows]
        delete_in(self.unit, table, ids)
        self._steps.append({"do": "drop", "table": table.name, "rows": kept})

    def record(self) -> dict[str, Any]:
        """All steps in order, as the undo column of the imports table keeps them."""
        return {"steps": self._steps}


def pack(table: Table, values: Values) -> dict[str, Any]:
    """Values of a table's row as JSON."""
    return {name: _pack(value) for name, value in values.items() if name in table.c}


def unpack(table: Table, values: Values) -> dict[str, Any]:
    """`pack` read back by the types of the columns."""
    return {name: _unpack(table.c[name], value) for name, value in values.items()}


def unranged(ranges: Sequence[Sequence[int]]) -> list[int]:
    """The ids that [[first, last], …] stand for."""
    return [number for first, last in ranges for number in range(first, last + 1)]


def batches(values: Sequence[T], size: int = BATCH) -> Iterator[list[T]]:
    """The values, a batch at a time."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def select_in(
    unit: Unit, statement: Select[Any], column: ColumnElement[Any], values: Sequence[Any]
) -> list[AnyRow]:
    """All rows whose column is one of the values, a few thousand values a query."""
    rows: list[AnyRow] = []
    for some in batches(list(dict.fromkeys(values))):
        rows += unit.rows(statement.where(column.in_(some)))
    return rows


def delete_in(unit: Unit, table: Table, ids: Sequence[int]) -> int:
    """Delete rows by their ids."""
    return sum(unit.run(delete(table).where(table.c.id.in_(some))) for some in batches(ids))


def _ranges(ids: Sequence[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for number in sorted(ids):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def _pack(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _unpack(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Exact):
        return Decimal(value)
    if isinstance(column.type, Instant):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, DateType) else value
