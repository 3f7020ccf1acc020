"""How the QQ gateway's connection lives: what each close means, when to dial again, when to stop.

Plain values and decisions of qq.md A3; touches no socket and is told how long things lasted.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

UNREACHABLE = "QQ 网关连不上（{reason}），正在重试。请检查网络和 SHIXUN_QQ_API_BASE。"
LIMITED = "QQ 平台今天的登录次数用完了，{minutes} 分钟后自动重连。"
_GROUP_AND_C2C, _INTERACTION, _MEMBERS = 1 << 25, 1 << 26, 1 << 24
# What we ask to hear, and what is left when the platform does not grant it (4014): first the
# coming and going of members, then buttons. Without the last nothing can be heard.
INTENTS = (
    _GROUP_AND_C2C | _INTERACTION | _MEMBERS,
    _GROUP_AND_C2C | _INTERACTION,
    _GROUP_AND_C2C,
)


class Step(StrEnum):
    """What follows the end of a connection."""

    RESUME = "resume"
    IDENTIFY = "identify"  # the session is gone
    NEW_LOGIN = "new login"  # the token is dead: refresh it, identify
    SLOWLY = "slowly"  # resume after a minute
    LESS = "less"  # identify with fewer intents
    STOP = "stop"


# Every row of the table of close codes; any other code (1001, 1006 …): resume.
CLOSES: Mapping[int, Step] = {
    1000: Step.RESUME,  # a graceful restart of theirs
    4001: Step.STOP,
    4002: Step.STOP,
    4004: Step.NEW_LOGIN,
    4006: Step.IDENTIFY,
    4007: Step.IDENTIFY,
    4008: Step.SLOWLY,
    4009: Step.RESUME,
    **dict.fromkeys(range(4010, 4014), Step.STOP),
    4014: Step.LESS,
    **dict.fromkeys(range(4900, 4914), Step.IDENTIFY),
    4914: Step.STOP,
    4915: Step.STOP,
}
_BROKEN = "QQ 网关不接受本程序的连接（{code}），已停止连接。请把这个代码告诉开发者，升级后重启。"
STOPPED: Mapping[int, str] = {
    4014: "QQ 机器人没有接收群聊和私聊消息的权限（4014），已停止连接。请在 QQ 开放平台开通后重启。",
    4914: "QQ 机器人已下架，只能在沙箱里用（4914），已停止连接。请在 QQ 开放平台重新上架后重启。",
    4915: "QQ 机器人已被封禁（4915），已停止连接。请在 QQ 开放平台查看原因，解封后重启。",
}


@dataclass(frozen=True, slots=True)
class Timing:
    """All times in seconds; the figures of qq.md A3 where there are any."""

    dial: float = 30.0  # of the handshake, and until the platform says who we are
    hang_up: float = 2.0
    backoff: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
    steady: float = 60.0  # a connection that lived so long starts the backoff anew
    short: float = 5.0  # a connection that lived less
    shorts: int = 3  # so many of those in a row
    after_shorts: float = 60.0
    too_fast: float = 60.0  # 4008
    refused: float = 3.0  # op 9
    heartbeat: float = 45.0  # where the platform names none
    # of sending, in the speaker: 3 s · 2ⁿ of A9, which leaves room in the outbox's lease
    again: tuple[float, ...] = (3.0, 6.0, 12.0)
    call: float = 100.0  # of everything that one call does: less than that lease
    same_again: tuple[float, ...] = (1.0, 3.0)  # after no answer, where a repeat is dropped


@dataclass(frozen=True, slots=True)
class Ending:
    """How a connection ended. `wait`: seconds that the platform asked for."""

    step: Step
    reason: str
    code: int = 0
    wait: float = 0.0


class EndedError(Exception):
    """The connection is over."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason)
        self.ending = ending


def closed(code: int | None) -> Ending:
    """What a close code of the platform means."""
    return Ending(CLOSES.get(code or 0, Step.RESUME), f"closed {code}", code or 0)


class Progress:
    """How far the events were processed, in order: what a resumed session begins after.

    An event that is still in work holds back those behind it: they would come again.
    """

    def __init__(self) -> None:
        self._open: set[int] = set()
        self._newest: int | None = None

    def begin(self, seq: int) -> None:
        """An event came in."""
        self._open.add(seq)
        self._newest = seq if self._newest is None else max(self._newest, seq)

    def done(self, seq: int) -> None:
        """It was processed."""
        self._open.discard(seq)

    @property
    def seq(self) -> int | None:
        """The last one up to which all are processed; None before the first."""
        if self._newest is None:
            return None
        return min(self._open) - 1 if self._open else self._newest


class Life:
    """What was lived through so far, and what follows from it."""

    def __init__(self, timing: Timing, chance: random.Random) -> None:
        self._timing = timing
        self._chance = chance
        self._failures = 0
        self._shorts = 0
        self._rung = 0
        self.stopped = ""  # why no connection will be tried any more
        self.doubt = ""  # what does not work at the moment

    @property
    def intents(self) -> int:
        """What to ask for."""
        return INTENTS[self._rung]

    @property
    def hears_buttons(self) -> bool:
        """Whether a pressed button would reach us."""
        return bool(self.intents & _INTERACTION)

    def accepted(self) -> None:
        """The platform took us in."""
        self.doubt = ""

    def after(self, ending: Ending, lasted: float | None) -> float:
        """Seconds before the next dial; `lasted`: of the connection, None where there was none."""
        timing = self._timing
        if ending.step is Step.STOP or (ending.step is Step.LESS and not self._less()):
            self.stopped = STOPPED.get(ending.code) or _BROKEN.format(code=ending.code)
            return 0.0
        if lasted is not None and lasted >= timing.steady:
            self._failures = 0
        quick = lasted is not None and lasted < timing.short
        self._shorts = self._shorts + 1 if quick else 0
        pause = timing.backoff[min(self._failures, len(timing.backoff) - 1)]
        self._failures += 1
        if self._failures >= len(timing.backoff):
            self.doubt = UNREACHABLE.format(reason=ending.reason)
        if self._shorts >= timing.shorts:
            self._shorts = 0
            pause = max(pause, timing.after_shorts)
        if ending.step is Step.SLOWLY:
            pause = max(pause, timing.too_fast)
        # spread, so that the bots of a restarted gateway do not all come back at once
        return max(pause, ending.wait) * (1 + self._chance.random() / 4)

    def _less(self) -> bool:
        """One rung down, where there is one."""
        if self._rung + 1 >= len(INTENTS):
            return False
        self._rung += 1
        return True
