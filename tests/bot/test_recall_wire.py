"""Story C06 through the real application: sent, confirmed, taken back from screens, corrected."""

from __future__ import annotations

from datetime import timedelta

from simulator.common.screen import Kind
from storage.tables import audit, deliveries, notices
from tests.bot.worlds import World

OFFICER, CLASS = "liguoqiang", "信息技术1班"
ZHANG, LI = "zhangwei", "lina"
WRONG = "培训改到周六下午两点。"
RIGHT = "培训还是周五下午两点，请带身份证。"


async def send(world: World) -> None:
    """The wrong notice, to the class."""
    await world.say(OFFICER, f"给{CLASS}发通知：{WRONG}")
    await world.say(OFFICER, "确认")


def last(world: World, account: str = OFFICER) -> str:
    """What the person was told last."""
    return world.words(account)[-1]


def has(world: World, account: str, words: str) -> bool:
    """Whether a notice with these words is on the screen now."""
    cards = (each for each in world.seen(account) if each.kind is Kind.CARD)
    return any(words in each.words for each in cards)


async def take_back(world: World, code: str = "N1") -> None:
    await world.say(OFFICER, f"撤回 {code}")
    await world.say(OFFICER, "确认")
    await world.quiet()


async def test_within_a_day_it_disappears_and_a_correction_is_confirmed(world: World) -> None:
    await send(world)
    assert has(world, ZHANG, WRONG)
    await world.say(ZHANG, "收到")
    assert "已确认收到 N1" in last(world, ZHANG)
    await world.say(OFFICER, "撤回 N1")
    asked = "\n".join(world.words(OFFICER)[-2:])
    assert "可以收回：企业微信应用 11 条" in asked
    assert has(world, ZHANG, WRONG), "nothing happens before the yes"
    await world.say(OFFICER, "确认")
    await world.quiet()
    assert not has(world, ZHANG, WRONG)
    assert not has(world, LI, WRONG)
    gone = [each for each in world.seen(ZHANG) if each.kind is Kind.RECALLED]
    assert len(gone) == 1
    assert world.stage.fake.calls.count("message/recall") == 1

    await world.say(LI, "收到N1")
    assert "已经撤回、内容作废" in last(world, LI)
    await world.say(OFFICER, f"更正 N1：{RIGHT}")
    assert not has(world, LI, RIGHT), "a correction is confirmed like any notice"
    await world.say(OFFICER, "确认")
    assert has(world, LI, RIGHT)
    assert has(world, LI, "【更正】N1")
    await world.say(OFFICER, "N1 撤回情况")
    report = last(world)
    assert "企业微信应用：收回 11 条" in report
    assert "撤回前有 1 人确认过错误的一版。\n张伟（" in report
    assert "还没有确认更正的 1 人：张伟" in report
    await world.say(ZHANG, "收到")
    assert "已确认收到 N2" in last(world, ZHANG)
    await world.say(OFFICER, "N1 撤回情况")
    assert "他们都确认了更正" in last(world)


async def test_after_a_day_it_is_refused_politely_and_the_notice_counts_no_more(
    world: World,
) -> None:
    await send(world)
    world.clock.advance(timedelta(hours=24, minutes=1))
    await world.say(OFFICER, "撤回 N1")
    asked = "\n".join(world.words(OFFICER)[-2:])
    assert "可以收回" not in asked
    assert "企业微信应用只能在 24 小时内撤回" in asked
    await world.say(OFFICER, "确认")
    await world.quiet()
    assert has(world, ZHANG, WRONG)
    assert world.stage.fake.calls.count("message/recall") == 0
    await world.say(ZHANG, "收到N1")
    assert "已经撤回" in last(world, ZHANG)
    await world.say(OFFICER, "N1 撤回情况")
    assert "收不回 11 条" in last(world)


async def test_what_the_stop_switch_held_never_leaves(each_world: World) -> None:
    world = each_world
    await world.say(OFFICER, "紧急停发")
    await send(world)
    await take_back(world)
    await world.say(OFFICER, "恢复发送")
    await world.say(OFFICER, "确认")
    await world.quiet()
    assert not has(world, ZHANG, WRONG)
    with world.application.database.unit() as unit:
        rows = unit.rows(deliveries.select().where(deliveries.c.notice_id.is_not(None)))
        assert {row.status for row in rows} == {"cancelled"}


async def test_it_is_asked_back_by_another_process_after_a_death(each_world: World) -> None:
    world = each_world
    await send(world)
    await world.say(OFFICER, "撤回 N1")
    await world.stage.fake.say(OFFICER, "确认")
    await world.bot.kill()
    await world.start_bot()
    world.clock.advance(timedelta(minutes=3))
    await world.quiet()
    assert not has(world, ZHANG, WRONG)
    with world.application.database.unit() as unit:
        (row,) = unit.rows(notices.select())
        assert row.recalled_at is not None
        entries = unit.rows(audit.select().where(audit.c.intent == "notice.recall"))
        assert [each.detail.get("asked_back") for each in entries] == [None, 11]


async def test_a_recall_that_meets_an_unwell_platform_is_asked_for_again(world: World) -> None:
    await send(world)
    world.stage.fake.faults.fail(-1, path="message/recall")
    await take_back(world)
    await world.application.postman.run_due()
    await world.quiet()
    assert not has(world, ZHANG, WRONG)
    assert world.stage.fake.calls.count("message/recall") >= 2


async def test_it_is_not_asked_for_ever(world: World) -> None:
    await send(world)
    world.stage.fake.faults.fail(-1, path="message/recall", times=1000)
    await take_back(world)
    world.clock.advance(timedelta(hours=25))
    await world.application.postman.run_due()
    calls = world.stage.fake.calls.count("message/recall")
    await world.application.postman.run_due()
    assert world.stage.fake.calls.count("message/recall") == calls
    await world.say(OFFICER, "N1 撤回情况")
    assert "超过可以撤回的时间" in last(world)
