"""Taking a notice back and putting it right (story C06), on both engines."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, insert, select, update

from bot.reading import intent_words
from handlers import broadcast, notice, recall
from handlers.contract import Intent
from handlers.reply import Action, Reply
from handlers.slots import Slots, SlotValue
from handlers.ways import Capabilities, Ways
from nlp.understanding import Understanding
from nlp.vocabulary import Vocabulary
from storage.outbox import Outbox
from storage.outbox_values import FrozenRequest, Outcome, Queued, Result
from storage.recalls import Recalls
from storage.tables import accounts, audit, deliveries, enrolments, notices, people
from storage.unit import Unit
from tests.handlers.turns import (
    MONDAY,
    OFFICE,
    WECOM,
    allowed,
    person_id,
    seed_class,
    seed_people,
    turn,
)

DRAFT, APPROVE = broadcast.INTENTS[:2]
LIST, CONFIRM, STATUS = notice.INTENTS
RECALL, CORRECT, RECALLED = recall.INTENTS
ALL = (*broadcast.INTENTS, *notice.INTENTS, *recall.INTENTS)
MESSAGE = "周五下午两点在报告厅集中。"
QQ = Capabilities(
    push=True,
    groups=True,
    buttons=0,
    text_bytes=1800,
    files=True,
    title="QQ机器人",
    realm="qq",
    recall=timedelta(minutes=2),
)
BOT = replace(WECOM, title="智能机器人", realm="bot", recall=None)
WAYS: Ways = {"wecom": WECOM, "qq": QQ, "bot": BOT}
LATER = MONDAY + timedelta(minutes=5)


@pytest.fixture
def office(unit: Unit) -> Unit:
    """张伟 and 李娜 have WeCom, 何静 has QQ, 王芳 only the AI bot's account."""
    seed_people(unit)
    seed_class(
        unit,
        members=dict.fromkeys(("张伟", "李娜", "何静", "王芳"), "trainee")
        | {"周明": "class_tutor"},
    )
    unit.run(
        update(accounts)
        .where(accounts.c.person_id == person_id(unit, "王芳"))
        .values(channel="bot", account="b3")
    )
    unit.add(
        insert(accounts),
        {
            "channel": "qq",
            "account": "q7",
            "person_id": person_id(unit, "何静"),
            "bound_at": MONDAY,
        },
    )
    return unit


def say(
    unit: Unit,
    name: str,
    intent: Intent,
    text: str = "",
    /,
    *,
    now: datetime = MONDAY,
    offices: tuple[str, ...] | None = None,
    **slots: SlotValue,
) -> Reply:
    assert intent.handle is not None
    said = turn(unit, name, intent, text, now=now)
    scope = said.scope if offices is None else replace(said.scope, offices=offices)
    return intent.handle(
        replace(said, scope=scope, office=replace(OFFICE, ways=WAYS), slots=Slots(slots))
    )


def press(unit: Unit, name: str, chosen: Action, now: datetime = MONDAY) -> Reply:
    intent = next(each for each in ALL if each.name == chosen.intent)
    return say(unit, name, intent, now=now, **dict(chosen.slots))  # type: ignore[arg-type]


def yes(unit: Unit, name: str, reply: Reply, now: datetime = MONDAY) -> Reply:
    assert reply.question is not None, reply.text
    assert reply.question.confirm is not None
    return press(unit, name, reply.question.confirm, now)


def freeze(unit: Unit, channel: str, now: datetime) -> Sequence[int]:
    """Write down the calls of a channel without making them."""

    def group(rows: Sequence[Queued]) -> list[FrozenRequest]:
        return [FrozenRequest({"to": [r.account for r in rows]}, tuple(r.id for r in rows))]

    batches = Outbox(unit).freeze(
        channel, "test", now, lease=timedelta(minutes=1), limit=99, group=group
    )
    return [each.id for each in batches]


def leave(unit: Unit, now: datetime = MONDAY, result: Result = Result.SENT) -> None:
    """Let everything that is due leave, by every way."""
    box = Outbox(unit)
    for channel in WAYS:
        for batch in freeze(unit, channel, now):
            assert box.called(batch, "test", now)
            rows = unit.rows(select(deliveries.c.id).where(deliveries.c.batch_id == batch))
            outcomes = [Outcome(row.id, result) for row in rows]
            box.settle(batch, "test", outcomes, now, f"{channel}-{batch}")


def send(unit: Unit, *, leaves: bool = True, message: str = MESSAGE) -> None:
    """A notice of 李国强's to the class."""
    text = f"给信息技术1班发通知：{message}"
    yes(unit, "李国强", say(unit, "李国强", DRAFT, text, message=message))
    if leaves:
        leave(unit)


