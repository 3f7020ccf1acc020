"""Units, classes, timetables, deadlines, credits, submissions and rules: what each row does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from storage.imports.changes import ImportRefusedError
from storage.people import People
from storage.readers.sheet_rows import Kind
from storage.scope import EVERYTHING
from storage.tables import (
    class_groups,
    credit_entries,
    credit_rule_sets,
    deadlines,
    enrolments,
    programme_phases,
    programmes,
    sessions,
)
from storage.unit import Unit
from tests.storage.imports.offices import bring_in, context, load_demo, plan


def said(changes: object) -> str:
    found = [*changes.errors, *changes.notes]  # type: ignore[attr-defined]
    return "\n".join(each.message for each in found)


def test_a_branch_moves_with_everything_below_it(unit: Unit) -> None:
    load_demo(unit)
    bring_in(unit, Kind.ORGANISATIONS, "名称,上级,类别\n城关片区,东山片区,片区\n")
    paths = {each.name: each.path for each in People(unit).organisations()}
    assert paths["城关小学"].startswith(paths["东山片区"])


def test_units_without_a_place_are_named(unit: Unit) -> None:
    load_demo(unit)
    changes = plan(unit, Kind.ORGANISATIONS, "名称,上级\n新学校,没有的片区\n某机构,\n")
    assert "第 2 行：上级「没有的片区」不在表里" in said(changes)
    assert "第 3 行：「某机构」的上级是空的，放在「云溪县教育局」之下" in said(changes)


def test_units_in_a_circle_are_refused(unit: Unit) -> None:
    load_demo(unit)
    with pytest.raises(ImportRefusedError, match="绕了一圈"):
        plan(unit, Kind.ORGANISATIONS, "名称,上级\n东山片区,东山中学\n")


def test_a_class_list_may_come_before_its_plan(unit: Unit) -> None:
    load_demo(unit)
    text = (
        "班级,项目,姓名,工号,角色,企业微信群\n"
        "书法班,中小学书法教师培训,徐丽,430402,学员,wr-shufa\n"
        "书法班,中小学书法教师培训,朱军,430403,班主任,\n"
        "书法班,中小学书法教师培训,没有,999999,学员,\n"
        "书法班,中小学书法教师培训,张三,430102,学员,wr-xinxi-1\n"
    )
    changes = plan(unit, Kind.CLASSES, text)
    assert [each.row for each in changes.errors] == [4, 5]
    assert "将按名称新建" in said(changes)
    bring_in(unit, Kind.CLASSES, text)
    (zhu,) = People(unit).named("朱军", EVERYTHING)
    assert "class_tutor" in {role.role for role in People(unit).roles_of(zhu.id)}
    group = unit.row(select(class_groups).where(class_groups.c.chat == "wr-shufa"))
    assert group is not None
    seed = "序号,项目名称,培训形式,培训对象,培训天数/学时,培训人数,承办机构\n"
    bring_in(unit, Kind.PLAN, f"{seed}9,中小学书法教师培训,本地,中小学书法教师,7天,80,启明网\n")
    (programme,) = unit.rows(select(programmes).where(programmes.c.name == "中小学书法教师培训"))
    assert programme.seq == "9"
    phase = unit.row(
        select(programme_phases).where(programme_phases.c.programme_id == programme.id)
    )
    assert phase is not None
    assert (phase.enrolment_count, phase.duration_unit) == (80, "day")


def test_somebody_who_left_a_class_is_named_and_taken_out_when_confirmed(unit: Unit) -> None:
    load_demo(unit)
    text = (
        "班级,项目,姓名,工号,角色\n"
        "小学语文工作坊,小学语文教学能力提升工作坊,吴霞,430802,坊主\n"
        "小学语文工作坊,小学语文教学能力提升工作坊,李娜,430103,学员\n"
        "小学语文工作坊,小学语文教学能力提升工作坊,王芳,430104,学员\n"
        "小学语文工作坊,小学语文教学能力提升工作坊,朱军,430403,学员\n"
    )
    changes = plan(unit, Kind.CLASSES, text)
    assert {each.words.split("：")[1] for each in changes.leavers} == {"刘敏", "孙丽"}
    before = len(unit.rows(select(enrolments.c.id)))
    bring_in(unit, Kind.CLASSES, text, context(leavers=True))
    assert len(unit.rows(select(enrolments.c.id))) == before - 2


def test_a_changed_session_is_changed_not_doubled(unit: Unit) -> None:
    load_demo(unit)
    text = (
        "班级,日期,开始,结束,地点\n"
        "信息技术1班,2021-07-13,08:30,11:30,进修学校二楼报告厅\n"
        "信息技术1班,2021-07-13,10:00,12:00,另一间\n"
        "没有的班,2021-07-13,08:30,11:30,机房\n"
    )
    changes = plan(unit, Kind.TIMETABLE, text)
    assert [each.words for each in changes.changes] == ["信息技术1班 07-13 08:30：地点有改动"]
    assert "时间重叠" in said(changes)
    assert "原有课次 07-13 14:30「微课剪辑练习」不在表里" in said(changes)
    assert "没有班级「没有的班」" in said(changes)
    bring_in(unit, Kind.TIMETABLE, text)
    row = unit.row(select(sessions).where(sessions.c.place == "进修学校二楼报告厅"))
    assert row is not None
    assert row.topic  # a column that the file does not have keeps what stood there


def test_a_deadline_is_of_a_class_a_programme_or_everybody(unit: Unit) -> None:
    load_demo(unit)
    text = (
        "事项,截止,项目,班级,对象\n"
        "报名表,2021-07-20,普通话水平能力提升培训,,学员\n"
        "小结,2021-07-21 17:00,信息技术1班,,学员\n"
        "别的,2021-07-21,没有的项目,,学员\n"
        "研修日志,2021-07-17 18:00,,信息技术1班,学员\n"
    )
    changes = plan(unit, Kind.DEADLINES, text)
    assert [each.row for each in changes.errors] == [4]
    assert [each.row for each in changes.changes] == [5]
    bring_in(unit, Kind.DEADLINES, text)
    rows = {row.title: row for row in unit.rows(select(deadlines))}
    assert rows["报名表"].programme_id is not None
    assert rows["报名表"].whole_day
    assert rows["小结"].training_class_id is not None
    assert rows["小结"].programme_id is None
    assert rows["研修日志"].due_at.astimezone(context().now.tzinfo).date() == date(2021, 7, 17)


def test_credits_are_checked_row_by_row_and_never_doubled(unit: Unit) -> None:
    load_demo(unit)
    text = (
        "工号,姓名,年度,项目,级别,形式,学时,学分,状态,依据,日期\n"
        "430102,张伟,2021,小学数学新课标县级培训,县培,集中,20,20,已认定,更正,2021-04-16\n"
        "430102,张三,2021,甲,县培,集中,1,1,已认定,,\n"
        "999999,,2021,甲,县培,集中,1,1,已认定,,\n"
        "430102,,2021,甲,,,1.23456,,已认定,,\n"
        "430103,李娜,2021,乙,,,6,,,,\n"
    )
    changes = plan(unit, Kind.CREDITS, text)
    assert [each.row for each in changes.errors] == [3, 4, 5]
    assert [each.words for each in changes.changes] == [
        "张伟 2021 小学数学新课标县级培训：学时、学分、依据有改动"
    ]
    assert "没有写级别，按县培登记" in said(changes)
    bring_in(unit, Kind.CREDITS, text)
    row = unit.row(select(credit_entries).where(credit_entries.c.programme == "乙"))
    assert row is not None
    assert (row.class_hours, row.credits, row.level) == (Decimal(6), None, "county")
    assert bring_in_is_empty(unit, text)


def bring_in_is_empty(unit: Unit, text: str) -> bool:
    return plan(unit, Kind.CREDITS, text).is_empty


def test_a_school_does_not_recognise_what_the_county_recognises(unit: Unit) -> None:
    load_demo(unit)
    path = next(each.path for each in People(unit).organisations() if each.name == "城关小学")
    text = (
        "工号,年度,项目,级别,形式,学时,日期\n"
        "430103,2021,县里的培训,县培,集中,6,2021-07-01\n"
        "430103,2021,校本第三阶段,校本,校本,6,2021-07-01\n"
        "430202,2021,别校的人,校本,校本,6,2021-07-01\n"
        "430102,2021,小学数学新课标县级培训,县培,集中,30,2021-04-16\n"
    )
    school = context(school=path)
    changes = plan(unit, Kind.CREDITS, text, school)
    assert [each.row for each in changes.errors] == [4, 5]
    assert "已由县级认定，不能再改" in said(changes)
    bring_in(unit, Kind.CREDITS, text, school)
    states = {row.programme: row.status for row in unit.rows(select(credit_entries))}
    assert states["县里的培训"] == "pending"
    assert states["校本第三阶段"] == "recognised"
    with pytest.raises(ImportRefusedError, match="只能由县级管理员导入"):
        plan(unit, Kind.DEADLINES, "事项,截止\n甲,2021-07-01\n", school)


def test_a_submission_finds_the_item_of_the_own_class(unit: Unit) -> None:
    load_demo(unit)
    bring_in(
        unit,
        Kind.DEADLINES,
        "事项,截止,班级\n心得,2021-07-20,信息技术1班\n心得,2021-07-22,小学语文工作坊\n",
    )
    changes = plan(
        unit, Kind.SUBMISSIONS, "事项,工号,提交时间\n心得,430102,\n心得,430103,\n没有,430102,\n"
    )
    assert len(changes.adds) == 1
    assert [each.row for each in changes.errors] == [3, 4]
    assert "分不清是哪一项" in said(changes)


def test_a_rule_set_is_checked_and_its_version_is_kept(unit: Unit) -> None:
    load_demo(unit)
    assert said(plan(unit, Kind.RULES, "标题 = 1")) == "没有写版本号。"
    bring_in(unit, Kind.RULES, 'version = "2021"')
    assert plan(unit, Kind.RULES, 'version = "2021"').unchanged == 1
    assert "已经采用过" in said(plan(unit, Kind.RULES, 'version =  "2021"'))
    row = unit.row(select(credit_rule_sets))
    assert row is not None
    assert row.organisation_id == 1


def test_a_plan_without_a_table_is_refused(unit: Unit) -> None:
    changes = plan(unit, Kind.PLAN, "今年的计划见附件。\n")
    assert changes.is_empty
    assert changes.errors


def test_kinds_that_cannot_be_loaded_yet_say_so(unit: Unit) -> None:
    for kind in (Kind.RESULTS, Kind.ATTENDANCE, Kind.DOCUMENT):
        with pytest.raises(ImportRefusedError, match="目前还不能导入"):
            plan(unit, kind, "甲,乙\n1,2\n")
