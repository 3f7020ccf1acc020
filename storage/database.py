"""Opens the office's database: SQLite in one file or PostgreSQL, told apart by the URL alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from storage.lanes import Lane, PooledLane, SqliteLane
from storage.unit import Unit

BUSY_TIMEOUT_MS = 10_000


class Database:
    """The one door to the data: hands out units of work."""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        """Open `url` (sqlite:///FILE or postgresql://…); raises sqlalchemy's errors."""
        self.url: URL = _with_driver(make_url(url))
        self.dialect = self.url.get_backend_name()
        self.engine = (
            _sqlite(self.url) if self.dialect == "sqlite" else _pooled(self.url, pool_size)
        )
        self.lane: Lane = (
            SqliteLane(self.engine) if self.dialect == "sqlite" else PooledLane(self.engine)
        )
        # How many turns are worth running at once: Python's lock and SQLite's single writer make
        # one the fastest there, while a PostgreSQL turn mostly waits for the server.
        self.parallel = 1 if self.dialect == "sqlite" else pool_size // 2

    def open_unit(self) -> Unit:
        """A unit that the caller releases; its commit may wait for others (`lane.flush`)."""
        return Unit(self.lane, self.dialect)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """A unit that is on disk when the block is left; raising rolls it back."""
        unit = self.open_unit()
        try:
            yield unit
        except BaseException:
            unit.release(keep=False)
            raise
        unit.release(keep=True)
        self.lane.flush()

    def close(self) -> None:
        """Commit what waits and close every connection."""
        self.lane.close()
        self.engine.dispose()


def _with_driver(url: URL) -> URL:
    """postgresql:// means psycopg 3 here; a driver that is named is kept."""
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        with suppress(OSError):  # where there can be no folder, opening the file says so
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",  # the lane speaks BEGIN and COMMIT itself
        connect_args={"check_same_thread": False},
        pool_size=0,
        max_overflow=-1,
        hide_parameters=True,  # an error's text must not quote personal data
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL: what a user was told is saved survives a power cut, not only a crash
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    return engine


def _pooled(url: URL, size: int) -> Engine:
    return create_engine(
        url, pool_size=size, max_overflow=8, pool_pre_ping=True, hide_parameters=True
    )
