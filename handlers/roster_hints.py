"""What the platform's directory says and the roster does not: a list for officers to work off.

Nothing here changes a person; the roster is changed by an import, an account by its owner.
"""

from __future__ import annotations

from handlers.contract import Intent, Turn
from handlers.permissions import Permission
from handlers.reply import Card, Choice, Reply, action, refuse
from handlers.wording import moment_words
from storage.people import People
from storage.roster_hints import HintKind, RosterHint, RosterHints

MOST_SHOWN = 20
MOST_ID = 2**62  # what a database can number


def show(turn: Turn) -> Reply:
    """What is still open, newest first, and a button that says it is dealt with."""
    hints, scope = RosterHints(turn.unit), turn.scope
    found = hints.open(scope, MOST_SHOWN)
    if not found:
        return Reply(text="通讯录没有和名册对不上的变动。")
    count = hints.count(scope)
    lines = [f"企业微信通讯录有 {count} 条变动，名册没有自动改，请核对："]
    lines += [f"{n}. {_line(turn, each)}" for n, each in enumerate(found, start=1)]
    if count > len(found):
        lines.append(f"（先列最近 {len(found)} 条，处理完再看下面的。）")
    lines.append("名册要改，请导入新的名册；处理完发送「通讯录变动已处理」。")
    lowest, highest = found[-1].id, found[0].id
    done = action("roster.hints_done", since=str(lowest), until=str(highest))
    return Reply(
        text="\n".join(lines),
        card=Card(
            title=f"通讯录变动 {count} 条",
            choices=(Choice("这些已处理", done, done="已处理"),),
        ),
        audit={"count": count},
    )


def done(turn: Turn) -> Reply:
    """The listed ones are dealt with: those of the pressed card, or all that are open now."""
    hints, scope = RosterHints(turn.unit), turn.scope
    since, until = (turn.slots.number(name) for name in ("since", "until"))
    if until is not None and max(since or 0, until) > MOST_ID:
        return refuse("没有这些变动，请发送「通讯录变动」重新看。")
    shown = hints.open(scope, MOST_SHOWN)
    if until is None and shown:
        since, until = shown[-1].id, shown[0].id
    settled = 0 if until is None else hints.handle(since or 0, until, turn.now, scope)
    left = hints.count(scope)
    text = f"好的，{settled} 条已标为处理完。" if settled else "没有要处理的通讯录变动。"
    if left:
        text += f"\n还有 {left} 条，发送「通讯录变动」接着看。"
    return Reply(text=text, audit={"settled": settled}, nothing=not settled)


def _line(turn: Turn, hint: RosterHint) -> str:
    return f"{moment_words(hint.at, turn.now.date())} {_words(turn, hint)}"


def _words(turn: Turn, hint: RosterHint) -> str:
    who = f"{hint.person}（{hint.organisation}，账号 {hint.account}）"
    known = who if hint.person else f"账号 {hint.account}"
    serving = "，名册上还在职" if hint.in_service else ""
    match hint.kind:
        case HintKind.CREATED:
            return _new_member(turn, hint)
        case HintKind.DEPARTMENTS:
            numbers = hint.detail.get("departments", "").replace(",", "、")
            return f"{known}换了部门（部门号 {numbers}）"
        case HintKind.RENAMED:
            now = f"，账号 {hint.account} 改成了 {hint.new_account}，绑定已跟着改，不用处理"
            return f"{hint.person}（{hint.organisation}）{now}" if hint.person else f"账号{now[3:]}"
        case HintKind.RENAME_TAKEN:
            return (
                f"账号 {hint.account} 改成了 {hint.new_account}，"
                "但这个新账号已经绑定了别人，绑定没有动，请核对是谁在用"
            )
        case HintKind.DELETED:
            return f"{known}已从通讯录删除{serving}，消息发不到了"
        case HintKind.HIDDEN:
            return f"{known}看不到本应用了（移出可见范围或被禁用）{serving}，消息发不到了"
        case HintKind.REUSED:
            name = hint.detail.get("name", "")
            return (
                f"账号 {hint.account} 删除后又新建{f'（{name}）' if name else ''}，"
                "原来的绑定已解除，要本人用绑定码重新绑定"
            )
        case _:
            return _party(hint)


def _new_member(turn: Turn, hint: RosterHint) -> str:
    name = hint.detail.get("name", "")
    said = f"新增成员 {name or hint.account}" + (f"（账号 {hint.account}）" if name else "")
    if hint.person:
        return f"{said}，这个账号已经绑定 {hint.person}"
    same = People(turn.unit).named(name, turn.scope) if name else ()
    if same:
        places = "、".join(person.organisation for person in same[:3])
        return f"{said}，名册上有同名的（{places}），还没有绑定"
    return f"{said}，名册上没有这个人" if name else f"{said}，还没有绑定"


def _party(hint: RosterHint) -> str:
    number, name = hint.detail.get("id", ""), hint.detail.get("name", "")
    called = f"「{name}」" if name else ""
    match hint.kind:
        case HintKind.PARTY_CREATED:
            return f"新增部门{called}（部门号 {number}）"
        case HintKind.PARTY_DELETED:
            return f"删除了部门（部门号 {number}）"
    if name:
        return f"部门（部门号 {number}）改名为{called}"
    return f"部门（部门号 {number}）换了上级部门"


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="roster.hints",
        title="通讯录变动",
        help="看企业微信通讯录和名册对不上的地方",
        permission=Permission.DATA_IMPORT,
        handle=show,
        forms=(
            "(?:查看?|看看?)?(?:企业微信)?通讯录(?:的|有什么|有哪些)?变动",
            "通讯录(?:的)?变化",
        ),
        exact_only=True,
    ),
    Intent(
        name="roster.hints_done",
        title="变动已处理",
        help="把列出的通讯录变动标为处理完",
        permission=Permission.DATA_IMPORT,
        handle=done,
        acting=True,
        forms=("通讯录变动(?:都|全部)?(?:已经?)?处理(?:完|好)?了?",),
        in_menu=False,
        exact_only=True,
    ),
)
