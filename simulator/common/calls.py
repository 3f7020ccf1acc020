"""The log of API calls, for assertions: what was called, what it answered, how many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

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


CallT = TypeVar("CallT")


@dataclass(slots=True)
class Log(Generic[CallT]):
    """The latest calls in order of their answers."""

    calls: list[CallT] = field(default_factory=list)

    def __iter__(self) -> Iterator[CallT]:
        return iter(self.calls)

    def __len__(self) -> int:
        return len(self.calls)

    def add(self, call: CallT) -> None:
        self.calls.append(call)
        if len(self.calls) > _MOST_CALLS:
            del self.calls[: _MOST_CALLS // 2]

    def clear(self) -> None:
        self.calls.clear()


@dataclass(slots=True)
class CallLog(Log[Call]):
    """The calls of an HTTP API, and the most that were in flight at once."""

    peaks: Counter[str] = field(default_factory=Counter)
    _flying: Counter[str] = field(default_factory=Counter)

    def start(self, path: str) -> None:
        self._flying[path] += 1
        self.peaks[path] = max(self.peaks[path], self._flying[path])

    def end(self, path: str, errcode: int, at: datetime, dropped: int = 0) -> None:
        self._flying[path] -= 1
        self.add(Call(path, errcode, at, dropped))

    def count(self, path: str, errcode: int | None = None) -> int:
        """How many calls of `path` were answered, with this errcode when one is given."""
        return sum(1 for c in self.calls if c.path == path and errcode in (None, c.errcode))

    def clear(self) -> None:
        Log.clear(self)  # a class with slots is made twice, which super() does not survive
        self.peaks.clear()
