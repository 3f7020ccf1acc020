"""What is kept of conversations goes when it has run out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage.journal import PendingQuestions
from storage.unit import Unit

NOW = datetime(2021, 7, 12, 0, 25, tzinfo=UTC)
SOON = NOW + timedelta(minutes=10)


def test_a_conversation_is_replaced_and_forgotten(unit: Unit) -> None:
    pending = PendingQuestions(unit)
    pending.keep("wecom", "zhangwei", {"intent": "a"}, NOW, SOON)
    pending.keep("wecom", "zhangwei", {"intent": "b"}, NOW, SOON)
    assert pending.open("wecom", "zhangwei", NOW) == {"intent": "b"}
    assert pending.open("wecom", "zhangwei", SOON) is None
    pending.forget("wecom", "zhangwei")
    assert pending.open("wecom", "zhangwei", NOW) is None


def test_what_ran_out_is_dropped_and_the_rest_stays(unit: Unit) -> None:
    pending = PendingQuestions(unit)
    pending.keep("wecom", "zhangwei", {"intent": "a"}, NOW, SOON)
    pending.keep("wecom", "lina", {"intent": "b"}, NOW, SOON + timedelta(minutes=5))
    assert pending.forget_before(SOON + timedelta(minutes=1)) == 1
    assert pending.open("wecom", "lina", NOW) == {"intent": "b"}
