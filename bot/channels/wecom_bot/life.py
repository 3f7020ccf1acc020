"""How a long connection lives: its times, what may end it, when to dial again, when to stop.

Plain values and decisions; touches no socket and is told the time (seconds of any clock that
only runs forward).
"""

from __future__ import annotations

import random
from dataclasses import dataclass

KICKED_OUT = (
    "企业微信智能机器人在 10 分钟内 {count} 次被别处的连接顶下线，已停止连接。"
    "同一个机器人只能有一处在线：请停掉另一个程序，再重启本程序。"
)
UNREACHABLE = (
    "企业微信智能机器人连不上（{reason}），正在重试。请检查网络和 SHIXUN_WECOM_BOT_WS_URL。"
)


@dataclass(frozen=True, slots=True)
class Timing:
    """All times in seconds; the figures of wecom.md 4.7 where there are any."""

    dial: float = 10.0
    answer: float = 10.0  # acknowledgements take 0.24 to 0.45 s
    hang_up: float = 2.0
    ping_every: float = 30.0
    missed_pongs: int = 2
    silence: float = 90.0
    backoff: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
    steady: float = 60.0  # a connection that lived so long starts the backoff anew
    kicks: int = 3
    kick_window: float = 600.0
    stream: float = 330.0  # an unfinished answer is closed before the six minutes of the platform
    again: float = 1.0  # how often an answer that may not leave yet looks again
    lease: float = 30.0  # after which another process dials for one that died
    patience: float = 600.0  # how long an answer waits for a connection or a free window


class NotSentError(Exception):
    """There was no connection, or the platform did not do it: nothing reached anybody."""


class NoAnswerError(Exception):
    """The call left and no answer came: nobody knows whether it was done."""


class DeadError(Exception):
    """The connection must be given up; the text is for the log."""


class KickedError(Exception):
    """Another connection of the same bot took over."""


class StoppedError(Exception):
    """Trying again is no use; the text is for the operator, in Chinese."""


class Life:
    """What was lived through so far, and what follows from it."""

    def __init__(self, timing: Timing, chance: random.Random) -> None:
        self._timing = timing
        self._chance = chance
        self._failures = 0
        self._kicks: list[float] = []
        self._alive = False
        self.stopped = ""  # why no connection will be tried any more
        self.doubt = ""  # what does not work at the moment

    def subscribed(self) -> None:
        """The platform took us in."""
        self._alive = True
        self.doubt = ""

    def kicked(self, now: float) -> None:
        """Another instance took over; too often, and we leave it the field."""
        recent = [moment for moment in self._kicks if moment > now - self._timing.kick_window]
        self._kicks = [*recent, now]
        if len(self._kicks) >= self._timing.kicks:
            self.stopped = KICKED_OUT.format(count=len(self._kicks))

    def after(self, lasted: float, reason: str) -> float:
        """How long to wait before the next dial, after a connection that lasted so long."""
        if self._alive and lasted >= self._timing.steady:
            self._failures = 0
        self._alive = False
        steps = self._timing.backoff
        pause = steps[min(self._failures, len(steps) - 1)]
        self._failures += 1
        if self._failures >= len(steps):
            self.doubt = UNREACHABLE.format(reason=reason)
        # spread, so that the bots of a failed gateway do not all come back at once
        return pause * (1 + self._chance.random() / 4)
