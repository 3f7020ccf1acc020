"""What all rules of the fake share: the clock, the figures, the faults, the dialect, the world."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from simulator.common.foundation import Foundation
from simulator.onebot.dialects import Dialect
from simulator.onebot.faults import Faults
from simulator.onebot.limits import Limits
from simulator.onebot.world import World


@dataclass(slots=True)
class Platform(Foundation[Limits, Faults]):
    """token: what applications must bring, empty for none · array: messages as segments, else as
    CQ strings · reports_self: the bot's own messages come back as `message_sent` (B3)."""

    world: World
    dialect: Dialect
    token: str = ""
    array: bool = True
    reports_self: bool = False
    group_sends: deque[datetime] = field(default_factory=deque)

    @property
    def heartbeat_seconds(self) -> float:
        own = self.limits.heartbeat_seconds
        return self.dialect.heartbeat_seconds if own is None else own

    @property
    def retry_seconds(self) -> float:
        own = self.limits.retry_seconds
        return self.dialect.retry_seconds if own is None else own

    def media_url(self, media_id: str) -> str:
        return f"{self.base_url}/media/{media_id}"
