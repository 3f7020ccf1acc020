"""The log of API calls, for assertions: what was called, what it answered, how many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

_MOST_CALLS = 10_000


@dataclass(frozen=True, slots=True)
class Call:
    """`path`: the call's short name, such as "message/send" or "users/messages", or a command.

    `errcode` 0 for success, also when `dropped` receivers silently got nothing.
    """

    path: str
    errcode: int
    at: datetime
    dropped: int = 0


@dataclass(slots=True)
class CallLog:
    """The latest calls in order of their answers, and the most that were in flight at once."""

    calls: list[Call] = field(default_factory=list)
    peaks: Counter[str] = field(default_factory=Counter)
    _flying: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls)

    def __len__(self) -> int:
        return len(self.calls)

    def start(self, path: str) -> None:
        self._flying[path] += 1
        self.peaks[path] = max(self.peaks[path], self._flying[path])

    def end(self, path: str, errcode: int, at: datetime, dropped: int = 0) -> None:
        self._flying[path] -= 1
        self.calls.append(Call(path, errcode, at, dropped))
        if len(self.calls) > _MOST_CALLS:
            del self.calls[: _MOST_CALLS // 2]

    def count(self, path: str, errcode: int | None = None) -> int:
        """How many calls of `path` were answered, with this errcode when one is given."""
        return sum(1 for c in self.calls if c.path == path and errcode in (None, c.errcode))

    def clear(self) -> None:
        self.calls.clear()
        self.peaks.clear()
