"""Who writes: binding an account with a one-time code, saying whose it is and what is kept.

A guest is told steps only, and never whether a name or a code exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.account_news import announce
from handlers.account_words import CHANNEL_WORDS, ROLE_WORDS
from handlers.contract import Intent, Privacy, Turn
from handlers.own_accounts import is_this
from handlers.permissions import Permission, Role
from handlers.reply import Question, Reply, action, refuse
from handlers.rules import codes
from handlers.rules.wrong_codes import LOCK, WRONG_CODES, locked_until
from handlers.vouching import roles_of, settle_new
from handlers.whom import person_words
from handlers.wording import ask_office, binding_steps, clock_words, day_words, local
from nlp.spelling import NAME
from storage.account_locks import AccountLocks
from storage.accounts import Accounts, Tries
from storage.awaiting import Awaiting
from storage.binding import Binding, FoundCode
from storage.people import People

WRONG_CODES_FOR_PERSON = 10  # from any accounts: a stranger's five must not lock the owner out
PURPOSE = "bind"

# which wording of what is kept and why: another wording, another number
CONSENT = "1"
KEPT = (
    "我保存您的姓名、单位、账号和培训记录，只用于师训工作，您本人和管理您单位的人能看。"
    "想知道详细，发送「隐私」。"
)


def bind(turn: Turn) -> Reply:
    """Bind the asker's account to the person whose name and one-time code they give."""
    if not turn.asker.is_guest:
        return Reply(
            text=f"这个账号已经绑定：{_own_name(turn)}。不用再绑定，直接问就行。\n"
            "如果不是您本人，请先发送「解除绑定」。"
        )
    words, typed = person_words(turn), turn.slots.text("code")
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
    accounts, locks = Accounts(turn.unit), AccountLocks(turn.unit)
    asker = turn.asker
    locked_at = locks.locked_at(asker.channel, asker.account)
    if locked_at is not None and not _unlocks(turn, found, locked_at):
        return refuse(
            "这个账号被锁定了：有人核对后说它不是名册上的本人绑定的。没有绑定。\n"
            f"如果弄错了，{ask_office(turn.office)}，由县级管理员重新发一个绑定码。",
            person=found.person_id,
            why="locked account",
        )
    bound = accounts.bind(
        asker.channel,
        asker.account,
        found.person_id,
        turn.now,
        issued_by=found.issued_by,
        # a code of the command line is the operator's own word
        awaits=found.issued_by is not None and Awaiting(turn.unit).has_rights(found.person_id),
        consent=CONSENT,
    )
    if not bound:
        return refuse("这个账号刚刚已经绑定好了，发送「我绑定的是谁」可以看。")
    if not accounts.use_code(found.id, turn.now):
        accounts.unbind(asker.channel, asker.account)
        return refuse("这个绑定码刚刚被用掉了，请重新要一个。", person=found.person_id)
    for subject in subjects:
        tries.forget(subject)
    locks.lift(asker.channel, asker.account)
    waits = _ask_for_a_second(turn)
    told = announce(turn.unit, turn.office.ways, turn.now)
    holder = accounts.holder(asker.channel, asker.account)
    assert holder is not None
    return Reply(
        text=f"绑定成功，{holder.name}老师您好（{holder.organisation}）。\n"
        "现在可以直接问我，比如：「我的学分」「明天有课吗」「还有什么没做」。\n"
        f"发送「菜单」看全部功能。\n{waits}{KEPT}",
        in_group="绑定好了。个人的事可以直接问，我只在私聊里回答。",
        audit={
            "person": holder.id,
            "code": found.id,
            "account": f"{asker.channel}:{asker.account}",
            "issued_by": found.issued_by or 0,
            "told": told,
        },
    )


def _ask_for_a_second(turn: Turn) -> str:
    """What the asker is told where this account's rights over others wait for a second person."""
    awaiting = Awaiting(turn.unit)
    new = [each for each in awaiting.all() if is_this(turn, each)]
    if not settle_new(turn.unit, turn.office.ways, new, turn.now):
        return ""
    person = People(turn.unit).by_id(new[0].person_id)
    assert person is not None
    who = "另一位管理员"
    if not awaiting.confirmers(new[0], person):
        who = "系统管理员在服务器上用 run_bot.py code 重新发码"
    return (
        f"您的老师功能现在可用；管理功能（{roles_of(turn.unit, person)}）要等{who}确认是您本人。\n"
    )


def _unlocks(turn: Turn, found: FoundCode, locked_at: datetime) -> bool:
    """Whether a code was given by the county, or by the command line, knowing of the lock."""
    if found.issued_at <= locked_at:
        return False
    if found.issued_by is None:
        return True
    held = People(turn.unit).roles_of(found.issued_by)
    return any(each.role == Role.COUNTY_ADMIN for each in held)


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
    if any(item.awaits and is_this(turn, item) for item in mine):
        lines.append("这个账号的管理功能还在等另一位管理员确认。")
    if len(mine) > 1:
        lines.append("只留当前这个，发送「解除其他绑定」。")
    return Reply(text="\n".join(lines))


def privacy(turn: Turn) -> Reply:
    """What is kept of people, why, who sees it, and whom to ask: a page for everybody."""
    return Reply(
        text=f"{turn.office.bot_name}保存什么、为什么：\n"
        "1. 姓名、工号、单位、学段学科和绑定的账号：认出是您，消息才不会发错人。\n"
        "2. 培训班、课表、签到、学分、通知确认：这是师训工作要用的记录。\n"
        "3. 不读您的其他聊天，不要位置、照片和人脸；没听懂的话隐去姓名号码后保存 90 天。\n"
        "能看到的人：您本人、您的学校和县里管师训的人、您所在培训班的班主任（只看本班）。"
        "群里从不说个人的事，也不用于别的用途。\n"
        f"要查看、更正或停用，发送「我的学分」「我绑定的是谁」「解除绑定」，"
        f"或{ask_office(turn.office)}。"
    )


def _own_name(turn: Turn) -> str:
    return f"{turn.asker.name}（{turn.asker.organisation}）"


_PERSON = rf"(?P<person>{NAME}{{2,40}})"
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
            rf"绑定(?!码)[\s:,]*{_PERSON}[\s:,]*"
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
        name="account.privacy",
        title="隐私说明",
        help="保存您的什么、为什么、谁能看",
        permission=Permission.OPEN_TO_ALL,
        handle=privacy,
        privacy=Privacy.PUBLIC,
        forms=(
            r"隐私(?:说明|政策|声明|保护|条款)?",
            r"(?:你们?|机器人)?(?:都|会)?(?:保存|存|记|收集)了?我?(?:的)?"
            r"(?:什么|哪些)(?:信息|资料|数据|东西|个人信息)?",
            r"个人信息(?:保护|说明)?",
        ),
        in_menu=False,
        exact_only=True,
    ),
)
