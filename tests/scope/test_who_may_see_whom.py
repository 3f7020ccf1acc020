"""Nobody gets or changes what belongs to people outside their scope, whatever they press or say.

Every intent, every kind of file out and in; buttons whose slots are other people's ids, and
sentences with other people's names. What came back is searched for everything that people are
known by, and the rows of everybody outside are compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Table, insert, select

from handlers import registry
from handlers.contract import Intent
from handlers.reply import Action
from storage.imports.loaders import LOADABLE
from storage.readers.sheet_rows import Kind
from storage.tables import (
    accounts,
    attachments,
    attendance,
    binding_codes,
    check_in_windows,
    class_groups,
    credit_entries,
    enrolments,
    group_codes,
    imports,
    notice_recipients,
    notices,
    people,
    roles,
    sessions,
    submissions,
    training_classes,
)
from storage.unit import Unit
from tests.scope.two_districts import MARKS, NOW, TRAINEES, Came, Town


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody with the people and classes that are theirs, as a person of the trade would say."""

    account: str
    sees: tuple[str, ...]
    classes: tuple[str, ...]  # whose names and records are theirs to know


ASKERS = {
    "district officer": Role(
        "xucheng", ("许城", "孙丽", "张伟", "李娜", "王芳", "周明"), ("城关研修班", "联合研修班")
    ),
    "school administrator": Role("sunli", ("孙丽", "张伟", "李娜"), ()),
    "tutor": Role("zhouming", ("周明", "张伟", "李娜", "王芳"), ("城关研修班",)),
    "provider": Role("dongjie", ("董洁", "张伟", "马超"), ("联合研修班",)),
    "teacher": Role("zhangwei", ("张伟",), ("城关研修班", "联合研修班")),
    "stranger": Role("nobody", (), ()),
}
CLASSES = ("城关研修班", "东山研修班", "联合研修班")
GROUPS = {"城关研修班": "wr-chengguan", "东山研修班": "wr-dongshan", "联合研修班": "wr-lianhe"}
INTENTS = pytest.mark.parametrize("intent", registry.INTENTS, ids=lambda intent: intent.name)
EACH_ASKER = pytest.mark.parametrize("asker", ASKERS.values(), ids=ASKERS)


def outside(asker: Role) -> tuple[str, ...]:
    """The teachers whom this asker must not see."""
    return tuple(name for name in TRAINEES if name not in asker.sees)


def leaks(came: Came, asker: Role, typed: str) -> list[str]:
    """What came back of people and classes outside; what was typed may be repeated.

    Which classes a programme has is in its announcement: the catalogue tells it to everybody.
    """
    marks = [mark for name in outside(asker) for mark in MARKS[name]]
    marks += [each for each in CLASSES if each not in asker.classes and asker.classes]
    words = "\n".join(line for line in came.words.splitlines() if "已开的班：" not in line)
    return [each for each in marks if each in words and each not in typed]


def belongings(unit: Unit, asker: Role) -> dict[str, list[object]]:
    """Every row that belongs to somebody or to a class outside."""
    ids = {row.name: row.id for row in unit.rows(select(people))}
    foreign = {ids[name] for name in outside(asker)}
    groups = {row.id: row.name for row in unit.rows(select(training_classes))}
    strange = {i for i, name in groups.items() if name not in asker.classes}
    lessons = {row.id for row in unit.rows(select(sessions)) if row.training_class_id in strange}

    def rows(table: Table, column: str, among: set[int]) -> list[object]:
        found = unit.rows(select(table).order_by(*table.primary_key.columns))
        return [tuple(row) for row in found if getattr(row, column) in among]

    held = (accounts, attendance, binding_codes, credit_entries, enrolments)
    found = {
        each.name: rows(each, "person_id", foreign)
        for each in (*held, notice_recipients, roles, submissions)
    }
    found["people"] = rows(people, "id", foreign)
    for each in (class_groups, group_codes):
        found[each.name] = rows(each, "training_class_id", strange)
    for each in (sessions, check_in_windows):
        column, among = ("id", lessons) if each is sessions else ("session_id", lessons)
        found[each.name] = rows(each, column, among)
    mine = {row.person_id for row in unit.rows(select(accounts)) if row.account == asker.account}
    found["notices"] = [
        tuple(row) for row in unit.rows(select(notices)) if row.author_id not in mine
    ]
    return found


