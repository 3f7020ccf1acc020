"""The town of this folder's contracts, made once a file; each test undoes what it does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.reading import Readings
from storage import schema
from storage.database import Database
from storage.unit import Unit
from tests.scope.two_districts import Town, live, settle


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Two districts on a Monday morning."""
    folder = tmp_path_factory.mktemp("town")
    database = Database(f"sqlite:///{folder / 'office.sqlite'}")
    schema.upgrade(database)
    (folder / "office").mkdir()
    settle(database, folder / "office")
    made = Town(database, Readings(database))
    live(made)
    yield made
    made.readings.close()
    database.close()


@pytest.fixture
def unit(town: Town) -> Iterator[Unit]:
    """What is tried in it is undone."""
    opened = town.database.open_unit()
    yield opened
    opened.release(keep=False)
