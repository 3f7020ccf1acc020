"""A reply that waits in the outbox comes out as it went in, files included."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import delete

from handlers.reply import Card, Choice, File, Mention, Question, Reply, action
from handlers.reply_json import (
    attachments_of,
    question_from_json,
    question_to_json,
    reply_from_json,
    reply_to_json,
)
from storage.tables import attachments
from storage.unit import Unit

NOW = datetime(2021, 7, 12, 0, 25, tzinfo=UTC)
CHOICES = (
    Choice("收到", action("notice.confirm", code="N37"), done="已收到"),
    Choice("换 一个&=？", action("menu.show", words="甲 乙&丙=丁"), quiet=True),
)
REPLY = Reply(
    text="【通知】周五开会",
    card=Card("通知 N37", "周五开会", (("时间", "14:00"),), CHOICES),
    mentions=(
        Mention("@张伟", (("wecom", "z"), ("qq_group", "g:m"))),
        Mention("@所有人", everybody=True),
    ),
    files=(File("名单.xlsx", b"\x00\xff", "application/zip"), File("码.png", b"1", picture=True)),
)


def test_a_reply_survives_json(unit: Unit) -> None:
    body = json.loads(json.dumps(reply_to_json(unit, REPLY, NOW)))
    assert reply_from_json(unit, body) == REPLY
    assert attachments_of(body) == (1, 2)
    plain = reply_to_json(unit, Reply(text="好"), NOW)
    assert reply_from_json(unit, plain) == Reply(text="好")
    del plain["mentions"]
    assert reply_from_json(unit, plain) == Reply(text="好"), "of an older release"


def test_a_dropped_file_is_named(unit: Unit) -> None:
    body = reply_to_json(unit, REPLY, NOW)
    unit.run(delete(attachments))
    again = reply_from_json(unit, body)
    assert again.files == ()
    assert "已过期" in again.text


def test_a_question_survives_json() -> None:
    asked = Question(CHOICES, fill=action("notice.draft", school="一中"), slot="message")
    assert question_from_json(json.loads(json.dumps(question_to_json(asked)))) == asked
    sure = Question(confirm=action("notice.approve", code="N37"), minutes=3)
    assert question_from_json(json.loads(json.dumps(question_to_json(sure)))) == sure
