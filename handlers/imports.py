"""Files in: a dry run that names every problem by its row, saving after 确认, undoing for a day.

An officer brings in everything of the own branch, a school administrator the own school's roster,
credits and submissions. Nothing is written before it is confirmed.
"""

from __future__ import annotations

from datetime import datetime

from handlers.account_news import announce
from handlers.contract import Intent, Turn
from handlers.import_words import choices as choices_of
from handlers.import_words import lines, problems, report_file, what_confirming_does
from handlers.permissions import Permission
from handlers.reply import Card, Choice, Question, Reply, action, ask_choice, refuse
from handlers.rules.credit_toml import RuleSetError
from handlers.rules.plan_tags import tag_plan_row
from handlers.rules.shipped import parsed_rule_set
from handlers.vouching import settle_new
from handlers.wording import moment_words
from storage.awaiting import Awaiting
from storage.imports.changes import CheckedRules, Context, ImportRefusedError
from storage.imports.loaders import LOADABLE, OF_SCHOOLS, plan_file, title_of
from storage.imports.report import counts, saved_counts
from storage.imports.saving import UNDO_WITHIN, Imports, UndoRefusedError, save
from storage.imports.saving import undo as undo_import
from storage.imports.waiting import WaitingFiles
from storage.readers.problems import ReadError
from storage.readers.sheet_rows import Kind
from storage.scope import EVERYTHING, Scope

MINUTES_TO_CONFIRM = 30
# In the order in which an office is set up.
OFFERED = (
    Kind.ROSTER,
    Kind.CREDITS,
    Kind.SUBMISSIONS,
    Kind.PLAN,
    Kind.CLASSES,
    Kind.TIMETABLE,
    Kind.DEADLINES,
    Kind.ORGANISATIONS,
)


_SHEETS = (".xlsx", ".xlsm", ".csv", ".txt", ".toml")


def start(turn: Turn) -> Reply:
    """A file: its dry run. A confirmed file: saving. Words alone: what can be imported, and how."""
    token = turn.slots.text("file")
    if token is not None:
        return _save(turn, token)
    if turn.file is not None:
        return _check(turn)
    kinds = [kind for kind in OFFERED if _may_import(turn, kind)]
    names = "、".join(title_of(kind) for kind in kinds)
    return ask_choice(
        f"可以导入：{names}。\n"
        "请把表格（.xlsx 或 .csv）直接发给我，我先检查并逐行说明，您确认后才保存，"
        "24 小时内可以撤销。\n需要空白模板，请选一种：",
        *(
            Choice(f"{title_of(kind)}模板", action("export.file", template=kind.value))
            for kind in kinds
        ),
        title="导入",
    )


def office_context(
    now: datetime,
    *,
    by: int | None = None,
    scope: Scope = EVERYTHING,
    leavers: bool = False,
) -> Context:
    """What loaders are told, with the rules of the domain; for the command line, too."""
    return Context(now, tag_plan_row, _check_rules, by, scope, leavers)


def _check_rules(text: str) -> CheckedRules:
    try:
        return CheckedRules(parsed_rule_set(text).version)
    except RuleSetError as error:
        return CheckedRules("", error.problems)


def _may_import(turn: Turn, kind: Kind) -> bool:
    return kind in OF_SCHOOLS or turn.scope.everything


def _context(turn: Turn, *, leavers: bool = False) -> Context:
    return office_context(turn.now, by=turn.asker.id, scope=turn.scope, leavers=leavers)


def _check(turn: Turn) -> Reply:
    """The dry run of the file that came."""
    assert turn.file is not None
    name, file = turn.file.name, turn.file.read
    if file is None:
        # they may import since a moment ago
        return refuse(f"「{name}」还没有读，请再发一次。", why="unread")
    kind = file.kind
    try:
        if not file.refusal and (kind is None or kind not in LOADABLE):
            return _unknown(turn, name)
        changes = plan_file(turn.unit, file, _context(turn))
    except (ReadError, ImportRefusedError) as error:
        return refuse(f"没有导入「{name}」。\n{error}", why="unreadable")
    audit = {"kind": changes.kind.value, "errors": len(changes.errors), "saved": 0}
    head = f"「{name}」按{title_of(changes.kind)}检查完了，还没有保存。\n{counts(changes)}。"
    report = report_file(name, changes)
    if changes.is_empty:
        text = f"{head}\n{problems(changes)}没有需要保存的改动。"
        return Reply(text=text, files=report, audit=audit, nothing=True)
    waiting = WaitingFiles(turn.unit, turn.asker.id).keep(file, turn.now)
    text = f"{head}\n{problems(changes)}{lines(changes)}{what_confirming_does(changes)}"
    choices = choices_of(changes, waiting)
    return Reply(
        text=text,
        card=Card(
            title=f"导入{title_of(changes.kind)}", description=counts(changes), choices=choices
        ),
        files=report,
        question=Question(choices=choices, confirm=choices[0].action, minutes=MINUTES_TO_CONFIRM),
        audit=audit,
    )


