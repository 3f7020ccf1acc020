"""Faults on demand: what goes wrong next between the platform and the bot. Knows no rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.wecom.errors import ApiError


@dataclass(slots=True)
class Planned:
    """The next `times` calls of `path` (any path when empty) answer `code`."""

    code: int
    times: int
    path: str


@dataclass(slots=True)
class Faults:
    """Set a field, or call `fail`; everything is off at first.

    A path is a call below /cgi-bin/ ("message/send") or a command of the long connection
    ("aibot_send_msg").

    latency: seconds before each answer · callback_latency: seconds before each callback
    drop_answers: the next N calls (of `drop_path`, any when empty) do their work, then the
    connection is cut
    stalls: the next N calls (of `stall_path`) are accepted and never answered: a half-open
    connection; `stall_done` tells whether the work is done all the same
    token_storm: the next N calls with a token are answered 40014, also with a fresh token
    callback_timeouts: the next N callbacks reach the bot but its answer counts as too late
    callback_losses: the next N callbacks never reach the bot (connection failure)
    callback_skew: seconds by which the `timestamp` of callbacks is wrong

    Of the long connection: socket_refusals: the next N are refused with HTTP 503 · socket_silent:
    accepted, but nothing is answered and nothing is delivered · no_pongs: pings stay unanswered
    · kicks: the next N subscribed connections are taken over by another one at once
    """

    latency: float = 0.0
    callback_latency: float = 0.0
    callback_skew: int = 0
    drop_answers: int = 0
    drop_path: str = ""
    stalls: int = 0
    stall_path: str = ""
    stall_done: bool = False
    token_storm: int = 0
    callback_timeouts: int = 0
    callback_losses: int = 0
    socket_refusals: int = 0
    socket_silent: bool = False
    no_pongs: bool = False
    kicks: int = 0
    planned: list[Planned] = field(default_factory=list)

    def fail(self, code: int, times: int = 1, path: str = "") -> None:
        """The next `times` calls of `path`, such as "message/send", answer errcode `code`."""
        self.planned.append(Planned(code, times, path))

    def strike(self, path: str) -> None:
        """Raises the ApiError planned for a call of `path`, if there is one."""
        for planned in self.planned:
            if planned.times > 0 and planned.path in ("", path):
                planned.times -= 1
                raise ApiError(planned.code)

    def drops(self, path: str) -> bool:
        """Uses up one lost answer, if one is planned for `path`."""
        return self.drop_path in ("", path) and self.take("drop_answers")

    def stalled(self, path: str) -> bool:
        """Uses up one half-open connection, if one is planned for `path`."""
        return self.stall_path in ("", path) and self.take("stalls")

    def take(self, name: str) -> bool:
        """Uses up one of a counted fault (`callback_timeouts`, `token_storm`, …)."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0
