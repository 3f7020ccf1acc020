"""Notices from draft to approval, and what was sent to a person.

Who else has confirmed is a matter of storage.confirmations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from storage.tables import (
    deliveries,
    delivery_batches,
    notice_recipients,
    notices,
    organisations,
    people,
)
from storage.unit import Unit

DRAFT, APPROVED = "draft", "approved"
_NUMBER_TRIES = 50
_AUTHOR = people.alias("author")


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice; `audience` is what storage.audience.Audience.to_json wrote, and `people`."""

    id: int
    number: int
    author_id: int
    author_path: str
    body: str
    audience: Mapping[str, Any]
    audience_words: str
    status: str
    drafted_at: datetime
    approved_at: datetime | None
    recalled_at: datetime | None
    # the id of the notice that this one corrects
    corrects: int | None


@dataclass(frozen=True, slots=True)
class Received:
    """A notice that was sent to a person; one that was recalled needs no confirmation."""

    id: int
    number: int
    body: str
    approved_at: datetime
    confirmed_at: datetime | None
    recalled_at: datetime | None


NOTICE_ROWS = (
    select(
        notices.c.id,
        notices.c.number,
        notices.c.author_id,
        organisations.c.path,
        notices.c.body,
        notices.c.audience,
        notices.c.audience_words,
        notices.c.status,
        notices.c.drafted_at,
        notices.c.approved_at,
        notices.c.recalled_at,
        notices.c.corrects_id,
    )
    .join(_AUTHOR, notices.c.author_id == _AUTHOR.c.id)
    .join(organisations, _AUTHOR.c.organisation_id == organisations.c.id)
)
_RECEIVED = (
    select(
        notices.c.id,
        notices.c.number,
        notices.c.body,
        notices.c.approved_at,
        notice_recipients.c.confirmed_at,
        notices.c.recalled_at,
    )
    .join(notices, notice_recipients.c.notice_id == notices.c.id)
    .where(notice_recipients.c.person_id == bindparam("person_id"), notices.c.status == APPROVED)
    .order_by(notices.c.approved_at.desc(), notices.c.number.desc())
    .limit(bindparam("most"))
)


class Notices:
    """Writing and reading notices."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def draft(
        self, author_id: int, body: str, audience: Mapping[str, Any], words: str, now: datetime
    ) -> int:
        """Keep a draft; its number, which nobody else was given."""
        number = int(self._unit.value(select(func.coalesce(func.max(notices.c.number), 0))))
        for _ in range(_NUMBER_TRIES):
            number += 1
            if self._unit.insert_new(
                notices,
                {
                    "number": number,
                    "author_id": author_id,
                    "body": body,
                    "audience": dict(audience),
                    "audience_words": words,
                    "status": DRAFT,
                    "drafted_at": now,
                },
            ):
                return number
        raise RuntimeError("no free notice number")

    def numbered(self, number: int) -> Notice | None:
        """One notice; whether the asker may see it is decided by its author's branch."""
        row = self._unit.row(NOTICE_ROWS.where(notices.c.number == number))
        return None if row is None else Notice(*row)

    def latest_draft(self, author_id: int, since: datetime) -> Notice | None:
        """A person's last draft."""
        row = self._unit.row(
            NOTICE_ROWS.where(
                notices.c.author_id == author_id,
                notices.c.status == DRAFT,
                notices.c.drafted_at >= since,
            )
            .order_by(notices.c.number.desc())
            .limit(1)
        )
        return None if row is None else Notice(*row)

    def authored(self, author_id: int, most: int) -> tuple[Notice, ...]:
        """What a person has drafted or sent, the latest first."""
        rows = self._unit.rows(
            NOTICE_ROWS.where(notices.c.author_id == author_id)
            .order_by(notices.c.number.desc())
            .limit(most)
        )
        return tuple(Notice(*row) for row in rows)

    def redraw(self, notice_id: int, audience: Mapping[str, Any]) -> None:
        """The audience of a draft was counted anew."""
        self._unit.run(
            update(notices)
            .where(notices.c.id == notice_id, notices.c.status == DRAFT)
            .values(audience=dict(audience))
        )

    def approve(self, notice_id: int, by: int, recipients: Sequence[int], now: datetime) -> bool:
        """Turn a draft into a notice for these people; False where it was approved already."""
        if not self._unit.run(
            update(notices)
            .where(notices.c.id == notice_id, notices.c.status == DRAFT)
            .values(status=APPROVED, approved_at=now, approved_by_id=by)
        ):
            return False
        self._unit.run(
            insert(notice_recipients),
            [{"notice_id": notice_id, "person_id": each} for each in recipients],
        )
        return True

    def received(self, person_id: int, most: int) -> tuple[Received, ...]:
        """What was sent to a person, the latest first."""
        found = {"person_id": person_id, "most": most}
        return tuple(Received(*row) for row in self._unit.rows(_RECEIVED, found))

    def received_as(self, person_id: int, number: int) -> Received | None:
        """The notice of that number, if it was sent to this person."""
        row = self._unit.row(
            _RECEIVED.where(notices.c.number == number), {"person_id": person_id, "most": 1}
        )
        return None if row is None else Received(*row)

    def unconfirmed(self, person_id: int) -> tuple[Received, ...]:
        """What a person has still to confirm, the latest first."""
        rows = self._unit.rows(
            _RECEIVED.where(
                notice_recipients.c.confirmed_at.is_(None), notices.c.recalled_at.is_(None)
            ),
            {"person_id": person_id, "most": 20},
        )
        return tuple(Received(*row) for row in rows)

    def went_into(self, channel: str, chat: str, since: datetime) -> bool:
        """Whether a notice was delivered into this group chat since then."""
        sent = (
            deliveries.c.channel == channel,
            deliveries.c.account == chat,
            deliveries.c.place == "group",
            deliveries.c.purpose == "notice",
            deliveries.c.settled_at >= since,
        )
        return bool(self._unit.rows(select(deliveries.c.id).where(*sent).limit(1)))

    def sent_as(self, channel: str, chat: str, platform_id: str, since: datetime) -> bool:
        """Whether a message that the platform knows by this id was written into a group by us."""
        rows = self._unit.rows(
            select(delivery_batches.c.platform_id)
            .join(deliveries, deliveries.c.batch_id == delivery_batches.c.id)
            .where(
                delivery_batches.c.channel == channel,
                delivery_batches.c.frozen_at >= since,
                delivery_batches.c.platform_id.contains(platform_id, autoescape=True),
                deliveries.c.account == chat,
                deliveries.c.place == "group",
            )
        )
        return any(platform_id in row.platform_id.split(",") for row in rows)

    def confirm(self, notice_id: int, person_id: int, way: str, now: datetime) -> bool:
        """Note a confirmation; False where it was confirmed already, which stays as it is."""
        return bool(
            self._unit.run(
                update(notice_recipients)
                .where(
                    notice_recipients.c.notice_id == notice_id,
                    notice_recipients.c.person_id == person_id,
                    notice_recipients.c.confirmed_at.is_(None),
                )
                .values(confirmed_at=now, confirmed_by=way)
            )
        )
