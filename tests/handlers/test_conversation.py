"""What is kept between two messages: questions, lists, the subject, and how long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from handlers.contract import SHANGHAI
from handlers.conversation import TALK, Conversation, offer_second, remind
from handlers.dialogue import Request
from handlers.reply import Card, Choice, Question, Reply, action

NOW = datetime(2021, 7, 12, 8, 20, tzinfo=SHANGHAI)
SEND = Question(
    (Choice("确认发送", action("notice.approve", code="N3")),),
    confirm=action("notice.approve", code="N3"),
    minutes=30,
)
WHOM = Question(fill=action("notice.draft"), slot="audience")
LIST = Question((Choice("甲班", action("programme.detail", id="1")),))


def begun(question: Question) -> Conversation:
    """A conversation in which this was just asked."""
    return Conversation().after(Request("notice.draft"), Reply(question=question), NOW)


def detour(talk: Conversation, question: Question | None = None) -> Conversation:
    """Something else was asked and answered."""
    return talk.after(Request("credit.summary"), Reply(text="62", question=question), NOW)


@pytest.mark.parametrize("question", [SEND, WHOM])
def test_what_was_begun_waits_while_something_else_is_asked(question: Question) -> None:
    for talk in (detour(begun(question)), detour(begun(question), LIST)):
        assert talk.open.waiting == question
        assert detour(detour(talk, LIST)).open.waiting == question


def test_a_new_beginning_leaves_the_old_one() -> None:
    talk = begun(SEND).after(Request("account.unbind"), Reply(question=WHOM), NOW)
    assert (talk.open.question, talk.open.waiting) == (WHOM, None)


def test_a_list_stays_until_a_pick_acts() -> None:
    pick = Request("programme.detail", {"id": "1"}, answers=True)
    assert begun(LIST).after(pick, Reply(text="甲"), NOW).open.question == LIST
    assert begun(LIST).after(pick, Reply(text="甲"), NOW, acting=True).open.question is None


@pytest.mark.parametrize("of_waiting", [False, True])
def test_what_was_answered_is_forgotten(of_waiting: bool) -> None:
    talk = detour(begun(SEND), LIST) if of_waiting else begun(SEND)
    answer = Request("notice.approve", answers=True, of_waiting=of_waiting)
    assert talk.after(answer, Reply(text="已批准"), NOW, acting=True).open.waiting is None
    filled = Request("notice.draft", answers=True, of_waiting=of_waiting)
    talk = talk.after(filled, Reply(text="x"), NOW)
    assert SEND not in (talk.open.question, talk.open.waiting)


def test_a_cancel_forgets_everything_and_an_unclear_yes_nothing() -> None:
    talk = detour(begun(SEND), LIST)
    assert talk.after(Request("flow.cancel", answers=True), Reply(), NOW).open.waiting is None
    unclear = Request("flow.confirm", {"unclear": "1"})
    assert begun(SEND).after(unclear, Reply(), NOW).open.question == SEND


@pytest.mark.parametrize(("minutes", "kept"), [(29, True), (30, False), (31, False)])
def test_a_question_expires_and_survives_being_kept(minutes: int, kept: bool) -> None:
    talk = detour(begun(SEND), LIST)
    assert talk.expires_at(NOW) == NOW + timedelta(minutes=30)
    later = Conversation.of(talk.body(), NOW + timedelta(minutes=minutes))
    assert (later.open.waiting == SEND) is kept
    assert later.open.question is None
    assert Conversation.of(talk.body(), NOW) == talk
    assert begun(LIST).expires_at(NOW) == NOW + TALK


def test_what_was_kept_by_an_older_version_is_read() -> None:
    talk = Conversation.of({"intent": "credit.summary", "slots": {}, "question": None}, NOW)
    assert talk == Conversation(intent="credit.summary")


def test_the_subject_of_an_answer_is_kept_and_a_buttons_number_is_not() -> None:
    pick = Request("programme.detail", {"id": "7"}, answers=True)
    talk = Conversation().after(pick, Reply(text="x", about={"programme": "普通话"}), NOW)
    assert talk.slots == {"programme": "普通话"}
    assert talk.after(Request("chat.greet"), Reply(text="您好"), NOW).slots == talk.slots


def test_a_second_request_is_offered_with_its_own_words() -> None:
    alone = offer_second(Reply(text="62"), "我的课表", "schedule.query", "明天的课")
    assert alone.question is not None
    assert alone.text.endswith("请回复 1。")
    assert dict(alone.question.choices[0].action.slots) == {"said": "明天的课"}
    beside = offer_second(Reply(text="x", question=LIST), "我的课表", "schedule.query", "明天")
    assert beside.text.endswith("请回复 2。")
    for reply in (Reply(card=Card("x")), Reply(question=SEND)):
        assert offer_second(reply, "我的课表", "schedule.query", "明天") == reply


def test_what_waits_for_a_yes_is_said_once() -> None:
    before = begun(SEND)
    after = detour(before)
    assert "「确认发送」还没有办" in remind(Reply(text="62"), before, after).text
    assert remind(Reply(text="62"), after, detour(after)).text == "62"
    assert remind(Reply(text="62"), begun(WHOM), detour(begun(WHOM))).text == "62"


def test_which_one_may_be_answered_by_a_number_of_the_list_before() -> None:
    which = Question(fill=action("programme.detail"), slot="programme")
    talk = begun(LIST).after(Request("programme.detail"), Reply(question=which), NOW)
    assert talk.open.question is not None
    assert talk.open.question.choices == LIST.choices
    other = begun(LIST).after(Request("notice.draft"), Reply(question=WHOM), NOW)
    assert other.open.question == WHOM
