"""What a message asks for while a question stands open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from handlers.dialogue import LONGEST_READ, Open, Request, interpret
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
    second_said: str = ""
    exact: bool = False


EXACT_YES = Said("flow.confirm", 1.0, exact=True)
EXACT_NO = Said("flow.cancel", 1.0, exact=True)


def _interpret(
    text: str,
    question: Question | None,
    said: Said,
    button: str | None = None,
    waiting: Question | None = None,
) -> Request:
    return interpret(
        text=text,
        button=button,
        has_file=False,
        asked=Open(question, waiting),
        read=lambda read: (
            replace(said, slots={**said.slots, "read": read}) if read != text else said
        ),
        read_as=lambda text, intent: {"read": f"{intent}: {text}"},
    )


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
    assert _interpret("确认", asked, EXACT_YES).slots == {"code": "N37"}
    assert _interpret("确认", None, EXACT_YES).intent == "flow.confirm"


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
    assert _interpret("算了", verbatim, EXACT_NO).intent == "flow.cancel"
    assert _interpret("算了，不发了", verbatim, Said("flow.cancel")).intent == "flow.cancel"


def test_a_message_too_long_to_ask_for_anything_is_not_read() -> None:
    long = "给信息技术1班发通知" + "字" * LONGEST_READ
    for question in (None, Question(confirm=action("notice.approve"))):
        request = _interpret(long, question, EXACT_YES)
        assert (request.intent, request.slots, request.answers) == (
            "fallback",
            {"length": len(long)},
            False,
        )
    asked = Question(fill=action("notice.draft", to="x"), slot="body", verbatim=True)
    taken = _interpret(long, asked, Said("fallback"))
    assert (taken.intent, taken.slots["body"], taken.answers) == ("notice.draft", long, True)


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


SEND = Question(
    (
        Choice("确认发送", action("notice.approve", code="N3")),
        Choice("取消", action("flow.cancel")),
    ),
    confirm=action("notice.approve", code="N3"),
)
LIST = Question(choices=CHOICES)


@pytest.mark.parametrize(
    "text",
    [
        "确认",
        "好的",
        "嗯嗯",
        "好，发吧",
        "嗯嗯发送",
        "可以，发出去",
        "没问题，确认",
        "就这样",
        "对对",
    ],
)
def test_a_plain_yes_is_a_yes(text: str) -> None:
    assert _interpret(text, SEND, Said("notice.draft")).intent == "notice.approve"


@pytest.mark.parametrize(
    "text",
    [
        "没什么问题",
        "可以吗",
        "确认？",
        "行不行",
        "好像不对",
        "撤销",
        "结束",
        "我看可以",
        "",
        "。",
        "吧",
    ],
)
def test_what_only_sounds_like_a_yes_does_nothing(text: str) -> None:
    for said in (Said("flow.confirm"), replace(EXACT_YES, exact="?" in text or "？" in text)):
        assert _interpret(text, SEND, said).intent == "flow.confirm"


def test_a_cancellation_within_the_text_of_a_notice_is_text() -> None:
    verbatim = Question(fill=action("notice.draft", to="1"), slot="body", verbatim=True)
    text = "周五的会取消，不用来了"
    assert _interpret(text, verbatim, Said("flow.cancel")).slots["body"] == text


def test_a_courtesy_is_no_answer_to_a_question() -> None:
    asked = Question(fill=action("notice.draft"), slot="audience")
    assert _interpret("谢谢", asked, Said("chat.greet", 1.0, exact=True)).intent == "chat.greet"


def test_a_list_on_top_leaves_what_waits_to_plain_words_only() -> None:
    assert _interpret("1", LIST, Said("fallback"), waiting=SEND).intent == "session.open"
    assert _interpret("1", None, Said("fallback"), waiting=SEND).intent == "fallback"
    for question in (None, LIST):
        yes = _interpret("确认", question, EXACT_YES, waiting=SEND)
        assert (yes.intent, yes.of_waiting) == ("notice.approve", True)
        soft = _interpret("好的", question, EXACT_YES, waiting=SEND)
        assert (soft.intent, soft.slots) == ("flow.confirm", {"unclear": "1"})
        no = _interpret("取消", question, EXACT_NO, waiting=SEND)
        assert (no.intent, no.answers) == ("flow.cancel", True)
        assert _interpret("确认发送", question, Said("x"), waiting=SEND).intent == "notice.approve"


def test_an_answer_may_come_after_something_else_was_asked() -> None:
    asked = Question(fill=action("notice.draft"), slot="audience")
    request = _interpret("小学语文老师", LIST, Said("roster.query", 0.4), waiting=asked)
    assert (request.slots["audience"], request.of_waiting) == ("小学语文老师", True)
    other = _interpret("我的学分", None, Said("credit.summary", 1.0, exact=True), waiting=asked)
    assert other.intent == "credit.summary"


def test_an_ordinal_within_a_message_is_read_with_the_name_it_stands_for() -> None:
    request = _interpret("第二个是谁承办的", LIST, Said("programme.detail"))
    assert (request.said, request.slots["read"]) == ("小学语文工作坊是谁承办的",) * 2
    assert _interpret("第9个是谁承办的", LIST, Said("x")).said == ""
    assert _interpret("第一个是谁承办的", SEND, Said("x")).said == ""


def test_what_is_picked_among_readings_is_read_again_in_the_words_it_was_said_in() -> None:
    offered = Question((Choice("我的课表", action("schedule.query")),), said="明天呢有没有")
    request = _interpret("1", offered, Said("fallback"))
    assert request.slots == {"read": "schedule.query: 明天呢有没有"}
    assert (request.said, request.clear) == ("明天呢有没有", False)
    second = Question((Choice("我的课表", action("schedule.query", said="明天的课")),))
    assert _interpret("1", second, Said("fallback")).said == "明天的课"


def test_only_a_closed_form_is_clear() -> None:
    assert not _interpret("签到收完了", None, Said("session.close")).clear
    assert _interpret("结束签到", None, Said("session.close", 1.0, exact=True)).clear
    assert not _interpret("结束签到？", None, Said("session.close", 1.0, exact=True)).clear
    assert _interpret("", None, Said("x"), button="session.close?session=1").clear
