"""Units of work on both engines: what is kept, what is undone, and who hears of it when."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.journal import OfficeSettings, SeenMessages
from storage.tables import organisations, seen_messages
from storage.types import Exact, Instant
from storage.unit import Unit

NOW = datetime(2021, 7, 12, 0, 25, tzinfo=UTC)
SCHOOL = {"name": "城关小学", "kind": "school", "path": "/1/", "aliases": []}


def _count(database: Database) -> int:
    with database.unit() as unit:
        return int(unit.value(select(func.count()).select_from(organisations)))


def test_leaving_a_unit_commits_and_raising_rolls_back(database: Database) -> None:
    with database.unit() as unit:
        unit.add(insert(organisations), SCHOOL)
    with pytest.raises(RuntimeError, match="the handler failed"):
        _write_and_fail(database)
    assert _count(database) == 1


def _write_and_fail(database: Database) -> None:
    with database.unit() as unit:
        unit.add(insert(organisations), {**SCHOOL, "name": "城东小学"})
        raise RuntimeError("the handler failed")


def test_a_refused_row_leaves_the_other_units_of_the_group_alone(database: Database) -> None:
    heard: list[BaseException | None] = []
    first = database.open_unit()
    first.add(insert(organisations), SCHOOL)
    first.release(keep=True, saved=heard.append)
    second = database.open_unit()
    with pytest.raises(IntegrityError):
        second.add(insert(organisations), SCHOOL)
    second.release(keep=False)
    third = database.open_unit()
    third.add(insert(organisations), {**SCHOOL, "name": "城西小学"})
    third.release(keep=True, saved=heard.append)
    database.lane.flush()
    assert heard == [None, None]
    assert _count(database) == 2


def test_a_unit_reads_what_it_wrote(unit: Unit) -> None:
    unit.add(insert(organisations), SCHOOL)
    assert unit.value(select(organisations.c.name)) == "城关小学"


def test_one_message_id_is_new_once_whoever_comes_first(database: Database) -> None:
    new: list[bool] = []

    def note() -> None:
        with database.unit() as unit:
            new.append(SeenMessages(unit).first("wecom", "7000000000000000001", NOW))

    threads = [threading.Thread(target=note) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False] * 7 + [True]


def test_a_slow_reader_holds_no_writer_up(database: Database) -> None:
    slow = database.open_unit()
    slow.value(select(func.count()).select_from(seen_messages))
    with database.unit() as unit:
        OfficeSettings(unit).put("stopped", True, NOW)
    with database.unit() as unit:
        assert OfficeSettings(unit).get("stopped") is True
    slow.release(keep=True)


def test_a_promise_is_kept_once(unit: Unit) -> None:
    seen = SeenMessages(unit)
    assert seen.promise("wecom", "1", NOW, {"text": "我的学分"})
    assert [u.message for u in seen.unfinished()] == [{"text": "我的学分"}]
    assert seen.keep("wecom", "1")
    assert not seen.keep("wecom", "1")
    assert seen.unfinished() == ()


def test_moments_need_a_zone_and_decimals_four_places(database: Database) -> None:
    dialect = database.engine.dialect
    with pytest.raises(ValueError, match="time zone"):
        Instant().process_bind_param(NOW.replace(tzinfo=None), dialect)
    with pytest.raises(ValueError, match="decimal places"):
        Exact().process_bind_param(Decimal("0.00001"), dialect)
    assert Exact().process_result_value(65000, dialect) == Decimal("6.5")
    assert str(Exact().process_result_value(360_0000, dialect)) == "360"
