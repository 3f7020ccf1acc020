"""A callback that WeCom repeats because our answer was lost is answered, and handled once."""

from __future__ import annotations

from datetime import timedelta

from bot.channels.wecom.again import LOST
from bot.channels.wecom.door import RETRIES
from bot.desk import PLEASE_WAIT
from handlers.reply import Reply
from tests.bot.wecom_socket_talk import ASKED, Handle, Slow
from tests.bot.worlds import World, message

LATER = timedelta(seconds=5)


async def test_a_lost_answer_is_given_again(world: World) -> None:
    inner = message("zhangwei", "我的学分", 501)
    first = await world.send(inner)
    assert (await world.send(inner)).words == "", "a copy on the way"
    world.clock.advance(LATER)
    assert (await world.send(inner)).words == first.words
    world.clock.advance(RETRIES)
    assert (await world.send(inner)).words == "", "no retry of theirs comes so late"


async def test_an_answer_lost_with_its_process_is_owned_up_to(each_world: World) -> None:
    world = each_world
    inner = message("zhangwei", "我的学分", 502)
    assert "62 学分" in (await world.send(inner)).words
    await world.bot.kill()
    await world.start_bot()
    world.clock.advance(LATER)
    assert (await world.send(inner)).words == LOST
    assert (await world.send(message("lina", "我的学分", 503))).words != LOST


async def test_what_comes_through_the_outbox_is_not_said_again(
    world: World, let_answer: Handle
) -> None:
    slow = Slow(Reply(text="慢慢来的回答"))
    let_answer(slow)
    inner = message("zhangwei", ASKED, 504)
    assert (await world.send(inner)).words == PLEASE_WAIT
    slow.go.set()
    await world.quiet()
    await world.bot.kill()
    await world.start_bot()
    world.clock.advance(LATER)
    assert (await world.send(inner)).words == ""
    assert world.words("zhangwei") == ["慢慢来的回答"]
