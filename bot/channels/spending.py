"""What a channel has spent of its limits, counted once for all processes that speak on it.

The counters stand in values of the lease table, changed in one transaction before a call is made:
several processes, or one that was just restarted, together never spend more than is published.
A copy in memory says beforehand what need not be tried. Knows no platform and no limit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from bot.channels.limits import Rates
from bot.clock import Clock
from bot.leases import Leasing
from storage.leases import SKEW, Leases
from storage.unit import Unit

SHARDS = 16
# The platform counts when a call arrives, and one may travel longer than the next.
MARGIN = timedelta(seconds=5)
# Older entries are kept by the minute, those of more than an hour by the hour.
_FINE, _COARSE = 60, 3600
_DROP = "spent:"


@dataclass(frozen=True, slots=True)
class Spend:
    """`count` of what is limited by `rates` under this key: a person, a group, an API."""

    key: str
    rates: Rates
    count: int = 1


class Ledger:
    """Sliding windows that can be written down: [seconds kept, [second, count], …] by key.

    Whole seconds, rounded up, so that nothing is forgotten early.
    """

    def __init__(self, text: str = "") -> None:
        try:
            kept = json.loads(text) if text else {}
        except ValueError:
            kept = {}
        self._entries: dict[str, list[list[int]]] = {}
        self._horizon: dict[str, int] = {}
        for key, (horizon, *entries) in kept.items():
            self._horizon[key], self._entries[key] = horizon, entries

    def free_at(self, spend: Spend, now: datetime, more: int = 0) -> datetime:
        """When it may be spent, `more` being spent before; `now` where it may at once.

        More than a whole window holds may leave once the window is empty: never, otherwise.
        """
        second, latest = now.timestamp(), now.timestamp() + SKEW.total_seconds()
        wait = 0.0
        for rate in spend.rates:
            window = (rate.window + MARGIN).total_seconds()
            inside = [
                each
                for each in self._entries.get(spend.key, [])
                if second - window < each[0] <= latest
            ]
            over = sum(count for _, count in inside) + more
            over += min(spend.count, rate.count) - rate.count
            for at, count in inside:
                if over <= 0:
                    break
                over -= count
                wait = max(wait, at + window - second)
            if over > 0:
                wait = max(wait, 1.0)  # what is only planned stands in the way
        return now + timedelta(seconds=math.ceil(wait)) if wait > 0 else now

    def take(self, spend: Spend, now: datetime) -> None:
        """Write it down."""
        second = math.ceil(now.timestamp())
        entries = self._entries.setdefault(spend.key, [])
        while entries and entries[-1][0] > second + SKEW.total_seconds():
            entries.pop()  # the clock was set back
        if entries and entries[-1][0] >= second:
            entries[-1][1] += spend.count
        else:
            entries.append([second, spend.count])
        longest = max(rate.window for rate in spend.rates) + MARGIN
        self._horizon[spend.key] = math.ceil(longest.total_seconds())

    def text(self, now: datetime) -> str:
        """What still counts, as text."""
        second = now.timestamp()
        kept: dict[str, list[int | list[int]]] = {}
        for key, entries in self._entries.items():
            horizon = self._horizon[key]
            left = _merged(
                [
                    each
                    for each in entries
                    if second - horizon < each[0] <= second + SKEW.total_seconds()
                ],
                second,
            )
            if left:
                kept[key] = [horizon, *left]
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


class Plan:
    """What may be frozen now, by the copy in memory: what is planned counts as spent."""

    def __init__(self, ledgers: Sequence[Ledger], now: datetime) -> None:
        self._ledgers = ledgers
        self._now = now
        self._planned: dict[str, int] = {}

    def take(self, spends: Iterable[Spend]) -> bool:
        """Plan all of them, or none where one may not be spent now."""
        wanted = tuple(spends)
        for each in wanted:
            ledger = self._ledgers[shard_of(each.key)]
            if ledger.free_at(each, self._now, self._planned.get(each.key, 0)) > self._now:
                return False
        for each in wanted:
            self._planned[each.key] = self._planned.get(each.key, 0) + each.count
        return True


class Spending:
    """The counters of one channel; of this process alone until they are shared."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._ledgers = [Ledger() for _ in range(SHARDS)]
        self._leasing: Leasing | None = None

    def share(self, leasing: Leasing) -> None:
        """From now on counted together with the other processes."""
        self._leasing = leasing

    def plan(self, now: datetime) -> Plan:
        """For freezing calls: synchronous, and right as far as this process knows."""
        return Plan(self._ledgers, now)

    async def take(self, spends: Sequence[Spend], clock: Clock) -> Mapping[str, datetime]:
        """Spend all of them; else nothing, and when those that stand in the way may be."""
        now = clock.now()
        if self._leasing is None:
            return _taken({n: self._ledgers[n] for n in _shards(spends)}, spends, now)
        names = {f"{_DROP}{self._channel}:{number}": number for number in _shards(spends)}

        def count(unit: Unit) -> tuple[dict[int, Ledger], Mapping[str, datetime]]:
            kept = Leases(unit).shared(tuple(names), now)
            ledgers = {names[name]: Ledger(value) for name, value in kept.items()}
            blocked = _taken(ledgers, spends, now)
            if not blocked:
                written = {name: ledgers[number].text(now) for name, number in names.items()}
                Leases(unit).keep(written)
            return ledgers, blocked

        ledgers, blocked = await self._leasing.run(count)
        for number, ledger in ledgers.items():
            self._ledgers[number] = ledger
        return blocked


def shard_of(key: str) -> int:
    """Which row a key is counted in; a call to one person need not read what all others got."""
    return crc32(key.encode()) % SHARDS


def _shards(spends: Iterable[Spend]) -> set[int]:
    return {shard_of(each.key) for each in spends}


def _taken(
    ledgers: Mapping[int, Ledger], spends: Sequence[Spend], now: datetime
) -> dict[str, datetime]:
    blocked: dict[str, datetime] = {}
    for each in spends:
        at = ledgers[shard_of(each.key)].free_at(each, now)
        if at > now:
            blocked[each.key] = at
    if not blocked:
        for each in spends:
            ledgers[shard_of(each.key)].take(each, now)
    return blocked


def _merged(entries: Sequence[Sequence[int]], now: float) -> list[list[int]]:
    """Fewer entries, each at the latest moment of those that it stands for."""
    merged: list[list[int]] = []
    last = None
    for at, count in entries:
        age = now - at
        grain = 1 if age <= _FINE else _FINE if age <= _COARSE else _COARSE
        slot = (grain, at // grain)
        if slot == last:
            merged[-1] = [at, merged[-1][1] + count]
        else:
            merged.append([at, count])
        last = slot
    return merged
