"""What a handler answers: neutral parts that each channel renders with what it can do.

Knows no channel and no limits; a card degrades to numbered text where cards are not possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode

from storage.readers.file_names import safe_name


@dataclass(frozen=True, slots=True)
class Action:
    """An intent named by a button instead of a sentence, with its slots as plain text."""

    intent: str
    slots: tuple[tuple[str, str], ...] = ()

    def key(self) -> str:
        """The text form that a platform carries in a button: notice.confirm?code=N37."""
        return (
            f"{self.intent}?{urlencode(self.slots, quote_via=quote)}" if self.slots else self.intent
        )

    @classmethod
    def parse(cls, key: str) -> Action:
        """Read `key()` back. Whoever sends it passes the same gate as a sentence."""
        intent, _, query = key.partition("?")
        return cls(intent, tuple(parse_qsl(query, keep_blank_values=True)))


def action(intent: str, **slots: str) -> Action:
    """Shorthand for an action with named slots."""
    return Action(intent, tuple(slots.items()))


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be picked: by its button, its number or its label."""

    label: str
    action: Action
    # a negative choice (取消, 驳回) is drawn less prominently
    quiet: bool = False
    # what a button says once it was pressed, e.g. 已收到; empty: it may be pressed again
    done: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A short summary with facts and buttons; longer words belong into the reply's text."""

    title: str
    description: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand over; `picture` is shown instead of offered for download."""

    name: str
    data: bytes
    media_type: str = "application/octet-stream"
    picture: bool = False

    def __post_init__(self) -> None:
        """A class may be called 语文/数学 "1" 班; no platform takes that for a file's name."""
        object.__setattr__(self, "name", safe_name(self.name))


@dataclass(frozen=True, slots=True)
class Mention:
    """Whom a group's text calls: one person by their accounts, or everybody.

    said: the words as they stand in the text, such as @张伟. accounts: (realm, account) pairs,
    because the group may be written to another way in the end. Without one for the way it goes,
    and in private, the words stay words.
    """

    said: str
    accounts: tuple[tuple[str, str], ...] = ()
    everybody: bool = False

    def account(self, realm: str, chat: str) -> str:
        """Their account for a group chat of this namespace; empty: none.

        An account that is one group's own has that group's id in front, which is left out.
        """
        for named, account in self.accounts:
            group, colon, member = account.rpartition(":")
            if named == realm and (not colon or group == chat):
                return member
        return ""


@dataclass(frozen=True, slots=True)
class Question:
    """What we asked and how the next message may answer it; kept across restarts.

    choices: numbered options. confirm: what 确认 does. fill: the action whose slot `slot` the
    next free text becomes. Any other clear request leaves the question aside.
    """

    choices: tuple[Choice, ...] = ()
    confirm: Action | None = None
    fill: Action | None = None
    slot: str = ""
    # whatever is written next is the slot's text, word for word (the text of a notice)
    verbatim: bool = False
    minutes: int = 10
    # the message that the choices are readings of; whichever is picked is read in it again
    said: str = ""

    @property
    def waits(self) -> bool:
        """Something is begun and waits for a yes or a word: one can come back to it."""
        return self.confirm is not None or self.fill is not None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. In a group only `in_group` is seen when the intent is a personal one."""

    text: str = ""
    card: Card | None = None
    files: tuple[File, ...] = ()
    question: Question | None = None
    # whom the text calls by name where it goes into a group; never anybody its author did not
    mentions: tuple[Mention, ...] = ()
    # what the group sees when a personal answer went to the private chat instead
    in_group: str = "已私信回复您。"
    # facts for the audit entry: counts, numbers, ids; never words of a person
    audit: Mapping[str, str | int] = field(default_factory=dict)
    # what the answer was about, as slots: what 它 and 这个 stand for in the next message
    about: Mapping[str, str] = field(default_factory=dict)
    # a turn that was refused by a rule the handler knows (wrong code, not your class)
    refused: bool = False
    # allowed and understood, and there was nothing to do or to give
    nothing: bool = False


def ask_choice(text: str, *choices: Choice, title: str = "请选择") -> Reply:
    """Ask which of a few things is meant: buttons where there are any, numbers everywhere."""
    return Reply(
        text=text,
        card=Card(title=title, choices=choices),
        question=Question(choices=choices),
    )


def ask_sure(text: str, label: str, sure: Action) -> Reply:
    """Say what was understood and do it only after a yes."""
    choices = (Choice(label, sure), Choice("取消", Action("flow.cancel"), quiet=True))
    return Reply(
        text=f"{text}\n要办请回复「确认」，不是请回复「取消」。",
        card=Card(title=label, choices=choices),
        question=Question(choices, confirm=sure),
        audit={"asked": 1},
    )


def refuse(text: str, **audit: str | int) -> Reply:
    """A polite no that is audited as one."""
    return Reply(text=text, audit=audit, refused=True)
