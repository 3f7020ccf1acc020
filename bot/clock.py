"""What time it is: the one place that reads the machine's clock; everyone else is told.

Moments are asked of `now`, which may be set; periods are measured by `monotonic`, which may not.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the office's time; the demo and the stories hand in one that can be set."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some moment; never set back, whatever is done to the machine's clock."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since the machine came up, as it counts them."""
        return time.monotonic()
