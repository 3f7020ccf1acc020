"""Fixtures of the shell's tests: coroutines as tests, furnished offices, worlds, log lines."""

from __future__ import annotations

import asyncio
import inspect
import logging
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.channels.wecom_bot import socket as wecom_socket
from bot.rehearsal import furnish
from handlers import registry
from handlers.contract import Turn
from handlers.reply import Reply
from tests.bot.wecom_socket_talk import FAST, HANDLED, Handle, Talk, talking
from tests.bot.worlds import NOW, World, opened
from tests.logs import Lines, listening, told_too_much

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """The loop of one test and of the fixtures that it takes."""
    with asyncio.Runner() as made:
        yield made


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Coroutine tests run on the loop of the `runner` fixture."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    loop: asyncio.Runner = pyfuncitem._request.getfixturevalue("runner")
    names = inspect.signature(pyfuncitem.obj).parameters
    loop.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(scope="session")
def _office_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo office, imported once and copied for each test."""
    path = tmp_path_factory.mktemp("office") / "demo.sqlite"
    furnish(f"sqlite:///{path}", DEMO, NOW)
    return path


@pytest.fixture
def office_url(_office_file: Path, tmp_path: Path) -> str:
    """The demo office in a SQLite file of its own."""
    path = tmp_path / "office.sqlite"
    shutil.copy(_office_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def _office_template(postgres_url: str) -> str:
    """The demo office as a PostgreSQL database that others are copied from."""
    _administer(postgres_url, "CREATE DATABASE office_template")
    furnish(_named(postgres_url, "office_template"), DEMO, NOW)
    return "office_template"


@pytest.fixture(params=["sqlite", "postgresql"])
def both_urls(request: pytest.FixtureRequest) -> Iterator[str]:
    """The demo office on each engine, where the engine could matter."""
    if request.param == "sqlite":
        yield request.getfixturevalue("office_url")
        return
    server: str = request.getfixturevalue("postgres_url")
    template: str = request.getfixturevalue("_office_template")
    name = f"office_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _named(server: str, database: str) -> str:
    return server.replace("/postgres?", f"/{database}?", 1)


def _administer(server: str, statement: str) -> None:
    url = server.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def world(runner: asyncio.Runner, office_url: str) -> Iterator[World]:
    """The demo office on SQLite, served."""
    yield from _opened(runner, office_url)


@pytest.fixture
def each_world(runner: asyncio.Runner, both_urls: str) -> Iterator[World]:
    """The demo office on each engine, served."""
    yield from _opened(runner, both_urls)


def _opened(runner: asyncio.Runner, url: str) -> Iterator[World]:
    context = opened(url)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """What the log holds; whatever the test is about, nothing of the demo office's people."""
    with listening(logging.DEBUG, Lines()) as lines:
        yield lines
    assert not told_too_much(lines)


# -- the AI bot on its long connection ----------------------------------------------------------


@pytest.fixture
def fast_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """The times of the long connection, for tests."""
    monkeypatch.setattr(wecom_socket, "Timing", lambda: FAST)


@pytest.fixture
def talk(runner: asyncio.Runner, office_url: str, fast_socket: None) -> Iterator[Talk]:
    """The demo office behind a gateway."""
    context = talking(office_url)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.fixture
def let_answer(monkeypatch: pytest.MonkeyPatch) -> Handle:
    """Let another function answer ASKED."""

    def put(function: Callable[[Turn], Reply]) -> None:
        intent = registry.BY_NAME[HANDLED]
        monkeypatch.setitem(registry.BY_NAME, HANDLED, replace(intent, handle=function))

    return put
