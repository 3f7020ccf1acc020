"""What a platform lets us do towards an account or a group chat, as far as it has let us know.

Has it ever written to us, which message a passive reply may still quote and how many replies are
left, and whether it refuses what we write first. Knows no platform.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from storage.tables import reachability
from storage.unit import Unit

# A reply must arrive inside its window, not leave inside it.
_MARGIN = timedelta(seconds=10)
_WHY_LENGTH = 60


@dataclass(frozen=True, slots=True)
class ReplySlot:
    """One passive reply: what it quotes, whether that is an event, and its number from 1."""

    reply_to: str
    event: bool
    seq: int


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of one account or chat. `refused`: why it may not be written to first."""

    heard_at: datetime | None = None
    refused: str = ""

    @property
    def has_talked(self) -> bool:
        """It wrote to us at least once."""
        return self.heard_at is not None


class Reachability:
    """Reading and noting it."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def heard(
        self,
        channel: str,
        place: str,
        account: str,
        now: datetime,
        *,
        reply_to: str = "",
        event: bool = False,
    ) -> bool:
        """It wrote to us. The first reply to `reply_to` belongs to the answer itself.

        Without `reply_to` only the first time is noted; False: that was noted before.
        """
        first = self._unit.insert_new(
            reachability,
            {
                **_key(channel, place, account),
                "heard_at": now,
                "reply_to": reply_to,
                "reply_is_event": event,
                "replies": 1,
            },
        )
        if first:
            return True
        changes = {"heard_at": now}
        window = {"reply_to": reply_to, "reply_is_event": event, "replies": 1}
        which = update(reachability).where(*_is(channel, place, account))
        if reply_to:
            return bool(self._unit.run(which.values(**changes, **window)))
        return bool(
            self._unit.run(which.where(reachability.c.heard_at.is_(None)).values(**changes))
        )

    def reserve(
        self, channel: str, place: str, account: str, now: datetime, within: timedelta, count: int
    ) -> ReplySlot | None:
        """Set one passive reply aside; None where the window is over or used up."""
        row = self._unit.row(select(reachability).where(*_is(channel, place, account)))
        if row is None or not row.reply_to or row.heard_at is None:
            return None
        if now >= row.heard_at + within - _MARGIN or row.replies >= count:
            return None
        taken = self._unit.run(
            update(reachability)
            .where(
                *_is(channel, place, account),
                reachability.c.reply_to == row.reply_to,
                reachability.c.replies == row.replies,
            )
            .values(replies=row.replies + 1)
        )
        return ReplySlot(row.reply_to, row.reply_is_event, row.replies + 1) if taken else None

    def refuse(self, channel: str, place: str, account: str, why: str, now: datetime) -> None:
        """The platform will not let us write first here, until it says otherwise."""
        values = {"refused_at": now, "refused_why": why[:_WHY_LENGTH]}
        if not self._unit.run(
            update(reachability).where(*_is(channel, place, account)).values(**values)
        ):
            self._unit.insert_new(reachability, {**_key(channel, place, account), **values})

    def permit(self, channel: str, place: str, account: str) -> None:
        """Writing first is allowed again."""
        self._unit.run(
            update(reachability)
            .where(*_is(channel, place, account))
            .values(refused_at=None, refused_why="")
        )

    def of(self, channel: str, place: str, account: str) -> Reach:
        """What is known of one."""
        return self.among(channel, place, (account,)).get(account, Reach())

    def among(self, channel: str, place: str, accounts: Iterable[str]) -> dict[str, Reach]:
        """What is known of these; those of whom nothing is known are left out."""
        wanted = tuple(accounts)
        found: dict[str, Reach] = {}
        for start in range(0, len(wanted), 500):
            rows = self._unit.rows(
                select(
                    reachability.c.account, reachability.c.heard_at, reachability.c.refused_why
                ).where(
                    reachability.c.channel == channel,
                    reachability.c.place == place,
                    reachability.c.account.in_(wanted[start : start + 500]),
                )
            )
            found.update({row.account: Reach(row.heard_at, row.refused_why) for row in rows})
        return found


def _key(channel: str, place: str, account: str) -> dict[str, str]:
    return {"channel": channel, "place": place, "account": account}


def _is(channel: str, place: str, account: str):  # type: ignore[no-untyped-def]
    return (
        reachability.c.channel == channel,
        reachability.c.place == place,
        reachability.c.account == account,
    )
