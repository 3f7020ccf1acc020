"""Rosters: new, changed and missing people; new units; roles; whose school it is (A01, A02)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage.account_locks import AccountLocks
from storage.accounts import Accounts
from storage.imports.changes import Changes
from storage.imports.saving import save
from storage.people import People
from storage.readers.sheet_rows import Kind
from storage.scope import EVERYTHING
from storage.tables import people, roles
from storage.unit import Unit
from tests.storage.imports.offices import NOW, bring_in, context, load_demo, plan

HEADER = "姓名,工号,单位,片区,学段,学科,手机号,身份,管理范围,企业微信账号,状态\n"


def roster(unit: Unit, *lines: str, school: str | None = None, header: str = HEADER) -> Changes:
    path = None if school is None else path_of(unit, school)
    return plan(unit, Kind.ROSTER, header + "\n".join(lines), context(school=path))


def path_of(unit: Unit, name: str) -> str:
    return next(each.path for each in People(unit).organisations() if each.name == name)


def messages(changes: Changes) -> str:
    return "\n".join(each.message for each in (*changes.errors, *changes.notes))


def test_an_office_may_start_from_a_roster_alone(unit: Unit) -> None:
    text = HEADER + (
        "李国强,1,云溪县师训股,,,,,县级管理员,,,\n"
        "张伟,2,城关小学,城关片区,小学,数学,13800000001,,,ZhangWei,\n"
        "孙丽,3,城关小学,城关片区,小学,语文,,教师、校级管理员,,,\n"
    )
    result = bring_in(unit, Kind.ROSTER, text)
    assert (result.added, result.errors) == (3, ())
    said = "\n".join(each.message for each in result.notes)
    assert "以「云溪县师训股」为最上一级" in said
    assert "第 3 行：单位「城关小学」是新的，将建在「城关片区」之下" in said
    (zhang,) = People(unit).named("张伟", EVERYTHING)
    assert zhang.organisation_path == "/1/2/3/"
    holder = Accounts(unit).holder("wecom", "zhangwei")
    assert holder is not None
    assert holder.id == zhang.id


def test_changes_are_named_column_by_column(unit: Unit) -> None:
    load_demo(unit)
    changes = roster(
        unit,
        "张伟,430102,云溪县第一中学,,高中,,13900000000,教师,,zhangwei,在职",
        "新来的,430999,城关小学,,小学,语文,,,,,",
        "李娜,430103,城关小学,,小学,语文,13800000103,教师,,lina,在职",
    )
    (line,) = changes.changes
    assert line.row == 2
    assert "单位 城关小学 → 云溪县第一中学" in line.words
    assert "学段 小学 → 高中" in line.words
    assert "13900000000" not in line.words
    assert [each.row for each in changes.adds] == [3]
    assert changes.unchanged == 1
    (zhang,) = People(unit).named("张伟", EVERYTHING)
    assert zhang.organisation == "城关小学"  # nothing is written by planning


def test_a_blank_or_absent_column_changes_nothing(unit: Unit) -> None:
    load_demo(unit)
    changes = roster(unit, "孙丽,430101,城关小学", header="姓名,工号,单位\n")
    assert (changes.changes, changes.unchanged) == ((), 1)


def test_leavers_are_marked_only_when_asked_and_never_deleted(unit: Unit) -> None:
    load_demo(unit)
    lines = [
        "孙丽,430101,城关小学",
        "张伟,430102,城关小学",
        "李娜,430103,城关小学",
        "王芳,430104,城关小学",
    ]
    text = "姓名,工号,单位\n" + "\n".join(lines)
    changes = plan(unit, Kind.ROSTER, text)
    gone = [each.words for each in changes.leavers]
    assert len(gone) == 2  # 蒋明 has retired already
    assert all(name in "".join(gone) for name in ("赵敏", "何静"))
    save(unit, changes, "a.csv", "", context())
    assert People(unit).named("赵敏", EVERYTHING)[0].status == "active"
    asked = context(leavers=True)
    result = save(unit, plan(unit, Kind.ROSTER, text, asked), "a.csv", "", asked)
    assert result.left == 2
    (zhao,) = People(unit).named("赵敏", EVERYTHING)
    assert zhao.status == "transferred"


def test_a_file_of_a_few_people_names_no_leavers(unit: Unit) -> None:
    load_demo(unit)
    assert roster(unit, "张伟,430102,城关小学,,,,,,,,").leavers == ()


def test_damaged_numbers_are_refused_with_their_rows(unit: Unit) -> None:
    load_demo(unit)
    changes = roster(
        unit,
        "甲一,4.4E+17,城关小学,,,,13800009999,,,,",
        "乙二,430998,城关小学,,,,1.38E+10,,,,",
        "张伟,430102,城关小学,,,,,,,,",
    )
    assert [each.row for each in changes.errors] == [2, 3]
    assert "工号" in changes.errors[0].message
    assert "手机号" in changes.errors[1].message
    assert changes.adds == ()


def test_a_school_reaches_its_own_people_only(unit: Unit) -> None:
    load_demo(unit)
    changes = roster(
        unit,
        "新老师,430997,城关小学,,小学,语文,,,,,",
        "别处的,430996,云溪县第一中学,,,,,,,,",
        "陈静,430202,城关小学,,,,,,,,",
        "没有的,430995,无名小学,,,,,,,,",
        "想升官,430994,城关小学,,,,,县级管理员,,,",
        "孙丽,430101,城关小学,,,,,教师、校级管理员,,sunli,",
        school="城关小学",
    )
    assert [each.row for each in changes.adds] == [2]
    assert [each.row for each in changes.errors] == [3, 4, 5, 6]
    said = messages(changes)
    assert "陈静" not in said
    assert "“身份”里除教师以外的身份由县级管理员设置" in said
    assert changes.unchanged == 1


def test_roles_follow_the_file_of_the_office(unit: Unit) -> None:
    load_demo(unit)
    text = HEADER + (
        "孙丽,430101,城关小学,,,,,教师,,,\n"
        "王芳,430104,城关小学,,,,,教师、校级管理员,,,\n"
        "周明,430801,进修学校,,,,,教师,,,\n"
    )
    changes = plan(unit, Kind.ROSTER, text)
    said = " ".join(each.words for each in changes.changes)
    assert "收回身份 校级管理员" in said
    assert "增加身份 校级管理员" in said
    bring_in(unit, Kind.ROSTER, text)
    held: dict[str, set[str]] = {row.name: set() for row in unit.rows(select(people.c.name))}
    for row in unit.rows(select(people.c.name, roles.c.role).join(roles)):
        held[row.name].add(row.role)
    assert held["孙丽"] == {"teacher"}
    assert held["王芳"] == {"teacher", "school_admin"}
    assert held["周明"] == {"teacher", "class_tutor"}  # the class list made him that


def test_whoever_leaves_loses_rights_over_others(unit: Unit) -> None:
    load_demo(unit)
    bring_in(
        unit,
        Kind.ROSTER,
        "姓名,工号,单位,状态\n孙丽,430101,城关小学,调出\n郑强,430201,东山中学,在职\n",
    )
    people_now = People(unit)
    (sun,) = people_now.named("孙丽", EVERYTHING)
    (zheng,) = people_now.named("郑强", EVERYTHING)
    assert {each.role for each in people_now.roles_of(sun.id)} == {"teacher"}
    assert {each.role for each in people_now.roles_of(zheng.id)} == {"teacher"}


def test_an_account_of_somebody_else_is_not_taken(unit: Unit) -> None:
    load_demo(unit)
    changes = roster(
        unit,
        "何静,430106,城关小学,,,,,,,LINA,",
        "胡敏,430405,东山小学,,,,,,,humin,",
        "新人,430993,东山小学,,,,,,,humin,",
    )
    assert [each.row for each in changes.errors] == [2, 4]
    assert "绑定企业微信账号" in changes.changes[0].words


def test_an_unknown_scope_is_an_error_of_its_row(unit: Unit) -> None:
    load_demo(unit)
    changes = roster(unit, "甲,430992,城关小学,,,,,校级管理员,无名小学,,")
    assert "“管理范围”「无名小学」不在单位表里" in messages(changes)


# -- accounts -------------------------------------------------------------------------------------


def test_a_school_never_adds_an_account_to_somebody_who_has_one(unit: Unit) -> None:
    load_demo(unit)
    changes = roster(
        unit,
        "张伟,430102,城关小学,,初中,,,,,zhangwei2,",
        "何静,430106,城关小学,,,,,,,hejing,",
        "李娜,430103,城关小学,,,,,,,LiNa,",
        school="城关小学",
    )
    assert changes.errors == ()
    (said,) = changes.notes
    assert said.row == 2
    assert "该老师已有账号，企业微信账号没有改" in said.message
    words = {each.row: each.words for each in changes.changes}
    assert "学段 小学 → 初中" in words[2]  # the rest of the row is taken
    assert "账号" not in words[2]
    assert "绑定企业微信账号" in words[3]
    save(unit, changes, "a.csv", "", context(school=path_of(unit, "城关小学")))
    assert Accounts(unit).holder("wecom", "zhangwei2") is None
    assert Accounts(unit).holder("wecom", "hejing") is not None


def test_an_account_on_another_platform_is_one_too(unit: Unit) -> None:
    load_demo(unit)
    (he,) = People(unit).named("何静", EVERYTHING)
    Accounts(unit).bind("qq", "Q1", he.id, NOW)
    changes = roster(unit, "何静,430106,城关小学,,,,,,,hejing,", school="城关小学")
    assert "该老师已有账号" in messages(changes)


def test_the_county_s_second_account_is_shown_before_it_is_bound(unit: Unit) -> None:
    load_demo(unit)
    changes = roster(unit, "张伟,430102,城关小学,,,,,,,zhangwei2,")
    (line,) = changes.changes
    assert "再绑一个企业微信账号 zhangwei2（原有 1 个账号不变，会通知本人）" in line.words
    save(unit, changes, "a.csv", "", context())
    (zhang,) = People(unit).named("张伟", EVERYTHING)
    assert [each.account for each in Accounts(unit).of_person(zhang.id)] == [
        "zhangwei",
        "zhangwei2",
    ]


def test_a_locked_account_comes_back_by_no_roster(unit: Unit) -> None:
    load_demo(unit)
    (zhang,) = People(unit).named("张伟", EVERYTHING)
    (account,) = Accounts(unit).of_person(zhang.id)
    AccountLocks(unit).lock(account, zhang.id, NOW)
    changes = roster(unit, "李娜,430103,城关小学,,,,,,,zhangwei,")
    assert "被本人否认过，已锁定" in messages(changes)
    assert changes.is_empty


@pytest.mark.parametrize(
    "cell",
    ["@all", "lina|wangwu", "li na", "-lina", "a" * 65, "李娜", "lina;wangwu", "@", "lina/x"],
)
def test_what_is_no_member_s_id_is_refused_by_its_row(unit: Unit, cell: str) -> None:
    load_demo(unit)
    changes = roster(unit, f"何静,430106,城关小学,,,,,,,{cell},")
    (error,) = changes.errors
    assert error.row == 2
    assert "不能是企业微信账号" in error.message
    assert changes.is_empty


@pytest.mark.parametrize("cell", ["hejing", "He.Jing@yunxi-1", "a", "0001", "a" * 64])
def test_what_is_a_member_s_id_is_taken(unit: Unit, cell: str) -> None:
    load_demo(unit)
    bring_in(unit, Kind.ROSTER, HEADER + f"何静,430106,城关小学,,,,,,,{cell},")
    assert Accounts(unit).holder("wecom", cell.lower()) is not None
