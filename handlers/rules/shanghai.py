"""The one time zone of the domain rules; refuses times that do not say theirs."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(at: datetime) -> datetime:
    """The moment on a clock in China. Raises ValueError for a naive time."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {at.isoformat()}")
    return at.astimezone(SHANGHAI)


def day_of(at: date | datetime) -> date:
    """The day in China of a date or moment."""
    return local(at).date() if isinstance(at, datetime) else at
