"""What is kept of closed forms changes no reading."""

from __future__ import annotations

from datetime import timedelta

from nlp.normalise import tidy
from tests.nlp.vocabulary import NOW, reader


def test_a_kept_reading_is_the_same_at_any_time() -> None:
    understanding = reader()
    first = understanding.read("我的学分", now=NOW)
    assert understanding.read("我的学分", now=NOW + timedelta(days=400)) == first
    assert first.intent == "credit.summary"


def test_a_time_is_read_anew() -> None:
    understanding = reader()
    today = understanding.read("今天的课", now=NOW)
    tomorrow = understanding.read("今天的课", now=NOW + timedelta(days=1))
    assert today.slots != tomorrow.slots


def test_a_single_mark_is_not_taken_for_a_row_of_them() -> None:
    understanding = reader()
    row = understanding.read("？？？？", now=NOW)
    understanding.read("？", now=NOW)
    assert understanding.read("？？？？", now=NOW) == row


def test_short_plain_text_is_tidied_as_any_other() -> None:
    for text in ("我的學分", "签到7K3M", "abc"):
        assert tidy(text) == tidy(text + " ")