def take_back(unit: Unit, channel: str, problem: str = "") -> int:
    """Do what the outbox does with recalls that are wanted; how many calls."""
    calls = Recalls(unit).due(channel)
    for each in calls:
        Recalls(unit).settle(each.batch_id, problem)
    return len(calls)


def statuses(unit: Unit) -> dict[str, int]:
    rows = unit.rows(select(deliveries.c.status, func.count()).group_by(deliveries.c.status))
    return {row[0]: row[1] for row in rows}


# -- taking back ----------------------------------------------------------------------------------


def test_it_says_first_what_can_be_taken_back(office: Unit) -> None:
    send(office)
    asked = say(office, "李国强", RECALL, code="N1", now=LATER)
    assert "要撤回 N1 吗？" in asked.text
    assert "已送出 4 条。" in asked.text
    assert "可以收回：企业微信应用 2 条。" in asked.text
    assert "收不回：智能机器人 1 条、QQ机器人 1 条" in asked.text
    assert "QQ机器人只能在 2 分钟内撤回" in asked.text
    assert "智能机器人发出的不能撤回" in asked.text
    assert Recalls(office).due("wecom") == ()
    assert office.value(select(notices.c.recalled_at)) is None


def test_what_left_is_asked_back_where_the_way_can(office: Unit) -> None:
    send(office)
    done = yes(office, "李国强", say(office, "李国强", RECALL, code="N1"), LATER)
    assert "正在从 企业微信应用 2 条收回" in done.text
    assert "收不回：智能机器人 1 条、QQ机器人 1 条" in done.text
    assert done.audit["asked_back"] == 2
    row = office.row(select(notices.c.recalled_at, notices.c.recalled_by_id))
    assert row is not None
    assert tuple(row) == (LATER, person_id(office, "李国强"))
    assert take_back(office, "wecom") == 1
    assert take_back(office, "qq") == 0
    text = say(office, "李国强", RECALLED, code="N1", now=LATER).text
    assert "企业微信应用：收回 2 条" in text
    assert "QQ机器人：收不回 1 条（QQ机器人只能在 2 分钟内撤回）" in text
    # at once QQ could have taken it back too
    send(office, message="第二条")
    quick = yes(office, "李国强", say(office, "李国强", RECALL, code="N2"))
    assert "QQ机器人 1 条" in quick.text.partition("收不回")[0]
    assert take_back(office, "qq") == 1


def test_after_a_day_wecom_cannot_either(office: Unit) -> None:
    send(office)
    day = MONDAY + timedelta(hours=24)
    assert "可以收回：企业微信应用 2 条" in say(office, "李国强", RECALL, code="N1", now=day).text
    late = say(office, "李国强", RECALL, code="N1", now=day + timedelta(seconds=1))
    assert "可以收回" not in late.text
    assert "企业微信应用只能在 24 小时内撤回" in late.text
    done = yes(office, "李国强", late, day + timedelta(seconds=1))
    assert "N1 已撤回" in done.text
    assert take_back(office, "wecom") == 0


def test_what_waits_is_cancelled(office: Unit) -> None:
    send(office, leaves=False)
    freeze(office, "wecom", MONDAY)  # written down, not yet called
    office.run(update(deliveries).where(deliveries.c.channel == "qq").values(status="parked"))
    asked = say(office, "李国强", RECALL, code="N1")
    assert "还没有送出任何一条。" in asked.text
    assert "还没有送出的 4 条不再发送" in asked.text
    done = yes(office, "李国强", asked)
    assert "没有送出的 4 条已取消" in done.text
    assert statuses(office) == {"cancelled": 4}
    leave(office)
    assert statuses(office) == {"cancelled": 4}
    assert "撤回前没有送出任何一条" in say(office, "李国强", RECALLED, code="N1").text


def test_a_call_that_is_being_made_is_asked_back_when_it_has_ended(office: Unit) -> None:
    send(office, leaves=False)
    (batch,) = freeze(office, "wecom", MONDAY)
    assert Outbox(office).called(batch, "test", MONDAY)
    yes(office, "李国强", say(office, "李国强", RECALL, code="N1"))
    assert take_back(office, "wecom") == 0
    rows = office.rows(select(deliveries.c.id).where(deliveries.c.batch_id == batch))
    outcomes = [Outcome(row.id, Result.SENT) for row in rows]
    Outbox(office).settle(batch, "test", outcomes, MONDAY, "m1")
    assert take_back(office, "wecom", "消息已超过 24 小时，撤不回") == 1
    text = say(office, "李国强", RECALLED, code="N1").text
    assert "企业微信应用：收不回 2 条（消息已超过 24 小时，撤不回）" in text


