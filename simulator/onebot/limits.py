"""The figures of the fake (protocol page B1, B2, B9); `dataclasses.replace` lowers one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

OTHER_GROUP = 284840486  # NapCat's placeholder for a temporary session of an unknown group (B3)


@dataclass(frozen=True, slots=True)
class Limits:
    """Windows follow the simulated clock, `…_seconds` are real time.

    remembered: message ids that can still be recalled, quoted or asked for (B2)
    recall: how long one's own message can be taken back; at_all: a day, group and account (both
    not published, choices) · risk_window: the window of `Faults.risk_after`
    heartbeat_seconds, retry_seconds: None for the dialect's own
    send_timeout_seconds: after which NapCat says `Timeout` (B9) · card_seconds: a poll of
    `set_group_card` (B2) · calm_seconds: how long nothing must come for `quiet`
    most_frame: bytes; a larger frame closes with 1009 (B1)
    """

    remembered: int = 5000
    recall: timedelta = timedelta(minutes=2)
    at_all: int = 20
    risk_window: timedelta = timedelta(minutes=1)
    heartbeat_seconds: float | None = None
    retry_seconds: float | None = None
    send_timeout_seconds: float = 10.0
    card_seconds: float = 1.0
    calm_seconds: float = 0.05
    most_frame: int = 50 * 1024 * 1024
