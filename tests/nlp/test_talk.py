"""Follow-ups: what continues the last request, and what only looks like it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.reading import intent_words
from nlp.understanding import Understanding
from nlp.vocabulary import Context, Vocabulary

NOW = datetime(2021, 7, 12, 8, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
UNDERSTANDING = Understanding(Vocabulary(intent_words()))


@pytest.mark.parametrize("text", ["那明天呢", "明天上午的呢", "那后天的课呢", "不对，是周四"])
def test_another_time_continues_the_timetable(text: str) -> None:
    meaning = UNDERSTANDING.read(text, now=NOW, context=Context("schedule.query", {}))
    assert meaning.intent == "schedule.query"
    assert "when" in meaning.slots


@pytest.mark.parametrize("text", ["今天天气怎么样", "那晚上吃什么呢", "明天股市怎么样"])
def test_a_time_with_words_of_its_own_continues_nothing(text: str) -> None:
    meaning = UNDERSTANDING.read(text, now=NOW, context=Context("credit.summary", {}))
    assert meaning.intent != "credit.summary"
