"""An account with rights over others waits for a second person's yes: asking for it, telling of it.

Shared by the ways in which accounts come: a code, a roster. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.account_news import tell_person
from handlers.account_words import ROLE_WORDS, account_words
from handlers.permissions import Role
from handlers.reply import Card, Choice, Reply, action
from handlers.ways import Ways
from storage.accounts import Account
from storage.awaiting import Awaiting
from storage.people import People, Person
from storage.unit import Unit

# more at once are asked for in one message
MOST_CARDS = 3


def settle_new(unit: Unit, ways: Ways, accounts: Sequence[Account], now: datetime) -> int:
    """Ask for each that waits, or let it be where nobody else could say yes; how many wait."""
    awaiting, roster = Awaiting(unit), People(unit)
    asked: dict[int, list[tuple[Account, Person]]] = {}
    waiting = 0
    for each in accounts:
        person = roster.by_id(each.person_id)
        assert person is not None
        if awaiting.needs_nobody(each, person):
            awaiting.confirm(each.id, None)
            continue
        waiting += 1
        for number in awaiting.confirmers(each, person):
            asked.setdefault(number, []).append((each, person))
    for number, some in asked.items():
        if len(some) <= MOST_CARDS:
            for account, person in some:
                key = f"account:awaits:{account.id}:{int(now.timestamp())}"
                tell_person(unit, ways, number, request(unit, account, person), key, now)
            continue
        said = Reply(
            text=f"有 {len(some)} 个管理人员的账号刚刚绑定，要您确认是本人才有管理功能。\n"
            "发送「待确认账号」逐个看。"
        )
        key = f"account:awaits:many:{int(now.timestamp())}"
        tell_person(unit, ways, number, said, key, now)
    return waiting


def request(unit: Unit, account: Account, person: Person) -> Reply:
    """The card that asks for a yes: whose account, which, and who gave it."""
    giver = None if account.issued_by is None else People(unit).by_id(account.issued_by)
    number = str(account.id)
    return Reply(
        card=Card(
            title="请确认一个管理账号",
            description=f"{person.name}（{person.organisation}，{roles_of(unit, person)}）"
            "刚绑定了这个账号。请向本人核对后再点；没确认前它只有老师的功能。",
            facts=(
                ("账号", account_words(account)[:26]),
                ("发码人", giver.name[:26] if giver else "系统管理员"),
            ),
            choices=(
                Choice("同意", action("account.confirm", id=number, decision="yes"), done="已同意"),
                Choice(
                    "不同意",
                    action("account.confirm", id=number, decision="no"),
                    quiet=True,
                    done="已拒绝",
                ),
            ),
        )
    )


def roles_of(unit: Unit, person: Person) -> str:
    """The roles that give rights over others, in words."""
    held = {each.role for each in People(unit).roles_of(person.id)}
    return "、".join(
        word for role, word in ROLE_WORDS.items() if role in held and role is not Role.TEACHER
    )