def foreign_slots(unit: Unit, asker: Role) -> list[dict[str, str]]:
    """Slots that point at everything outside, one by one and with every yes there is."""
    away = outside(asker)
    ids = {row.name: row.id for row in unit.rows(select(people))}
    classes = {row.name: row.id for row in unit.rows(select(training_classes))}
    strange = [str(classes[each]) for each in CLASSES if each not in asker.classes]
    lessons = [
        str(row.id) for row in unit.rows(select(sessions)) if str(row.training_class_id) in strange
    ]
    token = next(iter(unit.rows(select(attachments))), None)
    everywhere = {
        "within": ["/"],
        "classes": [],
        "branches": [],
        "stage": None,
        "subject": None,
    }
    told = [f"N{row.number}" for row in unit.rows(select(notices))]
    brought = [str(row.id) for row in unit.rows(select(imports))]
    values = {
        "class": strange,
        "session": lessons,
        "code": [*told, *(MARKS[name][1] for name in away[:1])],
        "number": [*(MARKS[name][1] for name in away), *brought],
        "person": [*away, *(str(ids[name]) for name in away)],
        "school": ["东山中学", "城关中学"],
        "region": ["东山片区"],
        "programme": ["东山研修项目", "东山研修班"],
        "to": [json.dumps(everywhere)],
        "file": [] if token is None else [f"{token.id}-{'0' * 12}", str(token.id)],
        "kind": [kind.value for kind in Kind],
        "since": ["0"],
        "account": ["machao", "luolan"],
    }
    yes = {"sure": "1", "confirm": "1", "leavers": "1", "until": "999"}
    found: list[dict[str, str]] = [{}, yes]
    for slot, given in values.items():
        for value in given:
            found += [{slot: value}, {slot: value, **yes}]
    for number in strange:
        found += [{"class": number, "kind": kind.value} for kind in Kind]
    found.append({"body": "请到会议室集中", "to": json.dumps(everywhere)})
    return found


def sentences(intent: Intent, asker: Role) -> Iterator[str]:
    """An intent's own words around other people's names, numbers, classes and units."""
    away = outside(asker)
    about = [*away[:2], MARKS[away[0]][1], "东山研修班", "东山中学", "东山片区", "N1"]
    for keyword in ("", *intent.keywords[:3], intent.title):
        yield keyword
        for each in about:
            yield f"{each}{keyword}"
            yield f"{each}的{keyword}"
            yield f"{keyword} {each}"


def unchanged(unit: Unit, asker: Role, before: dict[str, list[object]], tried: str) -> None:
    after = belongings(unit, asker)
    changed = [name for name in before if before[name] != after[name]]
    assert not changed, f"{tried} changed {changed}"


@EACH_ASKER
@INTENTS
def test_buttons_with_the_ids_of_others(
    town: Town, unit: Unit, intent: Intent, asker: Role
) -> None:
    before = belongings(unit, asker)
    for slots in foreign_slots(unit, asker):
        pressed = Action(intent.name, tuple(slots.items()))
        typed = pressed.key() + str(slots)
        came = town.send(unit, asker.account, button=pressed.key())
        assert not leaks(came, asker, typed), f"{typed}: {came.words}"
        if came.sure is not None:
            went_on = town.send(unit, asker.account, button=came.sure.key())
            assert not leaks(went_on, asker, typed), f"{typed} → {came.sure}: {went_on.words}"
        unchanged(unit, asker, before, typed)


@EACH_ASKER
@INTENTS
def test_sentences_with_the_names_of_others(
    town: Town, unit: Unit, intent: Intent, asker: Role
) -> None:
    before, typed = belongings(unit, asker), ""
    for text in sentences(intent, asker):
        typed += text  # the talk goes on: what was named before may be named again
        came = town.send(unit, asker.account, text)
        assert not leaks(came, asker, typed), f"{text}: {came.words}"
        if came.actions:
            agreed = town.send(unit, asker.account, "确认", now=NOW + timedelta(seconds=5))
            assert not leaks(agreed, asker, typed), f"{text} → 确认: {agreed.words}"
    unchanged(unit, asker, before, intent.name)


# -- files ----------------------------------------------------------------------------------------

