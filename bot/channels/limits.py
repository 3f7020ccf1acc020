"""How often the platforms let us speak, as data with sources, and the windows that keep count.

Some platforms answer what is too much with an error and some drop it in silence: either way it
must not leave here. Knows no channel; the channels name the table that holds for them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_SWEEP_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` within any `window`."""

    count: int
    window: timedelta


Rates = tuple[Rate, ...]

# Replies and pushes of an AI bot together, for each chat: wecom.md 4.7 and 5.1 (101463).
# Whether every frame of a growing answer counts is not published; we count every frame.
AIBOT_CHAT: Rates = (Rate(30, _MINUTE), Rate(1000, _HOUR))
# Uploads of an AI bot, begun, for the whole bot: wecom.md 4.7 and 5.1 (101463).
AIBOT_UPLOADS: Rates = (Rate(30, _MINUTE), Rate(1000, _HOUR))

# The self-built app. Beyond the first a message is dropped in silence: wecom.md 2.2 and 5.1.
WECOM_MEMBER: Rates = (Rate(30, _MINUTE), Rate(1000, _HOUR))
# Person-times of message/send a day, for each account of the corp (45009 beyond): wecom.md 5.1.
WECOM_SENDS_PER_ACCOUNT = 200
# Each other API, for the whole corp (45009 beyond): wecom.md 5.1.
WECOM_API: Rates = (Rate(10_000, _MINUTE), Rate(150_000, _HOUR))
# App group chats: person-times (45009 beyond; of the hourly figures the smallest), and one
# member over all chats, dropped in silence: wecom.md 2.6. A day is counted back from now, which
# fits into natural days.
WECOM_CHAT_PERSON_TIMES: Rates = (Rate(20_000, _MINUTE), Rate(150_000, _HOUR))
WECOM_CHAT_MEMBER: Rates = (Rate(200, _MINUTE), Rate(10_000, _DAY))
WECOM_CHAT_CREATE: Rates = (Rate(1000, _DAY),)
WECOM_CHAT_UPDATE: Rates = (Rate(1000, _HOUR),)
# Each webhook robot: wecom.md 3.
WECOM_ROBOT: Rates = (Rate(20, _MINUTE),)

# A personal QQ account behind OneBot, everything it says together. No figure is published;
# bursts are the main trigger of risk control (qq.md B9), so this is our own.
ONEBOT_ACCOUNT: Rates = (Rate(30, _MINUTE),)


def wecom_person_times(accounts: int) -> Rates:
    """What message/send may reach a day where the corp has at least so many accounts."""
    return (Rate(max(accounts, 1) * WECOM_SENDS_PER_ACCOUNT, _DAY),)


# Active messages of an official QQ bot: qq.md A7, the figures of an uncertified bot, which no call
# tells from a certified one (qq.md C7). Passive replies do not count.
QQ_C2C: Rates = (Rate(30, _MINUTE),)
# Five a second, which is paced while they leave; the tenth is for the network's jitter.
QQ_C2C_BURST: Rates = (Rate(5, timedelta(seconds=1.1)),)
QQ_GROUPS: Rates = (Rate(30, _MINUTE),)
QQ_EACH: Rates = (Rate(20, _MINUTE), Rate(1000, timedelta(days=1)))  # one person, one group


class Windows:
    """What was spent lately, by key: sliding windows, which fit into blocks of any beginning.

    A clock that is set back frees what was spent after its new present.
    """

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._most = min(rate.count for rate in rates)
        self._longest = max(rate.window for rate in rates)
        self._spent: dict[str, deque[datetime]] = {}
        self._closed: dict[str, datetime] = {}
        self._takes = 0

    def free(self, key: str, now: datetime) -> int:
        """How many may leave at this moment."""
        if self._closed.get(key, now) > now:
            return 0
        spent = self._forget(key, now)
        return min(
            rate.count - sum(moment > now - rate.window for moment in spent) for rate in self._rates
        )

    def take(self, key: str, now: datetime, count: int = 1) -> bool:
        """Spend `count`, or nothing where so many may not leave.

        More than a whole window holds are let through once the windows are empty: they could
        never leave otherwise.
        """
        if self.free(key, now) < min(count, self._most):
            return False
        self._spent.setdefault(key, deque()).extend([now] * count)
        self._takes += 1
        if self._takes % _SWEEP_EVERY == 0:
            self._sweep(now)
        return True

    def free_at(self, key: str, now: datetime, count: int = 1) -> datetime:
        """When `count` may leave; `now` where they may at once."""
        wanted = min(count, self._most)
        spent = self._forget(key, now)
        moments = [max(now, self._closed.get(key, now))]
        for rate in self._rates:
            within = [moment for moment in spent if moment > now - rate.window]
            over = len(within) + wanted - rate.count
            if over > 0:
                moments.append(within[over - 1] + rate.window)
        return max(moments)

    def close(self, key: str, until: datetime) -> None:
        """The platform itself said that it is too much: nothing leaves until then."""
        self._closed[key] = until

    def _forget(self, key: str, now: datetime) -> deque[datetime]:
        spent = self._spent.get(key, deque())
        while spent and spent[-1] > now:
            spent.pop()
        while spent and spent[0] <= now - self._longest:
            spent.popleft()
        return spent

    def _sweep(self, now: datetime) -> None:
        for key in [key for key in self._spent if not self._forget(key, now)]:
            del self._spent[key]
        for key in [key for key, until in self._closed.items() if until <= now]:
            del self._closed[key]
