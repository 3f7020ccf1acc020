"""The log of actions, for assertions: what was asked, what was answered, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from simulator.common.calls import Log
from simulator.common.values import JsonObject


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
class CallLog(Log[Call]):
    """The latest actions."""

    def of(self, action: str) -> list[Call]:
        return [call for call in self.calls if call.action == action]

    def count(self, action: str, retcode: int | None = None) -> int:
        """How many calls of `action` there were, with this retcode when one is given."""
        return sum(1 for call in self.of(action) if retcode in (None, call.retcode))
