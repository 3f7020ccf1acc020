"""How many turns a minute one person has, on all channels and accounts together.

A bucket a person in memory, before any other work: thousands of messages of one person must cost
nobody else anything. Counted by this process; with several of them each lets so many through.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

TURNS_PER_MINUTE = 20
MINUTE = 60.0
# Buckets and bindings that are remembered; whoever is forgotten begins with a full bucket.
REMEMBERED = 20_000

Account = tuple[str, str]  # realm and account, as in Incoming


class Pace(StrEnum):
    """What becomes of one more message."""

    FINE = "fine"
    TOLD = "told"  # too fast for the first time: one sentence
    SILENT = "silent"  # and nothing more until the time that was named


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float  # when `left` was right (seconds, monotonic)
    closed_until: float = 0.0


class Paces:
    """Everybody's buckets. `monotonic` tells seconds; `per_minute` 0 lets everything through."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._buckets: OrderedDict[Account | int, _Bucket] = OrderedDict()
        self._people: OrderedDict[Account, int] = OrderedDict()

    def take(self, account: Account) -> Pace:
        """One turn of whoever writes from this account."""
        if not self._per_minute:
            return Pace.FINE
        now = self._monotonic()
        bucket = self._bucket(self._people.get(account, account), now)
        if now < bucket.closed_until:
            return Pace.SILENT
        if bucket.left >= 1:
            bucket.left -= 1
            return Pace.FINE
        bucket.closed_until = now + MINUTE
        return Pace.TOLD

    def belongs(self, account: Account, person: int | None) -> None:
        """Who writes from an account, learned from a turn: a person has one bucket."""
        if not self._per_minute or self._people.get(account) == person:
            return
        before = self._buckets.pop(self._people.pop(account, account), None)
        if person is None:
            return
        self._people[account] = person
        if len(self._people) > REMEMBERED:
            self._people.popitem(last=False)
        if before is not None:
            now = self._monotonic()
            spent = self._per_minute - self._filled(before, now)
            bucket = self._bucket(person, now)
            bucket.left = max(0.0, bucket.left - spent)
            bucket.closed_until = max(bucket.closed_until, before.closed_until)

    def _bucket(self, who: Account | int, now: float) -> _Bucket:
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = _Bucket(float(self._per_minute), now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(who)
            bucket.left, bucket.at = self._filled(bucket, now), now
        return bucket

    def _filled(self, bucket: _Bucket, now: float) -> float:
        more = (now - bucket.at) * self._per_minute / MINUTE
        return min(float(self._per_minute), bucket.left + more)
