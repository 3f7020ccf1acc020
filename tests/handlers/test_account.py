"""Binding, unbinding and inviting, as people do it."""

from __future__ import annotations

import io
import re
import threading
from datetime import timedelta

import openpyxl
import pytest

from handlers import account, invitations, unbinding
from handlers.contract import Intent
from handlers.reply import Action, Reply, action
from handlers.rules.wrong_codes import locked_until
from storage.accounts import Accounts
from storage.database import Database
from storage.unit import Unit
from tests.handlers.turns import MONDAY, allowed, person_id, press, seed_people, seen, turn

BIND, WHOAMI, PRIVACY = account.INTENTS
UNBIND, _, _ = unbinding.INTENTS
(INVITE,) = invitations.INTENTS
CODE = "K7M2P9QX"


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    Accounts(unit).issue_code(
        person_id(unit, "何静"), CODE, None, MONDAY, MONDAY + timedelta(days=7)
    )
    return unit


def bind(unit: Unit, person: str, code: str, **more: object) -> Reply:
    return account.bind(turn(unit, None, BIND, person=person, code=code, **more))  # type: ignore[arg-type]


def holder(unit: Unit, name: str = "stranger") -> str | None:
    found = Accounts(unit).holder("wecom", name)
    return None if found is None else found.name


def test_a_guest_gets_steps_and_no_data(office: Unit) -> None:
    reply = account.bind(turn(office, None, BIND, "绑定"))
    assert "绑定 姓名 绑定码" in reply.text
    assert "何静" not in reply.text
    half = account.bind(turn(office, None, BIND, "绑定 何静", person="何静"))
    assert half.text.startswith("还差绑定码。")
    other = account.bind(turn(office, None, BIND, "绑定 K7M2P9QX", code=CODE))
    assert other.text.startswith("还差您的姓名（或工号）。")


@pytest.mark.parametrize("typed", [CODE, "k7m2p9qx", "Ｋ７Ｍ２－Ｐ９ＱＸ", " K7M2 P9QX "])
def test_name_and_code_bind_however_they_are_typed(office: Unit, typed: str) -> None:
    reply = bind(office, "何静", typed)
    assert "绑定成功，何静老师您好（城东中学）" in reply.text
    assert holder(office) == "何静"


def test_a_staff_number_may_stand_for_the_name(office: Unit) -> None:
    assert "绑定成功" in bind(office, "10007", CODE).text


def test_a_code_works_once_and_a_person_may_have_several_accounts(office: Unit) -> None:
    bind(office, "何静", CODE)
    again = bind(office, "何静", CODE, account="second")
    assert again.refused
    assert "用过" in again.text
    Accounts(office).issue_code(
        person_id(office, "何静"), "ABCD2345", None, MONDAY, MONDAY + timedelta(days=7)
    )
    assert "绑定成功" in bind(office, "何静", "ABCD2345", account="second").text
    assert holder(office) == holder(office, "second") == "何静"


def test_an_expired_code_is_said_to_be_one(office: Unit) -> None:
    late = bind(office, "何静", CODE, now=MONDAY + timedelta(days=7))
    assert late.refused
    assert "失效" in late.text


def test_a_code_of_somebody_else_binds_nobody(office: Unit) -> None:
    for name in ("张伟", "查无此人"):
        reply = bind(office, name, CODE)
        # the same words whether the name exists or not
        assert reply.text.startswith("姓名和绑定码对不上")
    assert holder(office) is None


def test_five_wrong_codes_lock_for_thirty_minutes(office: Unit) -> None:
    replies = [bind(office, "何静", f"WRNG234{n}") for n in range(5)]
    assert "还可以试 4 次" in replies[0].text
    assert "锁定" in replies[4].text
    assert "08:55" in replies[4].text
    right = bind(office, "何静", CODE, now=MONDAY + timedelta(minutes=29, seconds=59))
    assert right.refused
    assert "1 分钟" in right.text
    assert holder(office) is None
    assert "绑定成功" in bind(office, "何静", CODE, now=MONDAY + timedelta(minutes=30)).text


def test_wrong_tries_of_one_account_do_not_lock_another(office: Unit) -> None:
    for n in range(5):
        bind(office, "何静", f"WRNG234{n}")
    assert "绑定成功" in bind(office, "何静", CODE, account="own").text


def test_many_accounts_guessing_at_one_person_are_stopped(office: Unit) -> None:
    for n in range(10):
        bind(office, "何静", f"WRNG23{n:02}", account=f"guesser{n}")
    assert "锁定" in bind(office, "何静", CODE, account="own").text


def test_a_lock_needs_the_wrong_tries_within_its_span() -> None:
    minutes = [MONDAY + timedelta(minutes=n) for n in (0, 10, 20, 29, 31)]
    assert locked_until(minutes, 5, MONDAY + timedelta(minutes=31)) is None
    close = [MONDAY + timedelta(minutes=n) for n in (0, 1, 2, 3, 30)]
    assert locked_until(close, 5, MONDAY + timedelta(minutes=59)) == MONDAY + timedelta(minutes=60)


