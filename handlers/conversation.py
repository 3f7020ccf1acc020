"""What is kept of a conversation between two messages: the open questions and the last request.

Kept in the database, so that it survives a restart; it expires. Pure values: knows no tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from handlers.dialogue import Open, Request
from handlers.reply import Choice, Question, Reply, action
from handlers.reply_json import question_from_json, question_to_json
from handlers.slots import SlotValue

# How long 那小学的呢 still follows what was asked before.
TALK = timedelta(minutes=10)
# What these were asked for is no subject that a next message could continue.
_NO_SUBJECT = frozenset({"fallback", "menu.show", "chat.greet", "chat.handoff"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and until when it counts."""

    question: Question
    until: datetime

    @classmethod
    def of(cls, body: Mapping[str, Any] | None, now: datetime) -> Asked | None:
        """Read what was kept; None where it has expired."""
        if body is None:
            return None
        until = datetime.fromisoformat(body["until"])
        return cls(question_from_json(body["question"]), until) if now < until else None

    def body(self) -> dict[str, Any]:
        """What is kept."""
        return {"question": question_to_json(self.question), "until": self.until.isoformat()}


@dataclass(frozen=True, slots=True)
class Conversation:
    """The state of one account.

    `newest`: the last question. `waiting`: one that waits for a yes or a word while something
    else is asked: one can come back to it, in words that cannot mean anything else.
    """

    newest: Asked | None = None
    waiting: Asked | None = None
    intent: str = ""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Mapping[str, Any] | None, now: datetime) -> Conversation:
        """Read what was kept; an expired question is dropped."""
        if body is None:
            return cls()
        return cls(
            newest=Asked.of(body.get("newest"), now),
            waiting=Asked.of(body.get("waiting"), now),
            intent=body["intent"],
            slots=body["slots"],
        )

    def body(self) -> dict[str, Any]:
        """What is kept."""
        return {
            "newest": None if self.newest is None else self.newest.body(),
            "waiting": None if self.waiting is None else self.waiting.body(),
            "intent": self.intent,
            "slots": dict(self.slots),
        }

    def expires_at(self, now: datetime) -> datetime:
        """When nothing of it counts any more."""
        ends = [each.until for each in (self.newest, self.waiting) if each is not None]
        return max((now + TALK, *ends))

    @property
    def is_empty(self) -> bool:
        """Nothing to keep."""
        return self.newest is None and self.waiting is None and not self.intent

    @property
    def open(self) -> Open:
        """The questions that a message may answer."""
        return Open(
            None if self.newest is None else self.newest.question,
            None if self.waiting is None else self.waiting.question,
        )

    def after(
        self, request: Request, reply: Reply, now: datetime, *, acting: bool = False
    ) -> Conversation:
        """The state once a request was answered; `acting`: it did something.

        An answered or cancelled question is forgotten. A list stays, so that one can pick from
        it again, unless the pick acted. Any other request leaves what was begun waiting.
        """
        newest, waiting = self._questions_after(request, reply, now, acting=acting)
        flow = request.intent.startswith("flow.")
        if flow or reply.refused or request.intent in _NO_SUBJECT:
            return Conversation(newest, waiting, self.intent, self.slots)
        slots = {**request.slots, **reply.about}
        if reply.about:
            slots.pop("id", None)  # a button's; the name stands for it from here on
        return Conversation(newest, waiting, request.intent, slots)

    def _questions_after(
        self, request: Request, reply: Reply, now: datetime, *, acting: bool
    ) -> tuple[Asked | None, Asked | None]:
        newest, waiting = self.newest, self.waiting
        begun = newest is not None and newest.question.waits
        if request.intent == "flow.cancel":
            newest, waiting = None, None
        elif request.answers:
            newest = None if acting or (begun and not request.of_waiting) else newest
            waiting = None if acting or request.of_waiting else waiting
        if reply.question is not None:
            asked = _with_list(reply.question, newest)
            fresh = Asked(asked, now + timedelta(minutes=asked.minutes))
            if fresh.question.waits:
                # two yeses could not be told apart: what was begun before is left
                return fresh, None
            return fresh, newest if newest is not None and newest.question.waits else waiting
        if newest is not None and newest.question.waits and not request.intent.startswith("flow."):
            return None, newest
        return newest, waiting


def _with_list(question: Question, before: Asked | None) -> Question:
    """「哪一个？」 right after a list of such things may be answered by a number of it."""
    fill = question.fill
    if fill is None or question.choices or question.verbatim or before is None:
        return question
    listed = before.question
    alike = all(each.action.intent == fill.intent for each in listed.choices)
    return replace(question, choices=listed.choices) if alike and not listed.waits else question


def offer_second(reply: Reply, title: str, intent: str, said: str) -> Reply:
    """Two requests in one message: the first was done, the second is offered.

    `said`: the second's own words. Nothing is offered beside something that waits for a yes.
    """
    question = reply.question
    if reply.card is not None or (question is not None and (question.waits or question.said)):
        return reply
    choices = () if question is None else question.choices
    second = Choice(title, action(intent, said=said))
    return replace(
        reply,
        text=f"{reply.text}\n\n您还提到「{title}」，要接着办请回复 {len(choices) + 1}。",
        question=Question(choices=(*choices, second)),
    )


def remind(reply: Reply, before: Conversation, after: Conversation) -> Reply:
    """Say once that something still waits for a yes, when something else was asked."""
    left = after.waiting
    if left is None or left.question.confirm is None or before.waiting is not None:
        return reply
    labels = [each.label for each in left.question.choices if each.action == left.question.confirm]
    what = f"「{labels[0]}」" if labels and labels[0] != "确认" else ""
    words = f"刚才的{what}还没有办：要办请回复「确认」，不办请回复「取消」。"
    return replace(reply, text=f"{reply.text}\n\n{words}" if reply.text else words)
