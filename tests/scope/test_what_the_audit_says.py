"""The audit says done where something was done, and nothing else: asked, refused and nothing are
told apart, with the account it came from and what it was about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handlers import registry
from handlers.contract import Intent
from handlers.reply import Action
from storage.journal import Outcome
from storage.tables import (
    attachments,
    audit,
    metadata,
    notices,
    pending_questions,
    people,
    reachability,
    seen_messages,
    sessions,
    training_classes,
    tries,
    unanswered,
)
from storage.unit import Unit
from tests.scope.two_districts import MARKS, NOW, Town

# What every message may leave behind, whatever came of it: how a talk goes on, wrong codes.
_TALK = {audit, attachments, pending_questions, reachability, seen_messages, tries, unanswered}
ACTING = [intent for intent in registry.INTENTS if intent.acting and intent.handle is not None]
ASKERS = ("liguoqiang", "sunli", "zhouming", "zhangwei")


def records(unit: Unit) -> dict[str, list[Any]]:
    """All that counts: whatever is not just the talk itself."""
    kept = [table for table in metadata.sorted_tables if table not in _TALK]
    found: dict[str, list[Any]] = {
        table.name: [tuple(row) for row in unit.rows(select(table).order_by(*table.primary_key))]
        for table in kept
    }
    # a draft is a question put down: nothing leaves before it is approved
    found["notices"] = [
        tuple(row)
        for row in unit.rows(select(notices).order_by(notices.c.id))
        if row.status != "draft"
    ]
    return found


def entries(unit: Unit, after: int) -> list[tuple[str, str, str]]:
    rows = unit.rows(select(audit).where(audit.c.id > after).order_by(audit.c.id))
    return [(row.intent, row.outcome, row.account) for row in rows]


def last(unit: Unit) -> int:
    return max((row.id for row in unit.rows(select(audit.c.id))), default=0)


def tries_of(unit: Unit, intent: Intent) -> Iterator[Action | str]:
    """Buttons and sentences that may do it, may ask first, or find nothing to do."""
    yield from (*intent.keywords[:2], intent.title)
    groups = [str(row.id) for row in unit.rows(select(training_classes))]
    lessons = [str(row.id) for row in unit.rows(select(sessions))]
    codes = [f"N{row.number}" for row in unit.rows(select(notices))]
    given = {
        "class": groups,
        "session": lessons,
        "code": [*codes, "N99", "7K3M"],
        "number": ["1", "99", MARKS["罗兰"][1], MARKS["张伟"][1]],
        "person": ["罗兰", "张伟", "没这人"],
    }
    yield Action(intent.name)
    for slot, values in given.items():
        for value in values:
            yield Action(intent.name, ((slot, value),))
            yield Action(intent.name, ((slot, value), ("sure", "1"), ("confirm", "1")))


@pytest.mark.parametrize("account", ASKERS)
@pytest.mark.parametrize("intent", ACTING, ids=lambda intent: intent.name)
def test_done_means_done(town: Town, unit: Unit, intent: Intent, account: str) -> None:
    for tried in list(tries_of(unit, intent)):
        messages = [tried, "确认"]
        for message in messages:
            before, mark = records(unit), last(unit)
            if isinstance(message, Action):
                came = town.send(unit, account, button=message.key())
            else:
                later = NOW + timedelta(seconds=town.said)
                came = town.send(unit, account, message, now=later)
            changed = [name for name, rows in records(unit).items() if rows != before[name]]
            written = [each for each in entries(unit, mark) if registry.BY_NAME[each[0]].acting]
            assert all(who == account for _, _, who in written)
            outcomes = {outcome for _, outcome, _ in written}
            why = f"{tried} → {message}: {written}, changed {changed}: {came.words}"
            if Outcome.DONE in outcomes:
                assert changed, why
            else:
                assert not changed, why


def test_who_reads_their_own_record_leaves_no_entry(town: Town, unit: Unit) -> None:
    """Nor is it free: a row for each of the commonest questions was a third of their cost."""
    mark = last(unit)
    for text in ("我的学分", "学分明细", "今天有课吗", "还有什么没交", "我的考勤", "我的通知"):
        assert not town.send(unit, "zhangwei", text).refused
    assert entries(unit, mark) == []


def test_the_object_and_the_account_are_there(town: Town, unit: Unit) -> None:
    mark = last(unit)
    town.send(unit, "liguoqiang", "N1 谁还没确认")
    town.send(unit, "sunli", "绑定码 李娜")
    town.send(unit, "zhouming", "班级群码 城关研修班")
    rows = unit.rows(select(audit).where(audit.c.id > mark).order_by(audit.c.id))
    ids = {row.name: row.id for row in unit.rows(select(people))}
    assert [(row.account, row.object) for row in rows] == [
        ("liguoqiang", "notice:1"),
        ("sunli", f"person:{ids['李娜']}"),
        ("zhouming", "class:1"),
    ]
