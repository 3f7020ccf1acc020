"""What a message asks for, given the question that stands open: a button, a number, a yes, a
free text that fills a slot, or a fresh request that leaves the question aside.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from handlers.reply import Action, Question
from handlers.slots import SlotValue

# From this score on a message is a request of its own even while we wait for a slot's text.
FRESH_REQUEST = 0.75
_NUMBER = re.compile(
    r"(?:第|选|选择)?\s*(\d{1,2}|[一二三四五六七八九十])\s*(?:个|号|项|条)?[。.、]?"
)
# A no to 「确认后立即发送」 is no order to stop everything.
_NOT_NOW = re.compile(
    r"(?:还是|那就?)?(?:(?:先|暂时|暂)?[不别](?:要|用|想)?(?:发送?|导入?|撤销?|解除?|绑|弄|生成)了?"
    r"|等等|等一下|等会儿?|先等等|再想想|我再看看|不行|不同意)[吧啊呢]?[。!！~]*"
)
_CHINESE = {word: n for n, word in enumerate("一二三四五六七八九十", start=1)}


class Read(Protocol):
    """What the understanding says of a message (nlp.understanding.Meaning)."""

    @property
    def intent(self) -> str: ...
    @property
    def score(self) -> float: ...
    @property
    def slots(self) -> Mapping[str, SlotValue]: ...
    @property
    def suggestions(self) -> tuple[str, ...]: ...
    @property
    def second(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Request:
    """An intent with its slots; `answers`: it answers the open question."""

    intent: str
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    answers: bool = False
    # the other of two requests in one message
    second: str | None = None


def interpret(
    *,
    text: str,
    button: str | None,
    has_file: bool,
    question: Question | None,
    read: Callable[[], Read],
) -> Request:
    """Decide what a message asks for. `read` is only called when words must be understood."""
    if button is not None:
        return _of_action(Action.parse(button), answers=_answers(button, question))
    if has_file:
        return Request("import.start")
    if question is not None:
        picked = _pick(text, question)
        if picked is not None:
            return _of_action(picked, answers=True)
    meaning = read()
    if question is not None:
        if meaning.intent == "flow.cancel" or (
            question.confirm is not None and _NOT_NOW.fullmatch(text.strip())
        ):
            return _cancelled(question)
        if meaning.intent == "flow.confirm" and question.confirm is not None:
            return _of_action(question.confirm, answers=True)
        if question.fill is not None and _fills(meaning, question):
            found = {} if question.verbatim else meaning.slots
            filled = {**dict(question.fill.slots), **found}
            filled.setdefault(question.slot, text.strip())
            return Request(question.fill.intent, filled, answers=True)
    if meaning.suggestions:
        # not sure enough to act: offer what it may have been
        return Request("fallback", suggestions=meaning.suggestions)
    return Request(meaning.intent, meaning.slots, second=meaning.second)


def _fills(meaning: Read, question: Question) -> bool:
    """Whether a message answers the question for a slot instead of asking something else."""
    assert question.fill is not None
    if question.verbatim:
        return True
    if meaning.intent in ("menu.show", "chat.handoff"):
        return False
    return (
        meaning.intent in (question.fill.intent, "fallback", "flow.confirm", "chat.greet")
        or meaning.score < FRESH_REQUEST
    )


def _cancelled(question: Question) -> Request:
    """A no in whatever words is the no that we offered, where we offered one."""
    offered = (each.action for each in question.choices if each.action.intent == "flow.cancel")
    return _of_action(next(offered, Action("flow.cancel")), answers=True)


def _of_action(chosen: Action, *, answers: bool) -> Request:
    return Request(chosen.intent, dict(chosen.slots), answers=answers)


def _answers(button: str, question: Question | None) -> bool:
    """A press answers the open question when its button belongs to it."""
    if question is None:
        return False
    keys = {choice.action.key() for choice in question.choices}
    if question.confirm is not None:
        keys.add(question.confirm.key())
    return button in keys


def _pick(text: str, question: Question) -> Action | None:
    """A number or the label of one of the choices."""
    said = unicodedata.normalize("NFKC", text).strip()
    for choice in question.choices:
        if said == choice.label:
            return choice.action
    match = _NUMBER.fullmatch(said)
    if match is None:
        return None
    number = _CHINESE.get(match[1]) or int(match[1])
    return question.choices[number - 1].action if 1 <= number <= len(question.choices) else None
