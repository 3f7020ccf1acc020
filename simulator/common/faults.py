"""What goes wrong next between a fake and its bot, as counters and plans. Knows no error code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar


@dataclass(slots=True)
class Plan:
    """Something that befalls the next `times` calls of `path`, any path when it is empty."""

    times: int
    path: str


@dataclass(slots=True)
class Refusal(Plan):
    """The call ends with this error."""

    error: Exception


PlanT = TypeVar("PlanT", bound=Plan)


def next_of(plans: Iterable[PlanT], path: str) -> PlanT | None:
    """Uses up one of what is planned for a call of `path`."""
    for plan in plans:
        if plan.times > 0 and plan.path in ("", path):
            plan.times -= 1
            return plan
    return None


class Counted:
    """Fields that hold how often something will still go wrong."""

    __slots__ = ()

    def take(self, name: str) -> bool:
        """Uses up one of a counted fault (`callback_timeouts`, `socket_refusals`, …)."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


@dataclass(slots=True)
class HttpFaults(Counted):
    """The faults of a platform with an HTTP API, callbacks and long connections.

    Set a field, or plan a refusal; everything is off at first. A path is the name of a call in
    the log.

    latency: seconds before each answer
    drop_answers: the next N calls (of `drop_path`, any when empty) do their work, then the
    connection is cut
    stalls: the next N calls (of `stall_path`) are accepted and never answered: a half-open
    connection; `stall_done` tells whether the work is done all the same
    token_storm: the next N calls with a token are refused, also with a fresh token

    Of callbacks: callback_latency: seconds before each · callback_skew: seconds by which the
    timestamp is wrong, well signed · callback_losses: the next N never arrive (connection
    failure) · callback_timeouts: the next N reach the bot but its answer counts as too late

    Of long connections: socket_refusals: the next N are refused with HTTP 503 · socket_silent:
    accepted, but nothing is answered and nothing is delivered
    """

    latency: float = 0.0
    drop_answers: int = 0
    drop_path: str = ""
    stalls: int = 0
    stall_path: str = ""
    stall_done: bool = False
    token_storm: int = 0
    callback_latency: float = 0.0
    callback_skew: int = 0
    callback_losses: int = 0
    callback_timeouts: int = 0
    socket_refusals: int = 0
    socket_silent: bool = False
    planned: list[Refusal] = field(default_factory=list)

    def strike(self, path: str) -> None:
        """Raises the error planned for a call of `path`, if there is one."""
        refusal = next_of(self.planned, path)
        if refusal is not None:
            raise refusal.error.with_traceback(None)

    def drops(self, path: str) -> bool:
        """Uses up one lost answer, if one is planned for `path`."""
        return self.drop_path in ("", path) and self.take("drop_answers")

    def stalled(self, path: str) -> bool:
        """Uses up one half-open connection, if one is planned for `path`."""
        return self.stall_path in ("", path) and self.take("stalls")
