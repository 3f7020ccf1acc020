"""Questions that were not understood, kept for the office's weekly list.

Takes only masked texts and keeps nothing that leads to a person; a test holds the table to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import delete, insert, select

from storage.tables import unanswered
from storage.unit import Unit

_ADD = insert(unanswered)


class QuestionKind(StrEnum):
    """What the bot did with a question that it did not understand."""

    NOT_UNDERSTOOD = "not_understood"  # nothing came near
    ASKED_BACK = "asked_back"  # it offered its guesses


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """One question. `text` is masked, at most 120 characters; `guesses` are the names of the
    intents that were offered instead; `role` is the one in which it was read.
    """

    asked_on: date
    channel: str
    role: str
    text: str
    kind: QuestionKind
    guesses: tuple[str, ...] = ()


class Unanswered:
    """The list of what was not understood."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, question: NotUnderstood) -> None:
        """Keep one question."""
        self._unit.run(
            _ADD,
            {
                "asked_on": question.asked_on,
                "channel": question.channel,
                "role": question.role,
                "text": question.text,
                "guesses": list(question.guesses),
                "kind": question.kind.value,
            },
        )

    def since(self, day: date, until: date) -> Sequence[NotUnderstood]:
        """All of these days, both included, in the order in which they were asked."""
        rows = self._unit.rows(
            select(unanswered)
            .where(unanswered.c.asked_on >= day, unanswered.c.asked_on <= until)
            .order_by(unanswered.c.asked_on, unanswered.c.id)
        )
        return [
            NotUnderstood(
                row.asked_on,
                row.channel,
                row.role,
                row.text,
                QuestionKind(row.kind),
                tuple(row.guesses),
            )
            for row in rows
        ]

    def forget_before(self, day: date) -> int:
        """Drop what was asked before a day; how many."""
        return self._unit.run(delete(unanswered).where(unanswered.c.asked_on < day))