def test_one_code_used_from_two_accounts_at_once_binds_one(database: Database) -> None:
    with database.unit() as unit:
        seed_people(unit)
        Accounts(unit).issue_code(
            person_id(unit, "何静"), CODE, None, MONDAY, MONDAY + timedelta(days=7)
        )

    def attempt(name: str) -> None:
        with database.unit() as unit:
            bind(unit, "何静", CODE, account=name)

    threads = [threading.Thread(target=attempt, args=(f"a{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.unit() as unit:
        assert [holder(unit, f"a{n}") for n in range(4)].count("何静") == 1


def test_a_bound_account_is_told_whose_it_is(office: Unit) -> None:
    reply = account.bind(turn(office, "张伟", BIND, person="何静", code=CODE))
    assert "已经绑定：张伟（城关小学）" in reply.text
    assert allowed(office, "张伟", BIND)
    assert allowed(office, None, BIND)


def test_whoami_and_unbind_are_for_bound_people(office: Unit) -> None:
    assert not allowed(office, None, WHOAMI)
    assert not allowed(office, None, UNBIND)
    text = account.whoami(turn(office, "周明", WHOAMI)).text
    assert "周明（城东中学）" in text
    assert "工号 10004；身份：教师、班主任" in text
    assert "企业微信账号（当前）：7月12日（周一）绑定" in text
    Accounts(office).bind("qq_group", "G1:M1", person_id(office, "周明"), MONDAY)
    text = account.whoami(turn(office, "周明", WHOAMI)).text
    assert "QQ群里的账号：7月12日（周一）绑定" in text


def test_unbinding_asks_first(office: Unit) -> None:
    asked = unbinding.unbind(turn(office, "张伟", UNBIND))
    assert holder(office, "10001") == "张伟"
    assert asked.question is not None
    assert asked.question.confirm is not None
    done = press(office, "张伟", unbinding.INTENTS, asked.question.confirm)
    assert "已解除" in done.text
    assert holder(office, "10001") is None


def test_a_school_administrator_invites_own_people_only(office: Unit) -> None:
    assert allowed(office, "吴军", INVITE)
    assert not allowed(office, "张伟", INVITE)
    assert not allowed(office, None, INVITE)
    reply = invitations.invite(turn(office, "吴军", INVITE, person="何静"))
    code = reply.text.rsplit(" ", 1)[1]
    assert "7月19日（周一）08:25" in reply.text
    assert "失效" in bind(office, "何静", CODE).text  # the older code stopped working
    assert "绑定成功" in bind(office, "何静", code).text
    other = invitations.invite(turn(office, "孙丽", INVITE, person="何静"))
    nobody = invitations.invite(turn(office, "孙丽", INVITE, person="查无此人"))
    assert other.refused
    assert other.text.replace("何静", "") == nobody.text.replace("查无此人", "")
    assert invitations.invite(turn(office, "孙丽", INVITE, person="10007")).refused
    assert not invitations.invite(turn(office, "李国强", INVITE, person="10007")).refused


def test_codes_for_everybody_without_an_account(office: Unit) -> None:
    asked = invitations.invite(turn(office, "李国强", INVITE, "导出绑定码"))
    assert "1 位在职人员" in asked.text
    assert "1 位手里还有没用的码" in asked.text
    reply = press(office, "李国强", (INVITE,), Action("account.invite", (("confirm", "1"),)))
    sheet = openpyxl.load_workbook(io.BytesIO(reply.files[0].data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == invitations.COLUMNS
    assert rows[1][:3] == ("何静", "10007", "城东中学")
    code = str(rows[1][3])
    assert code not in seen(reply)
    assert "绑定成功" in bind(office, "何静", code).text
    none = invitations.invite(turn(office, "孙丽", INVITE))
    assert "都已经绑定" in none.text


@pytest.mark.parametrize(
    ("intent", "text", "slots"),
    [
        (BIND, "绑定 张伟 K7M2", {"person": "张伟", "code": "K7M2"}),
        (BIND, "绑定张伟K7M2P9QX", {"person": "张伟", "code": "K7M2P9QX"}),
        (BIND, "绑定 10001 K7M2P9QX", {"person": "10001", "code": "K7M2P9QX"}),
        (BIND, "绑定 K7M2P9QX", {"code": "K7M2P9QX"}),
        (BIND, "绑定", {}),
        (INVITE, "绑定码 张伟", {"person": "张伟"}),
        (INVITE, "给张伟发绑定码", {"person": "张伟"}),
        (INVITE, "发绑定码 张伟", {"person": "张伟"}),
        (INVITE, "绑定码 10001", {"person": "10001"}),
        (INVITE, "导出绑定码", {}),
    ],
)
def test_forms_name_their_slots(intent: Intent, text: str, slots: dict[str, str]) -> None:
    found = [match for form in intent.forms if (match := re.fullmatch(form, text))]
    assert found
    assert {k: v for k, v in found[0].groupdict().items() if v} == slots


def test_the_missing_half_is_asked_for(unit: Unit) -> None:
    seed_people(unit)
    name_only = account.bind(turn(unit, None, "account.bind", person="何静"))
    assert name_only.text.startswith("还差绑定码")
    assert name_only.question is not None
    assert name_only.question.fill == action("account.bind", person="何静")
    code_only = account.bind(turn(unit, None, "account.bind", code="K7M2P9QX"))
    assert code_only.text.startswith("还差您的姓名")
    assert code_only.question is not None
    assert code_only.question.slot == "person"
