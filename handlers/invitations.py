"""One-time binding codes, issued by an administrator for people of the own scope.

People of other schools are not found, as if they did not exist. Codes are only ever part of a
private reply or of a file in it.
"""

from __future__ import annotations

from datetime import timedelta

from handlers.contract import Intent, Turn
from handlers.files import XLSX, workbook
from handlers.permissions import Permission
from handlers.reply import Card, Choice, File, Question, Reply, action, refuse
from handlers.rules.codes import binding_code
from handlers.whom import people_meant, which
from handlers.wording import day_words, local
from nlp.spelling import NAME
from storage.accounts import Accounts
from storage.binding import Binding
from storage.people import Person

VALID = timedelta(days=7)
MOST_NAMES = 10
COLUMNS = ("姓名", "工号", "单位", "绑定码", "有效期至", "发送给机器人的话")


def invite(turn: Turn) -> Reply:
    """A code for one named person, or a file of codes for everybody without an account."""
    number = turn.slots.text("number")
    words = number or turn.slots.text("person")
    if words is None:
        return _invite_all(turn)
    found = people_meant(turn, words)
    if not found:
        return refuse(f"在您管理的范围内没有找到「{words}」。请核对姓名，或改用工号。")
    if len(found) > 1:
        return which(words, found, "给哪一位？", "account.invite")
    return _invite_one(turn, found[0])


def _invite_one(turn: Turn, person: Person) -> Reply:
    code = binding_code(turn.chance)
    until = turn.now + VALID
    Accounts(turn.unit).issue_code(person.id, code, turn.asker.id, turn.now, until)
    bound = Binding(turn.unit).accounts_of(person.id)
    note = f"\n（已有 {bound} 个绑定的账号，这个码可以再绑一个。）" if bound else ""
    return Reply(
        text=f"{person.name}（{person.organisation}，工号 {person.staff_number}）的绑定码：{code}\n"
        f"有效到 {_until(turn)}，只能用一次；之前发给 TA 的码作废。{note}\n"
        f"请单独转给本人，让 TA 发送：\n绑定 {person.name} {code}",
        audit={"person": person.id},
    )


def _invite_all(turn: Turn) -> Reply:
    binding = Binding(turn.unit)
    people = binding.without_account(turn.scope)
    if not people:
        return Reply(text="您管理的范围内，在职人员都已经绑定账号，不需要再发绑定码。")
    if turn.slots.text("confirm") is None:
        return _sure(turn, people, binding)
    codes: dict[int, str] = {}
    for person in people:
        codes[person.id] = binding_code(turn.chance)
    binding.issue_many(codes, turn.asker.id, turn.now, turn.now + VALID)
    until = _until(turn)
    rows = [
        (
            person.name,
            person.staff_number,
            person.organisation,
            codes[person.id],
            until,
            f"绑定 {person.name} {codes[person.id]}",
        )
        for person in people
    ]
    name = f"绑定码_{local(turn.now):%Y%m%d}.xlsx"
    return Reply(
        text=f"已为 {len(people)} 位还没有绑定的老师生成绑定码，在文件里，有效到 {until}。\n"
        "请把每个人的码单独交给本人，不要整表发到群里。",
        files=(File(name, workbook("绑定码", COLUMNS, rows), XLSX),),
        audit={"people": len(people)},
    )


def _sure(turn: Turn, people: tuple[Person, ...], binding: Binding) -> Reply:
    held = binding.open_codes([person.id for person in people], turn.now)
    sure = action("account.invite", confirm="1")
    choices = (Choice("确认", sure), Choice("取消", action("flow.cancel"), quiet=True))
    names = "、".join(person.name for person in people[:MOST_NAMES])
    who = f"（{names}{'等' if len(people) > MOST_NAMES else ''}）"
    note = f"其中 {held} 位手里还有没用的码，那些码会作废。" if held else ""
    return Reply(
        text=f"您管理的范围内有 {len(people)} 位在职人员还没有绑定账号{who}，"
        f"要为他们各生成一个绑定码吗？{note}\n只给一个人发，请说：绑定码 姓名",
        card=Card(title="生成绑定码", choices=choices),
        question=Question(choices=choices, confirm=sure),
    )


def _until(turn: Turn) -> str:
    last = local(turn.now + VALID)
    return f"{day_words(last.date())}{last:%H:%M}"


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="account.invite",
        title="发绑定码",
        help="给本单位的老师发一次性绑定码",
        permission=Permission.ACCOUNT_INVITE,
        handle=invite,
        keywords=("发绑定码", "导出绑定码", "生成绑定码"),
        forms=(
            r"(?:(?:导出|生成|发|批量发)?绑定码)",
            r"(?:我们学校|我们|我校|本校|学校|全县)?(?:还有)?(?:谁|哪些人|哪些老师|哪几位)"
            r"还?没有?绑定(?:账号)?(?:的)?[?]?",
            rf"(?P<person>(?!我){NAME}{{2,40}}?)(?:老师)?的绑定码",
            rf"(?:发|生成|补发)?绑定码[\s:,]*(?:给)?(?P<person>{NAME}{{2,40}})",
            r"(?:发|生成|补发)?绑定码[\s:,]+(?P<person>[0-9A-Za-z]{2,30})",
            rf"给(?P<person>{NAME}{{2,40}}?)(?:老师)?(?:再)?(?:发|补发|生成)(?:一?个)?绑定码",
        ),
        exact_only=True,
    ),
)
