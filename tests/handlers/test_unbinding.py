"""Whose an account is: everybody it concerns hears of it, and says no in one word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from handlers import account, invitations, not_me, unbinding
from handlers.account_news import announce
from handlers.contract import Asker, Intent
from handlers.reply import Action, Reply
from handlers.slots import Slots, SlotValue
from storage.account_locks import AccountLocks
from storage.accounts import Account, Accounts
from storage.roster_hints import HintKind, RosterHints
from storage.sending import UNSTOPPABLE
from storage.tables import deliveries, people
from storage.unit import Unit
from tests.handlers.offices import EVERYWHERE
from tests.handlers.turns import MONDAY, asker, person_id, seed_people, seen, turn

BIND, _, _ = account.INTENTS
UNBIND, UNBIND_OTHERS, REVOKE = unbinding.INTENTS
(NOT_ME,) = not_me.INTENTS
(INVITE,) = invitations.INTENTS
LATER = MONDAY + timedelta(hours=1)
STRANGER = ("qq", "STRANGER0001")


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    return unit


def say(
    unit: Unit,
    intent: Intent,
    who: str | None,
    *,
    by: tuple[str, str] | None = None,
    now: datetime = LATER,
    slots: Mapping[str, SlotValue] | None = None,
    **more: str,
) -> Reply:
    """One turn of somebody from one of their accounts, in an office that has every way."""
    assert intent.handle is not None
    made = turn(unit, who, intent, now=now)
    known: Asker = asker(unit, who)
    if by is not None:
        known = replace(known, channel=by[0], account=by[1])
    return intent.handle(
        replace(made, office=EVERYWHERE, asker=known, slots=Slots({**(slots or {}), **more}))
    )


def sure(reply: Reply) -> Action:
    assert reply.question is not None
    assert reply.question.confirm is not None
    return reply.question.confirm


def confirm(unit: Unit, reply: Reply, who: str, by: tuple[str, str] | None = None) -> Reply:
    yes = sure(reply)
    intent = next(each for each in unbinding.INTENTS if each.name == yes.intent)
    return say(unit, intent, who, by=by, slots=dict(yes.slots))


def bind_stranger(unit: Unit, name: str = "张伟", issuer: str = "孙丽") -> Account:
    """As a school's administrator could: a code for a teacher, used from an own account."""
    said = say(unit, INVITE, issuer, person=name)
    code = said.text.rsplit(" ", 1)[1]
    done = say(unit, BIND, None, by=STRANGER, person=name, code=code)
    assert "绑定成功" in done.text
    return held(unit, name)[-1]


def held(unit: Unit, name: str) -> Sequence[Account]:
    return Accounts(unit).of_person(person_id(unit, name))


def queued(unit: Unit, account_id: str) -> list[str]:
    """The words that wait for an account."""
    rows = unit.rows(
        select(deliveries.c.body).where(
            deliveries.c.account == account_id, deliveries.c.status == "queued"
        )
    )
    return [str(row.body) for row in rows]


def test_whoever_is_there_already_hears_of_a_new_account_at_once(office: Unit) -> None:
    Accounts(office).bind("onebot", "40001", person_id(office, "张伟"), MONDAY)
    bind_stranger(office)
    for mine in ("10001", "40001"):
        (said,) = [each for each in queued(office, mine) if "STRANGER0001" in each]
        assert "刚刚又绑定了一个QQ账号（7月12日（周一）09:25）" in said
        assert "不是我" in said
    assert queued(office, STRANGER[1]) == []
    assert queued(office, "10002") == []


def test_the_stop_switch_does_not_hold_it(office: Unit) -> None:
    bind_stranger(office)
    purposes = {row.purpose for row in office.rows(select(deliveries.c.purpose))}
    assert purposes
    assert purposes <= set(UNSTOPPABLE)


def test_it_is_told_once_however_often_one_looks(office: Unit) -> None:
    bind_stranger(office)
    assert announce(office, EVERYWHERE.ways, LATER) == 0
    assert len(queued(office, "10001")) == 1


def test_a_first_account_is_news_to_nobody(office: Unit) -> None:
    bind_stranger(office, "何静", "吴军")
    assert office.rows(select(deliveries)) == []


@pytest.mark.parametrize("by_button", [True, False])
def test_not_me_locks_the_new_account_and_tells_the_officers(office: Unit, by_button: bool) -> None:
    new = bind_stranger(office)
    slots: dict[str, SlotValue] = {"id": str(new.id)} if by_button else {}
    done = say(office, NOT_ME, "张伟", slots=slots)
    assert "已锁定QQ账号 STRANGER0001" in done.text
    assert not done.refused
    assert done.audit["account"] == "qq:STRANGER0001"
    assert done.audit["issued_by"] == person_id(office, "孙丽")
    assert Accounts(office).holder(*STRANGER) is None
    (said,) = queued(office, "10006")
    assert "张伟（城关小学，工号 10001）" in said
    assert "孙丽（城关小学）" in said
    # not to the administrator who gave the code, nor to another school's
    assert queued(office, "10005") == []
    assert queued(office, "10009") == []
    # and nothing is done twice
    assert say(office, NOT_ME, "张伟", slots=slots).refused


