"""Statements of the hot path, compiled once: SQLAlchemy writes the SQL and converts the values,
the driver runs it.

Measured on the main path (benchmarks/main_path.py): a prepared read costs a tenth of what
SQLAlchemy's execution of the same statement costs, because nothing is looked up, copied or
wrapped again for each message.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Delete, Insert, Select, Table, Update, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from storage.lanes import Link

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
    outward: Mapping[str, Convert]
    inward: tuple[tuple[int, Convert], ...]
    row: Callable[[Any], Any]
    positional: bool

    def values(self, parameters: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        if self.fixed:
            parameters = {**self.fixed, **parameters}
        if self.outward:
            converted = {name: make(parameters[name]) for name, make in self.outward.items()}
            parameters = {**parameters, **converted}
        return [parameters[name] for name in self.names] if self.positional else parameters

    def rows(self, raw: Sequence[Any]) -> list[Any]:
        """The driver's rows as named tuples of our values."""
        if not self.inward:
            return [self.row(each) for each in raw]
        rows = []
        for each in raw:
            values = list(each)
            for position, convert in self.inward:
                values[position] = convert(values[position])
            rows.append(self.row(values))
        return rows


@dataclass(frozen=True, slots=True)
class Found:
    """Rows as the driver gave them, equal and hashable by that.

    What is derived from them can be kept under them, and they are converted only where it is not.
    """

    raw: tuple[Any, ...]
    _compiled: _Compiled = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.raw)

    def rows(self) -> Sequence[Any]:
        """Named tuples of our values."""
        return self._compiled.rows(self.raw)


class Prepared:
    """A statement with named parameters; runs wherever its dialect's connection is.

    Rows are named tuples. Lists as parameters (`in_`) are not for it: their SQL depends on them.
    """

    def __init__(self, statement: Statement | Callable[[str], Statement]) -> None:
        """`statement`, or what writes it for a dialect's name (sqlite, postgresql)."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, link: Link, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """All rows of a query."""
        compiled = self._for(link)
        return compiled.rows(
            link.driver.execute(compiled.sql, compiled.values(parameters)).fetchall()
        )

    def found(self, link: Link, parameters: Mapping[str, Any]) -> Found:
        """All rows of a query, not yet converted."""
        compiled = self._for(link)
        cursor = link.driver.execute(compiled.sql, compiled.values(parameters))
        return Found(tuple(cursor.fetchall()), compiled)

    def run(self, link: Link, parameters: Mapping[str, Any]) -> int:
        """A writing statement; how many rows it changed."""
        compiled = self._for(link)
        return int(link.driver.execute(compiled.sql, compiled.values(parameters)).rowcount)

    def _for(self, link: Link) -> _Compiled:
        dialect = link.connection.dialect
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


def upsert(table: Table, keys: Sequence[str]) -> Prepared:
    """Insert one row, or overwrite the one with the same `keys` (a unique constraint's)."""

    def write(dialect: str) -> Insert:
        maker = sqlite.insert if dialect == "sqlite" else postgresql.insert
        names = [c.name for c in table.columns if not c.primary_key or c.name in keys]
        statement = maker(table).values({name: bindparam(name) for name in names})
        return statement.on_conflict_do_update(
            index_elements=list(keys),
            set_={name: statement.excluded[name] for name in names if name not in keys},
        )

    return Prepared(write)


def _compile(statement: Statement, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    names = tuple(compiled.positiontup or ())
    fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    outward = {
        name: convert
        for name, bind in compiled.binds.items()
        if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
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
