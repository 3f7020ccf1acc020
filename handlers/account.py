"""Who writes: binding an account with a one-time code, saying whose it is, unbinding it.

A guest is told steps only, and never whether a name or a code exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.contract import Intent, Turn
from handlers.permissions import Permission, Role
from handlers.reply import Card, Choice, Question, Reply, action, refuse
from handlers.rules import codes
from handlers.rules.wrong_codes import LOCK, WRONG_CODES, locked_until
from handlers.wording import ask_office, binding_steps, clock_words, day_words, local
from storage.accounts import Accounts, Tries
from storage.binding import Binding, FoundCode

WRONG_CODES_FOR_PERSON = 10  # from any accounts: a stranger's five must not lock the owner out
PURPOSE = "bind"

CHANNEL_WORDS = {
    "wecom": "企业微信",
    "wecom_bot": "企业微信",
    "qq": "QQ",
    "qq_group": "QQ群里的",  # the platform gives a person another one in each group
    "onebot": "QQ",
}
ROLE_WORDS = {
    Role.TEACHER: "教师",
    Role.CLASS_TUTOR: "班主任",
    Role.WORKSHOP_LEADER: "坊主",
    Role.PROVIDER: "承办机构",
    Role.SCHOOL_ADMIN: "校级管理员",
    Role.COUNTY_ADMIN: "县级管理员",
}


def bind(turn: Turn) -> Reply:
    """Bind the asker's account to the person whose name and one-time code they give."""
    if not turn.asker.is_guest:
        return Reply(
            text=f"这个账号已经绑定：{_own_name(turn)}。不用再绑定，直接问就行。\n"
            "如果不是您本人，请先发送「解除绑定」。"
        )
    words, typed = _words(turn), turn.slots.text("code")
    if not words or not typed:
        return _half(turn, words, typed)
    return _bind(turn, words, codes.normalise(typed))


def _half(turn: Turn, words: str | None, typed: str | None) -> Reply:
    """The name without the code or the code without the name: ask for the other half."""
    if words:
        return Reply(
            text=f"还差绑定码。请把 8 位绑定码发给我，或重新发送：绑定 {words} 绑定码。\n"
            f"没有绑定码，请向本校管理员要一个；拿不到时，{ask_office(turn.office)}。",
            question=Question(fill=action("account.bind", person=words), slot="code"),
        )
    if typed:
        return Reply(
            text="还差您的姓名（或工号）。请把姓名发给我，要和单位名册上的一样。",
            question=Question(fill=action("account.bind", code=typed), slot="person"),
        )
    return Reply(text=binding_steps(turn.office))


def _bind(turn: Turn, words: str, code: str) -> Reply:
    account = f"{turn.asker.channel}:{turn.asker.account}"
    tries = Tries(turn.unit, PURPOSE)
    binding = Binding(turn.unit)
    people = binding.hold_called(words)
    subjects = [(account, WRONG_CODES)] + [(f"person:{i}", WRONG_CODES_FOR_PERSON) for i in people]
    for subject, limit in subjects:
        until = locked_until(tries.since(subject, turn.now - 2 * LOCK), limit, turn.now)
        if until is not None:
            return _locked(until, turn.now)
    found = binding.found(people, code) if people else None
    if found is None:
        for subject, _ in subjects:
            tries.add(subject, turn.now)
        return _wrong(turn, len(tries.since(account, turn.now - LOCK)))
    if (problem := _spent(found, turn)) is not None:
        return problem
    return _take(turn, found, tries, [subject for subject, _ in subjects])


def _take(turn: Turn, found: FoundCode, tries: Tries, subjects: Sequence[str]) -> Reply:
    accounts = Accounts(turn.unit)
    asker = turn.asker
    if not accounts.bind(asker.channel, asker.account, found.person_id, turn.now):
        return refuse("这个账号刚刚已经绑定好了，发送「我绑定的是谁」可以看。")
    if not accounts.use_code(found.id, turn.now):
        accounts.unbind(asker.channel, asker.account)
        return refuse("这个绑定码刚刚被用掉了，请重新要一个。", person=found.person_id)
    for subject in subjects:
        tries.forget(subject)
    holder = accounts.holder(asker.channel, asker.account)
    assert holder is not None
    return Reply(
        text=f"绑定成功，{holder.name}老师您好（{holder.organisation}）。\n"
        "现在可以直接问我，比如：「我的学分」「明天有课吗」「还有什么没做」。\n"
        "发送「菜单」看全部功能。",
        in_group="绑定好了。个人的事可以直接问，我只在私聊里回答。",
        audit={"person": holder.id, "code": found.id},
    )


