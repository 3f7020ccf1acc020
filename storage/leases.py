"""What one process of several may do, and values that all of them read.

A lease runs out by itself, so that a process that died blocks nobody for longer than its span.
Knows no platform and no loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update

from storage.tables import leases
from storage.unit import Unit

# How far apart the clocks of two machines may be. A lease that ends later than this beyond its
# span was taken by a clock that was wrong: whoever holds it is not waited for.
SKEW = timedelta(minutes=10)

_KEEP = update(leases).where(leases.c.name == bindparam("row")).values(value=bindparam("new"))


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds `name` until when. `value` outlives its holder."""

    name: str
    owner: str
    until: datetime
    value: str = ""

    def alive(self, now: datetime) -> bool:
        """Whether it is still held."""
        return self.until > now


class Leases:
    """The leases of one office. `owner` names one run of one process, never two."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def acquire(
        self, name: str, owner: str, now: datetime, span: timedelta, value: str = ""
    ) -> Lease | None:
        """Take the lease, or prolong one's own; None where another holds it.

        `value` stands there if nobody has put another one before.
        """
        until = now + span
        taken = self._unit.run(
            update(leases)
            .where(
                leases.c.name == name,
                or_(
                    leases.c.owner == owner,
                    leases.c.until <= now,
                    leases.c.until > until + SKEW,
                ),
            )
            .values(owner=owner, until=until)
        )
        if not taken and not self._unit.insert_new(
            leases, {"name": name, "owner": owner, "until": until, "value": value}
        ):
            return None
        return self.holder(name)

    def holder(self, name: str) -> Lease | None:
        """Who held it last and the value, also where the lease has run out; None: nobody ever."""
        row = self._unit.row(
            select(leases.c.name, leases.c.owner, leases.c.until, leases.c.value).where(
                leases.c.name == name
            )
        )
        return None if row is None else Lease(*row)

    def put(self, name: str, owner: str, value: str) -> bool:
        """Write the value; False: another has taken the lease, and its value counts."""
        return bool(
            self._unit.run(
                update(leases)
                .where(leases.c.name == name, leases.c.owner == owner)
                .values(value=value)
            )
        )

    def shared(self, names: Sequence[str], now: datetime) -> Mapping[str, str]:
        """Values that belong to nobody and that nobody else changes until this unit ends."""
        self._unit.lock()
        wanted = (
            select(leases.c.name, leases.c.value)
            .where(leases.c.name.in_(names))
            .order_by(leases.c.name)  # everybody in the same order: nobody waits in a circle
            .with_for_update()
        )
        found = {name: str(value) for name, value in self._unit.rows(wanted)}
        missing = sorted(set(names) - set(found))
        if not missing:
            return found
        self._unit.insert_new(
            leases, [{"name": name, "owner": "", "until": now, "value": ""} for name in missing]
        )
        return {name: str(value) for name, value in self._unit.rows(wanted)}

    def keep(self, values: Mapping[str, str]) -> None:
        """Write what `shared` gave."""
        self._unit.run(
            _KEEP, [{"row": name, "new": value} for name, value in sorted(values.items())]
        )

    def release(self, name: str, owner: str, now: datetime) -> bool:
        """Let go before the end; the value stays. False: it was not ours any more."""
        return bool(
            self._unit.run(
                update(leases)
                .where(leases.c.name == name, leases.c.owner == owner)
                .values(until=now)
            )
        )
