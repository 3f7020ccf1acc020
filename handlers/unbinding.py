"""Accounts that end: one's own, one's others, somebody's by the office.

An account is never ended by words that name somebody else unless the asker administers them.
"""

from __future__ import annotations

from collections.abc import Sequence

from handlers.account_news import suspects, take_away, tell_account, tell_overseers
from handlers.account_words import account_words
from handlers.contract import Intent, Turn
from handlers.own_accounts import ids, is_this, listed
from handlers.permissions import Permission, Role
from handlers.reply import Action, Card, Choice, Question, Reply, action, refuse
from handlers.whom import people_meant, person_words, which
from handlers.wording import ask_office
from nlp.spelling import NAME
from storage.accounts import Account, Accounts
from storage.new_accounts import FRESH
from storage.people import People, Person

_UNBIND = r"(?:解绑|解除绑定|取消绑定)"
_END = r"(?:解除|取消|解绑|解除绑定|取消绑定)"
_WHAT = r"(?:账号|帐号|绑定|微信|QQ|设备|手机)"
# what stands where a name could and is none
_NOBODY = (
    r"(?!我|自己|本人|其[他它]|别的|其余|另外|所有|全部|这|那|当前|原来|企业|他人|别人|老师|同事|"
    rf"一下|请|{_WHAT})"
)
_NAME = rf"{_NOBODY}(?P<person>{NAME}{{2,40}}?)(?:老师)?"
_OTHERS = rf"(?:其他|其它|别的|其余|另外)的?(?:几个|所有|全部)?{_WHAT}?的?"


def unbind(turn: Turn) -> Reply:
    """Forget whose account this is, after a yes; where somebody else is named, theirs."""
    words = turn.slots.text("number") or person_words(turn)
    as_office = turn.under(Permission.ACCOUNT_REVOKE)
    if words is not None and not _is_oneself(as_office, words):
        return revoke(as_office)
    asker = turn.asker
    own = f"{asker.name}（{asker.organisation}）"
    if turn.slots.text("confirm") is None:
        return _sure(
            f"要解除这个账号和{own}的绑定吗？\n"
            "解除后这里收不到您的提醒，也查不了您的学分；记录不会丢，重新绑定要一个新的绑定码。",
            "解除绑定",
            action("account.unbind", confirm="1"),
        )
    mine = [each for each in Accounts(turn.unit).of_person(asker.id) if is_this(turn, each)]
    take_away(turn.unit, turn.office.ways, mine, turn.now)
    return Reply(
        text="已解除绑定。要再用时，请向本校管理员要一个新的绑定码，发送：绑定 姓名 绑定码。",
        audit={"person": asker.id, "account": f"{asker.channel}:{asker.account}"},
    )


def unbind_others(turn: Turn) -> Reply:
    """Keep the account that writes and forget all the others, after a yes that lists them."""
    asker = turn.asker
    held = Accounts(turn.unit).of_person(asker.id)
    others = [each for each in held if not is_this(turn, each)]
    if not others:
        return Reply(text="您只绑定了当前这一个账号，没有其他的。")
    if turn.slots.text("confirm") is None:
        return _sure(
            f"要解除您另外 {len(others)} 个账号的绑定吗？只留当前这个。\n{listed(turn, others)}",
            "解除其他绑定",
            action("account.unbind_others", confirm="1"),
        )
    take_away(turn.unit, turn.office.ways, others, turn.now)
    told = Reply(
        text=f"这个账号和{asker.name}的绑定已经解除（本人在另一个账号上操作）。\n"
        f"不是您本人操作的，请马上{ask_office(turn.office)[1:]}。"
    )
    key = f"account:gone:{int(turn.now.timestamp())}"
    for each in others:
        tell_account(turn.unit, turn.office.ways, each, told, key, turn.now)
    this = next((each for each in held if is_this(turn, each)), None)
    if this is not None and _is_young(turn, this, others):
        _warn(turn, this, others, key)
    return Reply(
        text=f"已解除另外 {len(others)} 个账号的绑定，只留当前这个。",
        audit={"person": asker.id, "account": ids(others), "removed": len(others)},
    )


def revoke(turn: Turn) -> Reply:
    """The office ends all accounts of somebody it administers: a lost phone, a wrong binding."""
    words = turn.slots.text("number") or person_words(turn)
    if not turn.asker.may(Permission.ACCOUNT_REVOKE):
        return refuse(
            "您只能解除自己的绑定，别人的账号我没有动。\n"
            "要解除自己的，发送「解除绑定」；同事手机丢了，请本人或本校管理员联系师训部门。",
            why="another person",
        )
    if words is None:
        return Reply(
            text="要解除谁的绑定？请把姓名或工号发给我。",
            question=Question(fill=action("account.revoke"), slot="person"),
        )
    found = people_meant(turn, words)
    if not found:
        return refuse(f"在您管理的范围内没有找到「{words}」，没有解除。请核对姓名，或改用工号。")
    if len(found) > 1:
        return which(words, found, "解除哪一位的绑定？", "account.revoke")
    return _revoke_one(turn, found[0])


