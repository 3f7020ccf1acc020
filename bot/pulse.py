"""Whether the ticks still come, and whether this machine's clock is right: nobody else notices.

Measured on the monotonic clock, which nobody sets back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic

from bot.clock import Clock

Tick = Callable[[], Awaitable[None]]
# A tick is missed when it is later than this, and than so many of its periods.
PATIENCE, PERIODS = 60.0, 5.0
MOST_OFF = timedelta(minutes=5)
HEARINGS = 3  # one proxy with an old answer is no clock


@dataclass(slots=True)
class _Beat:
    seconds: float
    last: float
    running: bool = False


class Pulse:
    """Notes when each tick came last. `time`: the monotonic clock, in seconds."""

    def __init__(self, time: Callable[[], float] = monotonic) -> None:
        self._time = time
        self._beats: dict[str, _Beat] = {}
        self._begun = False

    def begin(self) -> None:
        """From here on the ticks must come."""
        self._begun = True
        for beat in self._beats.values():
            beat.last = self._time()

    def felt(self, seconds: float, tick: Tick, name: str) -> Tick:
        """The same tick, noted each time it comes."""
        beat = self._beats[name] = _Beat(seconds, self._time())

        async def noted() -> None:
            beat.running, beat.last = True, self._time()
            try:
                await tick()
            finally:
                beat.running, beat.last = False, self._time()

        return noted

    def still(self) -> tuple[str, ...]:
        """The ticks that should have come long ago; one that is still at work is not late."""
        if not self._begun:
            return ()
        now = self._time()
        return tuple(
            name
            for name, beat in self._beats.items()
            if not beat.running and now - beat.last > max(PATIENCE, PERIODS * beat.seconds)
        )


class ClockWatch:
    """Holds the machine's clock against what platforms say in the Date of their answers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead: deque[timedelta] = deque(maxlen=HEARINGS)

    def heard(self, date: str) -> None:
        """A platform's answer said this time; what is no time is passed over."""
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return
        told = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
        self._ahead.append(self._clock.now() - told)

    def problem(self) -> str:
        """What is wrong with the clock, or nothing; told after a few answers that agree."""
        if len(self._ahead) < HEARINGS:
            return ""
        ahead = sorted(self._ahead)[HEARINGS // 2]
        if abs(ahead) <= MOST_OFF:
            return ""
        way = "快" if ahead > timedelta() else "慢"
        return (
            f"本机时钟比平台{way} {_span(abs(ahead))}，签到和截止时间会算错。"
            "请打开系统的自动对时（Linux：timedatectl set-ntp true），再重启程序。"
        )


def _span(gap: timedelta) -> str:
    minutes = round(gap / timedelta(minutes=1))
    return f"{minutes} 分钟" if minutes < 120 else f"{round(minutes / 60)} 小时"  # noqa: PLR2004
