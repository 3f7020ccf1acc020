"""Who writes, in one read: guests, roles, and a conversation that still counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import insert

from storage.credits import Credits
from storage.journal import PendingQuestions
from storage.senders import Senders
from storage.tables import accounts, credit_entries, organisations, people, roles
from storage.unit import Unit

NOW = datetime(2021, 7, 12, 0, 25, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)


def _furnish(unit: Unit) -> None:
    unit.add(
        insert(organisations),
        {"id": 1, "name": "云溪县教育局", "kind": "county", "path": "/1/", "aliases": []},
    )
    rows = [("430001", "王老师"), ("430002", "李老师")]
    for number, (staff_number, name) in enumerate(rows, 1):
        unit.add(
            insert(people),
            {
                "id": number,
                "staff_number": staff_number,
                "name": name,
                "organisation_id": 1,
                "status": "active",
            },
        )
        unit.add(
            insert(accounts),
            {"channel": "wecom", "account": f"t{number}", "person_id": number, "bound_at": NOW},
        )
    for role, organisation in (("county_admin", 1), ("class_tutor", None)):
        unit.add(insert(roles), {"person_id": 1, "role": role, "organisation_id": organisation})


def test_a_person_with_roles_and_one_without(unit: Unit) -> None:
    _furnish(unit)
    first, second = (Senders(unit).of("wecom", name, NOW) for name in ("t1", "t2"))
    assert first.person is not None
    assert (first.person.name, first.person.organisation) == ("王老师", "云溪县教育局")
    assert [(each.role, each.organisation_path) for each in first.roles] == [
        ("county_admin", "/1/"),
        ("class_tutor", None),
    ]
    assert second.person is not None
    assert (second.person.name, second.roles, second.talk) == ("李老师", (), None)


def test_another_channel_s_account_is_a_guest_with_a_talk_of_its_own(unit: Unit) -> None:
    _furnish(unit)
    PendingQuestions(unit).keep("qq", "t1", {"intent": "account.bind"}, NOW, LATER)
    guest = Senders(unit).of("qq", "t1", NOW)
    assert (guest.person, guest.roles, guest.talk) == (None, (), {"intent": "account.bind"})
    assert Senders(unit).of("wecom", "t1", NOW).talk is None


def test_a_talk_is_replaced_and_expires(unit: Unit) -> None:
    talk = PendingQuestions(unit)
    talk.keep("wecom", "t1", {"intent": "menu.show"}, NOW, LATER)
    talk.keep("wecom", "t1", {"intent": "credit.summary"}, NOW, LATER)
    assert Senders(unit).of("wecom", "t1", NOW).talk == {"intent": "credit.summary"}
    assert Senders(unit).of("wecom", "t1", LATER).talk is None


def test_a_ledger_equals_itself_until_a_row_changes(unit: Unit) -> None:
    _furnish(unit)
    entry = {
        "person_id": 1,
        "year": 2021,
        "programme": "国培",
        "level": "national",
        "mode": "online",
        "class_hours": Decimal("2.5"),
        "status": "recognised",
        "basis": "",
        "reason": "",
        "occurred_on": NOW.date(),
        "recorded_at": NOW,
    }
    unit.add(insert(credit_entries), entry)
    once, again = Credits(unit).ledger(1), Credits(unit).ledger(1)
    assert once == again
    assert hash(once) == hash(again)
    (row,) = once.entries()
    assert (row.programme, row.class_hours, row.occurred_on) == (
        "国培",
        Decimal("2.5"),
        NOW.date(),
    )
    unit.add(insert(credit_entries), {**entry, "status": "pending"})
    more = Credits(unit).ledger(1)
    assert more != once
    assert len(more) == 2
