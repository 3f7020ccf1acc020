"""What a message asks for while a question stands open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from handlers.dialogue import Request, interpret
from handlers.reply import Choice, Question, action
from handlers.slots import SlotValue

CHOICES = (
    Choice("信息技术1班", action("session.open", class_id="1")),
    Choice("小学语文工作坊", action("session.open", class_id="2")),
)


@dataclass(frozen=True)
class Said:
    """What the understanding would say."""

    intent: str
    score: float = 0.9
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    second: str | None = None


def _interpret(
    text: str, question: Question | None, said: Said, button: str | None = None
) -> Request:
    return interpret(text=text, button=button, has_file=False, question=question, read=lambda: said)


@pytest.mark.parametrize("text", ["2", "２", "第二个", "选2", "2号", "小学语文工作坊", " 2. "])
def test_a_choice_is_picked_by_number_or_label(text: str) -> None:
    request = _interpret(text, Question(choices=CHOICES), Said("fallback"))
    assert (request.intent, request.slots, request.answers) == (
        "session.open",
        {"class_id": "2"},
        True,
    )


@pytest.mark.parametrize("text", ["3", "0", "十", "99"])
def test_a_number_beyond_the_choices_is_no_pick(text: str) -> None:
    assert _interpret(text, Question(choices=CHOICES), Said("fallback")).intent == "fallback"


def test_a_yes_does_what_waits_for_it_and_nothing_else() -> None:
    asked = Question(confirm=action("notice.approve", code="N37"))
    assert _interpret("确认", asked, Said("flow.confirm")).slots == {"code": "N37"}
    assert _interpret("确认", None, Said("flow.confirm")).intent == "flow.confirm"


def test_a_free_text_fills_the_slot_that_was_asked_for() -> None:
    asked = Question(fill=action("leave.request", when="x"), slot="reason")
    request = _interpret("家里有事", asked, Said("fallback"))
    assert request == Request("leave.request", {"when": "x", "reason": "家里有事"}, answers=True)


def test_a_clear_request_leaves_a_question_but_not_a_verbatim_one() -> None:
    clear = Said("schedule.query", slots={"when": "x"})
    asked = Question(fill=action("notice.draft", to="1"), slot="body")
    assert _interpret("明天的课在哪里上", asked, clear).intent == "schedule.query"
    verbatim = Question(fill=action("notice.draft", to="1"), slot="body", verbatim=True)
    request = _interpret("明天的课在哪里上", verbatim, clear)
    assert request.slots == {"to": "1", "body": "明天的课在哪里上"}
    assert _interpret("算了", verbatim, Said("flow.cancel")).intent == "flow.cancel"


def test_an_unsure_reading_becomes_an_offer() -> None:
    unsure = Said("credit.gap", 0.4, suggestions=("credit.gap", "credit.summary"))
    request = _interpret("学分咋样", None, unsure)
    assert (request.intent, request.suggestions) == ("fallback", ("credit.gap", "credit.summary"))


def test_a_button_names_its_intent_and_answers_only_its_own_question() -> None:
    asked = Question(choices=CHOICES)
    own = _interpret("", asked, Said("fallback"), button=CHOICES[0].action.key())
    other = _interpret("", asked, Said("fallback"), button="credit.summary")
    assert own.answers
    assert not other.answers
    assert other.intent == "credit.summary"


@pytest.mark.parametrize(
    "text",
    ["不发了", "先不发", "还是别发了吧", "不要发送", "不导入了", "等一下", "再想想。", "不用发了"],
)
def test_a_no_to_what_we_asked_is_no_order_of_its_own(text: str) -> None:
    asked = Question(confirm=action("notice.approve", code="N37"))
    said = Said("notice.stop_all")
    assert _interpret(text, asked, said) == Request("flow.cancel", answers=True)
    assert _interpret(text, None, said).intent == "notice.stop_all"


@pytest.mark.parametrize("text", ["停发", "紧急停发", "停止发送"])
def test_stopping_everything_is_never_taken_for_a_no(text: str) -> None:
    asked = Question(confirm=action("notice.approve", code="N37"))
    assert _interpret(text, asked, Said("notice.stop_all")).intent == "notice.stop_all"


@pytest.mark.parametrize("text", ["取消", "算了", "不发了"])
def test_a_no_in_any_words_is_the_no_that_was_offered(text: str) -> None:
    no = Choice("取消", action("flow.cancel", draft="N3"), quiet=True)
    asked = Question((no,), confirm=action("notice.approve", code="N3"))
    said = Said("flow.cancel" if text != "不发了" else "notice.stop_all")
    assert _interpret(text, asked, said) == Request("flow.cancel", {"draft": "N3"}, answers=True)
