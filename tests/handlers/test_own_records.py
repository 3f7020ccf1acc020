"""Who asks about somebody else is told so, whatever the topic."""

from __future__ import annotations

import pytest

from handlers import attendance, credit, deadline, schedule
from handlers.contract import Intent
from storage.unit import Unit
from tests.handlers.turns import seed_people, turn

TOPICS = (*credit.INTENTS, attendance.INTENTS[1], *deadline.INTENTS, *schedule.INTENTS)


def answer(unit: Unit, name: str, intent: Intent, text: str) -> str:
    assert intent.handle is not None
    return intent.handle(turn(unit, name, intent, text)).text


@pytest.mark.parametrize("intent", TOPICS, ids=lambda intent: intent.name)
@pytest.mark.parametrize("text", ["李娜的学分", "查一下李娜老师还差多少", "李娜明天有课吗"])
def test_of_another_nothing_is_told(unit: Unit, intent: Intent, text: str) -> None:
    seed_people(unit)
    assert answer(unit, "张伟", intent, text).startswith("我在这里只回答您本人的情况，查不了李娜")
    assert "导出学分" in answer(unit, "李国强", intent, text)


@pytest.mark.parametrize(
    "text", ["我的学分", "张伟的学分", "今年还差多少", "赵钱的学分", "学分明细", "我和李娜的学分"]
)
def test_ones_own_is_answered(unit: Unit, text: str) -> None:
    seed_people(unit)
    assert "查不了" not in answer(unit, "张伟", credit.INTENTS[0], text)
