"""What happened: message ids already seen, what we asked back, the audit, office-wide switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from storage.prepared import Prepared, insert_new, upsert
from storage.tables import audit, office_settings, pending_questions, seen_messages
from storage.unit import Unit

_PENDING = Prepared(
    select(pending_questions.c.body, pending_questions.c.expires_at).where(
        pending_questions.c.channel == bindparam("channel"),
        pending_questions.c.account == bindparam("account"),
    )
)
_TALK = upsert(pending_questions, ("channel", "account"))
_SEEN = insert_new(seen_messages)
_AUDIT = insert(audit)
_SETTING = Prepared(
    select(office_settings.c.value).where(office_settings.c.name == bindparam("name"))
)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A message that was acknowledged but not answered when the process died."""

    channel: str
    message_id: str
    message: Mapping[str, Any]


class SeenMessages:
    """Message ids, so that what a platform delivers again is handled once."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def first(self, channel: str, message_id: str, at: datetime) -> bool:
        """Note the id; False where it was there already."""
        return bool(
            self._unit.run(
                _SEEN, {"channel": channel, "message_id": message_id, "at": at, "unfinished": None}
            )
        )

    def promise(
        self, channel: str, message_id: str, at: datetime, message: Mapping[str, Any]
    ) -> bool:
        """Note the id with the message itself, which will be answered even after a crash."""
        return bool(
            self._unit.insert_new(
                seen_messages,
                {"channel": channel, "message_id": message_id, "at": at, "unfinished": message},
            )
        )

    def keep(self, channel: str, message_id: str) -> bool:
        """A promised message is being answered in this unit; False: it was answered already."""
        return bool(
            self._unit.run(
                update(seen_messages)
                .where(
                    seen_messages.c.channel == channel,
                    seen_messages.c.message_id == message_id,
                    seen_messages.c.unfinished.is_not(None),
                )
                .values(unfinished=None)
            )
        )

    def answered_at(self, channel: str, message_id: str) -> datetime | None:
        """When a message was noted that is answered by now; None for any other."""
        at: datetime | None = self._unit.value(
            select(seen_messages.c.at).where(
                seen_messages.c.channel == channel,
                seen_messages.c.message_id == message_id,
                seen_messages.c.unfinished.is_(None),
            )
        )
        return at

    def unfinished(self) -> tuple[Unfinished, ...]:
        """What a former run promised and did not answer, oldest first."""
        rows = self._unit.rows(
            select(seen_messages.c.channel, seen_messages.c.message_id, seen_messages.c.unfinished)
            .where(seen_messages.c.unfinished.is_not(None))
            .order_by(seen_messages.c.at)
        )
        return tuple(Unfinished(*row) for row in rows)

    def forget_before(self, moment: datetime) -> int:
        """Drop ids that no platform delivers again."""
        return self._unit.run(
            delete(seen_messages).where(
                seen_messages.c.at < moment, seen_messages.c.unfinished.is_(None)
            )
        )


class PendingQuestions:
    """What is kept of an account's conversation: the open question and the last request."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def open(self, channel: str, account: str, now: datetime) -> Mapping[str, Any] | None:
        """What was kept and still counts."""
        row = self._unit.row(_PENDING, {"channel": channel, "account": account})
        if row is None or row.expires_at <= now:
            return None
        body: Mapping[str, Any] = row.body
        return body

    def keep(
        self,
        channel: str,
        account: str,
        body: Mapping[str, Any],
        now: datetime,
        expires_at: datetime,
    ) -> None:
        """Replace what is kept."""
        self._unit.run(
            _TALK,
            {
                "channel": channel,
                "account": account,
                "body": dict(body),
                "asked_at": now,
                "expires_at": expires_at,
            },
        )

    def forget_before(self, moment: datetime) -> int:
        """Drop what ran out; it may hold words of a person."""
        return self._unit.run(
            delete(pending_questions).where(pending_questions.c.expires_at < moment)
        )

    def forget(self, channel: str, account: str) -> None:
        """Nothing of it counts any more."""
        self._unit.run(
            delete(pending_questions).where(
                pending_questions.c.channel == channel, pending_questions.c.account == account
            )
        )


class Outcome(StrEnum):
    """What came of something that was tried."""

    ASKED = "asked"  # we asked back; nothing was done yet
    REFUSED = "refused"
    NOTHING = "nothing"  # allowed, and there was nothing to do
    DONE = "done"
    FAILED = "failed"  # our fault; the log has the code


class Audit:
    """The append-only record of who did what to what, and who was refused."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(
        self,
        *,
        at: datetime,
        turn: str,
        actor_id: int | None,
        channel: str,
        intent: str,
        outcome: Outcome,
        detail: Mapping[str, str | int],
        account: str = "",
        object: str = "",
    ) -> None:
        """Append one entry. `detail` holds ids and counts, never anybody's words.

        account: from which it was tried. object: what it was about, as kind and id (person:12).
        """
        self._unit.run(
            _AUDIT,
            {
                "at": at,
                "turn": turn,
                "actor_id": actor_id,
                "channel": channel,
                "account": account,
                "intent": intent,
                "outcome": outcome,
                "object": object,
                "detail": dict(detail),
            },
        )

    def entries(self, *, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """The latest entries, newest first."""
        rows = self._unit.rows(select(audit).order_by(audit.c.id.desc()).limit(limit))
        return [dict(row._mapping) for row in rows]


class OfficeSettings:
    """Switches of the whole office, such as the stop of all sending."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def get(self, name: str) -> Any:
        """A value, or None."""
        return self._unit.value(_SETTING, {"name": name})

    def put(self, name: str, value: Any, now: datetime) -> None:
        """Set a value."""
        changed = self._unit.run(
            update(office_settings)
            .where(office_settings.c.name == name)
            .values(value=value, changed_at=now)
        )
        if not changed:
            self._unit.insert_new(
                office_settings, {"name": name, "value": value, "changed_at": now}
            )
