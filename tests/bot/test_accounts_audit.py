"""Whose an account is and was stands in the audit, whoever changed it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from bot.answer import House, answer
from bot.channels.base import Incoming
from bot.reading import intent_words
from handlers.contract import Received
from handlers.rules.masking import Masker
from nlp.understanding import Understanding
from nlp.vocabulary import Vocabulary
from storage.accounts import Accounts
from storage.journal import Audit
from storage.unit import Unit
from tests.handlers.offices import EVERYWHERE
from tests.handlers.turns import MONDAY, person_id, seed_people, seen

CODE = "K7M2P9QX"


@cache
def understanding() -> Understanding:
    return Understanding(Vocabulary(intent_words()))


class Office:
    """The life of messages in one unit, from accounts of any platform."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.number = 0

    def say(self, channel: str, account: str, text: str, now: datetime = MONDAY) -> str:
        return self._turn(channel, account, now, text=text)

    def press(self, channel: str, account: str, button: str) -> str:
        return self._turn(channel, account, MONDAY, button=button)

    def send_file(self, channel: str, account: str, file: Received) -> str:
        return self._turn(channel, account, MONDAY, file=file)

    def _turn(self, channel: str, account: str, now: datetime, **what: Any) -> str:
        self.number += 1
        incoming = Incoming(
            channel=channel,
            realm=channel,
            account=account,
            message_id=f"m{self.number}",
            at=now,
            **{"text": "", **what},
            push_channel=channel,
        )
        house = House(
            understanding=understanding,
            office=EVERYWHERE,
            chance=random.Random(7),
            at_once={name: lambda _reply: True for name in EVERYWHERE.ways},
            masked=Masker().masked,
        )
        made = answer(incoming, unit=self.unit, house=house, now=now, turn_id=f"{self.number:08}")
        return "" if made.reply is None else seen(made.reply)

    def audited(self, intent: str) -> Mapping[str, Any]:
        """The latest entry of an intent."""
        return next(each for each in Audit(self.unit).entries() if each["intent"] == intent)


@pytest.fixture
def office(unit: Unit) -> Office:
    seed_people(unit)
    return Office(unit)


def test_a_guest_who_binds_is_audited_with_person_account_and_who_gave_the_code(
    office: Office,
) -> None:
    person, officer = person_id(office.unit, "何静"), person_id(office.unit, "孙丽")
    until = MONDAY + timedelta(days=7)
    Accounts(office.unit).issue_code(person, CODE, officer, MONDAY, until)
    assert "绑定成功" in office.say("qq", "NEWQQ0001", f"绑定 何静 {CODE}")
    entry = office.audited("account.bind")
    assert (entry["outcome"], entry["channel"], entry["actor_id"]) == ("done", "qq", None)
    detail = entry["detail"]
    assert detail["person"] == person
    assert detail["account"] == "qq:NEWQQ0001"
    assert detail["issued_by"] == officer
    assert CODE not in str(entry)


def test_asking_how_to_bind_changes_nothing_and_is_no_entry(office: Office) -> None:
    office.say("qq", "NEWQQ0001", "绑定 何静")
    assert not [each for each in Audit(office.unit).entries() if each["outcome"] == "done"]


def test_ending_and_locking_accounts_name_them(office: Office) -> None:
    zhang = person_id(office.unit, "张伟")
    Accounts(office.unit).bind("onebot", "30001", zhang, MONDAY + timedelta(minutes=1))
    later = MONDAY + timedelta(minutes=2)
    assert "已锁定" in office.say("wecom", "10001", "不是我", later)
    assert office.audited("account.not_me")["detail"]["account"] == "onebot:30001"
    office.say("wecom", "10001", "解除绑定", later)
    assert "已解除绑定" in office.say("wecom", "10001", "确认", later)
    assert office.audited("account.unbind")["detail"]["account"] == "wecom:10001"
    # whoever was that account is a guest again
    assert "还没有绑定" in office.say("wecom", "10001", "我的学分", later)


def test_the_words_kept_of_a_consent_are_known_later(office: Office) -> None:
    person = person_id(office.unit, "何静")
    until = MONDAY + timedelta(days=7)
    Accounts(office.unit).issue_code(person, CODE, None, MONDAY, until)
    said = office.say("qq", "NEWQQ0001", f"绑定 何静 {CODE}")
    assert "保存" in said
    assert "隐私" in said
    (held,) = Accounts(office.unit).of_person(person)
    assert held.bound_at == MONDAY
    assert held.consent
    page = office.say("qq", "NEWQQ0001", "隐私")
    for word in ("姓名", "为什么", "能看到的人", "师训股"):
        assert word in page
