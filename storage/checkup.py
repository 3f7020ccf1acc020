"""What a check-up reads of the office's records, all at once; and whether they can be written.

Changes nothing but the moment of the last look. What of it is good or bad is not known here.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from storage.database import Database
from storage.journal import OfficeSettings
from storage.outbox_values import DeliveryStatus
from storage.pauses import Pause, Pauses
from storage.schema import speaking
from storage.sending import Sending
from storage.tables import (
    accounts,
    class_groups,
    deliveries,
    leases,
    people,
    reachability,
    seen_messages,
)
from storage.unit import Unit

_SQLITE = "sqlite:///"
_PROBE = "last_check"
# libpq's own: a server that is silent must not hold up the check for minutes
_CONNECT_WITHIN = "connect_timeout=5"


@dataclass(frozen=True, slots=True)
class Queue:
    """What one channel has before it: `late` since when the oldest could have left."""

    waiting: int = 0
    parked: int = 0
    late: datetime | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """`held`: leases that somebody holds. `heard`: when a channel brought a message last."""

    people: int
    accounts: int
    held: frozenset[str]
    heard: Mapping[str, datetime]
    robots: int
    pauses: tuple[Pause, ...]
    stopped: bool
    queues: Mapping[str, Queue]


def file_of(url: str) -> Path | None:
    """The file of a SQLite database; None for a server's."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def opened(url: str) -> Database:
    """The database, which answers soon or not at all; nothing is made where there is none yet."""
    if file_of(url) is None and "connect_timeout=" not in url:
        url += ("&" if "?" in url else "?") + _CONNECT_WITHIN
    return Database(url, pool_size=1)


def write_something(database: Database, now: datetime) -> None:
    """Write a row that says only when; raises DatabaseDownError where it cannot be kept."""
    with speaking(database), database.unit() as unit:
        write_row(unit, now)


def write_row(unit: Unit, now: datetime) -> None:
    """The write that every check-up makes: what cannot keep it can keep nothing."""
    OfficeSettings(unit).put(_PROBE, now.isoformat(), now)


def look(unit: Unit, now: datetime) -> Records:
    """All of it, of one moment."""
    held = unit.rows(select(leases.c.name).where(leases.c.until > now, leases.c.owner != ""))
    return Records(
        people=int(unit.value(select(func.count()).select_from(people))),
        accounts=int(unit.value(select(func.count()).select_from(accounts))),
        held=frozenset(str(name) for (name,) in held),
        heard=_heard(unit),
        robots=int(
            unit.value(
                select(func.count())
                .select_from(class_groups)
                .where(class_groups.c.channel == "wecom_robot")
            )
        ),
        pauses=Pauses(unit).now(now),
        stopped=Sending(unit).stopped(),
        queues=_queues(unit),
    )


def room(database: Database) -> int | None:
    """Free bytes on the disk of a database's file; None where it has none."""
    if database.file is None:
        return None
    folder = next(each for each in database.file.parents if each.is_dir())
    return shutil.disk_usage(folder).free


def _heard(unit: Unit) -> dict[str, datetime]:
    """Messages are remembered for days, who wrote for longer."""
    found: dict[str, datetime] = {}
    for channel, moment in (
        *unit.rows(
            select(seen_messages.c.channel, func.max(seen_messages.c.at)).group_by(
                seen_messages.c.channel
            )
        ),
        *unit.rows(
            select(reachability.c.channel, func.max(reachability.c.heard_at)).group_by(
                reachability.c.channel
            )
        ),
    ):
        if moment is not None:
            found[channel] = max(moment, found.get(channel, moment))
    return found


def _queues(unit: Unit) -> dict[str, Queue]:
    waiting = (DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED)
    rows = unit.rows(
        select(
            deliveries.c.channel,
            deliveries.c.status,
            func.count(),
            func.min(deliveries.c.not_before),
        )
        .where(deliveries.c.status.in_((*waiting, DeliveryStatus.PARKED)))
        .group_by(deliveries.c.channel, deliveries.c.status)
    )
    queues: dict[str, Queue] = {}
    for channel, status, count, first in rows:
        before = queues.get(channel, Queue())
        if status == DeliveryStatus.PARKED:
            queues[channel] = Queue(before.waiting, count, before.late)
            continue
        moments = [moment for moment in (before.late, first) if moment is not None]
        queues[channel] = Queue(before.waiting + count, before.parked, min(moments, default=None))
    return queues
