"""What all rules of the fake share: clock, figures, faults, bots, people, groups, screens."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from simulator.common.foundation import Foundation
from simulator.common.rates import MINUTE, OFFICE_ZONE, Counters, Rate
from simulator.common.screen import Screens
from simulator.qq.faults import Faults
from simulator.qq.limits import Bucket, Limits, Refill
from simulator.qq.records import Bot, Group, Interaction, Media, Occasion, Person, Sent, Upload

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MOST_OCCASIONS = 20_000


@dataclass(slots=True)
class Platform(Foundation[Limits, Faults]):
    """Everybody on the platform, and what bots have sent."""

    bots: dict[str, Bot] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    screens: Screens = field(default_factory=Screens)
    media: dict[str, Media] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    forbidden_words: set[str] = field(default_factory=set)
    _counters: Counters = field(default_factory=Counters)
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def written(self) -> str:
        """The time as messages write it (A5, RFC 3339)."""
        return self.now().astimezone(OFFICE_ZONE).isoformat(timespec="seconds")

    # -- counting ------------------------------------------------------------------------------

    def take(self, key: str, rates: tuple[Rate, ...]) -> bool:
        """Counts once and returns True, or counts nothing and returns False when one is full.

        Rates below a minute pass in real time: a frozen clock cannot pace anybody.
        """
        real = _EPOCH + timedelta(seconds=asyncio.get_running_loop().time())
        short = tuple(rate for rate in rates if rate.window < MINUTE)
        long = tuple(rate for rate in rates if rate.window >= MINUTE)
        if not self._counters.take(f"{key}:short", short, real):
            return False
        return self._counters.take(f"{key}:long", long, self.now())

    def pour(self, key: str, refill: Refill) -> bool:
        """The same for a bucket."""
        fresh = Bucket(refill.burst, self.now())
        return self._buckets.setdefault(key, fresh).take(refill, self.now())

    # -- ids (A6): per bot, and in groups per group --------------------------------------------

    def user_openid(self, bot: Bot, account: str) -> str:
        return _openid(bot.appid, "user", account)

    def member_openid(self, bot: Bot, group: Group, account: str) -> str:
        return _openid(bot.appid, "member", group.chat, account)

    def group_openid(self, bot: Bot, group: Group) -> str:
        return _openid(bot.appid, "group", group.chat)

    def person_of(self, bot: Bot, openid: str) -> Person | None:
        """Whom a bot calls by this user_openid; a member_openid leads to nobody."""
        for person in self.people.values():
            if self.user_openid(bot, person.account) == openid:
                return person
        return None

    def group_of(self, bot: Bot, openid: str) -> Group | None:
        for group in self.groups.values():
            if self.group_openid(bot, group) == openid:
                return group
        return None

    def member_of(self, bot: Bot, group: Group, openid: str) -> Person | None:
        for account in group.members:
            if self.member_openid(bot, group, account) == openid:
                return self.people[account]
        return None

    def remember(self, bot: Bot, occasion: Occasion) -> None:
        """From now on the bot may answer to this message or event."""
        bot.occasions.setdefault(occasion.id, occasion)
        while len(bot.occasions) > _MOST_OCCASIONS:
            del bot.occasions[next(iter(bot.occasions))]


def message_id() -> str:
    """A message id of the shape of A5: opaque, at most 128 characters."""
    return f"ROBOT1.0_{secrets.token_urlsafe(36)}!"


def made_up(prefix: str = "") -> str:
    """An id nobody can guess."""
    return prefix + secrets.token_urlsafe(24)


def user_key(account: str) -> str:
    """The name of a private chat among the targets of a bot."""
    return f"user:{account}"


def group_key(group: Group) -> str:
    return f"group:{group.chat}"


def _openid(*parts: str) -> str:
    """32 upper-case hex digits; the same after a restart, so that bindings of a play last."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32].upper()
