"""The demo office loads into both engines, twice without a change, and comes out as it went in."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.database import Database
from storage.imports.changes import ImportRefusedError
from storage.imports.commands import (
    export_file,
    export_template,
    import_file,
    import_office,
    kind_named,
)
from storage.people import People
from storage.readers.office import bytes_of, read_office
from storage.readers.problems import ReadError
from storage.readers.reading import ReadFile, read_file
from storage.readers.sheet_rows import Kind
from storage.readers.sheets import read_sheet
from storage.scope import EVERYTHING
from storage.tables import (
    attendance,
    credit_entries,
    people,
    programme_phases,
    programmes,
)
from storage.unit import Unit
from tests.storage.imports.offices import DEMO, context, load_demo


def read(path: Path, kind: Kind) -> ReadFile:
    """A file as the command line reads it, in this process."""
    return read_file(bytes_of(path), path.name, kind)


def test_the_demo_office_has_no_error_and_loads_once(database: Database) -> None:
    first = import_office(database, read_office(DEMO), context())
    assert first.saved
    assert first.errors == 0, first.text
    again = import_office(database, read_office(DEMO), context())
    assert not again.saved
    assert "没有需要保存的改动" in again.text
    facts = json.loads(again.json)
    assert all(not each["added"] and not each["changed"] for each in facts["files"])


def test_a_dry_run_of_an_office_keeps_nothing(database: Database) -> None:
    report = import_office(database, read_office(DEMO), context(), dry_run=True)
    assert "没有保存" in report.text
    assert not report.saved
    with database.unit() as unit:
        assert unit.row(select(people)) is None


def test_people_have_their_branch_roles_and_account(unit: Unit) -> None:
    load_demo(unit)
    roster = People(unit)
    (zhang,) = roster.named("张伟", EVERYTHING)
    assert (zhang.organisation, zhang.school_stage, zhang.subject) == (
        "城关小学",
        "primary",
        "数学",
    )
    (li,) = roster.named("李国强", EVERYTHING)
    (officer,) = roster.roles_of(li.id)
    root = next(each for each in roster.organisations() if each.parent_id is None)
    assert (officer.role, officer.organisation_path) == ("county_admin", root.path)
    (sun,) = roster.named("孙丽", EVERYTHING)
    admin = {role.role: role.organisation_path for role in roster.roles_of(sun.id)}
    assert admin == {"teacher": None, "school_admin": zhang.organisation_path}
    school = next(each for each in roster.organisations() if each.name == "城关小学")
    district = next(each for each in roster.organisations() if each.name == "城关片区")
    assert school.path == f"/{root.id}/{district.id}/{school.id}/"


def test_the_plan_keeps_its_rows_and_names_what_is_odd(database: Database) -> None:
    report = import_file(database, read(DEMO / "plan.csv", Kind.PLAN), context(), dry_run=False)
    for said in ("序号 6", "500", "495"):
        assert said in report.text
    with database.unit() as unit:
        assert unit.value(select(func.count()).select_from(programmes)) == 8
        phase = unit.row(
            select(programme_phases).join(programmes).where(programmes.c.name.contains("心理"))
        )
    assert phase is not None
    assert (phase.modes, phase.duration, phase.duration_unit) == (
        ["online"],
        Decimal(60),
        "class_hour",
    )
    assert phase.subjects == ["心理健康"]
    assert json.loads(report.json).keys() == {"items", "problems", "totals"}


def test_the_seed_plan_comes_in_whole(database: Database, shared: Path) -> None:
    seed = shared / "seeds" / "000_18f97366548c1bed.txt"
    report = import_file(database, read(seed, Kind.PLAN), context(), dry_run=False)
    facts = json.loads(report.json)
    assert len(facts["items"]) == 51
    assert "63165" in report.text.replace(",", "")
    assert "65335" in report.text.replace(",", "")
    with database.unit() as unit:
        assert unit.value(select(func.count()).select_from(programme_phases)) == 51
        levels = {row.level for row in unit.rows(select(programmes.c.level))}
    assert levels == {"national", "municipal"}
    again = import_file(database, read(seed, Kind.PLAN), context(), dry_run=False)
    assert not again.saved


@pytest.mark.parametrize(
    "kind",
    [
        Kind.ORGANISATIONS,
        Kind.ROSTER,
        Kind.CLASSES,
        Kind.TIMETABLE,
        Kind.DEADLINES,
        Kind.CREDITS,
        Kind.SUBMISSIONS,
        Kind.PLAN,
    ],
)
def test_what_is_exported_comes_in_again_unchanged(
    database: Database, tmp_path: Path, kind: Kind
) -> None:
    import_office(database, read_office(DEMO), context())
    path = tmp_path / f"{kind.value}.xlsx"
    path.write_bytes(export_file(database, kind))
    report = import_file(database, read(path, kind), context(), dry_run=True)
    if kind is Kind.PLAN:
        assert len(json.loads(report.json)["items"]) == 8
        return
    facts = json.loads(report.json)
    assert (facts["added"], facts["changed"], facts["problems"]) == ([], [], [])


def test_each_of_several_roles_keeps_its_branch_when_the_roster_comes_in_again(
    database: Database, tmp_path: Path
) -> None:
    import_office(database, read_office(DEMO), context())
    path = tmp_path / "roster.csv"
    path.write_text(
        "姓名,工号,单位,身份,管理范围\n"
        "孙丽,430101,城关小学,教师、校级管理员、县级管理员,\n"
        "彭慧,430902,师训股,县级管理员,东山片区\n",
        encoding="utf-8",
    )
    assert import_file(database, read(path, Kind.ROSTER), context(), dry_run=False).saved
    out = tmp_path / "out.xlsx"
    out.write_bytes(export_file(database, Kind.ROSTER))
    facts = json.loads(import_file(database, read(out, Kind.ROSTER), context(), dry_run=True).json)
    assert (facts["changed"], facts["problems"]) == ([], [])


def test_an_attendance_sheet_lists_every_trainee(database: Database) -> None:
    import_office(database, read_office(DEMO), context())
    rows = read_sheet(Kind.ATTENDANCE, export_file(database, Kind.ATTENDANCE), "a.xlsx").rows
    assert len(rows) == 12 * 11 + 5 * 3 + 6 * 2
    with database.unit() as unit:
        assert unit.value(select(func.count()).select_from(attendance)) == 0


def test_a_template_can_be_had_for_each_kind() -> None:
    for kind in set(Kind) - {Kind.DOCUMENT, Kind.RULES}:
        assert export_template(kind).startswith(b"PK")


def test_mistakes_of_the_command_line_are_said_in_words(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="roster"):
        kind_named("rooster")
    with pytest.raises(ReadError, match="没有找到文件"):
        import_file(database, read(tmp_path / "no.xlsx", Kind.ROSTER), context(), dry_run=True)
    with pytest.raises(ReadError, match="没有可以导入的文件"):
        read_office(tmp_path)


def test_every_credit_of_the_demo_stands_in_the_ledger(unit: Unit) -> None:
    load_demo(unit)
    roster = People(unit)
    (zhang,) = roster.named("张伟", EVERYTHING)
    rows = unit.rows(select(credit_entries).where(credit_entries.c.person_id == zhang.id))
    assert sum(row.class_hours for row in rows if row.level == "school") == 26
    (rejected,) = [row for row in rows if row.status == "rejected"]
    assert rejected.reason == "与已登记的培训重复"
