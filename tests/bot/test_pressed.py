"""Cards that were pressed for nothing: what was refused does not look done."""

from __future__ import annotations

from datetime import timedelta

from tests.bot.worlds import World

OFFICER, LI = "liguoqiang", "lina"


async def test_a_press_that_confirms_nothing_leaves_the_card_as_it_is(world: World) -> None:
    for words in ("给信息技术1班发通知：改到周六", "确认"):
        await world.say(OFFICER, words)
    world.clock.advance(timedelta(hours=24, minutes=1))
    for words in ("撤回 N1", "确认"):  # too late: the cards stay on the screens
        await world.say(OFFICER, words)
    await world.stage.fake.press(LI, None, "收到")
    await world.quiet()
    assert "已经撤回、内容作废" in world.words(LI)[-1]
    (card,) = [each.card for each in world.seen(LI) if each.card is not None]
    assert [button.text for button in card.buttons] == ["收到"]
