"""The published figures of the official QQ platform as data, and the buckets that apply them.

Sources are sections of the protocol page. A test lowers a figure with `dataclasses.replace`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.common.rates import DAY, MB, MINUTE, Rate

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Refill:
    """A bucket of `burst` calls into which `count` fall back within `window`."""

    count: int
    window: timedelta
    burst: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Every figure the fake enforces. What is called seconds or milliseconds passes in real
    time, and so does a Rate of less than a minute; everything else by the simulated clock."""

    token_life: timedelta = timedelta(seconds=7200)  # A2
    token_overlap: timedelta = timedelta(seconds=60)  # A2
    token_calls: tuple[Rate, ...] = ()  # A2 names 100001/100017, the figure is not published
    heartbeat_ms: int = 45_000  # A3
    heartbeat_patience: float = 2.0  # intervals without a heartbeat; not published
    reconnect_seconds: float = 30.0  # from op 7 to the close; not published
    session_life: timedelta = timedelta(minutes=10)  # how long one can resume; not published
    session_events: int = 1000  # how many are kept for that; not published
    session_starts: int = 1000  # A3 session_start_limit.total, the figure of its example
    session_window: timedelta = timedelta(hours=24)  # A3 reset_after; not published
    gateway_frames: tuple[Rate, ...] = ()  # A3 close code 4008, the figure is not published
    gateway_calls: Refill = Refill(2, MINUTE, 10)  # A3, A10
    webhook_seconds: float = 3.0  # A4
    webhook_retries: int = 3  # A4
    webhook_pause_seconds: float = 0.2  # not published
    webhook_asks_again: bool = True  # A4: whether {"d":1} is followed by a retry (C2: uncertain)
    interaction_seconds: float = 3.0  # A8
    answer_seconds: float = 1.0  # only for `quiet`: how long a bot may think before it answers
    group_window: timedelta = timedelta(minutes=5)  # A7
    group_replies: int = 5  # A7
    user_window: timedelta = timedelta(minutes=60)  # A7
    user_replies: int = 4  # A7: 4 on the 2026 pages, 5 on the old ones
    user_certified: tuple[Rate, ...] = (Rate(10, SECOND),)  # A7, active push
    user_plain: tuple[Rate, ...] = (Rate(5, SECOND), Rate(30, MINUTE))  # A7
    group_certified: tuple[Rate, ...] = (Rate(60, MINUTE),)  # A7
    group_plain: tuple[Rate, ...] = (Rate(30, MINUTE),)  # A7
    each_target: tuple[Rate, ...] = (Rate(20, MINUTE), Rate(1000, DAY))  # A7
    text_chars: int = 4000  # A7: no published number, clients cut at 4000 and 5000
    recall_within: timedelta = timedelta(minutes=2)  # A7
    file_info_life: timedelta = timedelta(hours=1)  # A7 `ttl`, the figure is not published
    image_bytes: int = 30 * MB  # A7
    video_bytes: int = 100 * MB  # A7
    voice_bytes: int = 20 * MB  # A7
    file_bytes: int = 100 * MB  # A7
    keyboard_rows: int = 5  # A8
    keyboard_columns: int = 5  # A8
    modal_chars: int = 40  # A8 modal.content
    modal_button_chars: int = 4  # A8 confirm_text, cancel_text
    messages: tuple[Rate, ...] = (Rate(100, SECOND),)  # A10
    files: tuple[Rate, ...] = (Rate(50, SECOND),)  # A10
    recalls: tuple[Rate, ...] = (Rate(10, SECOND),)  # A10
    interactions: tuple[Rate, ...] = (Rate(50, SECOND),)  # A10
    group_looks: tuple[Rate, ...] = (Rate(30, MINUTE),)  # A10 info, bot_state


@dataclass(slots=True)
class Bucket:
    """The state of one Refill; a clock set back starts afresh."""

    left: float
    looked: datetime

    def take(self, refill: Refill, now: datetime) -> bool:
        """Takes one call out; False when the bucket is empty."""
        passed = (now - self.looked) / refill.window
        self.left = (
            refill.burst if passed < 0 else min(refill.burst, self.left + passed * refill.count)
        )
        self.looked = now
        if self.left < 1:
            return False
        self.left -= 1
        return True
