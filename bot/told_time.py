"""When a platform says that something was said, and how much of that we believe.

Platforms deliver late and deliver again: what was meant for an hour ago must not act now, and who
signed in in time must not be late because of a slow line. Pure; told the time by whoever asks.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

# Later than this a message does nothing that acts, and answers no question of ours: it was
# written before what stands there now.
STALE = timedelta(minutes=5)
# So far back a sign-in counts from when it was said; further back nobody can say whose clock it is.
BELIEVED = timedelta(minutes=15)
# Older ones are told again after a reconnect (go-cqhttp tells days of them): nobody waits for
# three hundred answers.
DROPPED = timedelta(days=1)
# Further away from now it is no moment of a living platform: a made-up or a broken field.
_NO_TIME = timedelta(days=366)
_SECONDS = re.compile(r"\d{1,11}|\d{13}")
_MILLISECONDS_LENGTH = 13


def moment_of(told: object, received: datetime) -> datetime | None:
    """A field of an event as a moment: Unix seconds or milliseconds, or RFC 3339.

    None for what is none. Never later than `received`: a platform's clock that is ahead of ours
    is no advantage.
    """
    moment = _moment(told)
    if moment is None or abs(received - moment) > _NO_TIME:
        return None
    return min(moment, received)


def believed(said: datetime, now: datetime) -> datetime:
    """The moment from which what was said counts: when it was said, within reason."""
    return said if timedelta() <= now - said <= BELIEVED else now


def is_stale(said: datetime, now: datetime) -> bool:
    """Whether it comes too late to act."""
    return now - said > STALE


def is_days_old(said: datetime, now: datetime) -> bool:
    """Whether nobody waits for an answer any more."""
    return now - said > DROPPED


def _moment(told: object) -> datetime | None:
    if isinstance(told, bool) or not isinstance(told, int | str):
        return None
    written = str(told).strip() if isinstance(told, str) or abs(told) < 10**14 else ""
    try:
        if _SECONDS.fullmatch(written):
            seconds = int(written) / (1000 if len(written) == _MILLISECONDS_LENGTH else 1)
            return datetime.fromtimestamp(seconds, UTC)
        moment = datetime.fromisoformat(written)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None
