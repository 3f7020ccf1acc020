"""The values that go into the outbox and come out of it. Knows no tables and no platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zlib import crc32

# What a reply, or a call to a platform, is written down as.
Json = Mapping[str, Any]

MAX_ATTEMPTS = 6
# Of an answer, which somebody waits for: about twenty minutes of trying.
MAX_ANSWER_ATTEMPTS = 12
_ANSWER_PAUSE_MOST = 300
_JITTER_SHARE = 4  # a quarter of the delay at most


class DeliveryStatus(StrEnum):
    """Where one message to one account stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"  # in a batch whose call is about to be made or has no outcome yet
    SENT = "sent"
    REJECTED = "rejected"  # the platform refused this receiver or this message
    UNKNOWN = "unknown"  # called without an answer where repeating could reach a person twice
    DEAD = "dead"  # given up after MAX_ATTEMPTS
    CANCELLED = "cancelled"  # no longer wanted when its turn came
    PARKED = "parked"  # refused for now; waits until this account speaks


class BatchStatus(StrEnum):
    """Where one call to a platform stands."""

    FROZEN = "frozen"
    CALLED = "called"
    REPEATED = "repeated"
    SETTLED = "settled"
    DISSOLVED = "dissolved"  # never called; its rows went back into the queue


class Result(StrEnum):
    """What a call did to one delivery."""

    SENT = "sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    RETRY = "retry"
    DEAD = "dead"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One message for one account. `unique_key` says which message it is: twice is once."""

    unique_key: str
    channel: str
    account: str
    purpose: str
    body: Json
    not_before: datetime
    person_id: int | None = None
    notice_id: int | None = None
    # "group": `account` is a group chat's id
    place: str = "private"


@dataclass(frozen=True, slots=True)
class Queued:
    """A delivery on its way out."""

    id: int
    account: str
    person_id: int | None
    notice_id: int | None
    purpose: str
    body: Json
    attempts: int
    unique_key: str
    place: str = "private"


@dataclass(frozen=True, slots=True)
class FrozenRequest:
    """One call, word for word as it will be made, and the deliveries it carries."""

    request: Json
    deliveries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unsendable:
    """A delivery that the channel cannot turn into a call; it is listed as rejected."""

    delivery: int
    error: str


# Turns due rows into calls; a row that is in none of them stays queued.
Group = Callable[[Sequence[Queued]], Sequence[FrozenRequest | Unsendable]]


@dataclass(frozen=True, slots=True)
class Batch:
    """A frozen call. `repeat`: it was made before and its answer is not known."""

    id: int
    channel: str
    request: Json
    deliveries: tuple[Queued, ...]
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one delivery. `retry_at`: the platform said when; counts no attempt."""

    delivery: int
    result: Result
    error: str = ""
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many deliveries stand where."""

    queued: int = 0
    claimed: int = 0
    sent: int = 0
    rejected: int = 0
    unknown: int = 0
    dead: int = 0
    cancelled: int = 0
    parked: int = 0

    @property
    def waiting(self) -> int:
        """Has not left: queued, or frozen and still to be called."""
        return self.queued + self.claimed

    @property
    def failed(self) -> int:
        """Will not arrive, or nobody can say so."""
        return self.rejected + self.unknown + self.dead


def answer_backoff(attempts: int) -> timedelta:
    """The pause after the n-th failed attempt at a person's own answer: 1, 2, 4… seconds."""
    return timedelta(seconds=min(2 ** (max(attempts, 1) - 1), _ANSWER_PAUSE_MOST))


def backoff(attempts: int, delivery_id: int) -> timedelta:
    """The pause after the n-th failed attempt: 1, 2, 4… minutes, spread by the row's id.

    The spread is a function of the id alone, so that a replay waits as long as the first run.
    """
    seconds = 60 * 2 ** (max(attempts, 1) - 1)
    spread = crc32(str(delivery_id).encode()) % (seconds // _JITTER_SHARE + 1)
    return timedelta(seconds=seconds + spread)
