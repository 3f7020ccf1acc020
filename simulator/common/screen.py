"""What each person sees in their client: one feed a person, in order. Knows no protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    CARD = "card"
    IMAGE = "image"
    FILE = "file"
    VOICE = "voice"
    LOCATION = "location"
    LINK = "link"
    RECALLED = "recalled"
    NOTICE = "notice"


class Tone(StrEnum):
    """The button colours of a client."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    NEUTRAL = "neutral"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a card; with `url` it opens a page instead of calling back."""

    text: str
    key: str
    enabled: bool = True
    tone: Tone = Tone.NEUTRAL
    url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A key-value line of a card, or a link of it."""

    name: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A choice inside a card (button_selection, checkbox or select_list)."""

    key: str
    title: str
    options: tuple[tuple[str, str], ...]  # (id, text)
    chosen: tuple[str, ...] = ()
    many: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the client draws it."""

    card_type: str
    source: str = ""
    title: str = ""
    desc: str = ""
    emphasis: tuple[str, str] = ("", "")
    quote: str = ""
    text: str = ""
    image_url: str = ""
    rows: tuple[Row, ...] = ()
    links: tuple[Row, ...] = ()
    questions: tuple[Question, ...] = ()
    buttons: tuple[Button, ...] = ()
    menu: tuple[Button, ...] = ()
    url: str = ""
    task_id: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing on a person's screen.

    `chat` is what the fake calls it ("app", "bot", a group's id); `sender` an account, or the
    name of an app or bot; `changed` grows over the whole fake with each appearance and each
    later change; `text` is the name of a place (its `title` latitude and longitude), or what was
    said in a voice message; `failure` says why a message of one's own was not delivered; `done`
    is False while a streamed answer still grows.
    """

    id: str
    seq: int
    changed: int
    kind: Kind
    chat: str
    sender: str
    mine: bool
    at: datetime
    text: str = ""
    title: str = ""
    card: Card | None = None
    media_id: str = ""
    file_name: str = ""
    file_size: int = 0
    failure: str = ""
    pending: bool = False
    done: bool = True

    @property
    def buttons(self) -> list[tuple[str, str, bool]]:
        """The buttons as (text, key, enabled)."""
        return [(b.text, b.key, b.enabled) for b in self.card.buttons] if self.card else []

    @property
    def words(self) -> str:
        """All that can be read: title, text, rows, buttons, file name."""
        card = self.card
        parts = [self.title, self.text, self.file_name]
        if card is not None:
            parts += [card.source, card.desc, *card.emphasis, card.quote]
            parts += [f"{row.name} {row.value}".strip() for row in (*card.rows, *card.links)]
            for question in card.questions:
                parts += [question.title, *(caption for _, caption in question.options)]
            parts += [button.text for button in (*card.buttons, *card.menu)]
        return "\n".join(part for part in parts if part)


@dataclass(slots=True)
class Counter:
    """Numbers what appears and changes; several fakes that share one have one order of things."""

    value: int = 0

    def next(self) -> int:
        """One more."""
        self.value += 1
        return self.value


@dataclass(slots=True)
class Screens:
    """The feeds of one world's people, kept by case-folded userid."""

    counter: Counter = field(default_factory=Counter)
    _feeds: dict[str, dict[str, Shown]] = field(default_factory=dict)
    _watchers: list[asyncio.Queue[str]] = field(default_factory=list)

    @property
    def cursor(self) -> int:
        """Where the feeds stand now: pass it as `since` later."""
        return self.counter.value

    def add(self, userid: str, shown: Shown) -> Shown:
        """Appends to a feed; `seq` and `changed` are given here."""
        number = self.counter.next()
        placed = replace(shown, seq=number, changed=number)
        self._feeds.setdefault(userid.casefold(), {})[placed.id] = placed
        self._tell(userid)
        return placed

    def find(self, userid: str, message_id: str) -> Shown | None:
        return self._feeds.get(userid.casefold(), {}).get(message_id)

    def put(self, userid: str, shown: Shown) -> Shown:
        """Shows a changed message in its old place."""
        placed = replace(shown, changed=self.counter.next())
        self._feeds[userid.casefold()][placed.id] = placed
        self._tell(userid)
        return placed

    def recall(self, userid: str, message_id: str) -> None:
        """A message becomes a line that says that it was taken back, if it is there."""
        shown = self.find(userid, message_id)
        if shown is not None:
            gone = replace(shown, kind=Kind.RECALLED, text="消息已撤回", title="", card=None)
            self.put(userid, replace(gone, media_id="", file_name="", file_size=0))

    def settle(self, userid: str, message_id: str, failure: str) -> None:
        """Ends the "sending" state of a person's own message; `failure` empty when it arrived."""
        shown = self.find(userid, message_id)
        if shown is not None:
            self.put(userid, replace(shown, pending=False, failure=failure))

    def feed(self, userid: str, since: int = 0) -> list[Shown]:
        """What appeared or changed after `since`, in the order in which it first appeared."""
        every = self._feeds.get(userid.casefold(), {}).values()
        return sorted((s for s in every if s.changed > since), key=lambda s: s.seq)

    def rename(self, before: str, after: str) -> None:
        """A person whose userid was changed keeps what they saw."""
        self._feeds[after.casefold()] = self._feeds.pop(before.casefold(), {})

    def clear(self) -> None:
        """Empties every screen, as after a new installation of the client."""
        users = list(self._feeds)
        self._feeds.clear()
        for userid in users:
            self._tell(userid)

    def watch(self) -> asyncio.Queue[str]:
        """A queue that receives the case-folded userid of each feed that changes."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._watchers.append(queue)
        return queue

    def unwatch(self, queue: asyncio.Queue[str]) -> None:
        self._watchers.remove(queue)

    def _tell(self, userid: str) -> None:
        for queue in self._watchers:
            queue.put_nowait(userid.casefold())


def only(items: Iterable[Shown], chat: str) -> list[Shown]:
    """Those of one chat."""
    return [item for item in items if item.chat == chat]
