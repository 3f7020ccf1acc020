"""An import can be taken back for 24 hours, whole, unless something is built upon it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from storage.accounts import Accounts
from storage.database import Database
from storage.imports.saving import Imports, UndoRefusedError, forget_undo_before, undo
from storage.people import People
from storage.readers.sheet_rows import Kind
from storage.scope import EVERYTHING
from storage.tables import (
    accounts,
    credit_entries,
    imports,
    metadata,
    organisations,
    people,
    roles,
)
from storage.unit import Unit
from tests.storage.imports.offices import NOW, bring_in, context, load_demo

ROSTER = (
    "姓名,工号,单位,片区,学段,身份,企业微信账号,状态\n"
    "新人,430990,新办小学,城关片区,小学,教师、校级管理员,xinren,\n"
    "张伟,430102,云溪县第一中学,,高中,教师,zhangwei,\n"
    "孙丽,430101,城关小学,,,教师,,调出\n"
)
HOUR = timedelta(hours=1)


def everything(unit: Unit) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the office's own tables."""
    tables = (people, organisations, roles, accounts, credit_entries)
    return {
        table.name: sorted(tuple(map(str, row)) for row in unit.rows(select(table)))
        for table in tables
    }


def test_an_undone_roster_leaves_no_trace(unit: Unit) -> None:
    load_demo(unit)
    before = everything(unit)
    result = bring_in(unit, Kind.ROSTER, ROSTER)
    assert everything(unit) != before
    done = undo(unit, result.import_id, NOW + HOUR)
    assert done.kept == 0
    assert everything(unit) == before


def test_every_kind_can_be_undone(unit: Unit) -> None:
    load_demo(unit)
    tables = [table for table in metadata.sorted_tables if table.name != "imports"]
    before = {t.name: sorted(map(str, unit.rows(select(t)))) for t in tables}
    texts = {
        Kind.ORGANISATIONS: "名称,上级,简称\n城关小学,东山片区,小小\n新单位,城关小学,\n",
        Kind.PLAN: "序号,项目名称,培训形式,培训对象,培训天数/学时,培训人数,承办机构\n"
        "1,中小学信息技术应用能力提升培训,本地,教师,9天,60,进修学校\n",
        Kind.CLASSES: "班级,项目,姓名,工号\n新班,新项目,张伟,430102\n",
        Kind.TIMETABLE: "班级,日期,开始,结束,地点\n信息技术1班,2021-07-13,08:30,12:00,甲\n",
        Kind.DEADLINES: "事项,截止,班级\n研修日志,2021-07-25,信息技术1班\n新的,2021-07-25,\n",
        Kind.CREDITS: "工号,年度,项目,学时,日期\n430102,2021,新的,6,2021-07-01\n",
        Kind.SUBMISSIONS: "事项,工号\n研修日志,430102\n",
        Kind.RULES: 'version = "9"',
    }
    done = [bring_in(unit, kind, text) for kind, text in texts.items()]
    for result in reversed(done):
        undo(unit, result.import_id, NOW + HOUR)
    assert {t.name: sorted(map(str, unit.rows(select(t)))) for t in tables} == before


def test_after_a_day_it_stays(unit: Unit) -> None:
    load_demo(unit)
    result = bring_in(unit, Kind.ROSTER, ROSTER)
    with pytest.raises(UndoRefusedError, match="超过 24 小时"):
        undo(unit, result.import_id, NOW + 24 * HOUR)
    assert forget_undo_before(unit, NOW + HOUR)
    assert unit.value(select(imports.c.undo).where(imports.c.id == result.import_id)) == {
        "steps": []
    }


def test_twice_is_once(unit: Unit) -> None:
    load_demo(unit)
    result = bring_in(unit, Kind.ROSTER, ROSTER)
    undo(unit, result.import_id, NOW + HOUR)
    with pytest.raises(UndoRefusedError, match="已经撤销过"):
        undo(unit, result.import_id, NOW + HOUR)
    with pytest.raises(UndoRefusedError, match="没有找到"):
        undo(unit, 12345, NOW)