def _unknown(turn: Turn, name: str) -> Reply:
    kinds = "、".join(title_of(kind) for kind in OFFERED if _may_import(turn, kind))
    if not name.lower().endswith(_SHEETS):
        return refuse(
            f"「{name}」不是表格，没有导入。我能读 .xlsx 和 .csv；可以导入的有：{kinds}。\n"
            "发送「导入」可以领取模板。",
            why="no sheet",
        )
    return refuse(
        f"认不出「{name}」是哪一种表，没有导入。\n"
        f"请核对表头是否与模板一致；可以导入的有：{kinds}。\n发送「导入」可以领取模板。",
        why="kind",
    )


def _save(turn: Turn, token: str) -> Reply:
    """Save the file whose dry run was confirmed, planned anew on what stands now."""
    waiting = WaitingFiles(turn.unit, turn.asker.id)
    try:
        file = waiting.look(token)
    except ReadError as error:
        return refuse(str(error), why="gone")
    context = _context(turn, leavers=turn.slots.number("leavers") == 1)
    if file is not None and isinstance(file.content, str):
        # parsed once a text: now, before the writer is taken
        context.check_rules(file.content)
    # two presses at once: only one of them removes it
    if file is None or not waiting.take(token):
        return refuse("这份文件已经处理过，或等得太久了。请把表格再发一次。", why="gone")
    turn.unit.lock()
    try:
        changes = plan_file(turn.unit, file, context)
    except (ReadError, ImportRefusedError) as error:
        return refuse(f"没有导入「{file.filename}」。\n{error}", why="unreadable")
    if changes.is_empty:
        return Reply(text="检查之后数据又有变化，现在没有需要保存的改动。", nothing=True)
    result = save(turn.unit, changes, file.filename, file.digest, context)
    announce(turn.unit, turn.office.ways, turn.now)
    given = Awaiting(turn.unit).given(turn.asker.id, turn.now)
    waits = settle_new(turn.unit, turn.office.ways, given, turn.now)
    text = f"已保存{title_of(changes.kind)}：{saved_counts(result)}。"
    if result.errors:
        text += f"\n有错误的 {len(result.errors)} 处没有导入。"
    if waits:
        text += f"\n{waits} 个管理人员的新账号，要等另一位管理员确认后才有管理功能。"
    undo = Choice("撤销导入", action("import.undo", number=str(result.import_id)), quiet=True)
    return Reply(
        text=f"{text}\n导入编号 {result.import_id}，24 小时内可发送「撤销导入」。",
        card=Card(
            title="导入完成",
            facts=(("编号", str(result.import_id)), ("结果", saved_counts(result))),
            choices=(undo,),
        ),
        audit={
            "import": result.import_id,
            "kind": changes.kind.value,
            "added": result.added,
            "changed": result.changed,
            "left": result.left,
            "saved": 1,
        },
    )


def undo(turn: Turn) -> Reply:
    """Ask, then take the import back. A school administrator only the own ones."""
    number = turn.slots.number("number")
    mine = None if turn.scope.everything else turn.asker.id
    imports = Imports(turn.unit)
    found = (
        imports.latest(mine, turn.now - UNDO_WITHIN) if number is None else imports.by_id(number)
    )
    if found is None or (mine is not None and found.imported_by != mine):
        return refuse("没有 24 小时之内可以撤销的导入。", why="none")
    what = f"{moment_words(found.at)}导入的「{found.file_name}」（编号 {found.id}）"
    if turn.slots.number("sure") != 1:
        if found.status == "saved" and found.at <= turn.now - UNDO_WITHIN:
            return refuse(
                f"{what}已超过 24 小时，不能撤销；如需更正，请重新导入正确的表。", why="late"
            )
        if found.status != "saved":
            return refuse(f"{what}已经撤销过了。", why="undone")
        yes = action("import.undo", number=str(found.id), sure="1")
        choices = (
            Choice("确认撤销", yes),
            Choice("取消", action("flow.cancel"), quiet=True),
        )
        return Reply(
            text=f"要撤销{what}吗？撤销后回到导入之前。\n回复「确认」撤销，或「取消」。",
            card=Card(title="撤销导入", choices=choices),
            question=Question(choices=choices, confirm=yes),
        )
    try:
        result = undo_import(turn.unit, found.id, turn.now)
    except UndoRefusedError as error:
        return refuse(str(error), why="refused")
    text = f"已撤销{what}：收回 {result.removed} 条，恢复 {result.restored} 条。"
    if result.kept:
        text += f"\n有 {result.kept} 条在导入之后又被改过，保留现在的内容。"
    return Reply(
        text=text,
        audit={"import": found.id, "removed": result.removed, "restored": result.restored},
    )


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="import.start",
        title="导入",
        help="把名册、学分、计划等表格发给我，检查后保存",
        permission=Permission.DATA_IMPORT,
        handle=start,
        acting=True,
        echoes=True,
        keywords=("导入", "上传名册", "导入计划", "导入学分", "录入名单"),
        forms=("导入", "导入数据", "我要导入"),
    ),
    Intent(
        name="import.undo",
        title="撤销导入",
        help="撤销 24 小时之内的一次导入",
        permission=Permission.DATA_IMPORT,
        handle=undo,
        acting=True,
        echoes=True,
        keywords=("撤销导入",),
        forms=(r"撤销(?:刚才的|上次的|这次)?导入(?:的数据)?\s*(?P<number>\d+)?", r"导入撤销"),
        in_menu=False,
        exact_only=True,
    ),
)
assert frozenset(OFFERED) <= LOADABLE
