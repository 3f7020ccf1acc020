"""An account with rights over others has them only after a second person's yes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from handlers.contract import Received
from storage.account_locks import AccountLocks
from storage.accounts import Accounts
from storage.awaiting import Awaiting
from storage.readers.reading import read_file
from storage.tables import accounts, deliveries, people, roles
from storage.unit import Unit
from tests.bot.test_accounts_audit import Office
from tests.handlers.turns import MONDAY, person_id, seed_people

CODE = "K7M2P9QX"
NEW = ("qq", "NEWQQ0001")
# what a school's administrator, a tutor, an officer may ask for and a teacher may not
ABOVE = {"孙丽": "导出名册", "周明": "谁没签到", "李国强": "发送情况", "钱进": "谁没签到"}


@pytest.fixture
def office(unit: Unit) -> Office:
    seed_people(unit)
    second = {"staff_number": "10010", "name": "彭慧", "organisation_id": 1, "status": "active"}
    number = unit.add(insert(people), second)
    unit.add(insert(roles), {"person_id": number, "role": "county_admin", "organisation_id": 1})
    Accounts(unit).bind("wecom", "10010", number, MONDAY)
    return Office(unit)


def bind(office: Office, name: str, issuer: str | None) -> str:
    """Somebody binds one more account with a code that `issuer` gave (None: the operator)."""
    giver = None if issuer is None else person_id(office.unit, issuer)
    until = MONDAY + timedelta(days=7)
    person = person_id(office.unit, name)
    Accounts(office.unit).issue_code(person, CODE, giver, MONDAY, until)
    return office.say(*NEW, f"绑定 {name} {CODE}")


def refused(office: Office, name: str) -> bool:
    return "不在您的权限之内" in office.say(*NEW, ABOVE[name])


def asked(office: Office) -> set[str]:
    """Who was asked for a yes."""
    rows = office.unit.rows(select(deliveries.c.account, deliveries.c.body))
    return {row.account for row in rows if "请确认一个管理账号" in str(row.body)}


@pytest.mark.parametrize("name", ["孙丽", "周明", "李国强", "钱进"])
def test_rights_wait_for_a_second_person(office: Office, name: str) -> None:
    giver = "李国强" if name != "李国强" else "彭慧"
    said = bind(office, name, giver)
    assert "您的老师功能现在可用" in said
    if name == "李国强":  # the only other officer gave the code
        assert "run_bot.py code" in said
        assert asked(office) == set()
    else:
        assert "要等另一位管理员确认" in said
        assert "10010" in asked(office)
        assert "10006" not in asked(office)  # the giver is no second
    assert refused(office, name)
    assert "还没有绑定" not in office.say(*NEW, "我的课表")
    assert "还在等另一位管理员确认" in office.say(*NEW, "我绑定的是谁")


def test_a_yes_gives_them_and_is_audited(office: Office) -> None:
    bind(office, "孙丽", "李国强")
    assert refused(office, "孙丽")
    assert "请确认一个管理账号" in office.say("wecom", "10010", "待确认账号")
    (waiting,) = Awaiting(office.unit).all()
    said = office.press("wecom", "10010", f"account.confirm?id={waiting.id}&decision=yes")
    assert "已同意：孙丽" in said
    assert not refused(office, "孙丽")
    entry = office.audited("account.confirm")
    assert entry["detail"]["account"] == "qq:NEWQQ0001"
    assert entry["actor_id"] == person_id(office.unit, "彭慧")
    again = office.press("wecom", "10010", f"account.confirm?id={waiting.id}&decision=yes")
    assert "不等您确认" in again


@pytest.mark.parametrize("who", ["10006", "10005", "10009", "10001", NEW[1]])
def test_neither_the_giver_nor_the_person_nor_others_say_yes(office: Office, who: str) -> None:
    bind(office, "孙丽", "李国强")
    (waiting,) = Awaiting(office.unit).all()
    channel = "qq" if who == NEW[1] else "wecom"
    office.press(channel, who, f"account.confirm?id={waiting.id}&decision=yes")
    assert refused(office, "孙丽")
    assert len(Awaiting(office.unit).all()) == 1


def test_a_no_locks_the_account(office: Office) -> None:
    bind(office, "孙丽", "李国强")
    (waiting,) = Awaiting(office.unit).all()
    said = office.press("wecom", "10010", f"account.confirm?id={waiting.id}&decision=no")
    assert "已解除绑定并锁定" in said
    assert AccountLocks(office.unit).locked_at(*NEW) is not None
    assert Accounts(office.unit).holder(*NEW) is None


def test_a_school_vouches_for_its_tutors(office: Office) -> None:
    """吴军 administers 周明's school; the code came from the county."""
    bind(office, "周明", "李国强")
    assert asked(office) == {"10009", "10010"}


@pytest.mark.parametrize("name", ["孙丽", "李国强", "周明"])
def test_the_operator_s_code_needs_no_second(office: Office, name: str) -> None:
    assert "要等" not in bind(office, name, None)
    assert not refused(office, name)


def test_a_teacher_s_account_waits_for_nobody(office: Office) -> None:
    assert "要等" not in bind(office, "何静", "吴军")
    assert Awaiting(office.unit).all() == []


def test_where_the_county_has_one_officer_its_schools_do_not_wait(office: Office) -> None:
    unit = office.unit
    unit.run(update(people).where(people.c.name == "彭慧").values(status="retired"))
    assert "要等" not in bind(office, "孙丽", "李国强")
    assert not refused(office, "孙丽")
    # but a school gives nobody rights that it has not itself
    unit.run(accounts.delete().where(accounts.c.channel == "qq"))
    assert "要等另一位管理员" in bind(office, "吴军", "孙丽")


def test_an_account_by_an_officer_s_roster_waits_too(office: Office) -> None:
    text = "姓名,工号,单位,企业微信账号\n孙丽,10005,城关小学,sunli2\n何静,10007,城东中学,hejing\n"
    office.send_file(
        "wecom", "10006", Received("名册.csv", b"", read_file(text.encode(), "名册.csv"))
    )
    said = office.say("wecom", "10006", "确认")
    assert "已保存教师名册" in said
    assert "1 个管理人员的新账号，要等另一位管理员确认" in said
    assert asked(office) == {"10010"}
    assert re.search("不在您的权限之内", office.say("wecom", "sunli2", "导出名册"))
