"""The demo office on both engines, and the log as production would write it."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.rehearsal import furnish
from tests.chaos.town import START
from tests.logs import Lines, listening

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"


@pytest.fixture(scope="session")
def _chaos_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chaos") / "demo.sqlite"
    furnish(f"sqlite:///{path}", DEMO, START)
    return path


@pytest.fixture
def sqlite_office(_chaos_file: Path, tmp_path: Path) -> str:
    """The demo office in a SQLite file of its own."""
    path = tmp_path / "office.sqlite"
    shutil.copy(_chaos_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def _chaos_template(postgres_url: str) -> str:
    _administer(postgres_url, "CREATE DATABASE chaos_template")
    furnish(_named(postgres_url, "chaos_template"), DEMO, START)
    return "chaos_template"


@pytest.fixture
def postgres_office(postgres_url: str, _chaos_template: str) -> Iterator[str]:
    """The demo office on PostgreSQL."""
    _administer(postgres_url, "DROP DATABASE IF EXISTS chaos_hour WITH (FORCE)")
    _administer(postgres_url, f"CREATE DATABASE chaos_hour TEMPLATE {_chaos_template}")
    yield _named(postgres_url, "chaos_hour")
    _administer(postgres_url, "DROP DATABASE chaos_hour WITH (FORCE)")


def _named(server: str, database: str) -> str:
    return server.replace("/postgres?", f"/{database}?", 1)


def _administer(server: str, statement: str) -> None:
    url = server.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def of_the_killed(record: logging.LogRecord) -> bool:
    """What a process says that was killed."""
    error = record.exc_info[1] if record.exc_info else None
    dead = isinstance(error, RuntimeError) and str(error) == "the workers are closed"
    return dead or isinstance(error, asyncio.CancelledError)


@pytest.fixture
def hour_log() -> Iterator[list[str]]:
    """What the log holds, set up as by `set_up_logs("info")`."""
    with listening(logging.INFO, Lines(of_the_killed)) as lines:
        yield lines
