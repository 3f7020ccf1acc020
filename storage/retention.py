"""How long each table's rows are kept and why: one entry a table, which a test holds complete.

Deleted in steps of a few hundred rows, each a unit of its own, so that nobody's turn waits.
`keep` None: the office's record, kept until the office itself takes it out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, exists, select, text, update

from storage import tables
from storage.outbox_values import BatchStatus, DeliveryStatus
from storage.tables import attachments, deliveries, delivery_batches, seen_messages
from storage.unit import Unit

# a step is done in a few milliseconds, which is as long as anybody else waits (benchmarks)
STEP = 50
_DAY = timedelta(days=1)
_OFFICE = "办公室的记录"
_STATE = "运行状态，只有当前值"
_FINAL = (
    DeliveryStatus.SENT,
    DeliveryStatus.REJECTED,
    DeliveryStatus.UNKNOWN,
    DeliveryStatus.DEAD,
    DeliveryStatus.CANCELLED,
)
_CLOSED = (BatchStatus.SETTLED, BatchStatus.DISSOLVED)
ANSWER = "answer"  # the purpose of what answers a person: may hold a code or somebody's records
ANSWER_KEPT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Kept:
    """`by`: the column whose moment counts. `only`: what else must hold for a row to go."""

    why: str
    keep: timedelta | None = None
    by: str = ""
    only: ColumnElement[bool] | None = None
    elsewhere: str = ""  # the chore that sees to it, where it is not this one


_RECORDS = (
    "organisations",
    "people",
    "roles",
    "accounts",
    "account_locks",
    "programmes",
    "programme_phases",
    "training_classes",
    "class_groups",
    "enrolments",
    "sessions",
    "attendance",
    "credit_entries",
    "credit_rule_sets",
    "deadlines",
    "submissions",
    "notices",
    "notice_recipients",
)
POLICY: dict[str, Kept] = {
    **{name: Kept(_OFFICE) for name in _RECORDS},
    **{name: Kept(_STATE) for name in ("reachability", "pauses", "leases", "office_settings")},
    "binding_codes": Kept("用过或过期的绑定码（只有摘要）", 30 * _DAY, "expires_at"),
    "group_codes": Kept("用过或过期的班级群码（只有摘要）", 30 * _DAY, "expires_at"),
    "tries": Kept("输错的次数，只在锁定期内有用", 2 * _DAY, "at"),
    "check_in_windows": Kept("签到窗口和签到码，核对考勤用", 400 * _DAY, "closes_at"),
    "roster_hints": Kept("已处理的通讯录变动", 180 * _DAY, "handled_at"),
    "deliveries": Kept(
        "发送记录，查谁没收到",
        180 * _DAY,
        "settled_at",
        deliveries.c.status.in_(_FINAL),
    ),
    "delivery_batches": Kept(
        "发送时的原话，断电后重发和撤回用",
        180 * _DAY,
        "frozen_at",
        and_(
            delivery_batches.c.status.in_(_CLOSED),
            ~exists().where(deliveries.c.batch_id == delivery_batches.c.id),
        ),
    ),
    "attachments": Kept("要发的文件；答复里的随答复一起清掉", 90 * _DAY, "created_at"),
    "audit": Kept("谁做了什么，备查", 3 * 366 * _DAY, "at"),
    "imports": Kept("导入记录；撤销用的内容 24 小时后清掉", elsewhere="housekeeping"),
    "pending_questions": Kept("没答完的对话", elsewhere="housekeeping"),
    "unanswered": Kept("没听懂的问题（已遮盖）", 90 * _DAY, "asked_on", elsewhere="housekeeping"),
    "seen_messages": Kept(
        "平台可能重发的消息编号", 2 * _DAY, "at", seen_messages.c.unfinished.is_(None)
    ),
}

Step = Callable[[Unit], int]


def steps(now: datetime) -> Sequence[tuple[str, Step]]:
    """Each deletes or blanks at most STEP rows and says how many; again while it says STEP."""
    found: list[tuple[str, Step]] = [("answers", lambda unit: blank_answers(unit, now))]
    for name, kept in POLICY.items():
        if kept.keep is not None and not kept.elsewhere:
            found.append((name, _forgetting(tables.metadata.tables[name], kept, now - kept.keep)))
    return found


def _forgetting(table: Table, kept: Kept, before: datetime) -> Step:
    keys: list[Any] = list(table.primary_key.columns)
    old = table.c[kept.by] < before
    chosen = old if kept.only is None else and_(old, kept.only)

    # by the key, one by one: SQLite searches no index for rows of several values; and again the
    # condition: somebody may have used the row meanwhile
    names = [f"key_{place}" for place in range(len(keys))]
    this = and_(*(key == bindparam(name) for key, name in zip(keys, names, strict=True)))
    gone = delete(table).where(this, chosen)

    def forget(unit: Unit) -> int:
        rows = unit.rows(select(*keys).where(chosen).limit(STEP))
        unit.run(gone, [dict(zip(names, row, strict=True)) for row in rows])
        return len(rows)

    return forget


def blank_answers(unit: Unit, now: datetime) -> int:
    """Take the words and files out of answers that have left or never will, and of their calls."""
    rows = unit.rows(
        select(deliveries.c.id, deliveries.c.body, deliveries.c.batch_id)
        .where(
            # in these words the index of exactly these rows is used
            text("purpose = 'answer' AND NOT blanked"),
            deliveries.c.status.in_(_FINAL),
            deliveries.c.settled_at < now - ANSWER_KEPT,
        )
        .order_by(deliveries.c.settled_at)
        .limit(STEP)
    )
    if not rows:
        return 0
    files = [each["id"] for row in rows for each in row.body.get("files", ()) if "id" in each]
    if files:
        unit.run(delete(attachments).where(attachments.c.id.in_(files)))
    ids = [row.id for row in rows]
    unit.run(update(deliveries).where(deliveries.c.id.in_(ids)).values(body={}, blanked=True))
    _blank_calls(unit, {row.batch_id for row in rows if row.batch_id is not None})
    return len(rows)


def _blank_calls(unit: Unit, batches: Collection[int]) -> None:
    """The same of the calls that carried them and nothing else."""
    other = exists().where(
        deliveries.c.batch_id == delivery_batches.c.id, deliveries.c.blanked.is_(False)
    )
    unit.run(
        update(delivery_batches)
        .where(
            delivery_batches.c.id.in_(list(batches)),
            delivery_batches.c.status == BatchStatus.SETTLED,
            ~other,
        )
        .values(request={})
    )
