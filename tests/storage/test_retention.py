"""Every table says how long its rows are kept; what is due goes in small steps, the rest stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select

from storage.attachments import Attachments
from storage.database import Database
from storage.outbox_values import DeliveryStatus
from storage.retention import ANSWER_KEPT, POLICY, STEP, steps
from storage.tables import attachments, deliveries, metadata, seen_messages

NOW = datetime(2021, 7, 12, tzinfo=UTC)


def swept(database: Database, now: datetime) -> int:
    """All steps until nothing is due; the most rows that one of them took."""
    most = 0
    for _, step in steps(now):
        while True:
            with database.unit() as unit:
                taken = step(unit)
            most = max(most, taken)
            if taken < STEP:
                break
    return most


def test_every_table_has_its_entry_and_its_column() -> None:
    assert set(POLICY) == set(metadata.tables)
    for name, kept in POLICY.items():
        assert kept.why
        assert not kept.by or kept.by in metadata.tables[name].c
        assert (kept.keep is None) or kept.by


def test_old_ids_go_in_steps_and_promises_stay(database: Database) -> None:
    old = NOW - timedelta(days=3)
    rows: list[dict[str, object]] = [
        {"channel": "wecom", "message_id": str(n), "at": old, "unfinished": None}
        for n in range(STEP * 2 + 7)
    ]
    rows.append({"channel": "wecom", "message_id": "kept", "at": old, "unfinished": {"a": 1}})
    rows.append({"channel": "wecom", "message_id": "new", "at": NOW, "unfinished": None})
    with database.unit() as unit:
        unit.run(insert(seen_messages), rows)
    assert swept(database, NOW) == STEP
    with database.unit() as unit:
        left = {row[0] for row in unit.rows(select(seen_messages.c.message_id))}
    assert left == {"kept", "new"}


def test_an_answer_with_a_code_is_blank_once_it_has_left(database: Database) -> None:
    with database.unit() as unit:
        for number, (status, purpose) in enumerate(
            [
                (DeliveryStatus.SENT, "answer"),
                (DeliveryStatus.QUEUED, "answer"),
                (DeliveryStatus.SENT, "notice"),
            ]
        ):
            file = Attachments(unit).add("绑定码.xlsx", "x", b"482913", NOW)
            settled = NOW if status is DeliveryStatus.SENT else None
            unit.run(
                insert(deliveries),
                {
                    "unique_key": str(number),
                    "channel": "wecom",
                    "account": "lina",
                    "purpose": purpose,
                    "body": {"text": "绑定码：482913", "files": [{"id": file}]},
                    "status": status,
                    "not_before": NOW,
                    "queued_at": NOW,
                    "settled_at": settled,
                },
            )
    swept(database, NOW + ANSWER_KEPT + timedelta(seconds=1))
    with database.unit() as unit:
        bodies = [row.body for row in unit.rows(select(deliveries).order_by(deliveries.c.id))]
        assert bodies[0] == {}
        assert all("482913" in body["text"] for body in bodies[1:])
        assert unit.value(select(func.count()).select_from(attachments)) == 2