def _revoke_one(turn: Turn, person: Person) -> Reply:
    who = f"{person.name}（{person.organisation}，工号 {person.staff_number}）"
    if person.id == turn.asker.id:
        return Reply(text="这是您自己。要解除自己的绑定，发送「解除绑定」。")
    if not _may_end(turn, person):
        return refuse(
            f"{who}有管理身份，TA 的账号请由县级管理员解除。", person=person.id, why="rights"
        )
    held = Accounts(turn.unit).of_person(person.id)
    if not held:
        return Reply(text=f"{who}没有绑定账号，不用解除。", audit={"person": person.id})
    if turn.slots.text("confirm") is None:
        return _sure(
            f"要解除{who}的 {len(held)} 个账号的绑定吗？\n{listed(turn, held)}\n"
            "解除后这些账号查不了 TA 的记录，也收不到 TA 的提醒；记录不会丢，再用要新的绑定码。",
            "解除绑定",
            action("account.revoke", number=person.staff_number, confirm="1"),
        )
    take_away(turn.unit, turn.office.ways, held, turn.now)
    told = Reply(
        text=f"这个账号和{person.name}的绑定已由管理员（{turn.asker.name}）解除。\n"
        "要再用，请向本校管理员要一个新的绑定码。"
    )
    key = f"account:revoked:{int(turn.now.timestamp())}"
    count = sum(
        tell_account(turn.unit, turn.office.ways, each, told, key, turn.now) for each in held
    )
    if not turn.asker.may(Permission.ACCOUNT_REVOKE_ANY):
        # whoever ends an account and gives a code could be that person with nobody left to say no
        seen = Reply(
            text=f"【请留意】{turn.asker.name}（{turn.asker.organisation}）解除了"
            f"{person.name}（{person.organisation}）的 {len(held)} 个账号的绑定。"
        )
        but = {person.id, turn.asker.id}
        tell_overseers(turn.unit, turn.office.ways, person, seen, key, turn.now, but=but)
    left = "" if count == len(held) else f"（{len(held) - count} 个通知不到）"
    return Reply(
        text=f"已解除{who}的 {len(held)} 个账号的绑定，并在那些账号上说明了{left}。\n"
        f"要重新绑定，发送「绑定码 {person.staff_number}」。",
        audit={"person": person.id, "account": ids(held), "removed": len(held)},
    )


def _is_oneself(turn: Turn, words: str) -> bool:
    """Whether a name is the asker's own and no namesake of theirs can be meant."""
    if words == turn.asker.staff_number:
        return True
    if words != turn.asker.name:
        return False
    if not turn.asker.may(Permission.ACCOUNT_REVOKE):
        return True
    return all(each.id == turn.asker.id for each in people_meant(turn, words))


def _may_end(turn: Turn, person: Person) -> bool:
    """A school's administrator ends accounts of those who have no rights over others."""
    if turn.under(Permission.ACCOUNT_REVOKE_ANY).scope.covers(person.organisation_path):
        return True
    return all(each.role == Role.TEACHER for each in People(turn.unit).roles_of(person.id))


def _is_young(turn: Turn, this: Account, others: Sequence[Account]) -> bool:
    """A fresh account that ends older ones may be a stranger's: somebody else should know."""
    fresh = this.news_at is not None and this.news_at > turn.now - FRESH
    return fresh and any(each.bound_at < this.bound_at for each in others)


def _warn(turn: Turn, this: Account, others: Sequence[Account], key: str) -> None:
    person = People(turn.unit).by_id(turn.asker.id)
    assert person is not None
    said = Reply(
        text=f"【请留意】{person.name}（{person.organisation}）在新绑定的{account_words(this)}上"
        f"解除了原来 {len(others)} 个账号的绑定。如果不是本人换手机，请核对。"
    )
    but = suspects(turn.unit, person, this)
    tell_overseers(turn.unit, turn.office.ways, person, said, key, turn.now, but=but)


def _sure(text: str, title: str, sure: Action) -> Reply:
    choices = (Choice("确认", sure), Choice("取消", action("flow.cancel"), quiet=True))
    return Reply(
        text=text,
        card=Card(title=title, choices=choices),
        question=Question(choices=choices, confirm=sure),
    )


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="account.unbind",
        title="解除绑定",
        help="让这个账号不再代表我；管理员可说「解绑 姓名」",
        permission=Permission.ACCOUNT_OWN,
        handle=unbind,
        acting=True,
        echoes=True,
        keywords=("解除绑定", "解绑", "取消绑定"),
        forms=(
            "解除绑定",
            "解绑",
            "取消绑定",
            rf"(?:帮我?)?{_UNBIND}[\s:,]*{_NAME}(?:的?{_WHAT})?",
            rf"(?:帮我?)?{_END}[\s:,]*{_NAME}的?(?:账号|帐号)?的?绑定",
            rf"(?:请|麻烦)?(?:帮忙)?(?:把|给|帮|替){_NAME}的?{_WHAT}?的?(?:绑定)?"
            rf"(?:{_UNBIND}|解除)(?:了|掉|一下)?",
            rf"{_UNBIND}[\s:,]+(?P<number>[0-9A-Za-z]{{2,30}})",
        ),
        in_menu=False,
    ),
    Intent(
        name="account.unbind_others",
        title="解除其他绑定",
        help="只留当前账号，解除我的其他账号",
        permission=Permission.ACCOUNT_OWN,
        handle=unbind_others,
        acting=True,
        echoes=True,
        forms=(
            rf"{_END}(?:我的?)?{_OTHERS}(?:绑定)?",
            rf"把?(?:我的?)?{_OTHERS}(?:都|全|全部)?(?:{_UNBIND}|解除)(?:了|掉)?",
            r"只留(?:当前)?这(?:一)?个(?:账号|帐号)?",
        ),
        in_menu=False,
        exact_only=True,
    ),
    Intent(
        name="account.revoke",
        title="解除他人绑定",
        help="解除所管老师的账号，如「解绑 张三」",
        permission=Permission.ACCOUNT_REVOKE,
        handle=revoke,
        acting=True,
        echoes=True,
        forms=("解除他人绑定", r"(?:解除|取消)(?:别人|老师|同事)的?(?:账号)?绑定"),
        in_menu=False,
        exact_only=True,
    ),
)
