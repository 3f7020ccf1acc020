"""同意 or 不同意 to an account with rights over others: the second person's word.

Whoever gave the code, or is the account's person, is never the second.
"""

from __future__ import annotations

from handlers.account_news import lock, tell_account
from handlers.account_words import account_words
from handlers.contract import Intent, Turn
from handlers.own_accounts import ids
from handlers.permissions import Permission
from handlers.reply import Choice, Reply, action, ask_choice, refuse
from handlers.vouching import request, roles_of
from storage.accounts import Account
from storage.awaiting import Awaiting
from storage.people import People, Person

MOST_CHOICES = 8


def confirm(turn: Turn) -> Reply:
    """Say yes or no to one account; without one, those that wait for this person's word."""
    number, decision = turn.slots.number("id"), turn.slots.text("decision")
    mine = _mine(turn)
    if number is None:
        return _all(turn, mine)
    chosen = next((pair for pair in mine if pair[0].id == number), None)
    if chosen is None:
        return refuse(
            "这个账号现在不等您确认：已经有人办了，或者要由别的管理员确认。\n"
            "发送「待确认账号」可以看还有哪些。",
            why="not yours",
        )
    account, person = chosen
    match decision:
        case "yes":
            return _yes(turn, account, person)
        case "no":
            return _no(turn, account, person)
    return request(turn.unit, account, person)


def _mine(turn: Turn) -> list[tuple[Account, Person]]:
    """What waits for the asker's word."""
    awaiting, roster = Awaiting(turn.unit), People(turn.unit)
    found = []
    for account in awaiting.all():
        person = roster.by_id(account.person_id)
        if person is not None and turn.asker.id in awaiting.confirmers(account, person):
            found.append((account, person))
    return found


def _all(turn: Turn, mine: list[tuple[Account, Person]]) -> Reply:
    if not mine:
        return Reply(text="没有等您确认的账号。")
    if len(mine) == 1:
        return request(turn.unit, *mine[0])
    return ask_choice(
        f"有 {len(mine)} 个账号等您确认是不是本人，先看哪一个？",
        *(
            Choice(
                f"{person.name} {person.organisation} {person.staff_number}",
                action("account.confirm", id=str(account.id)),
            )
            for account, person in mine[:MOST_CHOICES]
        ),
        title="待确认账号",
    )


def _yes(turn: Turn, account: Account, person: Person) -> Reply:
    if not Awaiting(turn.unit).confirm(account.id, turn.asker.id):
        return refuse("这个账号刚刚已经有人确认了。", why="late")
    words = roles_of(turn.unit, person)
    told = Reply(text=f"您的管理功能（{words}）已经可以用了，发送「菜单」看全部功能。")
    key = f"account:vouched:{int(turn.now.timestamp())}"
    tell_account(turn.unit, turn.office.ways, account, told, key, turn.now)
    return Reply(
        text=f"已同意：{person.name}（{person.organisation}）的{account_words(account)}"
        f"可以用{words}的功能了。",
        audit={"person": person.id, "account": ids([account])},
    )


def _no(turn: Turn, account: Account, person: Person) -> Reply:
    if not lock(turn.unit, turn.office.ways, account, turn.asker.id, turn.now):
        return refuse("这个账号刚刚已经解除绑定了。", why="late")
    return Reply(
        text=f"没有同意：{person.name}的{account_words(account)}已解除绑定并锁定。\n"
        "如果弄错了，请由县级管理员重新发一个绑定码。",
        audit={"person": person.id, "account": ids([account]), "refused": 1},
    )


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="account.confirm",
        title="待确认账号",
        help="管理人员新绑的账号，核对是本人再同意",
        permission=Permission.ACCOUNT_CONFIRM,
        handle=confirm,
        acting=True,
        echoes=True,
        forms=(
            r"(?:看看?|有哪些|有没有)?(?:待|等我?|要我?)确认的?账号(?:有哪些)?",
            r"账号确认",
        ),
        in_menu=False,
        exact_only=True,
    ),
)
