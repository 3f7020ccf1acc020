"""Nothing is sent, stopped, opened, closed, bound or changed by a message that does not plainly
ask for it: every held-back message goes through the real answer, and the record stays as it was.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, select

from bot.answer import Answer, House, answer
from bot.channels.base import Incoming
from bot.reading import Readings
from bot.rehearsal import furnish
from handlers.contract import SHANGHAI, OfficeFacts
from handlers.reply import Action
from nlp.vocabulary import Meaning
from storage import tables
from storage.database import Database
from storage.notices import DRAFT, Notices
from storage.people import People
from storage.scope import EVERYTHING
from storage.unit import Unit

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2021, 7, 12, 8, 20, tzinfo=SHANGHAI)
ACCOUNTS = {
    "guest": "nobody",
    "teacher": "zhangwei",
    "tutor": "zhouming",
    "school_admin": "sunli",
    "officer": "liguoqiang",
}
DRAFTS = 99
_WATCHED: tuple[Select[Any], ...] = (
    *(
        select(table).order_by(*table.primary_key)
        for table in (
            tables.people,
            tables.roles,
            tables.accounts,
            tables.binding_codes,
            tables.enrolments,
            tables.sessions,
            tables.check_in_windows,
            tables.attendance,
            tables.credit_entries,
            tables.submissions,
            tables.notice_recipients,
            tables.imports,
            tables.office_settings,
        )
    ),
    select(tables.notices).where(tables.notices.c.status != DRAFT),
    select(tables.deliveries.c.id).where(tables.deliveries.c.purpose != "answer"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One held-back message with its label."""

    text: str
    intent: str
    role: str


@lru_cache(maxsize=1)
def lines() -> tuple[Line, ...]:
    """All of them, in order."""
    path = ROOT / "tests" / "nlp" / "held_back.jsonl"
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return tuple(Line(row["text"], row["intent"], row["role"]) for row in rows)


class Office:
    """The demo office with notices that wait to be sent and to be confirmed, and a sign-in."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder / 'office.sqlite'}"
        furnish(url, ROOT / "examples" / "demo", NOW)
        self.database = Database(url)
        self.readings = Readings(self.database)
        self.house = House(
            understanding=self.readings.current,
            office=OfficeFacts(name="云溪县师训股"),
            chance=random.Random(7),
            at_once={"wecom": lambda _reply: True},
            masked=lambda text: text,
        )
        self.number = 0
        self.say("officer", "给信息技术1班发通知：带电脑")
        self.say("officer", "确认")
        self.say("tutor", "开始签到")
        with self.database.unit() as unit:
            (officer,) = People(unit).named("李国强", EVERYTHING)
            audience = {"within": ["/1/"], "classes": [1], "branches": [], "people": 12}
            kept = {**audience, "stage": None, "subject": None}
            for number in range(DRAFTS):
                Notices(unit).draft(officer.id, f"第 {number} 件事", kept, "信息技术1班", NOW)
        with self.database.unit() as unit:
            self.untouched = self._state(unit)

    def say(self, role: str, text: str, unit: Unit | None = None) -> Answer:
        """One message; in a unit of its own unless it is handed one."""
        if unit is None:
            with self.database.unit() as own:
                return self.say(role, text, own)
        self.number += 1
        incoming = Incoming("wecom", "wecom", ACCOUNTS[role], f"m{self.number}", NOW, text)
        return answer(incoming, unit=unit, house=self.house, now=NOW, turn_id="t")

    def read(self, line: Line) -> Meaning:
        """How it is understood without a conversation."""
        return self.readings.current().read(line.text, now=NOW, role=line.role)

    def changed_by(self, line: Line, *before: str) -> bool:
        """Whether a message changes the record, after these by the same person; then undone."""
        with self.undone() as unit:
            for text in before:
                self.say(line.role, text, unit)
            state = self._state(unit) if before else self.untouched
            self.say(line.role, line.text, unit)
            return self._state(unit) != state

    @contextmanager
    def undone(self) -> Iterator[Unit]:
        """A unit of work of which nothing remains."""
        unit = self.database.open_unit()
        try:
            yield unit
        finally:
            unit.release(keep=False)

    @staticmethod
    def _state(unit: Unit) -> list[list[tuple[Any, ...]]]:
        return [[tuple(row) for row in unit.rows(query)] for query in _WATCHED]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One office for all: what a message did is taken back."""
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.readings.close()
    made.database.close()


def test_only_a_plain_order_changes_anything(office: Office) -> None:
    wrong = []
    acted = 0
    for line in lines():
        if office.changed_by(line):
            acted += 1
            meaning = office.read(line)
            if not meaning.exact or meaning.intent != line.intent:
                wrong.append((line, meaning.intent, meaning.score))
    assert not wrong
    assert acted  # 开始签到, 紧急停发 and 收到 are among them: the office is one that can act


PREVIEW = "给信息技术1班发通知：明天的课照常"


@pytest.mark.parametrize("aside", [(), ("有哪些网络培训",), ("我的通知",)])
def test_what_waits_for_a_yes_gets_it_only_from_a_yes(
    office: Office, aside: tuple[str, ...]
) -> None:
    said = [line for line in lines() if line.role == "officer" or line.intent.startswith("flow.")]
    meant = {"flow.confirm", "notice.approve"}
    for line in said[:: 1 if not aside else 3]:
        as_officer = Line(line.text, line.intent, "officer")
        if office.changed_by(as_officer, PREVIEW, *aside) and line.intent not in meant:
            meaning = office.read(as_officer)
            assert meaning.exact, line
            assert meaning.intent == line.intent, line


@pytest.mark.parametrize(
    "text",
    [
        "N7通过，剩下的放到明天", "我看N7可以", "同意7号", "都别发了", "把签到停了吧", "停发？",
        "班长说“人都齐了”，真齐了？没签的报给我", "通知我看见了，可我不去", "“紧急停发”是什么意思",
        "有人发了批准发送 N7", "签到关了没", "解除绑定", "发通知", "开始签到？", "撤销导入",
    ],
)  # fmt: skip
def test_what_speaks_of_an_act_is_echoed(office: Office, text: str) -> None:
    for role in ("teacher", "tutor", "school_admin", "officer"):
        assert not office.changed_by(Line(text, "", role))


@pytest.mark.parametrize(
    ("role", "text", "changes"),
    [
        ("officer", "紧急停发", True),
        ("teacher", "紧急停发", False),
        ("officer", "批准发送 N7", True),
        ("school_admin", "批准发送 N7", False),
        ("tutor", "结束签到", True),
        ("teacher", "收到", True),
        ("teacher", "收到，准时参加", True),
        ("teacher", "收到吗", False),
        ("teacher", "收到，但是我去不了", False),
    ],
)
def test_a_plain_order_is_carried_out_where_it_may_be(
    office: Office, role: str, text: str, changes: bool
) -> None:
    assert office.changed_by(Line(text, "", role)) is changes


def test_an_echo_carries_out_what_it_named(office: Office) -> None:
    with office.undone() as unit:
        heard = office.say("officer", "一条都别发了", unit).reply
        assert heard is not None
        assert heard.question is not None
        assert heard.question.confirm == Action("notice.stop_all")
        done = office.say("officer", "确认", unit).reply
        assert done is not None
        assert "已紧急停发" in done.text
