"""The platforms of the chat page: what each offers the page, whatever its fake looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from simulator.common.acting import Delivery
from simulator.common.screen import Screens
from simulator.common.values import JsonObject


class Way(StrEnum):
    """What can be sent besides words and files."""

    VOICE = "voice"
    PICTURE = "picture"
    PLACE = "place"
    ROBOT = "robot"


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat in somebody's list.

    bot: who is @-mentioned in a group, "" where nobody listens · pushes: whether messages that
    were not asked for are let in, None where the platform has no such switch
    """

    id: str
    name: str
    badge: str
    group: bool = False
    bot: str = ""
    ways: tuple[Way, ...] = (Way.VOICE, Way.PICTURE)
    menu: Sequence[JsonObject] = ()
    pushes: bool | None = None


class Media(Protocol):
    """A picture or file that the page shows or lets download."""

    @property
    def name(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def data(self) -> bytes: ...


class Side(Protocol):
    """One platform. People are called by the page's userids, chats and messages by the page's
    ids; KeyError for nobody, NotOnScreenError with a sentence for what the client does not offer.
    """

    # in front of the ids of this platform's chats, messages and media; "" for WeCom
    key: str

    @property
    def screens(self) -> Screens: ...

    def account(self, userid: str) -> str | None:
        """Whose feed is this person's; None: not there yet."""

    def userid(self, account: str) -> str | None:
        """Whose feed it is."""

    def chats(self, userid: str) -> list[Chat]:
        """The chats in this person's list."""

    def chat_id(self, chat: str) -> str:
        """The page's id of a chat on a screen."""

    def sender(self, sender: str) -> str:
        """The name above a message."""

    def media(self, ident: str) -> Media | None:
        """None for what is gone."""

    async def say(self, userid: str, text: str, chat: str, *, mention: bool) -> Delivery:
        """Types a message."""

    async def speak(self, userid: str, words: str, chat: str) -> Delivery:
        """Speaks a message."""

    async def send_file(self, userid: str, name: str, data: bytes, chat: str) -> Delivery:
        """Sends a file or a picture."""

    async def press(
        self, userid: str, message: str, button: str, choices: Mapping[str, list[str]]
    ) -> Delivery:
        """Presses a button; `reason` is what the client says when it fails."""

    async def let_in(self, userid: str, chat: str, *, on: bool) -> Delivery:
        """Lets messages in that were not asked for, or turns them away."""


def ident(side: Side, raw: str) -> str:
    """The page's id of a message or a file."""
    return f"{side.key}:{raw}" if side.key and raw else raw


def own(side: Side, ident_: str) -> str | None:
    """The platform's id behind the page's; None for one of another platform."""
    if not side.key:
        return ident_
    return ident_.removeprefix(f"{side.key}:") if ident_.startswith(f"{side.key}:") else None
