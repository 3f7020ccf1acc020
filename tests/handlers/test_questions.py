"""The weekly list of questions: grouped, the most frequent first, readable in a spreadsheet."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import openpyxl

from handlers.menu import INTENTS
from handlers.questions import HEADER, Asked, by_frequency, keep_question, question_sheet
from handlers.rules.masking import Masker
from storage.unanswered import NotUnderstood, QuestionKind, Unanswered
from storage.unit import Unit
from tests.handlers.turns import MONDAY, seed_people, turn

FALLBACK = next(intent for intent in INTENTS if intent.name == "fallback")


def question(text: str, day: int = 12, role: str = "teacher", *guesses: str) -> NotUnderstood:
    """A question of a day of July 2021."""
    kind = QuestionKind.ASKED_BACK if guesses else QuestionKind.NOT_UNDERSTOOD
    return NotUnderstood(date(2021, 7, day), "wecom", role, text, kind, guesses)


def test_the_same_question_is_one_line_the_most_frequent_first() -> None:
    asked = by_frequency(
        [
            question("天王盖地虎", 9),
            question("粮票还够不够", 8, "teacher", "credit.gap", "credit.summary"),
            question("请问粮票还够不够？", 12, "tutor", "credit.gap"),
            question("粮票还够不够", 10),
            question("宝塔镇河妖", 11),
        ]
    )
    assert [(one.text, one.times) for one in asked] == [
        ("粮票还够不够", 3),
        ("宝塔镇河妖", 1),
        ("天王盖地虎", 1),
    ]
    assert asked[0] == Asked(
        text="粮票还够不够",
        times=3,
        roles=("teacher", "tutor"),
        guesses=("credit.gap", "credit.summary"),
        last=date(2021, 7, 12),
        kinds=(QuestionKind.ASKED_BACK, QuestionKind.NOT_UNDERSTOOD),
    )


def test_the_sheet_is_in_chinese_and_runs_no_formula() -> None:
    asked = by_frequency([question("=1+1 怎么算", 12, "officer", "credit.gap", "gone.intent")])
    book = openpyxl.load_workbook(io.BytesIO(question_sheet(asked, {"credit.gap": "还差多少"})))
    assert book.active is not None
    header, row = book.active.iter_rows(values_only=True)
    assert header == HEADER
    assert row == (
        "'=1+1 怎么算",
        "1",
        "县级管理员",
        "还差多少、gone.intent",
        "2021-07-12",
        "没把握，给了选项",
    )


def test_only_words_are_kept_and_only_masked(unit: Unit) -> None:
    seed_people(unit)
    masked = Masker(["张伟"]).masked
    plain = turn(unit, "张伟", FALLBACK, "张伟的粮票 13800001234 还够吗")
    keep_question(plain, masked)
    keep_question(replace(plain, suggestions=("credit.gap",)), masked)
    keep_question(turn(unit, None, FALLBACK, "13800001234"), masked)
    today = MONDAY.date()
    assert list(Unanswered(unit).since(today, today)) == [
        question("〇的粮票 〇 还够吗"),
        question("〇的粮票 〇 还够吗", 12, "teacher", "credit.gap"),
    ]
