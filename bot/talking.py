"""The conversation around one answer: what the understanding may draw on, what is offered
besides, and what is kept for the next message. Sends nothing and knows no channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from handlers import registry
from handlers.contract import Turn
from handlers.conversation import Conversation, offer_second
from handlers.dialogue import Request
from handlers.reply import Reply
from nlp.vocabulary import Context
from storage.journal import PendingQuestions
from storage.unit import Unit

# A longer message is not kept for being read again.
MOST_SAID = 500


def context(talk: Conversation) -> Context | None:
    """What the understanding may draw on: the slot that was asked for, or the last request."""
    for question in (talk.open.question, talk.open.waiting):
        if question is not None and question.fill is not None:
            return Context(question.fill.intent, dict(question.fill.slots), question.slot)
    return Context(talk.intent, talk.slots) if talk.intent else None


def with_second(reply: Reply, request: Request, turn: Turn) -> Reply:
    """Two requests in one message: the second is offered where this person may have it."""
    second = registry.BY_NAME.get(request.second or "")
    if second is None or second not in turn.allowed or second.handle is None or reply.refused:
        return reply
    return offer_second(reply, second.title, second.name, request.second_said)


def with_said(reply: Reply, turn: Turn) -> Reply:
    """What we offer for words we were not sure of is read in these words again once picked."""
    question = reply.question
    if not turn.suggestions or question is None or len(turn.text) > MOST_SAID:
        return reply
    return replace(reply, question=replace(question, said=turn.text))


def keep_talk(
    unit: Unit,
    account: tuple[str, str],
    stored: Mapping[str, Any] | None,
    talk: Conversation,
    now: datetime,
) -> None:
    """Keep the conversation's state where it changed."""
    body = talk.body()
    if talk.is_empty:
        if stored is not None:
            PendingQuestions(unit).forget(*account)
    elif body != stored:
        until = talk.expires_at(now)
        PendingQuestions(unit).keep(*account, body, now, until)
