"""What became of one request to WeCom: sent, refused, to be tried again, or unknown (wecom.md 5.2).

What the platform does to everybody opens the breaker and is no failed attempt of a message.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import aiohttp

from bot.channels.base import CallOutcome
from bot.channels.breaker import Breaker, Stop
from bot.channels.wecom.errors import BROKEN, HALTS, TRANSIENT, Halt, all_of
from bot.clock import Clock
from storage.outbox_values import Outcome, Result

logger = logging.getLogger("shixun.wecom")

PLATFORM_ID = 200
# Names in a send answer whose accounts got nothing although the errcode is 0 (wecom.md 2.1). We
# address people only: invalidparty and invalidtag can name nobody of ours.
NOT_REACHED = ("invaliduser", "unlicenseduser")


@dataclass(slots=True)
class Made:
    """One request of `parts` calls, and what of it has been done so far.

    `repeatable`: the platform drops the very same calls. `ticket`: of the breaker.
    """

    deliveries: Sequence[int]
    parts: int
    repeatable: bool
    ticket: int
    # account, in small letters: what the answer calls it
    invalid: dict[str, str] = field(default_factory=dict)
    message_ids: list[str] = field(default_factory=list)
    response_code: str = ""
    done: int = 0

    def platform_id(self) -> str:
        """Message ids for recalling, and what allows one update of the card (wecom.md 2.5)."""
        ids = ""
        for each in self.message_ids:
            longer = f"{ids},{each}" if ids else each
            ids = longer if len(longer) <= PLATFORM_ID else ids
        whole = f"{ids}|{self.response_code}"
        return whole if self.response_code and len(whole) <= PLATFORM_ID else ids


class Judge:
    """Turns answers into outcomes."""

    def __init__(self, breaker: Breaker, clock: Clock, halts: Mapping[int, Halt] = HALTS) -> None:
        self._breaker = breaker
        self._halts = halts
        self._clock = clock

    def done(self, made: Made, accounts: Sequence[str]) -> CallOutcome:
        """Every part was taken; who is not valid got nothing."""
        self._breaker.worked(made.ticket)
        return CallOutcome(
            tuple(
                Outcome(each, Result.REJECTED, made.invalid[account.casefold()])
                if account.casefold() in made.invalid
                else Outcome(each, Result.SENT)
                for each, account in zip(made.deliveries, accounts, strict=True)
            ),
            platform_id=made.platform_id(),
        )

    def refused(self, made: Made, code: int) -> CallOutcome:
        """An errcode. What is wrong with this message is the platform's good health."""
        logger.warning("send refused", extra={"errcode": code, "count": len(made.deliveries)})
        now, error = self._clock.now(), f"errcode {code}"
        halt = self._halts.get(code)
        if halt is not None:
            stop = self._breaker.trip(made.ticket, now, halt.span, halt.cause, grows=halt.grows)
        elif code in TRANSIENT:
            stop = self._breaker.failed(made.ticket, now, BROKEN.format(reason=error))
        else:
            self._breaker.worked(made.ticket)
            return self._final(made, Result.REJECTED, error, None)
        return self._again(made, stop, error)

    def silent(self, made: Made, error: BaseException) -> CallOutcome:
        """No answer; where not even a connection came about, nothing has left."""
        reason = type(error).__name__
        stop = self._breaker.failed(made.ticket, self._clock.now(), BROKEN.format(reason=reason))
        if isinstance(error, aiohttp.ClientConnectorError):
            return self._again(made, stop, "not connected")
        if made.repeatable:
            return _stopped(CallOutcome(answered=False), stop)
        return self._final(made, Result.UNKNOWN, "no answer", stop)

    def _again(self, made: Made, stop: Stop | None, error: str) -> CallOutcome:
        """Nothing came of it: later once more. Where a part has arrived, word for word."""
        if made.done and made.repeatable:
            return _stopped(CallOutcome(answered=False), stop)
        if made.done:
            stopped = f"stopped after {made.done} of {made.parts}"
            return self._final(made, Result.UNKNOWN, stopped, stop)
        if stop is None:
            return CallOutcome(all_of(made.deliveries, Result.RETRY, error))
        moments = [self._clock.now() + stop.span] * len(made.deliveries)
        return _stopped(CallOutcome(later(made.deliveries, moments, error)), stop)

    def _final(self, made: Made, result: Result, error: str, stop: Stop | None) -> CallOutcome:
        outcome = CallOutcome(
            all_of(made.deliveries, result, error), platform_id=made.platform_id()
        )
        return _stopped(outcome, stop)


def later(
    deliveries: Sequence[int], moments: Sequence[datetime], error: str = "waits"
) -> tuple[Outcome, ...]:
    """To be tried again at these moments; counts no attempt."""
    return tuple(
        Outcome(each, Result.RETRY, error, at) for each, at in zip(deliveries, moments, strict=True)
    )


def _stopped(outcome: CallOutcome, stop: Stop | None) -> CallOutcome:
    if stop is None:
        return outcome
    return replace(outcome, pause=stop.span.total_seconds(), cause=stop.cause)
