"""What a channel is: theirs to ours, ours to theirs. Knows no intent and no table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from aiohttp import web

from handlers.contract import Received
from handlers.plain import printable
from handlers.reply import Reply
from handlers.ways import Capabilities
from storage.outbox_values import FrozenRequest, Json, Outcome, Unsendable
from storage.reachability import Reach, ReplySlot

__all__ = ["Capabilities", "Reach", "ReplySlot"]  # the contract is imported from one place


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as every channel hands it on."""

    channel: str  # the way it came: wecom, wecom_bot, …
    realm: str  # the namespace of accounts: the app and the AI bot of one corp share theirs
    account: str
    message_id: str
    at: datetime
    text: str = ""
    group: str | None = None
    button: str | None = None
    file: Received | None = None
    # fetches the file after the message was acknowledged; replaced by `file` before answering
    fetch: Callable[[], Awaitable[Received]] | None = field(default=None, compare=False)
    # the answer to the request is taken (a pressed card is updated by it): reply by push
    push_only: bool = False
    # where a late or pushed answer goes: a channel that can write first, and the account there
    push_channel: str = ""
    # what a passive reply must quote, where pushing is not simply allowed; an event's id or a
    # message's
    reply_to: str = ""
    reply_is_event: bool = False
    # said in a group to nobody by name: it may be meant for somebody else
    overheard: bool = False
    # the message that it answers, of which the platform does not say whose it was
    quotes: str = ""
    # when it was said, where the platform tells that; never later than `at` (bot.told_time)
    said_at: datetime | None = None
    # nobody said it: the platform tells that somebody came; not counted as a turn
    unasked: bool = False

    @property
    def said(self) -> datetime:
        """When it was said, as well as we know."""
        return self.said_at or self.at

    def __post_init__(self) -> None:
        """Of any text that came in, what no column and no XML holds is left out."""
        for name in ("account", "message_id", "text", "group", "button"):
            told = getattr(self, name)
            if told and (clean := printable(told)) != told:
                object.__setattr__(self, name, clean)

    @property
    def answer_key(self) -> str:
        """The unique key of this message's answer in the outbox (at most 160 characters)."""
        return f"answer:{self.channel}:{self.message_id}"[:160]

    def to_json(self) -> dict[str, Any]:
        """What a promise keeps of it (storage.journal.SeenMessages.promise)."""
        return {
            "channel": self.channel,
            "realm": self.realm,
            "account": self.account,
            "message_id": self.message_id,
            "at": self.at.isoformat(),
            "text": self.text,
            "group": self.group,
            "button": self.button,
            "push_channel": self.push_channel,
            "push_only": self.push_only,
            "reply_to": self.reply_to,
            "reply_is_event": self.reply_is_event,
            "overheard": self.overheard,
            "quotes": self.quotes,
            "unasked": self.unasked,
            "said_at": None if self.said_at is None else self.said_at.isoformat(),
            "had_file": self.fetch is not None or self.file is not None,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Incoming:
        """Read a promise back; a file that came with it died with the process."""
        kept = {**body, "at": datetime.fromisoformat(body["at"])}
        if kept.get("said_at"):
            kept["said_at"] = datetime.fromisoformat(kept["said_at"])
        had_file = kept.pop("had_file", False)
        return cls(**kept, fetch=_lost if had_file else None)


class FileRefusedError(Exception):
    """A sent file cannot be taken; the message says why, in Chinese."""


async def refused(words: str) -> Received:
    """`Incoming.fetch` of what can only be answered with these words, whatever was sent."""
    raise FileRefusedError(words)


async def _lost() -> Received:
    raise FileRefusedError("刚才系统重启了，您发的文件没有处理完，请再发一次。")


def _no_slot() -> ReplySlot | None:
    return None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One reply on its way to one account; files are named by the ids of their attachments."""

    delivery_id: int
    account: str
    reply: Reply
    attachments: tuple[int, ...] = ()
    # which message it is; of an answer, Incoming.answer_key
    key: str = ""
    # `account` is a group chat's id
    group: bool = False
    # what is known of the account, where the channel may be refused or must be spoken to first
    reach: Reach = Reach()  # noqa: RUF009 - frozen
    # sets one passive reply aside, where the channel has such windows and one is left
    slot: Callable[[], ReplySlot | None] = field(default=_no_slot, compare=False)


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What came of one call. `answered` False: nobody knows whether it arrived."""

    outcomes: tuple[Outcome, ...] = ()
    answered: bool = True
    platform_id: str = ""
    # the whole channel, or one chat of it, must pause for so long (seconds): a frequency limit,
    # a dead secret
    pause: float = 0.0
    pause_chat: str = ""
    # why, in Chinese, for the operator
    cause: str = ""


Receive = Callable[[Incoming], Awaitable[Reply | None]]


class Channel(Protocol):
    """A way to and from people."""

    name: str
    capabilities: Capabilities

    def repeats(self, request: Json) -> timedelta | None:
        """How long the platform itself drops this very call repeated; None: it does not."""

    def at_once(self, reply: Reply) -> bool:
        """Whether this reply can travel in the answer to the request it replies to."""

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest | Unsendable]:
        """Render due messages into calls, as few as the platform allows."""

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Make one frozen call. Never raises for what the platform or the network did."""

    async def close(self) -> None:
        """Let go of sockets."""


@runtime_checkable
class Heard(Protocol):
    """A channel that people can be heard on."""

    def routes(self, receive: Receive) -> list[web.RouteDef]:
        """The addresses where it is called, and where its messages go from now on."""


@runtime_checkable
class Visited(Protocol):
    """A channel whose other side stays connected to our own address."""

    async def send_away(self) -> None:
        """Answer what was heard, then close those connections: the server waits for them."""


@runtime_checkable
class Busy(Protocol):
    """A channel that answers on its own connections, beside the requests of the platform."""

    async def quiet(self) -> None:
        """Wait until everything that was heard is answered."""


@runtime_checkable
class Recalling(Protocol):
    """A channel that can take back what it sent (Capabilities.recall says how long)."""

    async def recall(self, request: Json, platform_id: str) -> str | None:
        """Take back what one call sent; empty when it was, else why not. Never raises.

        None: the platform is unwell, and nothing was taken back; it is asked again.
        """


@dataclass(frozen=True, slots=True)
class Noted:
    """What a platform let us know outside of any call: it refuses us there, or no longer."""

    place: str  # handlers.ways.PRIVATE or GROUP
    account: str  # or the group chat
    refused: str = ""  # why; empty: writing is allowed again


Note = Callable[[Noted], Awaitable[None]]


@runtime_checkable
class Dialling(Protocol):
    """A channel that calls the platform instead of being called."""

    async def start(self) -> None:
        """Begin to dial; returns at once, `Channel.close` ends it."""

    def problem(self) -> str:
        """Why nobody can be heard, in Chinese, or nothing."""
