"""What a message asks for, given the questions that stand open: a button, a number, a yes, a
free text that fills a slot, or a fresh request that leaves the question aside.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from handlers.reply import Action, Choice, Question
from handlers.slots import SlotValue

# From this score on a message is a request of its own even while we wait for a slot's text.
FRESH_REQUEST = 0.75
_N = r"(\d{1,2}|[一二三四五六七八九十])"
_NUMBER = re.compile(
    rf"(?:(?:我?(?:就|要|想)?(?:选择?|看))?第|我?选择?|就)?\s*{_N}\s*(?:个|号|项|条)?(?:吧|的?详情)?[。.、]?"
)
_ORDINAL = re.compile(rf"第\s*{_N}\s*[个项条]|(最后一[个项条])")
# A no to 「确认后立即发送」 is no order to stop everything.
_NOT_NOW = re.compile(
    r"(?:还是|那就?)?(?:(?:先|暂时|暂)?[不别](?:要|用|想)?(?:发送?|导入?|撤销?|解除?|绑|弄|生成)了?"
    r"|等等|等一下|等会儿?|先等等|再想想|我再看看|不行|不同意)[吧啊呢]?[。!！~]*"
)
# A no to whatever was begun, even where the next words would be taken as they are.
_NO = re.compile(
    r"(?:(?:那就?|还是)?(?:算了|取消|不用了|不弄了|(?:先|暂时)?[不别]发了?)(?:吧|啊)?[，,。!！ ]*)+"
)
_NOD = r"嗯|好的?|行|可以|对的?|是的?|没错|没问题"
_PAUSE = r"[，,。!！ ]*"
# A yes that can be nothing else; what only sounds like one is asked for once more.
_YES = re.compile(
    rf"(?:(?:{_NOD}|ok|(?:核对)?无误){_PAUSE})+(?:的|吧|啊)?"
    rf"|(?:(?:{_NOD}){_PAUSE})*"
    r"(?:(?:就?(?:这样|照这个))|(?:我?(?:确认|确定)(?:无误)?))(?:了|吧|办)?[。!！~]*",
    re.IGNORECASE,
)
# A yes that names what is to be done, where that is what we asked.
_DO_IT = re.compile(
    rf"(?:(?:{_NOD}|确认){_PAUSE})*"
    r"(?P<verb>发|导入|撤销|解除|结束|开始|恢复|停)(?:送|出|出去|掉|绑|签到)?(?:吧|了)?[。!！~]*"
)
# After something else was asked 好的 may be a yes to anything; these are not.
_YES_IN_WORDS = re.compile(
    r"(?:(?:是的?|好的?|嗯+)[，, ]*)?(?:我?(?:确认|确定)|queren)(?:发送|无误)?(?:了|吧)?[。!！~]*"
)
_ASKS = re.compile(r"[?？]")
# What a file asks for, whatever is written beside it.
OF_A_FILE = "import.start"
_CHINESE = {word: n for n, word in enumerate("一二三四五六七八九十", start=1)}


class Read(Protocol):
    """What the understanding says of a message (nlp.vocabulary.Meaning)."""

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
    @property
    def second_said(self) -> str: ...
    @property
    def exact(self) -> bool: ...


class ReadAs(Protocol):
    """The slots of a message that its writer says was meant as this intent."""

    def __call__(self, text: str, intent: str) -> Mapping[str, SlotValue]: ...


@dataclass(frozen=True, slots=True)
class Open:
    """What we asked: the newest question, and one begun before it that still waits for a yes."""

    question: Question | None = None
    waiting: Question | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """An intent with its slots.

    `answers`: it answers an open question, `of_waiting` the one that waits. `clear`: its words
    leave no doubt (a closed form, a button, a pick, a yes). `said`: the message it is read from
    where that is not the one that was written; `second`, `second_said`: the other of two
    requests in one message.
    """

    intent: str
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    answers: bool = False
    of_waiting: bool = False
    clear: bool = True
    said: str = ""
    second: str | None = None
    second_said: str = ""


# A longer message is not read: nobody asks for something in so many words. What we asked for to be
# taken word for word (the text of a notice) goes on whole, and is judged by whoever asked.
LONGEST_READ = 10_000

# It sounds like a yes to what we asked.
_UNCLEAR = Request("flow.confirm", {"unclear": "1"})


def interpret(
    *,
    text: str,
    button: str | None,
    has_file: bool,
    asked: Open,
    read: Callable[[str], Read],
    read_as: ReadAs,
) -> Request:
    """Decide what a message asks for. `read` is only called when words must be understood."""
    if button is not None:
        return _pressed(button, asked, read_as)
    if has_file:
        return Request(OF_A_FILE)
    picked = _picked(text, asked, read_as)
    if picked is not None:
        return picked
    if len(text) > LONGEST_READ:
        return _unread(text, asked.question)
    named = _with_names(text, asked.question)
    meaning = read(named)
    answered = _answered(text, meaning, asked) or _taken_up(text, meaning, asked.waiting)
    if answered is not None:
        return answered
    said = named if named != text else ""
    if meaning.suggestions:
        # not sure enough to act: offer what it may have been
        return Request("fallback", suggestions=meaning.suggestions, said=said)
    return Request(
        meaning.intent,
        meaning.slots,
        clear=meaning.exact and not _ASKS.search(text),
        said=said,
        second=meaning.second,
        second_said=meaning.second_said,
    )


def _unread(text: str, question: Question | None) -> Request:
    if question is not None and question.verbatim and question.fill is not None:
        slots = {**dict(question.fill.slots), question.slot: text.strip()}
        return Request(question.fill.intent, slots, answers=True)
    return Request("fallback", {"length": len(text)})


def _answered(text: str, meaning: Read, asked: Open) -> Request | None:
    """The message as an answer to the newest question; None where it is none."""
    question = asked.question
    if question is None:
        return None
    if _is_no(text, meaning, question):
        # a list has nothing to cancel where something begun before it waits
        begun = question.waits or asked.waiting is None
        return _cancelled(question if begun else asked.waiting or question)
    if question.confirm is not None:
        if _is_yes(text, meaning, question):
            return _of_action(question.confirm)
        if meaning.intent == "flow.confirm":
            return _UNCLEAR
    if question.fill is not None and (question.verbatim or _fills(meaning, question.fill)):
        return _filled(text, meaning, question)
    return None


def _taken_up(text: str, meaning: Read, waiting: Question | None) -> Request | None:
    """The message as coming back to what was begun before something else was asked."""
    if waiting is None:
        return None
    if meaning.exact and meaning.intent == "flow.cancel":
        return replace(_cancelled(waiting), of_waiting=True)
    if waiting.confirm is not None:
        if _YES_IN_WORDS.fullmatch(text.strip()):
            return replace(_of_action(waiting.confirm), of_waiting=True)
        if meaning.intent == "flow.confirm":
            return _UNCLEAR
    if waiting.fill is not None and _fills(meaning, waiting.fill):
        return replace(_filled(text, meaning, waiting), of_waiting=True)
    return None


def _is_yes(text: str, meaning: Read, question: Question) -> bool:
    """Whether nothing but a yes can be meant: what acts waits for that."""
    said = text.strip()
    if _ASKS.search(said):
        return False
    if (meaning.exact and meaning.intent == "flow.confirm") or _YES.fullmatch(said):
        return True
    done = _DO_IT.fullmatch(said)
    labels = [each.label for each in question.choices if each.action == question.confirm]
    return done is not None and any(done["verb"] in label for label in labels)


def _is_no(text: str, meaning: Read, question: Question) -> bool:
    if question.waits and _NO.fullmatch(text.strip()):
        return True
    if meaning.intent == "flow.cancel":
        # the text of a notice may speak of cancelling something
        return meaning.exact or not (question.verbatim or meaning.suggestions)
    return question.confirm is not None and _NOT_NOW.fullmatch(text.strip()) is not None


def _fills(meaning: Read, fill: Action) -> bool:
    """Whether a message answers the question for a slot instead of asking something else."""
    if meaning.intent in ("menu.show", "chat.handoff"):
        return False
    if meaning.exact and meaning.intent not in (fill.intent, "flow.confirm"):
        return False
    return (
        meaning.intent in (fill.intent, "fallback", "flow.confirm", "chat.greet")
        or meaning.score < FRESH_REQUEST
    )


def _filled(text: str, meaning: Read, question: Question) -> Request:
    assert question.fill is not None
    found = {} if question.verbatim else meaning.slots
    slots = {**dict(question.fill.slots), **found}
    slots.setdefault(question.slot, text.strip())
    return Request(question.fill.intent, slots, answers=True)


def _cancelled(question: Question) -> Request:
    """A no in whatever words is the no that we offered, where we offered one."""
    offered = (each.action for each in question.choices if each.action.intent == "flow.cancel")
    return _of_action(next(offered, Action("flow.cancel")))


def _of_action(chosen: Action, *, answers: bool = True) -> Request:
    return Request(chosen.intent, dict(chosen.slots), answers=answers)


def _chosen(chosen: Action, question: Question, read_as: ReadAs) -> Request:
    """One of the choices: what was written before is read again as what it was meant as."""
    slots = dict(chosen.slots)
    said = slots.pop("said", question.said)
    found = read_as(said, chosen.intent) if said else {}
    # what was found in words that we were not sure of is shown before it acts
    return Request(chosen.intent, {**found, **slots}, answers=True, clear=not found, said=said)


def _pressed(button: str, asked: Open, read_as: ReadAs) -> Request:
    """A press answers an open question when its button belongs to it."""
    for question in filter(None, (asked.question, asked.waiting)):
        for choice in question.choices:
            if choice.action.key() == button:
                chosen = _chosen(choice.action, question, read_as)
                return replace(chosen, of_waiting=question is asked.waiting)
    return _of_action(Action.parse(button), answers=False)


def _picked(text: str, asked: Open, read_as: ReadAs) -> Request | None:
    """A number or the label of one of the choices; of what waits only a label."""
    said = unicodedata.normalize("NFKC", text).strip()
    for question in filter(None, (asked.question, asked.waiting)):
        for choice in question.choices:
            if said == choice.label:
                chosen = _chosen(choice.action, question, read_as)
                return replace(chosen, of_waiting=question is asked.waiting)
    match = _NUMBER.fullmatch(said)
    if match is None or asked.question is None:
        return None
    found = _numbered(match[1], asked.question)
    return None if found is None else _chosen(found.action, asked.question, read_as)


def _numbered(written: str, question: Question) -> Choice | None:
    number = _CHINESE.get(written) or int(written)
    return question.choices[number - 1] if 1 <= number <= len(question.choices) else None


def _with_names(text: str, question: Question | None) -> str:
    """「第二个是谁承办的」 with the name that stands second in the list we gave."""
    if question is None or question.waits or not question.choices:
        return text

    def name(match: re.Match[str]) -> str:
        found = question.choices[-1] if match[2] else _numbered(match[1], question)
        return match[0] if found is None else found.label

    return _ORDINAL.sub(name, text)
