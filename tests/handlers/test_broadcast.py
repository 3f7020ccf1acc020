"""A notice from draft to confirmation (issue 2, stories T13 and C05), on both engines."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, insert, select, update

from handlers import broadcast, notice, stop_switch
from handlers.contract import Intent
from handlers.reply import Action, Reply
from handlers.reply_json import reply_from_json
from handlers.slots import Slots, SlotValue
from storage.outbox import Outbox
from storage.outbox_values import FrozenRequest, Outcome, Queued, Result
from storage.scope import Scope
from storage.sending import Sending
from storage.tables import deliveries, notice_recipients, notices, people
from storage.unit import Unit
from tests.handlers.turns import (
    MONDAY,
    allowed,
    press,
    seed_class,
    seed_people,
    seen,
    turn,
)

DRAFT, APPROVE, ADJUST = broadcast.INTENTS
LIST, CONFIRM, STATUS = notice.INTENTS
(STOP,) = stop_switch.INTENTS
ALL = (*broadcast.INTENTS, *notice.INTENTS, *stop_switch.INTENTS)
MESSAGE = "周五下午两点在报告厅集中。"
SAID = f"给信息技术1班发通知：{MESSAGE}"


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    seed_class(
        unit,
        members={"张伟": "trainee", "李娜": "trainee", "何静": "trainee", "周明": "class_tutor"},
    )
    return unit


def say(unit: Unit, name: str, intent: Intent, text: str = "", **slots: SlotValue) -> Reply:
    assert intent.handle is not None
    return intent.handle(replace(turn(unit, name, intent, text), slots=Slots(slots)))


def yes(unit: Unit, name: str, reply: Reply, **more: str) -> Reply:
    assert reply.question is not None
    assert reply.question.confirm is not None
    chosen = reply.question.confirm
    return press(unit, name, ALL, Action(chosen.intent, (*chosen.slots, *more.items())))


def fill(unit: Unit, name: str, reply: Reply, text: str, **understood: str) -> Reply:
    """What handlers.dialogue does with a free text that answers a question."""
    assert reply.question is not None
    assert reply.question.fill is not None
    kept = {**dict(reply.question.fill.slots), **understood}
    kept.setdefault(reply.question.slot, text)
    return say(unit, name, DRAFT, text, **kept)


def sent(unit: Unit, result: Result = Result.SENT) -> list[str]:
    """Let the outbox run once; the accounts that were written to."""

    def group(rows: list[Queued]) -> list[FrozenRequest]:
        return [FrozenRequest({"to": [r.account for r in rows]}, tuple(r.id for r in rows))]

    box = Outbox(unit)
    reached: list[str] = []
    for batch in box.freeze(
        "wecom",
        "test",
        MONDAY,
        lease=timedelta(minutes=1),
        limit=99,
        group=group,  # type: ignore[arg-type]
    ):
        assert box.called(batch.id, "test", MONDAY)
        box.settle(batch.id, "test", [Outcome(r.id, result) for r in batch.deliveries], MONDAY)
        reached += batch.request["to"]
    return reached


def test_the_words_leave_as_they_were_typed(office: Unit) -> None:
    reply = say(
        office, "李国强", DRAFT, "给信息技术1班发通知：重要！！！報名", message="重要！报名"
    )
    assert "———\n重要！！！報名\n———" in reply.text


def test_from_draft_to_confirmation(office: Unit) -> None:
    preview = say(office, "李国强", DRAFT, SAID, message=MESSAGE, subject="信息技术")
    assert "信息技术1班 学员，共 3 人，其中 1 人没有绑定账号" in preview.text
    assert f"\n{MESSAGE}\n" in preview.text
    assert "N1" in preview.text
    assert sent(office) == []
    done = yes(office, "李国强", preview)
    assert "正在发给 2 人" in done.text
    assert "1 人没有绑定账号" in done.text
    assert "不会重复" in yes(office, "李国强", preview).text
    assert sent(office) == ["10001", "10002"]
    assert sent(office) == []

    body = office.value(select(deliveries.c.body))
    shown = reply_from_json(office, body)
    assert MESSAGE in seen(shown)
    assert shown.card is not None
    (button,) = shown.card.choices
    assert button.label == "收到"
    first = press(office, "张伟", ALL, button.action)
    assert "已确认收到 N1" in first.text
    assert "已经确认过" in press(office, "张伟", ALL, button.action).text
    assert "已确认收到 N1" in say(office, "李娜", CONFIRM, "收到").text
    assert "没有待确认" in say(office, "李娜", CONFIRM, "收到").text
    refused = say(office, "王芳", CONFIRM, "收到N1", code="N1")
    assert refused.refused
    assert MESSAGE[:4] not in refused.text

    state = say(office, "李国强", STATUS, "N1谁没确认", code="N1")
    assert "共 3 人，已确认 2 人，未确认 1 人" in state.text
    assert "已送出 2 人，没有绑定账号、收不到 1 人。" in state.text
    assert "何静（城东中学）" in state.text
    assert "何静" not in state.in_group
    mine = say(office, "张伟", LIST)
    assert "1 条通知，0 条待确认" in mine.text
    assert "已确认" in mine.text


def test_a_long_notice_comes_as_text_with_a_button(office: Unit) -> None:
    long = "请各位老师带好身份证。" * 12
    yes(office, "李国强", say(office, "李国强", DRAFT, f"给信息技术1班发：{long}", message=long))
    shown = reply_from_json(office, office.value(select(deliveries.c.body)))
    assert long in shown.text
    assert shown.card is not None
    assert long not in shown.card.description
    too_long = say(office, "李国强", DRAFT, "x", message="字" * 1501)
    assert "全体" in too_long.text or too_long.refused


@pytest.mark.parametrize(
    ("head", "slots", "words", "count"),
    [
        ("给全体老师发通知", {}, "全体在职教师", 8),
        ("通知城关小学的老师", {}, "城关小学 在职教师", 3),
        ("给城关片区小学语文老师发", {}, "城关片区、小学语文 在职教师", 7),
        ("通知城关小学的老师", {"stage": "primary"}, "城关小学 在职教师", 3),
        ("给小语老师发", {"stage": "primary", "subject": "语文"}, "小学语文 在职教师", 8),
        ("给信息技术班发个通知", {"subject": "信息技术"}, "信息技术1班 学员", 3),
        ("给高中物理老师发", {"stage": "senior", "subject": "物理"}, None, 0),
    ],
)
def test_audiences(
    office: Unit, head: str, slots: dict[str, SlotValue], words: str | None, count: int
) -> None:
    reply = say(
        office, "李国强", DRAFT, f"{head}：到城东中学开会", message="到城东中学开会", **slots
    )
    if words is None:
        assert reply.refused
        assert "没有在职人员" in reply.text
    else:
        assert f"发给 {words}，共 {count} 人" in reply.text


def test_words_of_the_message_narrow_no_audience(office: Unit) -> None:
    text = "给信息技术1班发通知：明天到城东中学听初中数学课"
    reply = say(
        office,
        "李国强",
        DRAFT,
        text,
        message="明天到城东中学听初中数学课",
        school="城东中学",
        stage="junior",
        subject="数学",
    )
    assert "信息技术1班 学员，共 3 人" in reply.text


def test_missing_parts_are_asked_for(office: Unit) -> None:
    whom = say(office, "李国强", DRAFT, "发通知")
    assert "发给谁" in whom.text
    what = fill(office, "李国强", whom, "信息技术1班", subject="信息技术")
    assert "原文" in what.text
    preview = fill(office, "李国强", what, "到城东中学集中", school="城东中学", message="集中")
    assert "信息技术1班 学员，共 3 人" in preview.text
    assert "\n到城东中学集中\n" in preview.text
    # the other way round
    whom = say(office, "李国强", DRAFT, "发通知：明天停课", message="明天停课")
    assert "明天停课" in fill(office, "李国强", whom, "城关小学").text
    assert whom.question is not None
    picked = press(office, "李国强", ALL, whom.question.choices[0].action)
    assert "全体在职教师" in picked.text
    assert (
        "没有找到「城南小学」"
        in say(office, "李国强", DRAFT, "给城南小学发：好", message="好", school="城南小学").text
    )


def test_what_cannot_be_narrowed_is_said(office: Unit) -> None:
    refused = say(office, "李国强", DRAFT, "给没签到的发：快来", message="快来", status="absent")
    assert refused.refused
    post = say(office, "李国强", DRAFT, "给城关小学的校长发：开会", message="开会")
    assert "不能按「校长」" in post.text
    seed_class(office, "信息技术2班", members={"王芳": "trainee"})
    which = say(office, "李国强", DRAFT, "给信息技术班发：开会", message="开会")
    assert which.question is not None
    assert [c.label for c in which.question.choices] == ["信息技术1班", "信息技术2班"]
    picked = press(office, "李国强", ALL, which.question.choices[1].action)
    assert "信息技术2班 学员，共 1 人" in picked.text


def test_the_scope_is_the_authors_whatever_a_button_says(office: Unit) -> None:
    office.run(update(people).where(people.c.name == "李国强").values(organisation_id=3))
    narrow = replace(
        turn(office, "李国强", DRAFT),
        slots=Slots(
            {
                "body": "开会",
                "to": json.dumps(
                    {
                        "within": ["/1/"],
                        "classes": [],
                        "branches": ["/1/2/4/"],
                        "stage": None,
                        "subject": None,
                    }
                ),
            }
        ),
    )
    assert broadcast.draft(replace(narrow, scope=Scope(offices=("/1/2/3/",)))).refused
    forged = replace(narrow, slots=Slots({"body": "开会", "to": "{"}))
    assert "发给谁" in broadcast.draft(forged).text


def test_approval_looks_again(office: Unit) -> None:
    say(office, "李国强", DRAFT, SAID, message=MESSAGE)
    again = say(office, "李国强", APPROVE, "批准发送")
    assert "待确认" in again.text
    office.run(update(people).where(people.c.name == "李娜").values(status="transferred"))
    changed = yes(office, "李国强", again)
    assert "人数有变化（原 3 人）" in changed.text
    assert "共 2 人" in changed.text
    assert "正在发给 1 人" in say(office, "李国强", APPROVE, "批准发送 N1", code="N1").text
    assert "没有找到" in say(office, "李国强", APPROVE, code="N9").text
    assert "没有待发送" in say(office, "李国强", APPROVE).text


def test_another_officer_sees_it_before_sending(office: Unit) -> None:
    say(office, "李国强", DRAFT, SAID, message=MESSAGE)
    other = turn(office, "孙丽", APPROVE, code="N1")
    look = broadcast.approve(replace(other, scope=Scope(offices=("/1/",))))
    assert MESSAGE in look.text
    assert office.value(select(func.count()).select_from(deliveries)) == 0
    assert broadcast.approve(replace(other, scope=Scope(offices=("/1/5/",)))).refused


def test_who_sees_which_confirmations(office: Unit) -> None:
    yes(office, "李国强", say(office, "李国强", DRAFT, SAID, message=MESSAGE))
    sent(office, Result.REJECTED)
    tutor = say(office, "周明", STATUS)
    assert "共 3 人" in tutor.text
    assert "没有送到 2 人" in tutor.text
    own_school = say(office, "孙丽", STATUS)
    assert "共 2 人" in own_school.text
    assert "何静" not in own_school.text
    other_school = say(office, "吴军", STATUS, code="N1")
    assert "共 1 人" in other_school.text
    assert "张伟" not in other_school.text
    narrowed = say(office, "李国强", STATUS, school="城东中学")
    assert "共 1 人" in narrowed.text
    assert "没有找到" in say(office, "李国强", STATUS, school="城南小学").text
    assert "没有发给这个单位" in say(office, "孙丽", STATUS, school="城东中学").text
    only_east = say(office, "李国强", DRAFT, "给城东中学发：你好", message="你好")
    yes(office, "李国强", only_east)
    hidden = say(office, "孙丽", STATUS, code="N2")
    assert hidden.refused
    assert "没有找到通知 N2" in hidden.text
    say(office, "李国强", DRAFT, SAID, message=MESSAGE)
    assert "还没有批准" in say(office, "李国强", STATUS, code="N3").text


def test_many_unconfirmed_are_a_file(office: Unit) -> None:
    for number in range(30):
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
    reply = say(office, "李国强", STATUS)
    assert "教师3" not in reply.text
    sheet = load_workbook(io.BytesIO(reply.files[0].data)).active
    assert sheet is not None
    assert sheet.max_row == 39
    assert len(reply.text) < 500


def test_several_to_confirm(office: Unit) -> None:
    for words in ("一", "二"):
        yes(
            office,
            "李国强",
            say(office, "李国强", DRAFT, f"给信息技术1班发：{words}", message=words),
        )
    first = say(office, "张伟", CONFIRM, "收到")
    assert "已确认收到 N2" in first.text
    assert "N1" in first.text
    listed = say(office, "张伟", LIST)
    assert "2 条通知，1 条待确认" in listed.text
    tomorrow = {"start": "2021-07-13T00:00:00+08:00", "end": None}
    assert "这段时间没有" in say(office, "张伟", LIST, when=tomorrow).text
    assert "我发出的" in say(office, "李国强", LIST).text
    assert "我发出的" not in listed.text


def test_stop_and_go_on(office: Unit) -> None:
    preview = say(office, "李国强", DRAFT, SAID, message=MESSAGE)
    yes(office, "李国强", preview)
    stopped = say(office, "李国强", STOP, "紧急停发")
    assert "已紧急停发" in stopped.text
    assert "扣住未发 2 条" in stopped.text
    assert "扣住的通知：N1（2 人）" in stopped.text
    assert "已经是停发" in say(office, "李国强", STOP).text
    assert sent(office) == []
    another = yes(office, "李国强", say(office, "李国强", DRAFT, SAID, message="另一条"))
    assert "紧急停发状态" in another.text
    asked = say(office, "李国强", STOP, "恢复发送", resume="恢复")
    assert "4 条" in asked.text
    assert Sending(office).stopped()
    assert "已恢复" in yes(office, "李国强", asked).text
    assert sorted(sent(office)) == ["10001", "10001", "10002", "10002"]
    assert "没有停发" in say(office, "李国强", STOP, resume="恢复").text
    assert "已发出 4 条" in say(office, "李国强", STOP).text


def test_numbers_and_recipients_are_given_once(office: Unit) -> None:
    for _ in range(3):
        say(office, "李国强", DRAFT, SAID, message=MESSAGE)
    numbers = office.rows(select(notices.c.number).order_by(notices.c.number))
    assert [row.number for row in numbers] == [1, 2, 3]
    say(office, "李国强", APPROVE, code="N2")
    assert office.value(select(func.count()).select_from(notice_recipients)) == 3


def test_who_may(office: Unit) -> None:
    for intent in (DRAFT, APPROVE, STOP):
        assert allowed(office, "李国强", intent)
        for name in ("张伟", "周明", "孙丽", "钱进", None):
            assert not allowed(office, name, intent)
    for name in ("李国强", "周明", "孙丽"):
        assert allowed(office, name, STATUS)
    assert not allowed(office, "张伟", STATUS)
    for intent in (LIST, CONFIRM):
        assert allowed(office, "张伟", intent)
        assert not allowed(office, None, intent)


@pytest.mark.parametrize(
    "text",
    [
        f"通知信息技术1班：{MESSAGE}",
        f"通知信息技术1班:{MESSAGE}",
        f"发通知给信息技术1班：\n{MESSAGE}",
    ],
)
def test_the_text_after_the_colon_is_the_notice(office: Unit, text: str) -> None:
    preview = say(office, "李国强", DRAFT, text)
    assert "待确认：发给 信息技术1班 学员，共 3 人" in preview.text
    assert f"———\n{MESSAGE}\n———" in preview.text


def test_a_clock_is_no_colon(office: Unit) -> None:
    reply = say(office, "李国强", DRAFT, "给信息技术1班发8:30开会的通知")
    assert "请把通知的原文发给我" in reply.text


def test_all_confirmed_is_said(office: Unit) -> None:
    sent_to = say(office, "李国强", DRAFT, SAID, message=MESSAGE)
    yes(office, "李国强", sent_to)
    for name in ("张伟", "李娜", "何静"):
        say(office, name, CONFIRM)
    assert "全部确认了" in say(office, "李国强", STATUS).text


def test_one_person_is_no_audience(office: Unit) -> None:
    for text in ("给张伟发通知：来我办公室", "通知李娜老师：来我办公室"):
        reply = say(office, "李国强", DRAFT, text)
        assert "还不能只给一个人" in reply.text
        assert reply.refused
        assert reply.question is None
    nobody = say(office, "李国强", DRAFT, "给张三丰发通知：来我办公室")
    assert "这条通知发给谁" in nobody.text
