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
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

# Called with None once the unit is on disk, or with what kept it from getting there.
Saved = Callable[[BaseException | None], None]


@dataclass(frozen=True, slots=True)
class Link:
    """One connection as SQLAlchemy knows it and as its driver does.

    Kept as a pair: asking SQLAlchemy for the driver's object costs a tenth of a prepared read.
    """

    connection: Connection
    driver: Any

    @classmethod
    def of(cls, connection: Connection) -> Link:
        """The pair; valid as long as the connection is."""
        return cls(connection, connection.connection.driver_connection)


class RolledBackError(Exception):
    """The database undid a finished unit together with one that it could not keep."""


class Lane(Protocol):
    """Where one unit of work gets its connections."""

    def reader(self) -> Link:
        """A connection for reading, before the unit's first write."""

    def enter(self) -> Link:
        """The connection for writing; from here on the unit must be left again."""

    def leave(self, *, keep: bool, saved: Saved | None) -> None:
        """Give up the written connection: keep or undo what was written since `enter`."""

    def flush(self) -> None:
        """Commit what was left with keep=True and tell each unit."""

    def close(self) -> None:
        """Release every connection."""


class SqliteLane:
    """One writer connection, the only checkpointer, and a reader connection a thread."""

    def __init__(self, engine: Engine, look: Callable[[], None] = lambda: None) -> None:
        """`look` raises where the file is not the one that was opened any more."""
        self._engine = engine
        self._look = look
        self._lock = threading.Lock()
        self._writer: Link | None = None
        self._open = False
        self._waiting: list[Saved] = []
        self._local = threading.local()
        self._readers: list[Link] = []

    def reader(self) -> Link:
        """This thread's connection, which never writes and never checkpoints."""
        link: Link | None = getattr(self._local, "link", None)
        if link is None:
            link = Link.of(self._engine.connect())
            link.driver.execute("PRAGMA query_only=ON")
            link.driver.execute("PRAGMA wal_autocheckpoint=0")
            self._local.link = link
            self._readers.append(link)
        return link

    def enter(self) -> Link:
        """Wait for the writer and open a savepoint in the common transaction."""
        self._lock.acquire()
        try:
            if self._writer is None:
                self._writer = Link.of(self._engine.connect())
            self._rolled_back()
            if not self._open:
                self._look()
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
            if self._rolled_back(saved if keep else None):
                return
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
            if self._rolled_back():
                return
            waiting, self._waiting = self._waiting, []
            failure: BaseException | None = None
            try:
                self._look()
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
        for link in self._readers:
            link.connection.close()
        if self._writer is not None:
            self._writer.connection.close()
            self._writer = None

    def _rolled_back(self, also: Saved | None = None) -> bool:
        """Whether SQLite undid the common transaction by itself, as on a full disk.

        Then every unit in it is lost, and hears of it; a savepoint outside of a transaction
        would be one of its own and be kept unasked (sqlite.org/lang_transaction.html, 3).
        """
        if not self._open or self._writer is None or self._writer.driver.in_transaction:
            return False
        self._open = False
        lost, self._waiting = self._waiting, []
        for saved in (*lost, *(() if also is None else (also,))):
            saved(RolledBackError("the common transaction was undone"))
        return True

    def _abandon(self) -> None:
        assert self._writer is not None
        if self._writer.driver.in_transaction:
            self._control("ROLLBACK")

    def _control(self, statement: str) -> None:
        """Transaction control goes to the driver: SQLAlchemy sees an autocommit connection."""
        assert self._writer is not None
        self._writer.driver.execute(statement)


class PooledLane:
    """A transaction of its own for each unit; the server commits groups by itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._local = threading.local()

    def reader(self) -> Link:
        """The unit's connection; reading and writing are one transaction here."""
        link: Link | None = getattr(self._local, "link", None)
        if link is None:
            connection = self._engine.connect()
            # prepared statements go past SQLAlchemy: it must know that something is to be committed
            connection.begin()
            link = self._local.link = Link.of(connection)
        return link

    def enter(self) -> Link:
        """The same connection: PostgreSQL needs no writer of its own."""
        return self.reader()

    def leave(self, *, keep: bool, saved: Saved | None) -> None:
        """Commit or roll back now and give the connection back to the pool."""
        link: Link | None = getattr(self._local, "link", None)
        self._local.link = None
        if link is None:
            if saved is not None:
                saved(None)
            return
        failure: BaseException | None = None
        try:
            if keep:
                link.connection.commit()
            else:
                link.connection.rollback()
        except BaseException as error:
            failure = error
            if saved is None:
                raise
        finally:
            link.connection.close()
            if saved is not None:
                saved(failure)

    def flush(self) -> None:
        """Nothing waits: each unit committed when it was left."""

    def close(self) -> None:
        """The pool is closed with its engine."""