def test_once(office: Unit) -> None:
    send(office)
    asked = say(office, "李国强", RECALL)
    yes(office, "李国强", asked)
    again = say(office, "李国强", RECALL, code="N1", now=LATER)
    assert "7月12日（周一）08:25 已经撤回过了" in again.text
    assert again.question is None
    assert "没有找到您发出的通知" in say(office, "李国强", RECALL).text
    say(office, "李国强", DRAFT, "给信息技术1班发通知：草稿", message="草稿")
    assert "还是草稿" in say(office, "李国强", RECALL, code="N2").text


def test_the_author_or_an_officer_above(office: Unit) -> None:
    send(office)
    for scopes in ((), ("/1/2/3/",), ("/1/5/",)):
        refused = say(office, "孙丽", RECALL, code="N1", offices=scopes)
        assert refused.refused
        assert MESSAGE[:4] not in refused.text
    assert "要撤回" in say(office, "孙丽", RECALL, code="N1", offices=("/1/",)).text
    assert say(office, "孙丽", CORRECT, "更正 N1：改了", code="N1").refused
    for intent in (RECALL, CORRECT):
        assert allowed(office, "李国强", intent)
        for name in ("张伟", "周明", "孙丽", None):
            assert not allowed(office, name, intent)
    assert allowed(office, "周明", RECALLED)
    assert not allowed(office, "张伟", RECALLED)


# -- after it -------------------------------------------------------------------------------------


def test_what_was_recalled_is_not_confirmed_any_more(office: Unit) -> None:
    send(office)
    say(office, "张伟", CONFIRM, "收到")
    yes(office, "李国强", say(office, "李国强", RECALL, code="N1"))
    for text, slots in (("收到N1", {"code": "N1"}),):
        reply = say(office, "李娜", CONFIRM, text, **slots)  # type: ignore[arg-type]
        assert "N1 已经撤回、内容作废，不用确认" in reply.text
    assert "没有待确认" in say(office, "李娜", CONFIRM, "收到").text
    listed = say(office, "李娜", LIST)
    assert "1 条通知，0 条待确认" in listed.text
    assert "（已撤回）" in listed.text
    state = say(office, "李国强", STATUS, code="N1")
    assert state.text.startswith("N1 已在 7月12日（周一）08:25 撤回。")
    assert "已确认 1 人" in state.text


def test_a_correction_goes_to_the_same_people_and_is_confirmed_anew(office: Unit) -> None:
    send(office)
    say(office, "张伟", CONFIRM, "收到")
    say(office, "李娜", CONFIRM, "收到")
    yes(office, "李国强", say(office, "李国强", RECALL, code="N1"))
    # who joins the class now was never told anything wrong
    office.add(
        insert(enrolments),
        {"training_class_id": 1, "person_id": person_id(office, "吴军"), "role": "trainee"},
    )
    text = "更正 N1：周六下午两点，在报告厅。\n请带身份证！！"
    preview = say(office, "李国强", CORRECT, text, code="N1")
    assert "发给 N1 的收件人（信息技术1班 学员），共 4 人" in preview.text
    assert (
        "【更正】N1 的内容有误，以这条为准：\n周六下午两点，在报告厅。\n请带身份证！！"
        in preview.text
    )
    done = yes(office, "李国强", preview)
    assert "N2 已批准" in done.text
    assert office.value(select(notices.c.corrects_id).where(notices.c.number == 2)) == 1
    leave(office)
    report = say(office, "李国强", RECALLED, code="N1")
    assert "撤回前有 2 人确认过错误的一版。" in report.text
    assert "张伟（城关小学）" in report.text
    assert "其中还没有确认更正的 2 人：张伟、李娜" in report.text
    assert "张伟" not in report.in_group
    assert "2 人确认过" in report.in_group
    assert "请以更正 N2 为准" in say(office, "张伟", CONFIRM, "收到N1", code="N1").text
    assert "已确认收到 N2" in say(office, "张伟", CONFIRM, "收到").text
    assert "还没有确认更正的 1 人：李娜" in say(office, "李国强", RECALLED, code="N1").text
    say(office, "李娜", CONFIRM, "收到")
    assert "他们都确认了更正" in say(office, "李国强", RECALLED).text