def test_a_locked_account_is_bound_again_by_the_county_only(office: Unit) -> None:
    bind_stranger(office)
    say(office, NOT_ME, "张伟")
    for issuer, works in (("孙丽", False), ("李国强", True)):
        later = LATER + timedelta(minutes=1)
        said = say(office, INVITE, issuer, person="李娜", now=later)
        code = said.text.rsplit(" ", 1)[1]
        done = say(office, BIND, None, by=STRANGER, person="李娜", code=code, now=later)
        assert ("绑定成功" in done.text) is works, issuer
        assert done.refused is not works
    assert AccountLocks(office).locked_at(*STRANGER) is None


def test_a_code_from_before_the_lock_does_not_undo_it(office: Unit) -> None:
    bind_stranger(office)
    said = say(office, INVITE, "李国强", person="张伟", now=LATER)
    say(office, NOT_ME, "张伟", now=LATER + timedelta(minutes=1))
    code = said.text.rsplit(" ", 1)[1]
    done = say(
        office, BIND, None, by=STRANGER, person="张伟", code=code, now=LATER + timedelta(minutes=2)
    )
    assert done.refused


def test_who_came_last_locks_nobody_out(office: Unit) -> None:
    bind_stranger(office)
    (old,) = (each for each in held(office, "张伟") if each.channel == "wecom")
    tried: tuple[dict[str, SlotValue], ...] = ({}, {"id": str(old.id)})
    for slots in tried:
        assert say(office, NOT_ME, "张伟", by=STRANGER, slots=slots).refused
    assert len(held(office, "张伟")) == 2


def test_not_me_counts_for_a_week_and_for_ones_own_only(office: Unit) -> None:
    new = bind_stranger(office)
    assert say(office, NOT_ME, "李娜", id=str(new.id)).refused
    assert say(office, NOT_ME, "张伟", now=LATER + timedelta(days=7, minutes=1)).refused
    assert not say(office, NOT_ME, "张伟", now=LATER + timedelta(days=6)).refused


def test_an_account_that_got_another_id_is_news_to_the_others(office: Unit) -> None:
    person = person_id(office, "张伟")
    Accounts(office).bind("qq", "QQOFZHANG", person, MONDAY)
    hints = RosterHints(office)
    hints.move("wecom", "10001", "newzhang", LATER)
    hints.add(HintKind.RENAMED, "wecom", "10001", LATER, new_account="newzhang")
    announce(office, EVERYWHERE.ways, LATER)
    (said,) = queued(office, "QQOFZHANG")
    assert "企业微信账号在通讯录里改了名" in said
    done = say(office, NOT_ME, "张伟", by=("qq", "QQOFZHANG"))
    assert "已锁定企业微信账号 newzhang" in done.text


def test_what_waits_for_a_lost_account_leaves_by_another(office: Unit) -> None:
    new = bind_stranger(office)
    office.add(
        insert(deliveries),
        {
            "unique_key": "notice:37:1",
            "channel": "qq",
            "account": new.account,
            "person_id": new.person_id,
            "purpose": "notice",
            "body": {"text": "集中培训", "card": None, "files": []},
            "status": "queued",
            "not_before": LATER,
            "queued_at": LATER,
        },
    )
    say(office, NOT_ME, "张伟")
    assert not [each for each in queued(office, new.account) if "集中培训" in each]
    assert [each for each in queued(office, "10001") if "集中培训" in each]


# -- unbinding ------------------------------------------------------------------------------------


def test_my_other_accounts_end_after_a_yes_that_lists_them(office: Unit) -> None:
    bind_stranger(office)
    asked = say(office, UNBIND_OTHERS, "张伟")
    assert "QQ账号 STRANGER0001" in asked.text
    assert len(held(office, "张伟")) == 2
    done = confirm(office, asked, "张伟")
    assert "只留当前这个" in done.text
    assert [each.channel for each in held(office, "张伟")] == ["wecom"]
    assert done.audit["account"] == "qq:STRANGER0001"
    (said,) = queued(office, STRANGER[1])
    assert "已经解除" in said
    assert "没有其他的" in say(office, UNBIND_OTHERS, "张伟").text


def test_a_fresh_account_that_ends_older_ones_is_seen_by_the_county(office: Unit) -> None:
    bind_stranger(office)
    confirm(office, say(office, UNBIND_OTHERS, "张伟", by=STRANGER), "张伟", STRANGER)
    (said,) = queued(office, "10006")
    assert "请留意" in said
    assert [each for each in queued(office, "10001") if "不是您本人操作" in each]


