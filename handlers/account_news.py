"""Telling people of what happens to their accounts, and those who administer them.

To each account by itself: a word on a new account is worth nothing where only the new one hears
it. Through the outbox; sends nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from handlers.account_words import CHANNEL_WORDS, account_words
from handlers.permissions import Role
from handlers.reach import candidates, reroute
from handlers.reply import Card, Choice, Reply, action
from handlers.reply_json import reply_to_json
from handlers.rules.routing import Route, routes
from handlers.ways import Ways
from handlers.wording import moment_words
from storage.account_locks import AccountLocks
from storage.accounts import Account, Accounts
from storage.new_accounts import NewAccounts
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.overseers import Overseers
from storage.people import People, Person
from storage.roster_hints import RosterHints
from storage.unit import Unit

# not held by the stop switch: storage/sending.UNSTOPPABLE
PURPOSE = "account"
ADMINISTRATORS = (Role.COUNTY_ADMIN.value, Role.SCHOOL_ADMIN.value)


def tell_account(
    unit: Unit, ways: Ways, account: Account, reply: Reply, key: str, now: datetime
) -> bool:
    """One account, by the best way to it; False where nothing can write to it."""
    found = _ways_to(unit, [account], ways, now)
    return bool(found) and _queue(unit, found[0], reply, f"{key}:{account.id}", now)


def tell_overseers(
    unit: Unit,
    ways: Ways,
    person: Person,
    reply: Reply,
    key: str,
    now: datetime,
    *,
    but: Collection[int] = (),
) -> int:
    """Those who administer this person's unit, each by the best way; how many were told."""
    found = Overseers(unit).of(person.organisation_path, ADMINISTRATORS)
    return sum(tell_person(unit, ways, each, reply, key, now) for each in found if each not in but)


def tell_person(
    unit: Unit, ways: Ways, person_id: int, reply: Reply, key: str, now: datetime
) -> bool:
    """Somebody in charge, by the best way; an account that waits itself hears nothing of others."""
    held = [each for each in Accounts(unit).of_person(person_id) if not each.awaits]
    found = _ways_to(unit, held, ways, now)
    return bool(found) and _queue(unit, found[0], reply, f"{key}:to:{person_id}", now)


def announce(unit: Unit, ways: Ways, now: datetime) -> int:
    """Tell every account already held of those that are new beside it; how many messages."""
    told = 0
    for new in NewAccounts(unit).untold(now):
        person = People(unit).by_id(new.person_id)
        assert person is not None
        assert new.news_at is not None
        said = _news(unit, person, new, now)
        for each in Accounts(unit).of_person(new.person_id):
            if each.id != new.id and (each.bound_at, each.id) < (new.news_at, new.id):
                key = f"account:new:{new.id}:{int(new.news_at.timestamp())}"
                told += tell_account(unit, ways, each, said, key, now)
    return told


def take_away(unit: Unit, ways: Ways, accounts: Sequence[Account], now: datetime) -> None:
    """These are nobody's from now on; what waited for them leaves by the person's others."""
    locks = AccountLocks(unit)
    for each in accounts:
        locks.take_away(each)
    for each in accounts:
        reroute(unit, locks.withdraw(each, now), ways, now)


def lock(unit: Unit, ways: Ways, account: Account, by: int, now: datetime) -> bool:
    """Lock one; False where it is nobody's any more. Its holder is told why."""
    locks = AccountLocks(unit)
    if not locks.lock(account, by, now):
        return False
    reroute(unit, locks.withdraw(account, now), ways, now)
    why = Reply(
        text="这个账号已被锁定，不能再使用：有人核对后说它不是名册上的本人绑定的。\n"
        "如果弄错了，请联系师训部门，由县级管理员重新发一个绑定码。"
    )
    tell_account(unit, ways, account, why, f"account:locked:{int(now.timestamp())}", now)
    return True


def suspects(unit: Unit, person: Person, target: Account) -> frozenset[int]:
    """Who is not told: its person, and a school's administrator who gave the code."""
    giver = target.issued_by
    if giver is None:
        return frozenset({person.id})
    held = {each.role for each in People(unit).roles_of(giver)}
    return frozenset({person.id} if Role.COUNTY_ADMIN in held else {person.id, giver})


def _news(unit: Unit, person: Person, new: Account, now: datetime) -> Reply:
    at = new.news_at or new.bound_at
    kind = CHANNEL_WORDS.get(new.channel, new.channel)
    when = moment_words(at, now.date())
    if RosterHints(unit).renamed_to(new.channel, new.account) and at > new.bound_at:
        what = f"您的{kind}账号在通讯录里改了名（{when}）。"
    else:
        what = f"您的身份刚刚又绑定了一个{kind}账号（{when}）。"
    return Reply(
        card=Card(
            title="账号有变动",
            description=f"{what}是您本人，不用理会；不是，请点或回复「不是我」，马上锁定它。",
            facts=(("账号", account_words(new).partition(" ")[2]), ("姓名", person.name)),
            choices=(Choice("不是我", action("account.not_me", id=str(new.id)), done="已处理"),),
        )
    )


def _ways_to(
    unit: Unit, accounts: Sequence[Account], ways: Ways, now: datetime
) -> tuple[Route, ...]:
    held = [(each.channel, each.account) for each in accounts]
    return routes(candidates(unit, {0: held}, ways)[0], ways, now) if held else ()


def _queue(unit: Unit, route: Route, reply: Reply, key: str, now: datetime) -> bool:
    """No person stands beside it: where this way is refused, another account is no replacement."""
    new = NewDelivery(
        unique_key=key,
        channel=route.channel,
        account=route.account,
        purpose=PURPOSE,
        body=reply_to_json(unit, reply, now),
        not_before=now,
    )
    return bool(Outbox(unit).enqueue([new], now))
