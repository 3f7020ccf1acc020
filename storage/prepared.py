"""Statements of the hot path, compiled once: SQLAlchemy writes the SQL and converts the values,
the driver runs it.

Measured on the main path (benchmarks/main_path.py): a prepared read costs a tenth of what
SQLAlchemy's execution of the same statement costs, because nothing is looked up, copied or
wrapped again for each message.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Delete, Insert, Select, Table, Update, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

Convert = Callable[[Any], Any]
Statement = Select[Any] | Insert | Update | Delete
# its field names come from the statement, which no type checker can follow
_named: Callable[..., Any] = namedtuple


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One statement for one dialect."""

    sql: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    outward: tuple[tuple[str, Convert], ...]
    inward: tuple[tuple[int, Convert], ...]
    row: Callable[[Any], Any]
    positional: bool


class Prepared:
    """A statement with named parameters; runs wherever its dialect's connection is.

    Rows are named tuples. Lists as parameters (`in_`) are not for it: their SQL depends on them.
    """

    def __init__(self, statement: Statement | Callable[[str], Statement]) -> None:
        """`statement`, or what writes it for a dialect's name (sqlite, postgresql)."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(
        self, connection: Any, dialect: Dialect, parameters: Mapping[str, Any]
    ) -> Sequence[Any]:
        """All rows of a query."""
        compiled = self._for(dialect)
        cursor = connection.cursor()
        try:
            cursor.execute(compiled.sql, _values(compiled, parameters))
            found = cursor.fetchall()
        finally:
            cursor.close()
        if not compiled.inward:
            return [compiled.row(each) for each in found]
        rows = []
        for each in found:
            values = list(each)
            for position, convert in compiled.inward:
                values[position] = convert(values[position])
            rows.append(compiled.row(values))
        return rows

    def run(self, connection: Any, dialect: Dialect, parameters: Mapping[str, Any]) -> int:
        """A writing statement; how many rows it changed."""
        compiled = self._for(dialect)
        cursor = connection.cursor()
        try:
            cursor.execute(compiled.sql, _values(compiled, parameters))
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            written = self._statement
            statement = written(dialect.name) if callable(written) else written
            compiled = self._compiled[dialect.name] = _compile(statement, dialect)
        return compiled


def insert_new(table: Table) -> Prepared:
    """Insert one row unless a unique constraint holds it already; the count says which."""

    def write(dialect: str) -> Insert:
        maker = sqlite.insert if dialect == "sqlite" else postgresql.insert
        columns: dict[str, Any] = {c.name: bindparam(c.name) for c in table.columns}
        return maker(table).values(columns).on_conflict_do_nothing()

    return Prepared(write)


def _compile(statement: Statement, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    names = tuple(compiled.positiontup or ())
    fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    outward = tuple(
        (name, convert)
        for name, bind in compiled.binds.items()
        if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    )
    inward: list[tuple[int, Convert]] = []
    make: Callable[[Any], Any] = tuple
    if isinstance(statement, Select):
        columns = list(statement.selected_columns)
        for position, column in enumerate(columns):
            convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None:
                inward.append((position, convert))
        make = _row_type([str(column.key) for column in columns])
    return _Compiled(
        str(compiled), names, fixed, outward, tuple(inward), make, bool(compiled.positional)
    )


def _row_type(fields: list[str]) -> Callable[[Any], Any]:
    """Makes a named tuple of a row's values."""
    make: Callable[[Any], Any] = _named("Row", fields)._make
    return make


def _values(compiled: _Compiled, parameters: Mapping[str, Any]) -> Any:
    values = {**compiled.fixed, **parameters}
    for name, convert in compiled.outward:
        values[name] = convert(values[name])
    if compiled.positional:
        return [values[name] for name in compiled.names]
    return values