@pytest.mark.parametrize("words", ["李娜", "10002"])
def test_the_office_ends_the_accounts_of_the_person_it_names(office: Unit, words: str) -> None:
    asked = say(office, UNBIND, "李国强", person=words)
    assert "李娜（城关小学，工号 10002）" in asked.text
    assert "李国强" not in asked.text
    assert "企业微信账号 10002" in asked.text
    done = confirm(office, asked, "李国强")
    assert held(office, "李娜") == ()
    assert held(office, "李国强") != ()
    assert done.audit["person"] == person_id(office, "李娜")
    (said,) = queued(office, "10002")
    assert "已由管理员（李国强）解除" in said


def test_a_school_ends_accounts_of_its_teachers_and_of_nobody_else(office: Unit) -> None:
    assert not say(office, UNBIND, "孙丽", person="张伟").refused
    other, nobody = (say(office, UNBIND, "孙丽", person=each) for each in ("王芳", "查无此人"))
    assert other.refused
    assert other.text.replace("王芳", "") == nobody.text.replace("查无此人", "")
    officer = say(office, UNBIND, "吴军", person="周明")
    assert officer.refused
    assert "县级管理员" in officer.text
    assert say(office, REVOKE, "孙丽", number="10003", confirm="1").refused
    assert held(office, "王芳") != ()


def test_the_county_sees_what_a_school_ends(office: Unit) -> None:
    confirm(office, say(office, UNBIND, "孙丽", person="张伟"), "孙丽")
    (said,) = queued(office, "10006")
    assert "孙丽（城关小学）解除了张伟" in said
    assert queued(office, "10005") == []


def test_a_teacher_who_names_another_is_never_offered_the_own(office: Unit) -> None:
    said = say(office, UNBIND, "张伟", person="李娜")
    assert said.refused
    assert said.question is None
    assert "只能解除自己的" in said.text
    own = say(office, UNBIND, "张伟", person="张伟")
    assert sure(own) == Action("account.unbind", (("confirm", "1"),))


def test_namesakes_are_told_apart_first(office: Unit) -> None:
    row = office.row(select(people).where(people.c.name == "李娜"))
    assert row is not None
    values = {**row._asdict(), "id": 100, "staff_number": "20002", "organisation_id": 4}
    office.add(insert(people), values)
    asked = say(office, UNBIND, "李国强", person="李娜")
    assert asked.card is not None
    assert [each.label for each in asked.card.choices] == [
        "李娜 城关小学 10002",
        "李娜 城东中学 20002",
    ]
    picked = say(office, REVOKE, "李国强", slots=dict(asked.card.choices[0].action.slots))
    assert "工号 10002" in seen(picked)


@pytest.mark.parametrize(
    ("intent", "text", "slots"),
    [
        (UNBIND, "解绑 李娜的账号", {"person": "李娜"}),
        (UNBIND, "解绑李娜", {"person": "李娜"}),
        (UNBIND, "解除李娜的绑定", {"person": "李娜"}),
        (UNBIND, "解除绑定 李娜老师", {"person": "李娜"}),
        (UNBIND, "把李娜的账号解绑", {"person": "李娜"}),
        (UNBIND, "帮李娜解除绑定", {"person": "李娜"}),
        (UNBIND, "把阿依古丽·买买提的账号的绑定解除", {"person": "阿依古丽·买买提"}),
        (UNBIND, "解绑 430103", {"number": "430103"}),
        (UNBIND, "解绑", {}),
        (UNBIND_OTHERS, "解除其他绑定", {}),
        (UNBIND_OTHERS, "解绑其他账号", {}),
        (UNBIND_OTHERS, "把其他账号都解绑", {}),
        (UNBIND_OTHERS, "解除我的其他账号的绑定", {}),
        (UNBIND_OTHERS, "取消其他绑定", {}),
        (NOT_ME, "不是我", {}),
        (NOT_ME, "不是我绑的", {}),
        (NOT_ME, "那个账号不是我的", {}),
        (None, "解绑账号", {}),
        (None, "解绑我的账号", {}),
        (None, "解除账号绑定", {}),
        (None, "解绑微信", {}),
    ],
)
def test_forms_tell_whose_accounts_are_meant(
    intent: Intent | None, text: str, slots: dict[str, str]
) -> None:
    found = [
        (each, {k: v for k, v in match.groupdict().items() if v})
        for each in (*unbinding.INTENTS, *not_me.INTENTS)
        for form in each.forms
        if (match := re.fullmatch(form, text))
    ]
    wanted = set() if intent is None else {(intent.name, tuple(slots.items()))}
    assert {(each.name, tuple(named.items())) for each, named in found} == wanted
