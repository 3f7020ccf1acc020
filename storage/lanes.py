"""How units of work reach a database: many readers and one group-committing writer on SQLite,
a pooled transaction each on PostgreSQL. Knows connections and commits, nothing of the office.

SQLite commits one transaction at a time and each commit waits for the disk
(`synchronous=FULL`, performance.md "Floors"). So finished units are released into one open
transaction as savepoints and committed together; each hears that it is saved only after the
commit. Reads before a unit's first write run on a reader's connection, statement by statement,
which is what PostgreSQL's READ COMMITTED gives: handlers rely on constraints and conditional
updates on both engines, never on a snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Connection, Engine

# Called with None once the unit is on disk, or with what kept it from getting there.
Saved = Callable[[BaseException | None], None]


class Lane(Protocol):
    """Where one unit of work gets its connections."""

    def reader(self) -> Connection:
        """A connection for reading, before the unit's first write."""

    def enter(self) -> Connection:
        """The connection for writing; from here on the unit must be left again."""

    def leave(self, *, keep: bool, saved: Saved | None) -> None:
        """Give up the written connection: keep or undo what was written since `enter`."""

    def flush(self) -> None:
        """Commit what was left with keep=True and tell each unit."""

    def close(self) -> None:
        """Release every connection."""


class SqliteLane:
    """One writer connection, the only checkpointer, and a reader connection a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._writer: Connection | None = None
        self._open = False
        self._waiting: list[Saved] = []
        self._local = threading.local()
        self._readers: list[Connection] = []

    def reader(self) -> Connection:
        """This thread's connection, which never writes and never checkpoints."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._engine.connect()
            connection.exec_driver_sql("PRAGMA query_only=ON")
            connection.exec_driver_sql("PRAGMA wal_autocheckpoint=0")
            self._local.connection = connection
            self._readers.append(connection)
        return connection

    def enter(self) -> Connection:
        """Wait for the writer and open a savepoint in the common transaction."""
        self._lock.acquire()
        try:
            if self._writer is None:
                self._writer = self._engine.connect()
            if not self._open:
                # IMMEDIATE: a transaction that reads and then writes must not fail half-way
                self._control("BEGIN IMMEDIATE")
                self._open = True
            self._control("SAVEPOINT unit")
        except BaseException:
            self._lock.release()
            raise
        return self._writer

    def leave(self, *, keep: bool, saved: Saved | None) -> None:
        """Release or roll back the savepoint and let the next unit write."""
        try:
            if keep:
                self._control("RELEASE unit")
                if saved is not None:
                    self._waiting.append(saved)
            else:
                self._control("ROLLBACK TO unit")
                self._control("RELEASE unit")
        finally:
            self._lock.release()

    def flush(self) -> None:
        """One commit for all that were left since the last."""
        with self._lock:
            if not self._open:
                return
            waiting, self._waiting = self._waiting, []
            failure: BaseException | None = None
            try:
                self._control("COMMIT")
            except BaseException as error:
                failure = error
                self._abandon()
            self._open = False
        for saved in waiting:
            saved(failure)
        if failure is not None and not waiting:
            raise failure

    def close(self) -> None:
        """Commit what waits, then close the readers and the writer."""
        self.flush()
        for connection in self._readers:
            connection.close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _abandon(self) -> None:
        assert self._writer is not None
        if self._writer.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
            self._control("ROLLBACK")

    def _control(self, statement: str) -> None:
        """Transaction control goes to the driver: SQLAlchemy sees an autocommit connection."""
        assert self._writer is not None
        self._writer.connection.driver_connection.execute(statement)  # type: ignore[union-attr]


class PooledLane:
    """A transaction of its own for each unit; the server commits groups by itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._local = threading.local()

    def reader(self) -> Connection:
        """The unit's connection; reading and writing are one transaction here."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._engine.connect()
            # prepared statements go past SQLAlchemy: it must know that something is to be committed
            connection.begin()
            self._local.connection = connection
        return connection

    def enter(self) -> Connection:
        """The same connection: PostgreSQL needs no writer of its own."""
        return self.reader()

    def leave(self, *, keep: bool, saved: Saved | None) -> None:
        """Commit or roll back now and give the connection back to the pool."""
        connection: Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is None:
            if saved is not None:
                saved(None)
            return
        failure: BaseException | None = None
        try:
            if keep:
                connection.commit()
            else:
                connection.rollback()
        except BaseException as error:
            failure = error
            if saved is None:
                raise
        finally:
            connection.close()
            if saved is not None:
                saved(failure)

    def flush(self) -> None:
        """Nothing waits: each unit committed when it was left."""

    def close(self) -> None:
        """The pool is closed with its engine."""