# Rows that would change somebody outside, and a name beside the number that is not theirs: the
# true one must not come back.
FILES = {
    Kind.ORGANISATIONS: "名称,上级,类别\n东山中学,城关片区,学校\n",
    Kind.ROSTER: "姓名,工号,单位,职务,手机号\n某某,{number},东山中学,校长,13800000000\n",
    Kind.CLASSES: "班级,项目,姓名,工号,角色\n东山研修班,东山研修项目,某某,{number},班主任\n",
    Kind.TIMETABLE: "班级,日期,开始,结束,地点,主题,主讲\n"
    "东山研修班,2021-07-12,08:30,12:00,操场,体育,\n",
    Kind.DEADLINES: "事项,截止,项目,对象\n研修日志,2021-08-15,东山研修项目,学员\n",
    Kind.CREDITS: "工号,姓名,年度,项目,级别,形式,学时,学分,状态\n"
    "{number},某某,2021,东山研修项目,县培,集中,1,1,已认定\n",
    Kind.SUBMISSIONS: "事项,工号,提交时间\n研修日志,{number},2021-07-12 07:00\n",
    Kind.PLAN: "序号,项目申请单位,项目专题,项目名称,培训形式,培训对象,培训天数,培训人数,承办机构,"
    "时间\n"
    "1,东山中学,专题,东山研修项目,集中,教师,3,30,启明,2021年8月\n",
    Kind.RULES: 'version = "2099"\n',
}


def test_every_kind_of_file_is_tried() -> None:
    assert set(FILES) >= LOADABLE


@EACH_ASKER
@pytest.mark.parametrize("kind", FILES)
def test_files_about_others(town: Town, unit: Unit, kind: Kind, asker: Role) -> None:
    before = belongings(unit, asker)
    for name in outside(asker):
        text = FILES[kind].replace("{number}", MARKS[name][1])
        came = town.send(unit, asker.account, file=(f"{kind.value}.csv", text.encode()))
        assert not leaks(came, asker, text), came.words
        agreed = town.send(unit, asker.account, "确认", now=NOW + timedelta(seconds=5))
        assert not leaks(agreed, asker, text), agreed.words
        unchanged(unit, asker, before, f"{kind}: {came.words}")


@EACH_ASKER
@pytest.mark.parametrize("kind", Kind)
def test_files_out(town: Town, unit: Unit, kind: Kind, asker: Role) -> None:
    for slots in ({}, {"reason": "核对名单"}):
        pressed = Action("export.file", (("kind", kind.value), *slots.items()))
        came = town.send(unit, asker.account, button=pressed.key())
        assert not leaks(came, asker, ""), came.words
        for each in came.actions:
            picked = town.send(unit, asker.account, button=each.key())
            assert not leaks(picked, asker, ""), f"{each}: {picked.words}"


# -- and they do get what is theirs ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("asker", "text", "expected"),
    [
        ("district officer", "导出名册", ("920002", "930001")),
        ("district officer", "导出城关研修班签到表", ("张伟", "王芳")),
        ("district officer", "班级群码 城关研修班", ("群码",)),
        ("school administrator", "导出名册", ("920002", "920003")),
        ("tutor", "还有谁没签到", ("李娜", "王芳")),
        ("tutor", "导出签到表", ("张伟", "李娜")),
        ("provider", "导出名单", ("张伟", "马超")),
        ("teacher", "我的学分", ("24",)),
    ],
)
def test_what_is_theirs(
    town: Town, unit: Unit, asker: str, text: str, expected: tuple[str, ...]
) -> None:
    came = town.send(unit, ASKERS[asker].account, text)
    assert not [each for each in expected if each not in came.words], came.words


def test_a_class_of_two_districts_is_nobody_s_alone(town: Town, unit: Unit) -> None:
    """Its group chat is for whoever leads it, or for the county; its people for each their own."""
    asked = town.send(unit, "xucheng", "班级群码 联合研修班")
    assert asked.refused, asked.words
    assert not town.send(unit, "liguoqiang", "班级群码 联合研修班").refused
    sheet = town.send(unit, "xucheng", "导出联合研修班签到表").words
    assert "张伟" in sheet
    assert "马超" not in sheet


def test_leading_a_class_gives_no_right_over_its_people_s_accounts(town: Town, unit: Unit) -> None:
    """A school's administrator who leads a class sees its trainees, and lets in the own people."""
    ids = {row.name: row.id for row in unit.rows(select(people))}
    classes = {row.name: row.id for row in unit.rows(select(training_classes))}
    lead = {"training_class_id": classes["东山研修班"], "person_id": ids["孙丽"]}
    unit.add(insert(enrolments), {**lead, "role": "class_tutor"})
    unit.add(insert(roles), {"person_id": ids["孙丽"], "role": "class_tutor"})
    assert "罗兰" in town.send(unit, "sunli", "导出东山研修班名单").words
    for text in ("绑定码 罗兰", "解绑 罗兰", f"绑定码 {MARKS['罗兰'][1]}", "通讯录变动"):
        came = town.send(unit, "sunli", text)
        assert not leaks(came, ASKERS["school administrator"], text), came.words
    held = [row for row in unit.rows(select(binding_codes)) if row.person_id == ids["罗兰"]]
    assert not held