def test_the_button_asks_for_the_words(office: Unit) -> None:
    send(office)
    done = yes(office, "李国强", say(office, "李国强", RECALL, code="N1"))
    assert done.card is not None
    correction, report = (choice.action for choice in done.card.choices)
    assert "还没有发更正" in press(office, "李国强", report).text
    asked = press(office, "李国强", correction)
    assert asked.question is not None
    assert asked.question.fill is not None
    assert asked.question.verbatim
    for fill in (asked, say(office, "李国强", CORRECT, "发更正")):
        assert fill.question is not None
        assert fill.question.fill is not None
        slots = {**dict(fill.question.fill.slots), "body": "更正一下时间：周六两点"}
        preview = say(office, "李国强", CORRECT, "更正一下时间：周六两点", **slots)  # type: ignore[arg-type]
        assert "为准：\n更正一下时间：周六两点" in preview.text


def test_what_cannot_be_corrected(office: Unit) -> None:
    assert say(office, "李国强", CORRECT, "发更正").refused
    assert say(office, "李国强", CORRECT, "更正 N9：x", code="N9").refused
    say(office, "李国强", DRAFT, "给信息技术1班发通知：草稿", message="草稿")
    assert "重新起草" in say(office, "李国强", CORRECT, "更正 N1：改", code="N1").text
    send(office)
    still = say(office, "李国强", CORRECT, "更正 N2：改", code="N2")
    assert "N2 还没有撤回" in still.text
    assert say(office, "李国强", CORRECT, "更正 N2：" + "字" * 1500, code="N2").refused
    assert office.value(select(func.count()).select_from(audit)) == 0


def test_the_report_is_for_those_in_charge_of_the_people(office: Unit) -> None:
    send(office)
    for name in ("张伟", "王芳"):
        say(office, name, CONFIRM, "收到")
    assert "N1 没有撤回" in say(office, "李国强", RECALLED, code="N1").text
    assert say(office, "李国强", RECALLED).refused
    yes(office, "李国强", say(office, "李国强", RECALL, code="N1"))
    school = say(office, "孙丽", RECALLED, code="N1")
    assert "张伟" in school.text
    assert "王芳" not in school.text
    assert "王芳" in say(office, "周明", RECALLED, code="N1").text
    assert say(office, "钱进", RECALLED, code="N1").refused


def test_many_who_had_confirmed_are_a_file(office: Unit) -> None:
    for number in range(25):
        office.add(
            insert(people),
            {
                "staff_number": f"00{number:03}",
                "name": f"教师{number}",
                "organisation_id": 3,
                "status": "active",
            },
        )
    yes(office, "李国强", say(office, "李国强", DRAFT, "给全体老师发：好", message="好"))
    for number in range(25):
        say(office, f"教师{number}", CONFIRM, "收到")
    yes(office, "李国强", say(office, "李国强", RECALL, code="N1"))
    report = say(office, "李国强", RECALLED, code="N1")
    assert "教师3" not in report.text
    sheet = load_workbook(io.BytesIO(report.files[0].data)).active
    assert sheet is not None
    assert sheet.max_row == 26
    assert [cell.value for cell in sheet[2]][4] == "没有收到更正"


# -- in words -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding(Vocabulary(intent_words()))


@pytest.mark.parametrize(
    ("text", "intent", "code"),
    [
        ("撤回 N37", RECALL, "N37"),
        ("撤回通知N37", RECALL, "N37"),
        ("撤回", RECALL, None),
        ("撤回通知", RECALL, None),
        ("更正 N37：周六下午两点，在报告厅。", CORRECT, "N37"),
        ("更正N37:" + "请各位老师带好身份证。\n" * 40, CORRECT, "N37"),
        ("更正通知 N37", CORRECT, "N37"),
        ("发更正", CORRECT, None),
        ("N37 撤回情况", RECALLED, "N37"),
        ("撤回情况", RECALLED, None),
    ],
)
def test_forms(understanding: Understanding, text: str, intent: Intent, code: str | None) -> None:
    meaning = understanding.read(text, now=MONDAY, role="officer")
    assert (meaning.intent, meaning.exact) == (intent.name, True)
    assert meaning.slots.get("code") == code


def test_what_comes_back_into_the_queue_later_does_not_leave(office: Unit) -> None:
    send(office, leaves=False)
    (batch,) = freeze(office, "wecom", MONDAY)
    assert Outbox(office).called(batch, "test", MONDAY)
    yes(office, "李国强", say(office, "李国强", RECALL, code="N1"))
    rows = office.rows(select(deliveries.c.id).where(deliveries.c.batch_id == batch))
    outcomes = [Outcome(row.id, Result.RETRY, retry_at=MONDAY) for row in rows]
    Outbox(office).settle(batch, "test", outcomes, MONDAY)
    assert statuses(office)["queued"] == 2
    leave(office)
    assert statuses(office) == {"cancelled": 4}
