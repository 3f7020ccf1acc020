"""Rates as data, and the counters that apply them. Knows no figure of any platform."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONTH = timedelta(days=30)
KB = 1024
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` within `window`; a day is the natural day, a month is 30 days (5.1)."""

    count: int
    window: timedelta


@dataclass(slots=True)
class _Window:
    entries: deque[tuple[datetime, int]] = field(default_factory=deque)
    total: int = 0

    def forget(self, window: timedelta, now: datetime) -> None:
        """Drops what lies before the block; all of it when the clock was set back."""
        if self.entries and self.entries[-1][0] > now:
            self.entries.clear()
            self.total = 0
        # A day is the natural day, other blocks are counted back from now.
        start = _start_of_day(now) if window == DAY else now - window
        while self.entries and self.entries[0][0] < start:
            self.total -= self.entries.popleft()[1]

    def add(self, now: datetime, amount: int) -> None:
        self.entries.append((now, amount))
        self.total += amount


@dataclass(slots=True)
class Counters:
    """Counts what happened lately, by any key; a clock set back starts afresh."""

    _windows: dict[tuple[str, timedelta], _Window] = field(default_factory=dict)

    def take(self, key: str, rates: tuple[Rate, ...], now: datetime, amount: int = 1) -> bool:
        """Counts `amount` and returns True, or counts nothing and returns False when full."""
        blocks = [self._windows.setdefault((key, rate.window), _Window()) for rate in rates]
        for rate, block in zip(rates, blocks, strict=True):
            block.forget(rate.window, now)
        full = any(
            block.total + amount > rate.count for rate, block in zip(rates, blocks, strict=True)
        )
        if not full:
            for block in blocks:
                block.add(now, amount)
        return not full


def _start_of_day(now: datetime) -> datetime:
    local = now.astimezone(OFFICE_ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