def test_what_is_built_upon_is_not_pulled_away(database: Database) -> None:
    with database.unit() as unit:
        load_demo(unit)
        result = bring_in(unit, Kind.ROSTER, ROSTER)
        (newcomer,) = People(unit).named("新人", EVERYTHING)
        unit.add(
            insert(accounts),
            {"channel": "qq", "account": "x", "person_id": newcomer.id, "bound_at": NOW},
        )
    with database.unit() as unit, pytest.raises(UndoRefusedError, match="已经被用到"):
        undo(unit, result.import_id, NOW + HOUR)
    with database.unit() as unit:
        saved = Imports(unit).by_id(result.import_id)
        assert saved is not None
        assert saved.status == "saved"


def test_what_somebody_changed_since_is_kept(unit: Unit) -> None:
    load_demo(unit)
    result = bring_in(unit, Kind.ROSTER, ROSTER)
    bring_in(
        unit,
        Kind.ROSTER,
        "姓名,工号,单位,学段\n张伟,430102,东山中学,初中\n",
        context(NOW + HOUR),
    )
    done = undo(unit, result.import_id, NOW + 2 * HOUR)
    assert done.kept == 1
    assert People(unit).named("张伟", EVERYTHING)[0].organisation == "东山中学"


def test_the_latest_import_is_found_for_its_author(unit: Unit) -> None:
    load_demo(unit)
    (sun,) = People(unit).named("孙丽", EVERYTHING)
    mine = bring_in(unit, Kind.ROSTER, ROSTER, context(by=sun.id))
    since = NOW - HOUR
    found = Imports(unit).latest(sun.id, since)
    assert found is not None
    assert found.id == mine.import_id
    (other,) = People(unit).named("郑强", EVERYTHING)
    assert Imports(unit).latest(other.id, since) is None


def test_imports_that_build_on_each_other_are_undone_backwards(unit: Unit) -> None:
    load_demo(unit)
    head = "班级,项目,姓名,工号\n"
    rows = ["新班,新项目,张伟,430102\n", "新班,新项目,李娜,430103\n", "新班,新项目,王芳,430104\n"]
    first = bring_in(unit, Kind.CLASSES, head + "".join(rows))
    second = bring_in(unit, Kind.CLASSES, head + "".join(rows[:2]), context(leavers=True))
    with pytest.raises(UndoRefusedError, match=f"请先撤销编号 {second.import_id}"):
        undo(unit, first.import_id, NOW + HOUR)
    undo(unit, second.import_id, NOW + HOUR)
    undo(unit, first.import_id, NOW + HOUR)


def test_undoing_takes_only_the_accounts_that_the_import_gave(unit: Unit) -> None:
    """A number may be given again: the account that has it now is somebody else's doing."""
    load_demo(unit)
    result = bring_in(
        unit, Kind.ROSTER, "姓名,工号,单位,企业微信账号\n何静,430106,城关小学,hejing\n"
    )
    (he,) = People(unit).named("何静", EVERYTHING)
    (given,) = Accounts(unit).of_person(he.id)
    Accounts(unit).unbind("wecom", "hejing")
    other = {"id": given.id, "channel": "qq", "account": "HE1", "person_id": he.id}
    unit.add(insert(accounts), {**other, "bound_at": NOW + HOUR})
    done = undo(unit, result.import_id, NOW + 2 * HOUR)
    assert done.removed == 0
    assert [each.account for each in Accounts(unit).of_person(he.id)] == ["HE1"]


def test_undoing_does_not_give_back_what_its_person_gave_up(unit: Unit) -> None:
    load_demo(unit)
    text = "姓名,工号,单位,企业微信账号\n何静,430106,城关小学,hejing\n"
    result = bring_in(unit, Kind.ROSTER, text)
    Accounts(unit).unbind("wecom", "hejing")
    undo(unit, result.import_id, NOW + HOUR)
    assert Accounts(unit).holder("wecom", "hejing") is None
