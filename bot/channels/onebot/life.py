"""How a OneBot connection lives: its times, what may end it, when to dial again, what to say.

Plain values and decisions; touches no socket and is told the time (seconds of any clock that
only runs forward). The protocol: qq.md B1, B3 and B9.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

UNREACHABLE = (
    "QQ（OneBot）连不上（{reason}），正在重试。请检查 NapCat 等实现端是否在运行，"
    "以及 SHIXUN_ONEBOT_URL。"
)
REFUSED = (
    "QQ（OneBot）的实现端说 token 不对，没有接通，每隔 {seconds} 秒再试一次。"
    "请核对 SHIXUN_ONEBOT_TOKEN 与实现端里填的 token。"
)
AWAITED = (
    "QQ（OneBot）的实现端还没有连上来。请在 NapCat 等实现端里填写反向 WebSocket 地址和 token。"
)
OFFLINE = "QQ 号已掉线：实现端还连着，但 QQ 没有登录。请到实现端重新登录。"
HALF = "QQ（OneBot）的实现端只连上了一半：还缺{missing}的连接。"


@dataclass(frozen=True, slots=True)
class Timing:
    """All times in seconds; the figures of qq.md B1, B3 and B9 where there are any."""

    dial: float = 10.0
    hang_up: float = 2.0
    ping: float = 20.0  # of the WebSocket itself: finds a process that is frozen
    beats: int = 3  # so many heartbeats may stay away
    look: float = 30.0  # how often to ask where no heartbeats come (OneBot: off by default)
    aside: float = 5.0  # for questions that only help: who is a friend, who is muted
    words: float = 15.0  # for a message in words
    media: float = 60.0  # for pictures and files: NapCat waits 10 s + size / 256 KB/s
    backoff: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
    steady: float = 60.0  # a connection that lived so long starts the backoff anew
    refused_again: float = 120.0  # after a wrong token
    gap: tuple[float, float] = (1.0, 2.0)  # between two messages to one chat, at random
    again: float = 1.0  # how often an answer that may not leave yet looks again
    patience: float = 300.0  # how long an answer waits for a connection or its turn


class NotSentError(Exception):
    """There was no connection: nothing reached anybody."""


class NoAnswerError(Exception):
    """The call left and no answer came: nobody knows whether it was done."""


class LostError(NoAnswerError):
    """No answer came because the connection broke: not a sign of risk control."""


class DeadError(Exception):
    """The connection must be given up; the text is for the log."""


class RefusedError(Exception):
    """The other side does not accept our token."""


class Life:
    """What was lived through so far, and what follows from it."""

    def __init__(self, timing: Timing, chance: random.Random) -> None:
        self._timing = timing
        self._chance = chance
        self._failures = 0
        self._alive = False
        self.doubt = ""  # what does not work at the moment, for the operator

    def connected(self) -> None:
        """The other side took us in."""
        self._alive = True
        self.doubt = ""

    def refused(self) -> float:
        """The token is wrong: how long to wait. Fast tries would look like an attack."""
        pause = self._timing.refused_again
        self.doubt = REFUSED.format(seconds=round(pause))
        return self._spread(pause)

    def after(self, lasted: float, reason: str) -> float:
        """How long to wait before the next dial, after a connection that lasted so long."""
        if self._alive and lasted >= self._timing.steady:
            self._failures = 0
        self._alive = False
        steps = self._timing.backoff
        pause = steps[min(self._failures, len(steps) - 1)]
        self._failures += 1
        if self._failures >= len(steps) // 2:
            self.doubt = UNREACHABLE.format(reason=reason)
        return self._spread(pause)

    def _spread(self, pause: float) -> float:
        """A little more or less, so that nobody counts the seconds."""
        return pause * (1 + self._chance.random() / 4)