def _locked(until: datetime, now: datetime) -> Reply:
    # the minute after: at the minute that is said, trying again must work
    shown = local(until) + timedelta(seconds=59)
    minutes = max(1, -(-int((until - now).total_seconds()) // 60))
    return refuse(
        f"绑定码连续错了太多次，为了安全先锁定。请在 {clock_words(shown)} 之后"
        f"（约 {minutes} 分钟后）再试。",
        locked=1,
    )


def _wrong(turn: Turn, wrong: int) -> Reply:
    left = WRONG_CODES - wrong
    if left <= 0:
        return _locked(turn.now + LOCK, turn.now)
    return refuse(
        f"姓名和绑定码对不上，请核对后再发一次（还可以试 {left} 次）。\n"
        "格式：绑定 姓名 绑定码。姓名要和单位名册上的一样，也可以用工号代替姓名。\n"
        f"绑定码找不到了，{ask_office(turn.office)}重新要一个。",
        wrong=wrong,
    )


def _spent(found: FoundCode, turn: Turn) -> Reply | None:
    ask = f"{ask_office(turn.office)}重新要一个。"
    if found.used_at is not None:
        return refuse(f"这个绑定码已经用过了，每个码只能用一次。{ask}", code=found.id)
    if found.expires_at <= turn.now:
        return refuse(f"这个绑定码已经失效了。{ask}", code=found.id)
    return None


def _words(turn: Turn) -> str | None:
    """The name or 工号 as written; of several readings of a name the first."""
    several = turn.slots.get("person")
    if isinstance(several, list):
        return several[0] if several else None
    return turn.slots.text("person")


def whoami(turn: Turn) -> Reply:
    """Whose account this is, and which others that person has."""
    asker = turn.asker
    mine = Accounts(turn.unit).of_person(asker.id)
    lines = [f"这个账号绑定的是：{_own_name(turn)}。"]
    words = [ROLE_WORDS[role] for role in ROLE_WORDS if role in asker.roles]
    lines.append(f"工号 {asker.staff_number}；身份：{'、'.join(words) or '教师'}")
    for item in mine:
        this = "（当前）" if (item.channel, item.account) == (asker.channel, asker.account) else ""
        bound = day_words(local(item.bound_at).date(), turn.now.date())
        lines.append(f"· {CHANNEL_WORDS.get(item.channel, item.channel)}账号{this}：{bound}绑定")
    lines.append("不是本人请发送「解除绑定」。")
    return Reply(text="\n".join(lines))


def unbind(turn: Turn) -> Reply:
    """Forget whose account this is, after a yes."""
    asker = turn.asker
    if turn.slots.text("confirm") is None:
        sure = action("account.unbind", confirm="1")
        choices = (
            Choice("确认", sure),
            Choice("取消", action("flow.cancel"), quiet=True),
        )
        text = (
            f"要解除这个账号和{_own_name(turn)}的绑定吗？\n"
            "解除后这里收不到您的提醒，也查不了您的学分；记录不会丢，重新绑定要一个新的绑定码。"
        )
        return Reply(
            text=text,
            card=Card(title="解除绑定", choices=choices),
            question=Question(choices=choices, confirm=sure),
        )
    Accounts(turn.unit).unbind(asker.channel, asker.account)
    return Reply(
        text="已解除绑定。要再用时，请向本校管理员要一个新的绑定码，发送：绑定 姓名 绑定码。",
        audit={"person": asker.id},
    )


def _own_name(turn: Turn) -> str:
    return f"{turn.asker.name}（{turn.asker.organisation}）"


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="account.bind",
        title="绑定账号",
        help="用姓名和绑定码认领自己的账号",
        # open to all, so that a bound account is told whose it is instead of being refused
        permission=Permission.OPEN_TO_ALL,
        handle=bind,
        acting=False,
        keywords=("绑定", "绑定账号", "怎么绑定", "绑定码"),
        forms=(
            r"(?:绑定|绑定账号|我要绑定|怎么绑定)",
            r"绑定(?!码)[\s:,]*(?P<person>[\u4e00-\u9fff·]{2,20})[\s:,]*"
            r"(?P<code>[0-9A-Za-z]{4}[ -]?[0-9A-Za-z]{0,8})",
            r"绑定[\s:,]+(?P<person>[0-9A-Za-z]{4,30})[\s:,]+(?P<code>[0-9A-Za-z]{4,12})",
            r"绑定[\s:,]+(?P<code>[0-9A-Za-z]{4,12})",
            # the code alone; it has a digit and a letter
            r"(?:绑定码[\s:,]*(?:是)?)?(?P<code>(?=[0-9A-Za-z -]*[0-9])(?=[0-9A-Za-z -]*[A-Za-z])"
            r"[0-9A-Za-z]{4}[ -]?[0-9A-Za-z]{4})",
        ),
        in_menu=False,
    ),
    Intent(
        name="account.whoami",
        title="我绑定的是谁",
        help="看这个账号绑定了谁",
        permission=Permission.ACCOUNT_OWN,
        handle=whoami,
        keywords=("我绑定的是谁", "我是谁", "绑的是谁"),
        forms=("我绑定的是谁", "我是谁"),
        in_menu=False,
    ),
    Intent(
        name="account.unbind",
        title="解除绑定",
        help="让这个账号不再代表我",
        permission=Permission.ACCOUNT_OWN,
        handle=unbind,
        acting=True,
        echoes=True,
        keywords=("解除绑定", "解绑", "取消绑定"),
        forms=("解除绑定", "解绑", "取消绑定"),
        in_menu=False,
    ),
)
