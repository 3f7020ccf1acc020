"""Faults on demand: what goes wrong next between the platform and the bot. Knows no rule."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.common.faults import HttpFaults, Refusal
from simulator.wecom.errors import ApiError


@dataclass(slots=True)
class Faults(HttpFaults):
    """A path is a call below /cgi-bin/ ("message/send") or a command of the long connection
    ("aibot_send_msg"). A token storm is 40014.

    no_pongs: pings on the long connection stay unanswered · kicks: the next N subscribed
    connections are taken over by another one at once
    """

    no_pongs: bool = False
    kicks: int = 0

    def fail(self, code: int, times: int = 1, path: str = "") -> None:
        """The next `times` calls of `path`, such as "message/send", answer errcode `code`."""
        self.planned.append(Refusal(times, path, ApiError(code)))
