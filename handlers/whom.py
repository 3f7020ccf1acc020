"""Which person of the asker's branches a name or a 工号 means. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.contract import Turn
from handlers.reply import Choice, Reply, action, ask_choice
from storage.people import People, Person

MOST_CHOICES = 6


def people_meant(turn: Turn, words: str) -> tuple[Person, ...]:
    """Everybody of that name whom the asker administers, else who has it as 工号."""
    roster = People(turn.unit)
    named = roster.named(words, turn.scope)
    if named:
        return named
    person = roster.by_staff_number(words, turn.scope)
    return () if person is None else (person,)


def which(words: str, found: Sequence[Person], question: str, intent: str) -> Reply:
    """Namesakes: which of them, told apart by unit and 工号."""
    return ask_choice(
        f"有 {len(found)} 位「{words}」，{question}",
        *(
            Choice(
                f"{person.name} {person.organisation} {person.staff_number}",
                action(intent, number=person.staff_number),
            )
            for person in found[:MOST_CHOICES]
        ),
    )


def person_words(turn: Turn) -> str | None:
    """The name or 工号 as written; of several readings of a name the first."""
    several = turn.slots.get("person")
    if isinstance(several, list):
        return several[0] if several else None
    return turn.slots.text("person")
