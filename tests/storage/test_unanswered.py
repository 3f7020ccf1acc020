"""The list of questions that were not understood: what it keeps, and that it leads to nobody."""

from __future__ import annotations

from datetime import date, timedelta

from storage.tables import unanswered
from storage.unanswered import NotUnderstood, QuestionKind, Unanswered
from storage.unit import Unit

TODAY = date(2021, 7, 12)


def question(text: str, day: date = TODAY) -> NotUnderstood:
    """A teacher's question of a day."""
    return NotUnderstood(
        asked_on=day,
        channel="wecom",
        role="teacher",
        text=text,
        kind=QuestionKind.ASKED_BACK,
        guesses=("credit.gap", "credit.summary"),
    )


def test_the_table_leads_to_nobody() -> None:
    """No account, no person, and no moment that stands beside an account elsewhere."""
    assert {column.name for column in unanswered.columns} == {
        "id",
        "asked_on",
        "channel",
        "role",
        "text",
        "guesses",
        "kind",
    }
    assert not unanswered.foreign_keys
    assert unanswered.c.asked_on.type.python_type is date


def test_questions_come_back_as_they_were_kept(unit: Unit) -> None:
    kept = Unanswered(unit)
    kept.add(question("我的粮票还够不够"))
    nothing = NotUnderstood(TODAY, "qq", "guest", "天王盖地虎", QuestionKind.NOT_UNDERSTOOD)
    kept.add(nothing)
    assert list(kept.since(TODAY, TODAY)) == [question("我的粮票还够不够"), nothing]


def test_both_ends_of_a_span_belong_to_it(unit: Unit) -> None:
    kept = Unanswered(unit)
    for back in range(10):
        kept.add(question(f"{back}天前", TODAY - timedelta(days=back)))
    found = kept.since(TODAY - timedelta(days=6), TODAY - timedelta(days=1))
    assert [each.text for each in found] == [f"{back}天前" for back in range(6, 0, -1)]


def test_old_questions_are_forgotten(unit: Unit) -> None:
    kept = Unanswered(unit)
    for back in (89, 90, 91):
        kept.add(question(f"{back}天前", TODAY - timedelta(days=back)))
    assert kept.forget_before(TODAY - timedelta(days=90)) == 1
    left = kept.since(date(2000, 1, 1), TODAY)
    assert [each.text for each in left] == ["90天前", "89天前"]
