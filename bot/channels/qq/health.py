"""How well the platform is, for the QQ channel: what stops it, and who has to see to that (O12).

What the platform does to everybody stops the channel and is no failed attempt of a message. Told
how calls ended; makes none.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.channels.breaker import Breaker, Stop
from bot.channels.qq.errors import Kind, Told
from bot.channels.qq.fates import FATES, TOO_MUCH, Halt
from bot.clock import Clock


class Health:
    """Of one channel in one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._breaker = Breaker()
        # why nothing leaves before somebody has put something right; empty: it passes by itself
        self.mend = ""

    def room(self) -> int | None:
        """How many calls may be prepared: none, one to try, or any number (None)."""
        return self._breaker.room(self._clock.now())

    def enter(self) -> int | None:
        """A ticket for one call; None: not now, `again_at` says when."""
        return self._breaker.enter(self._clock.now())

    def again_at(self) -> datetime:
        """When it is worth asking again."""
        return self._breaker.again_at(self._clock.now())

    def judge(self, ticket: int, told: Told, words: str) -> Stop | None:
        """What the end of a call means for all others. `words`: of the token, if it is that."""
        halt = _halt(told)
        if halt is None:
            if told.kind is not Kind.HELD:  # then nobody was asked
                self._breaker.worked(ticket)
                if self.room() is None:
                    self.mend = ""
            return None
        now = self._clock.now()
        cause = words or halt.cause.format(code=told.code or "没有回应")
        if halt.span is None:
            stop = self._breaker.failed(ticket, now, cause)
        else:
            # it may have said itself for how long
            span = timedelta(seconds=told.retry_after) or halt.span
            stop = self._breaker.trip(ticket, now, span, cause, grows=halt.grows)
        if stop is not None:
            self.mend = cause if halt.mend else ""
        return stop


def must_be_mended(told: Told) -> bool:
    """Whether a call ended so for no fault of its message, and will until somebody sees to it."""
    halt = _halt(told)
    return halt is not None and halt.mend


def _halt(told: Told) -> Halt | None:
    if told.kind is Kind.RETRY and told.retry_after:
        return TOO_MUCH  # HTTP 429: every call would be refused
    return FATES[told.kind].halt
