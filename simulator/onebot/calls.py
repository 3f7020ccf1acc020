"""The log of actions, for assertions: what was asked, what was answered, when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from simulator.common.values import JsonObject

_MOST_CALLS = 10_000


@dataclass(frozen=True, slots=True)
class Call:
    """`at` by the simulated clock, `seconds` by the machine's, for gaps between calls.

    `answered` False when no answer was sent on purpose; `retcode` is then what would have come.
    """

    action: str
    params: JsonObject
    retcode: int
    at: datetime
    seconds: float
    answered: bool = True


@dataclass(slots=True)
class CallLog:
    """The latest calls in order of their answers."""

    calls: list[Call] = field(default_factory=list)

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls)

    def __len__(self) -> int:
        return len(self.calls)

    def add(self, call: Call) -> None:
        self.calls.append(call)
        if len(self.calls) > _MOST_CALLS:
            del self.calls[: _MOST_CALLS // 2]

    def of(self, action: str) -> list[Call]:
        return [call for call in self.calls if call.action == action]

    def count(self, action: str, retcode: int | None = None) -> int:
        """How many calls of `action` there were, with this retcode when one is given."""
        return sum(1 for call in self.of(action) if retcode in (None, call.retcode))

    def clear(self) -> None:
        self.calls.clear()
