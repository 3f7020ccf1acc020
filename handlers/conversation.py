"""What is kept of a conversation between two messages: the open question and the last request.

Kept in the database, so that it survives a restart; it expires. Pure values: knows no tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from handlers.dialogue import Request
from handlers.reply import Choice, Question, Reply, action
from handlers.reply_json import question_from_json, question_to_json
from handlers.slots import SlotValue

# How long 那小学的呢 still follows what was asked before.
TALK = timedelta(minutes=10)
# What these were asked for is no subject that a next message could continue.
_NO_SUBJECT = frozenset({"fallback", "menu.show", "chat.greet", "chat.handoff"})


@dataclass(frozen=True, slots=True)
class Conversation:
    """The state of one account. `until`: the open question counts until then."""

    question: Question | None = None
    until: datetime | None = None
    intent: str = ""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Mapping[str, Any] | None, now: datetime) -> Conversation:
        """Read what was kept; an expired question is dropped."""
        if body is None:
            return cls()
        until = datetime.fromisoformat(body["until"]) if body["until"] else None
        asked = body["question"] if until is not None and now < until else None
        return cls(
            question=None if asked is None else question_from_json(asked),
            until=until if asked is not None else None,
            intent=body["intent"],
            slots=body["slots"],
        )

    def body(self) -> dict[str, Any]:
        """What is kept."""
        return {
            "question": None if self.question is None else question_to_json(self.question),
            "until": None if self.until is None else self.until.isoformat(),
            "intent": self.intent,
            "slots": dict(self.slots),
        }

    def expires_at(self, now: datetime) -> datetime:
        """When nothing of it counts any more."""
        return max(now + TALK, self.until or now)

    @property
    def is_empty(self) -> bool:
        """Nothing to keep."""
        return self.question is None and not self.intent

    def after(self, request: Request, reply: Reply, now: datetime) -> Conversation:
        """The state once a request was answered.

        A new question replaces the open one; an answered or cancelled one is forgotten; any
        other request leaves it open, so that one can come back to it.
        """
        question, until = self.question, self.until
        if reply.question is not None:
            question = reply.question
            until = now + timedelta(minutes=question.minutes)
        elif request.answers or request.intent == "flow.cancel":
            question, until = None, None
        flow = request.intent.startswith("flow.")
        if flow or reply.refused or request.intent in _NO_SUBJECT:
            return Conversation(question, until, self.intent, self.slots)
        return Conversation(question, until, request.intent, request.slots)


def offer_second(reply: Reply, title: str, intent: str) -> Reply:
    """Two requests in one message: the first was done, the second is offered."""
    if reply.question is not None or reply.card is not None:
        return reply
    words = f"您还提到「{title}」，要接着办请回复 1。"
    return Reply(
        text=f"{reply.text}\n\n{words}",
        files=reply.files,
        question=Question(choices=(Choice(title, action(intent)),)),
        in_group=reply.in_group,
        audit=reply.audit,
        refused=reply.refused,
    )
