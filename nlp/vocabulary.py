"""What the understanding is told: the intents that exist and the office's own names.

Handed in by whoever composes the application; nlp never looks them up itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SlotValue = str | int | float | Mapping[str, "str | int | float | None"] | list[str]


@dataclass(frozen=True, slots=True)
class IntentWords:
    """One intent as the understanding sees it.

    `roles`: names of intents.md that may use it; empty means everybody. `forms`: regular
    expressions that must match the whole message (tidied, without padding); named groups become
    slots. `exact_only`: reached by forms alone, never offered by the scorer.
    """

    name: str
    title: str
    roles: frozenset[str] = frozenset()
    acting: bool = False
    keywords: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    exact_only: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the office's data and the other ways people write it."""

    canonical: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """The office's own names by kind; any may be empty."""

    programmes: tuple[Name, ...] = ()
    classes: tuple[Name, ...] = ()
    schools: tuple[Name, ...] = ()
    people: tuple[Name, ...] = ()
    regions: tuple[Name, ...] = ()
    providers: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that depends on the office. `synonyms`: (what people say, the word of the trade
    that it means) pairs; `words`: whole words for the segmenter; `examples`: (intent, message)
    pairs answered as that intent.
    """

    intents: tuple[IntentWords, ...]
    names: Names = field(default_factory=Names)
    words: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, str], ...] = ()
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """The conversation so far: the last intent with its slots, and the slot that was asked for."""

    intent: str | None = None
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    asked_slot: str | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message says.

    `suggestions` is empty when the reading is sure, otherwise the two or three intents to offer;
    `offered` always holds the three likeliest; `second` is the other of two requests and
    `second_said` its words; `exact`: the whole message is a closed form, which alone may act at
    once; `why` is for people: the forms, words and rules that fired.
    """

    intent: str
    score: float
    runner_up: str | None
    slots: Mapping[str, SlotValue]
    suggestions: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    second: str | None = None
    second_said: str = ""
    exact: bool = False
    why: tuple[str, ...] = ()
    text: str = ""

    @property
    def sure(self) -> bool:
        """Whether to act on it rather than ask back."""
        return not self.suggestions
