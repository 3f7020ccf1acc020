"""不是我: an account that was bound to me is not mine. It is locked at once, and the office hears.

Only who was there before may say so: whoever came last locks nobody out.
"""

from __future__ import annotations

from handlers.account_news import lock, suspects, tell_overseers
from handlers.account_words import account_words
from handlers.contract import Intent, Turn
from handlers.own_accounts import ids, is_this
from handlers.permissions import Permission
from handlers.reply import Reply, refuse
from handlers.wording import ask_office, moment_words
from storage.accounts import Account, Accounts
from storage.new_accounts import FRESH, NewAccounts
from storage.people import People, Person


def not_me(turn: Turn) -> Reply:
    """The account that was bound after this one is not its person's: locked at once."""
    asker, accounts = turn.asker, Accounts(turn.unit)
    held = accounts.of_person(asker.id)
    this = next((each for each in held if is_this(turn, each)), None)
    fresh = NewAccounts(turn.unit).later_than(this, turn.now) if this is not None else ()
    number = turn.slots.number("id")
    chosen = [each for each in fresh if number is None or each.id == number][:1]
    if not chosen:
        known = any(each.id == number for each in held)
        return refuse(
            f"没有锁定任何账号：最近 {FRESH.days} 天里，没有在这个账号之后绑定的账号。\n"
            f"发送「我绑定的是谁」可以看您的全部账号，「解除其他绑定」只留当前这个。",
            why="not fresh" if known or number is None else "gone",
        )
    target = chosen[0]
    if not lock(turn.unit, turn.office.ways, target, asker.id, turn.now):
        return refuse("那个账号刚刚已经解除绑定，不用再锁定。", why="gone")
    person = People(turn.unit).by_id(asker.id)
    assert person is not None
    told = tell_overseers(
        turn.unit,
        turn.office.ways,
        person,
        _report(turn, person, target),
        f"account:not-me:{target.id}:{int(turn.now.timestamp())}",
        turn.now,
        but=suspects(turn.unit, person, target),
    )
    rest = len(fresh) - 1
    more = f"\n最近还绑定了 {rest} 个账号，也不是您的，请再发一次「不是我」。" if rest > 0 else ""
    return Reply(
        text=f"已锁定{account_words(target)}，它不再代表您，也不能自己再绑定。\n"
        + ("已告诉师训部门核对。" if told else f"请尽快{ask_office(turn.office)[1:]}核对。")
        + more,
        audit={
            "person": asker.id,
            "account": ids([target]),
            "issued_by": target.issued_by or 0,
            "told": told,
        },
    )


def _report(turn: Turn, person: Person, target: Account) -> Reply:
    """What those in charge hear: whose, which account, and who gave it the code."""
    by = None if target.issued_by is None else People(turn.unit).by_id(target.issued_by)
    given = "由系统管理员或通讯录" if by is None else f"由{by.name}（{by.organisation}）"
    return Reply(
        text="【账号被本人否认】\n"
        f"{person.name}（{person.organisation}，工号 {person.staff_number}）"
        f"说 {moment_words(target.bound_at, turn.now.date())} 绑定的{account_words(target)}"
        f"不是本人，已锁定。\n它的绑定{given}发出。请核对；锁定错了，由县级管理员重新发绑定码。"
    )


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="account.not_me",
        title="不是我",
        help="刚绑定的账号不是我的，马上锁定",
        permission=Permission.ACCOUNT_OWN,
        handle=not_me,
        acting=True,
        forms=(
            r"(?:这个|那个|这|那)?(?:账号)?(?:绝对|肯定|真的)?不是我(?:本人)?(?:的|绑的|绑定的|弄的|操作的)?(?:账号)?",
            r"不是本人(?:操作|绑定)?",
        ),
        in_menu=False,
        exact_only=True,
    ),
)
