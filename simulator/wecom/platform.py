"""What all rules of the fake share: the clock, the figures, the faults and the corps."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from simulator.common.foundation import Foundation
from simulator.common.rates import Counters
from simulator.wecom.faults import Faults
from simulator.wecom.limits import Limits
from simulator.wecom.state import Corp

_FIRST_MESSAGE_ID = 7_000_000_000_000_000_000  # int64, beyond what JavaScript's numbers hold


@dataclass(frozen=True, slots=True)
class Drop:
    """A message that was accepted with errcode 0 and never shown: whose limit was over."""

    at: datetime
    rule: str
    userid: str
    text: str


@dataclass(slots=True)
class Platform(Foundation[Limits, Faults]):
    """The API is mounted at `base_url`; AI bots get addresses below it."""

    corps: dict[str, Corp] = field(default_factory=dict)
    drops: list[Drop] = field(default_factory=list)
    counters: Counters = field(default_factory=Counters)  # by calling address, over all corps
    _last_id: int = _FIRST_MESSAGE_ID

    def skewed_stamp(self) -> int:
        """The time as a callback's query tells it, wrong by the fault `callback_skew`."""
        return self.stamp() + self.faults.callback_skew

    def drop(self, rule: str, userid: str, said: str) -> None:
        """A message that nobody will see, and of which nobody is told."""
        self.drops.append(Drop(self.now(), rule, userid, said))

    def next_id(self) -> str:
        """A MsgId: a 64-bit number as text."""
        self._last_id += 1 + secrets.randbelow(1000)
        return str(self._last_id)


def made_up(prefix: str) -> str:
    """An id nobody can guess, such as a msgid, a media_id or a response_code."""
    return prefix + secrets.token_urlsafe(24)
