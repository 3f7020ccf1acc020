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

    latency: seconds before each API answer · callback_latency: seconds before each callback
    drop_answers: the next N API calls (of `drop_path`, any when empty) do their work, then the
    connection is cut
    callback_timeouts: the next N callbacks reach the bot but its answer counts as too late
    callback_losses: the next N callbacks never reach the bot (connection failure)
    """

    latency: float = 0.0
    callback_latency: float = 0.0
    drop_answers: int = 0
    drop_path: str = ""
    callback_timeouts: int = 0
    callback_losses: int = 0
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

    def take(self, name: str) -> bool:
        """Uses up one of a counted fault (`drop_answers`, `callback_timeouts`, …)."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0
