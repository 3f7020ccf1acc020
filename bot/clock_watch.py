"""Whether this machine's clock is right, and whether it was set back: everything is dated by it."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.clock import Clock

MOST_OFF = timedelta(minutes=5)
HEARINGS = 3  # one proxy with an old answer is no clock
SET_BACK = timedelta(seconds=5)  # what is less nobody waits for


class ClockWatch:
    """Holds the machine's clock against what platforms say in the Date of their answers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead: deque[timedelta] = deque(maxlen=HEARINGS)
        self._looked = clock.now(), clock.monotonic()

    def heard(self, date: str) -> None:
        """A platform's answer said this time; what is no time is passed over."""
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return
        told = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
        self._ahead.append(self._clock.now() - told)

    def set_back_from(self) -> datetime | None:
        """What the clock would say now, where it was set back since this was last asked."""
        told, counted = self._looked
        now, count = self._looked = self._clock.now(), self._clock.monotonic()
        was = told + timedelta(seconds=count - counted)
        return was if was - now > SET_BACK else None

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
