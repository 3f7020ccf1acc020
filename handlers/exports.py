"""Files out: sign-in sheets, rosters, credits and templates, each within the asker's scope.

A tutor reaches the classes they run, a school administrator the own school's people, an officer
the own branch. Files are sent privately. Many people's data leave only with a purpose, which is
written down, and those who administer the same people hear of it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.class_chats import tell
from handlers.contract import Intent, Turn
from handlers.files import XLSX
from handlers.matching import best, names_asked
from handlers.permissions import Permission, Role
from handlers.reply import Choice, File, Question, Reply, action, ask_choice, refuse
from handlers.wording import moment_words
from storage.imports.export import rows_of
from storage.imports.export_training import plan_items
from storage.imports.loaders import title_of
from storage.imports.lookups import Found, classes_run
from storage.overseers import Overseers
from storage.people import People
from storage.readers.problems import ReadError
from storage.readers.sheet_rows import Kind

CLASSES_OFFERED = 8
# From so many people on an export says what it is for, and others who administer them are told.
MANY_PEOPLE = 100
SHORTEST_PURPOSE, LONGEST_PURPOSE = 2, 100
# What is said → what is meant; the first that fits.
_WORDS = (
    (Kind.ATTENDANCE, r"签到|考勤|出勤|qiandao|kaoqin"),
    (Kind.SUBMISSIONS, r"提交|作业"),
    (Kind.DEADLINES, r"截止"),
    (Kind.TIMETABLE, r"课表|课程表|日程"),
    (Kind.CREDITS, r"学分|学时|xuefen"),
    (Kind.PLAN, r"计划|项目表|项目一览"),
    (Kind.CLASSES, r"学员|坊员|班级|分班|本班|本坊|我们[班坊]"),
    (Kind.ROSTER, r"名册|花名册|教师名单|全校|本校|通讯录|mingce"),
    (Kind.ORGANISATIONS, r"单位"),
    (Kind.CLASSES, r"名单|报名表"),
)
_OF_CLASS = frozenset({Kind.ATTENDANCE, Kind.CLASSES, Kind.TIMETABLE})
_OF_SCHOOL = frozenset({Kind.ROSTER, Kind.CREDITS, Kind.SUBMISSIONS, Kind.CLASSES})
_OF_OFFICE = frozenset({Kind.ORGANISATIONS, Kind.PLAN, Kind.DEADLINES})
_OFFERED = (
    Kind.ATTENDANCE,
    Kind.ROSTER,
    Kind.CREDITS,
    Kind.CLASSES,
    Kind.TIMETABLE,
    Kind.SUBMISSIONS,
    Kind.DEADLINES,
    Kind.ORGANISATIONS,
    Kind.PLAN,
)


def export(turn: Turn) -> Reply:
    """The file that was asked for, or the choice of what there is."""
    template = turn.slots.text("template")
    if template is not None or "模板" in turn.text:
        return _template(turn, template)
    kind = _kind(turn.slots.text("kind"), turn.text)
    kinds = [each for each in _OFFERED if _may(turn, each)]
    if kind is None:
        return ask_choice(
            "要导出哪一种表？",
            *(Choice(_name(each), action("export.file", kind=each.value)) for each in kinds),
            title="导出",
        )
    if kind not in kinds:
        names = "、".join(map(_name, kinds))
        return refuse(f"「{_name(kind)}」不在您的权限之内。您可以导出：{names}。", why="kind")
    if kind in _OF_CLASS:
        return _of_class(turn, kind)
    if kind is Kind.PLAN:
        from storage.readers.sheet_write import write_plan  # noqa: PLC0415 - brings openpyxl

        items = plan_items(turn.unit)
        return _sent(kind, write_plan(items), len(items))
    return _rows(turn, kind)


def _name(kind: Kind) -> str:
    return "签到表" if kind is Kind.ATTENDANCE else title_of(kind)


def _kind(named: str | None, text: str) -> Kind | None:
    if named is not None:
        return Kind(named) if named in set(Kind) else None
    return next((kind for kind, words in _WORDS if re.search(words, text.lower())), None)


def _may(turn: Turn, kind: Kind) -> bool:
    """Officers all there is of their branches, a school its people, a tutor the own classes."""
    if turn.scope.offices:
        return True
    if kind in _OF_SCHOOL and turn.scope.branches:
        return True
    return kind in _OF_CLASS and bool(_own_classes(turn))


def _own_classes(turn: Turn) -> tuple[Found, ...]:
    """The classes whose records the asker may have."""
    return classes_run(turn.unit, turn.scope)


def _of_class(turn: Turn, kind: Kind) -> Reply:
    own = _own_classes(turn)
    if kind is Kind.CLASSES and turn.scope.branches and not own:
        return _rows(turn, kind)
    number = turn.slots.number("class") or (
        turn.place.training_class_id if not names_asked(turn) else None
    )
    asked = names_asked(turn)
    chosen = tuple(each for each in own if each.id == number) if number else own
    if number is None and asked:
        chosen = best(asked, own, lambda each: (each.name,))
    if not chosen:
        return refuse("没有找到这个班，或者它不归您管理。", why="class")
    if len(chosen) > 1:
        return ask_choice(
            f"要导出哪个班的{_name(kind)}？",
            *(
                Choice(each.name, action("export.file", kind=kind.value, **{"class": str(each.id)}))
                for each in chosen[:CLASSES_OFFERED]
            ),
            title="导出",
        )
    return _rows(turn, kind, chosen[0])


def _rows(turn: Turn, kind: Kind, of_class: Found | None = None) -> Reply:
    from storage.readers.sheet_write import write_sheet  # noqa: PLC0415 - brings openpyxl

    rows = rows_of(turn.unit, kind, turn.scope, None if of_class is None else of_class.id)
    if not rows:
        return Reply(text=f"{_name(kind)}里还没有记录，没有可以导出的内容。", nothing=True)
    people = len({number for row in rows if (number := getattr(row, "staff_number", None))})
    purpose = " ".join((turn.slots.text("purpose") or "").split())[:LONGEST_PURPOSE]
    if people >= MANY_PEOPLE and len(purpose) < SHORTEST_PURPOSE:
        return _ask_purpose(kind, of_class, people)
    prefix = "" if of_class is None else f"{of_class.name}-"
    sent = _sent(kind, write_sheet(kind, rows), len(rows), prefix)
    if people < MANY_PEOPLE:
        return sent
    told = _tell_others(turn, kind, people, purpose)
    heard = f"\n用途已记下，并告诉了另外 {told} 位管理员。" if told else "\n用途已记下。"
    audit = {**sent.audit, "people": people, "purpose": purpose, "told": told}
    return replace(sent, text=sent.text + heard, audit=audit)


def _ask_purpose(kind: Kind, of_class: Found | None, people: int) -> Reply:
    kept = {"kind": kind.value} | ({} if of_class is None else {"class": str(of_class.id)})
    return Reply(
        text=f"「{_name(kind)}」里有 {people} 人的个人信息。请把用途发给我（比如：报市局核对），"
        "我记下来就导出，并告诉其他管理员。",
        question=Question(fill=action("export.file", **kept), slot="purpose", verbatim=True),
        audit={"kind": kind.value, "people": people},
    )


def _tell_others(turn: Turn, kind: Kind, people: int, purpose: str) -> int:
    """Whoever else administers all of what was exported; how many of them could be told."""
    roster, scope = People(turn.unit), turn.scope
    person = roster.by_id(turn.asker.id)
    assert person is not None
    paths = roster.tops() if scope.everything else scope.branches or (person.organisation_path,)
    others: set[int] = set()
    for path in paths:
        others.update(Overseers(turn.unit).of(path, (Role.COUNTY_ADMIN.value,)))
    said = (
        f"{turn.asker.name}（{turn.asker.organisation}）{moment_words(turn.now)}导出了"
        f"「{_name(kind)}」，有 {people} 人的个人信息。用途：{purpose}"
    )
    key = f"export:{turn.asker.id}:{int(turn.now.timestamp())}"
    return sum(
        tell(turn.unit, each, said, f"{key}:{each}", turn.office.ways, turn.now)
        for each in sorted(others - {turn.asker.id})
    )


def _sent(kind: Kind, data: bytes, count: int, prefix: str = "") -> Reply:
    name = f"{prefix}{_name(kind)}.xlsx"
    public = kind in (Kind.PLAN, Kind.TIMETABLE, Kind.DEADLINES, Kind.ORGANISATIONS)
    private = "" if public else "\n里面有个人信息，请只用于工作，用完及时删除。"
    return Reply(
        text=f"已导出「{name}」，共 {count} 行。{private}",
        files=(File(name, data, XLSX),),
        audit={"kind": kind.value, "rows": count},
    )


def _template(turn: Turn, named: str | None) -> Reply:
    from storage.readers.sheet_write import write_template  # noqa: PLC0415 - brings openpyxl

    kind = _kind(named, turn.text.replace("模板", ""))
    if kind is None:
        return ask_choice(
            "要哪一种模板？",
            *(
                Choice(f"{title_of(each)}模板", action("export.file", template=each.value))
                for each in _OFFERED
                if each is not Kind.ATTENDANCE
            ),
            title="模板",
        )
    try:
        data = write_template(kind)
    except ReadError as error:
        return refuse(str(error), why="template")
    name = f"{title_of(kind)}-模板.xlsx"
    return Reply(
        text=f"这是「{name}」，带两行示例和填写说明（示例行导入时自动跳过）。\n"
        "填好后直接发给我，我先检查，您确认后才保存。",
        files=(File(name, data, XLSX),),
        audit={"template": kind.value},
    )


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="export.file",
        title="导出",
        help="导出签到表、名册、学分和空白模板",
        permission=Permission.DATA_EXPORT,
        handle=export,
        keywords=("导出", "下载", "签到表", "导出名册", "导出学分", "模板"),
        forms=(
            "导出",
            r"导出(?:本校|我校|全校|本班|我们班)?(?:的)?(?:签到表|考勤表|名册|花名册|名单|学分|课表)",
            r"(?:导出|下载|要|领取)?(?:一份)?[一-鿿]{2,5}(?:的)?模板",
            r"导出模板(?: ?[一-鿿]{2,5})?",
        ),
    ),
)
