"""Faults on demand: what goes wrong next between the implementation and the bot. Knows no rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from simulator.common.faults import Counted, Plan, next_of


class Mishap(StrEnum):
    SILENCE = "silence"
    DELAY = "delay"
    FAILURE = "failure"
    TIMEOUT = "timeout"


@dataclass(slots=True)
class Planned(Plan):
    """The calls go wrong this way; a path is the name of an action."""

    mishap: Mishap
    seconds: float = 0.0
    retcode: int = 0
    message: str = ""
    done: bool = False


@dataclass(slots=True)
class Faults(Counted):
    """Set a field, or call a method; everything is off at first.

    heartbeats: False stops them · heartbeat_online: False tells `online: false` while the account
    goes on working · socket_refusals: the next N handshakes are refused with HTTP 503
    silent_drops: the next N messages are answered ok and seen by nobody (NapCat issue 1009)
    cards_held_back: set_group_card is not carried out and fails after its polls
    temp_group_unknown: NapCat names its placeholder as the group of a temporary session (B3)
    at_all_times_out: @all without the right ends in `Timeout` (NapCat issue 623), not as text
    risk_after: after N group messages within a minute every further one times out, also later,
    until `calm_down`; risk_delivers: they are seen all the same
    """

    heartbeats: bool = True
    heartbeat_online: bool = True
    socket_refusals: int = 0
    silent_drops: int = 0
    cards_held_back: bool = False
    temp_group_unknown: bool = False
    at_all_times_out: bool = False
    risk_after: int = 0
    risk_delivers: bool = False
    under_risk_control: bool = False
    planned: list[Planned] = field(default_factory=list)

    def stall(self, times: int = 1, action: str = "", *, done: bool = False) -> None:
        """No answer ever comes; `done` tells whether the work is done all the same."""
        self.planned.append(Planned(times, action, Mishap.SILENCE, done=done))

    def delay(self, seconds: float, times: int = 1, action: str = "") -> None:
        """The work is done at once, the answer comes `seconds` later."""
        self.planned.append(Planned(times, action, Mishap.DELAY, seconds=seconds))

    def fail(self, message: str, times: int = 1, action: str = "", *, retcode: int = 1200) -> None:
        """Nothing is done; the answer is "failed" with this retcode and message."""
        self.planned.append(
            Planned(times, action, Mishap.FAILURE, retcode=retcode, message=message)
        )

    def time_out(self, times: int = 1, action: str = "", *, delivered: bool = False) -> None:
        """1200 with NapCat's `Timeout` text; `delivered` tells whether people see it (B9)."""
        self.planned.append(Planned(times, action, Mishap.TIMEOUT, done=delivered))

    def next_for(self, action: str) -> Planned | None:
        """Uses up what is planned for a call of `action`."""
        return next_of(self.planned, action)

    def calm_down(self) -> None:
        """Ends risk control; `risk_after` stays."""
        self.under_risk_control = False
