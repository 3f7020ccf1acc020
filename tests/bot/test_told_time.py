"""Events have their own time: what comes late does nothing that acts, and nobody is late by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.channels.base import Incoming
from bot.channels.qq.events import Pressed, Said, read
from bot.told_time import BELIEVED, DROPPED, STALE, believed, is_stale, moment_of
from handlers import registry
from handlers.reply import action
from storage.journal import Unfinished
from storage.retention import POLICY
from storage.tables import attendance, audit, check_in_windows, notices, pending_questions
from tests.bot.onebot_talk import NOW as ONEBOT_NOW
from tests.bot.onebot_talk import talking
from tests.bot.worlds import NOW, STAMP, World, message

TOO_LATE = "现在才收到，没有办理"
RECEIVED = datetime(2021, 7, 12, 0, 20, tzinfo=UTC)


# -- what platforms write -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [1626048000, "1626048000", 1626048000000, "2021-07-12T08:00:00+08:00", "2021-07-12T00:00:00Z"],
)
def test_seconds_milliseconds_and_dates_are_read(told: object) -> None:
    assert moment_of(told, RECEIVED) == datetime(2021, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [None, "", 0, -5, True, 1.5, "昨天", {}, [], "9" * 40, 10**30, "2021-07-12T08:00:00", "١٢"],
)
def test_what_is_no_time_is_none(told: object) -> None:
    assert moment_of(told, RECEIVED) is None


@given(st.none() | st.booleans() | st.integers() | st.text() | st.floats() | st.lists(st.text()))
def test_anything_can_be_told_and_never_is_it_later_than_received(told: object) -> None:
    moment = moment_of(told, RECEIVED)
    assert moment is None or moment <= RECEIVED


@given(st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_a_clock_that_is_wrong_gives_nobody_more_than_the_bound(off: timedelta) -> None:
    counts = believed(RECEIVED - off, RECEIVED)
    assert RECEIVED - BELIEVED <= counts <= RECEIVED


def test_the_spans_fit_each_other() -> None:
    remembered = POLICY["seen_messages"].keep
    assert remembered is not None
    assert STALE < BELIEVED < DROPPED < remembered, "a repeat older than what is remembered"


# -- every channel reads it -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["C2C_MESSAGE_CREATE", "GROUP_AT_MESSAGE_CREATE"])
def test_qq_tells_when(kind: str) -> None:
    told = "2021-07-12T08:00:00+08:00"
    author = {"user_openid": "u", "member_openid": "m"}
    body = {"id": "1", "author": author, "group_openid": "g", "content": "签到", "timestamp": told}
    said = read({"t": kind, "id": "e", "d": body})
    assert isinstance(said, Said)
    assert said.told_at == told
    data = {"resolved": {"button_data": "x"}}
    press = {"id": "1", "type": 11, "user_openid": "u", "timestamp": told, "data": data}
    pressed = read({"t": "INTERACTION_CREATE", "id": "e", "d": press})
    assert isinstance(pressed, Pressed)
    assert pressed.told_at == told


async def test_onebot_tells_when() -> None:
    async with talking() as talk:
        at = int(ONEBOT_NOW.timestamp()) - 700
        await talk.say(20001, "确认", time=at)
        assert talk.heard[0].said == datetime.fromtimestamp(at, UTC)


# -- through the real application -----------------------------------------------------------------


def told(account: str, text: str, number: int | str, at: datetime, **more: Any) -> str:
    """A message that WeCom says was written at this moment."""
    return message(account, text, number, **more).replace(STAMP, str(int(at.timestamp())))


def rows(world: World, table: Any) -> list[Mapping[str, Any]]:
    """All of a table."""
    with world.application.database.unit() as unit:
        return [dict(row._mapping) for row in unit.rows(select(table))]


async def opened(world: World) -> str:
    """周明 opens the sign-in at 08:20; its code."""
    await world.send(told("zhouming", "开始签到", "open", world.clock.now()))
    await world.quiet()
    return str(rows(world, check_in_windows)[0]["code"])


async def test_a_sign_in_counts_from_when_it_was_said(each_world: World) -> None:
    world = each_world
    code = await opened(world)
    said = NOW.replace(hour=8, minute=28)
    world.clock.set(NOW.replace(hour=8, minute=41))
    late = await world.send(told("lina", f"签到 {code}", 1, world.clock.now()))
    assert "记为迟到" in late.words
    fine = await world.send(told("zhangwei", f"签到 {code}", 2, said))
    assert "签到成功，准时" in fine.words
    assert "08:28:00" in fine.words
    assert "08:41" in fine.words
    found = {each["judgement"]: each for each in rows(world, attendance)}
    assert found["on_time"]["at"] == said
    assert found["on_time"]["remark"] == "08:41:00 收到"
    assert found["late"]["remark"] == ""


async def test_it_counts_after_the_tutor_closed_and_never_before_the_code_was_shown(
    world: World,
) -> None:
    code = await opened(world)
    world.clock.set(NOW.replace(minute=30))
    await world.send(told("zhouming", "结束签到", "close", world.clock.now()))
    await world.quiet()
    await world.say("zhouming", "确认")
    assert rows(world, check_in_windows)[0]["closed_at"] is not None
    world.clock.set(NOW.replace(minute=33))
    closed = await world.send(told("lina", f"签到 {code}", 1, world.clock.now()))
    assert "没有签上" in closed.words
    # said before it was opened by their clock: it counts from the opening
    early = await world.send(told("zhangwei", f"签到 {code}", 2, NOW.replace(minute=19)))
    assert "签到成功" in early.words
    (record,) = rows(world, attendance)
    assert record["at"] == NOW


async def test_further_back_than_the_bound_it_is_asked_for_again(world: World) -> None:
    code = await opened(world)
    world.clock.set(NOW.replace(minute=50))
    answer = await world.send(told("zhangwei", f"签到 {code}", 2, NOW.replace(minute=25)))
    assert TOO_LATE in answer.words
    assert "08:25" in answer.words
    assert not rows(world, attendance)


@pytest.mark.parametrize("ago", [timedelta(minutes=6), timedelta(hours=3), timedelta(days=3)])
@pytest.mark.parametrize("word", ["确认", "是", "1", "好的", "确认发送", "取消", "算了"])
async def test_a_stale_yes_approves_no_fresh_draft(world: World, ago: timedelta, word: str) -> None:
    await world.say("liguoqiang", "通知全体老师：明天上午8点开会")
    (draft,) = rows(world, notices)
    asked = rows(world, pending_questions)
    answer = await world.send(told("liguoqiang", word, 7, world.clock.now() - ago))
    assert answer.words == "" if ago > DROPPED else TOO_LATE in answer.words
    assert rows(world, notices) == [draft]
    assert rows(world, pending_questions) == asked, "the question stands as it was"


async def test_a_stale_question_is_answered_and_leaves_the_open_one(world: World) -> None:
    await world.say("liguoqiang", "通知全体老师：明天上午8点开会")
    asked = rows(world, pending_questions)
    answer = await world.send(
        told("liguoqiang", "我绑定的是谁", 7, NOW - timedelta(hours=1)).replace(
            "我绑定的是谁", "今天有什么课"
        )
    )
    assert TOO_LATE not in answer.words
    assert answer.words
    assert rows(world, pending_questions) == asked


def changing() -> list[str]:
    """All that a press could do."""
    known = [each for each in registry.INTENTS if each.handle is not None]
    return [e.name for e in known if e.acting or e.name.startswith(("account.", "flow."))]


@pytest.mark.parametrize("name", changing())
async def test_nothing_that_acts_is_done_by_a_stale_press(world: World, name: str) -> None:
    now = world.clock.now()
    incoming = Incoming(
        channel="wecom",
        realm="wecom",
        account="liguoqiang",
        message_id="late",
        at=now,
        said_at=now - timedelta(minutes=20),
        button=action(name).key(),
        push_channel="wecom",
    )
    reply = await world.application.desk.receive(incoming)
    assert reply is not None
    assert TOO_LATE in reply.text
    entry = rows(world, audit)[-1]
    assert (entry["outcome"], entry["detail"]) == ("refused", {"why": "stale"})
    group = replace(incoming, message_id="late2", group="wr-xinxi-1")
    assert await world.application.desk.receive(group) is None, "a group is left in peace"


async def test_a_promise_keeps_its_time(world: World) -> None:
    """Said at 08:28, acknowledged, killed, taken up at 08:41."""
    code = await opened(world)
    said = NOW.replace(minute=28)
    incoming = Incoming(
        channel="wecom",
        realm="wecom",
        account="zhangwei",
        message_id="m",
        at=said + timedelta(seconds=2),
        said_at=said,
        text=f"签到 {code}",
        push_channel="wecom",
    )
    kept = incoming.to_json()
    assert Incoming.from_json(kept) == incoming
    world.clock.set(NOW.replace(minute=41))
    await world.application.desk.resume(Unfinished("wecom", "m", kept))
    (record,) = rows(world, attendance)
    assert (record["at"], record["judgement"]) == (said, "on_time")


def test_stale_begins_after_the_span() -> None:
    assert not is_stale(RECEIVED - STALE, RECEIVED)
    assert is_stale(RECEIVED - STALE - timedelta(seconds=1), RECEIVED)
