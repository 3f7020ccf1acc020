"""The unit of work: what one message, one command or one tick reads and writes.

Returning commits, raising rolls back. Repositories are built on a unit and are the only users
of its statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Delete, Executable, Insert, Row, Select, Update
from sqlalchemy.dialects import postgresql, sqlite

from storage.lanes import Lane, Link, Saved
from storage.prepared import Found, Prepared

Parameters = Mapping[str, Any]
AnyRow = Row[*tuple[Any, ...]]


class Unit:
    """One unit of work on one thread. Not for sharing, not for keeping."""

    def __init__(self, lane: Lane, dialect: str) -> None:
        self._lane = lane
        self._dialect = dialect
        self._writer: Link | None = None
        self._read = False
        self.finished = False
        self.changed = 0  # rows, so far

    def rows(
        self, statement: Executable | Prepared, parameters: Parameters | None = None
    ) -> Sequence[AnyRow]:
        """All rows of a query."""
        if isinstance(statement, Prepared):
            return statement.rows(self._reader(), parameters or {})
        return self._reader().connection.execute(statement, parameters or {}).all()

    def found(self, statement: Prepared, parameters: Parameters) -> Found:
        """All rows of a prepared query, not yet converted."""
        return statement.found(self._reader(), parameters)

    def row(
        self, statement: Executable | Prepared, parameters: Parameters | None = None
    ) -> AnyRow | None:
        """The first row of a query, or None."""
        if isinstance(statement, Prepared):
            found = self.rows(statement, parameters)
            return found[0] if found else None
        return self._reader().connection.execute(statement, parameters or {}).first()

    def value(self, statement: Select[Any] | Prepared, parameters: Parameters | None = None) -> Any:
        """The first column of the first row, or None."""
        row = self.row(statement, parameters)
        return None if row is None else row[0]

    def run(
        self,
        statement: Insert | Update | Delete | Prepared,
        parameters: Parameters | Sequence[Parameters] | None = None,
    ) -> int:
        """Write; the number of rows that were changed."""
        if isinstance(statement, Prepared):
            assert isinstance(parameters, Mapping)
            return self._count(statement.run(self._write(), parameters))
        if parameters is not None and not parameters:
            return 0
        return self._count(self._write().connection.execute(statement, parameters).rowcount)

    def add(self, statement: Insert, parameters: Parameters) -> int:
        """Insert one row; its new id."""
        result = self._write().connection.execute(statement, parameters)
        key = result.inserted_primary_key
        assert key is not None
        self.changed += 1
        return int(key[0])

    def returning(
        self,
        statement: Executable,
        parameters: Parameters | Sequence[Parameters] | None = None,
    ) -> Sequence[AnyRow]:
        """Write with RETURNING; the returned rows."""
        rows = self._write().connection.execute(statement, parameters or {}).all()
        self.changed += len(rows)
        return rows

    def insert_new(self, table: Any, parameters: Parameters | Sequence[Parameters]) -> int:
        """Insert what is not there yet by any unique constraint; how many rows were new."""
        if not parameters:
            return 0
        maker = sqlite.insert if self._dialect == "sqlite" else postgresql.insert
        # SQLAlchemy keeps the count of an INSERT only when asked to
        statement = maker(table).on_conflict_do_nothing()
        statement = statement.execution_options(preserve_rowcount=True)
        rows = [parameters] if isinstance(parameters, Mapping) else list(parameters)
        return self._count(self._write().connection.execute(statement, rows).rowcount)

    def lock(self) -> None:
        """Take the right to write now, so that what is read from here on stays true."""
        self._write()

    def release(self, *, keep: bool, saved: Saved | None = None) -> None:
        """End the unit. `saved` is called once the commit is on disk (see storage.lanes)."""
        if self.finished:
            return
        self.finished = True
        if self._writer is not None or (self._read and self._dialect != "sqlite"):
            self._lane.leave(keep=keep, saved=saved)
        elif saved is not None:
            saved(None)

    def _count(self, rows: int) -> int:
        self.changed += max(rows, 0)  # a driver that does not know says -1
        return rows

    def _reader(self) -> Link:
        if self._writer is not None:
            return self._writer
        self._read = True
        return self._lane.reader()

    def _write(self) -> Link:
        if self._writer is None:
            self._writer = self._lane.enter()
        return self._writer
