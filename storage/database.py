"""Opens the office's database: SQLite in one file or PostgreSQL, told apart by the URL alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from storage.keeping import Hold, Watched, files_of, make_file, make_folder, myself, tighten
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
        self.file = _file(self.url)
        self._watched = Watched(self.file)
        self._hold: Hold | None = None
        self.lane: Lane = (
            SqliteLane(self.engine, lambda: self._watched.look(log=True))
            if self.dialect == "sqlite"
            else PooledLane(self.engine)
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

    def look(self) -> None:
        """Raises GoneError where the file was deleted or replaced since it was opened."""
        self._watched.look()

    def hold(self) -> None:
        """Serve from it alone, as long as this process lives; raises InUseError.

        Files that others may read are closed to them; those that will not are left to the doctor.
        """
        if self.file is not None:
            self._hold = Hold(self.file, myself())
            tighten(tuple(files_of(self.file)))

    def close(self) -> None:
        """Commit what waits and close every connection."""
        try:
            self.lane.close()
        finally:
            self.engine.dispose()
            self.let_go()

    def let_go(self) -> None:
        """Another may serve from it now; the end of a process does the same."""
        if self._hold is not None:
            self._hold.release()


def _with_driver(url: URL) -> URL:
    """postgresql:// means psycopg 3 here; a driver that is named is kept."""
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _file(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database).absolute()


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        with suppress(OSError):  # where there can be no folder, opening the file says so
            make_folder(Path(url.database).resolve().parent)
        make_file(Path(url.database))
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
