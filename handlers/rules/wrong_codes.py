"""How many wrong codes lock an account, and for how long. Pure: moments in, a moment out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

WRONG_CODES = 5
LOCK = timedelta(minutes=30)


def locked_until(tried: Sequence[datetime], limit: int, now: datetime) -> datetime | None:
    """The end of the lock, None where there is none.

    `tried` are the wrong tries, oldest first; `limit` of them within LOCK start a lock that
    lasts LOCK from the last of them. Tries made during a lock are not noted.
    """
    if len(tried) < limit or tried[-1] - tried[-limit] > LOCK:
        return None
    until = tried[-1] + LOCK
    return until if now < until else None
