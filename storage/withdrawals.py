"""Notices that were withdrawn and what corrects them: when, by whom, and who had confirmed what.

Calls to platforms are a matter of storage.recalls. Names are told within a scope only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from storage.notices import APPROVED, DRAFT, NOTICE_ROWS, Notice
from storage.scope import Scope
from storage.tables import notice_recipients, notices, organisations, people
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Misled:
    """Somebody who had confirmed a notice before it was withdrawn.

    `told`: a correction was sent to them; `corrected_at`: they have confirmed it.
    """

    name: str
    staff_number: str
    organisation: str
    confirmed_at: datetime
    told: bool
    corrected_at: datetime | None


class Withdrawals:
    """Noting and reading them."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def withdraw(self, notice_id: int, by: int, now: datetime) -> bool:
        """From now on it counts no more; False where it was withdrawn already or never sent."""
        return bool(
            self._unit.run(
                update(notices)
                .where(
                    notices.c.id == notice_id,
                    notices.c.status == APPROVED,
                    notices.c.recalled_at.is_(None),
                )
                .values(recalled_at=now, recalled_by_id=by)
            )
        )

    def latest_sent(self, author_id: int) -> Notice | None:
        """A person's last notice that was sent and still counts."""
        row = self._unit.row(
            NOTICE_ROWS.where(
                notices.c.author_id == author_id,
                notices.c.status == APPROVED,
                notices.c.recalled_at.is_(None),
            )
            .order_by(notices.c.approved_at.desc(), notices.c.number.desc())
            .limit(1)
        )
        return None if row is None else Notice(*row)

    def latest_withdrawn(self, author_id: int) -> Notice | None:
        """What a person withdrew or wrote that was withdrawn last."""
        row = self._unit.row(
            NOTICE_ROWS.where(
                notices.c.recalled_at.is_not(None),
                (notices.c.author_id == author_id) | (notices.c.recalled_by_id == author_id),
            )
            .order_by(notices.c.recalled_at.desc(), notices.c.number.desc())
            .limit(1)
        )
        return None if row is None else Notice(*row)

    def correct(self, draft_number: int, notice_id: int) -> None:
        """This draft corrects that notice."""
        self._unit.run(
            update(notices)
            .where(notices.c.number == draft_number, notices.c.status == DRAFT)
            .values(corrects_id=notice_id)
        )

    def corrections(self, notice_id: int) -> tuple[int, ...]:
        """The numbers of the notices that correct this one and were sent, the latest first."""
        rows = self._unit.rows(
            select(notices.c.number)
            .where(notices.c.corrects_id == notice_id, notices.c.status == APPROVED)
            .order_by(notices.c.number.desc())
        )
        return tuple(row.number for row in rows)

    def misled(self, notice_id: int, scope: Scope) -> tuple[Misled, ...]:
        """Who had confirmed it, among the people the scope has."""
        later = notice_recipients.alias("later")
        correction = notices.alias("correction")
        corrected = (
            select(
                later.c.person_id,
                func.count().label("told"),
                func.max(later.c.confirmed_at).label("corrected_at"),
            )
            .join(correction, later.c.notice_id == correction.c.id)
            .where(correction.c.corrects_id == notice_id, correction.c.status == APPROVED)
            .group_by(later.c.person_id)
            .subquery()
        )
        rows = self._unit.rows(
            select(
                people.c.name,
                people.c.staff_number,
                organisations.c.name.label("organisation"),
                notice_recipients.c.confirmed_at,
                corrected.c.told,
                corrected.c.corrected_at,
            )
            .select_from(
                notice_recipients.join(people, notice_recipients.c.person_id == people.c.id)
                .join(organisations, people.c.organisation_id == organisations.c.id)
                .outerjoin(corrected, corrected.c.person_id == people.c.id)
            )
            .where(
                notice_recipients.c.notice_id == notice_id,
                notice_recipients.c.confirmed_at.is_not(None),
                scope.people(),
            )
            .order_by(organisations.c.name, people.c.staff_number)
        )
        return tuple(Misled(r[0], r[1], r[2], r[3], bool(r[4]), r[5]) for r in rows)
