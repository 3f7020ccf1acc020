"""Notices on the wire: deaths at every step, lost answers, dead tokens (stories O03, O04)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.channels.base import CallOutcome, Channel, Outgoing
from bot.channels.wecom.api import WeComClient
from bot.channels.wecom.app import WeComChannel
from bot.outbox import LEASE, REPEAT_AFTER, Postman
from handlers.reply import Card, Choice, File, Reply, action
from handlers.reply_json import attachments_of, reply_from_json
from storage.outbox import Outbox
from storage.outbox_values import DeliveryStatus, FrozenRequest, Json, Queued, Unsendable
from storage.sending import Sending
from storage.tables import deliveries
from storage.unit import Unit
from tests.bot.worlds import World

PEOPLE = ("zhangwei", "lina", "wangfang")
WORDS = "明天上午八点半集中。"
BEYOND = LEASE + timedelta(seconds=1)


class Died(BaseException):
    """The process is gone: nothing after this line happens."""


class Mortal:
    """The real channel in a process that dies at a call: before the platform heard, or after."""

    repeats = WeComChannel.repeats
    capabilities = WeComChannel.capabilities

    def __init__(self, channel: Channel, *, heard: bool) -> None:
        self._channel = channel
        self._heard = heard
        self.name = channel.name

    def at_once(self, reply: Reply) -> bool:
        """As the real one."""
        return self._channel.at_once(reply)

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest | Unsendable]:
        """As the real one."""
        return self._channel.requests(outgoing)

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Die."""
        if self._heard:
            await self._channel.call(request, deliveries)
        raise Died

    async def close(self) -> None:
        """As the real one."""
        await self._channel.close()


def statuses(world: World) -> list[str]:
    """Where the deliveries stand."""
    with world.application.database.unit() as unit:
        return [row.status for row in unit.rows(deliveries.select().order_by(deliveries.c.id))]


def received(world: World) -> list[list[str]]:
    """What each of PEOPLE has on the screen."""
    return [world.words(each) for each in PEOPLE]


async def run_and_die(world: World, *, heard: bool) -> None:
    """A former run of the process: it freezes, notes the call, and dies in it."""
    application = world.application
    mortal = Mortal(application.channels["wecom"], heard=heard)
    postman = Postman(application.workers, {"wecom": mortal}, application.clock, "a former run")
    with pytest.raises(Died):
        await postman.run_due()


def freeze_and_die(world: World) -> None:
    """A former run that dies between writing its calls down and making them."""
    channel = world.application.channels["wecom"]
    now = world.clock.now()
    with world.application.database.unit() as unit:

        def group(rows: Sequence[Queued]) -> Sequence[FrozenRequest | Unsendable]:
            return channel.requests([_outgoing(unit, row) for row in rows])

        frozen = Outbox(unit).freeze(
            "wecom", "a former run", now, lease=LEASE, limit=100, group=group
        )
        assert frozen


def _outgoing(unit: Unit, row: Queued) -> Outgoing:
    return Outgoing(row.id, row.account, reply_from_json(unit, row.body), attachments_of(row.body))


async def restart(world: World, *, after: timedelta) -> None:
    """Kill what runs, let time pass, start again and let it work."""
    await world.bot.kill()
    world.clock.advance(after)
    await world.start_bot()
    await world.quiet()


# -- O04 ------------------------------------------------------------------------------------------


async def test_a_notice_reaches_everybody_in_one_call(each_world: World) -> None:
    each_world.queue(Reply(text=WORDS), *PEOPLE)
    await each_world.quiet()
    assert received(each_world) == [[WORDS]] * 3
    assert each_world.stage.fake.calls.count("message/send") == 1
    assert statuses(each_world) == [DeliveryStatus.SENT] * 3


async def test_death_after_freezing(each_world: World) -> None:
    each_world.queue(Reply(text=WORDS), *PEOPLE)
    freeze_and_die(each_world)
    await restart(each_world, after=timedelta(seconds=1))
    assert received(each_world) == [[]] * 3, "another process may still be at it"
    await restart(each_world, after=BEYOND)
    assert received(each_world) == [[WORDS]] * 3
    assert statuses(each_world) == [DeliveryStatus.SENT] * 3


@pytest.mark.parametrize("heard", [False, True], ids=["not heard", "heard"])
async def test_death_during_the_call(each_world: World, heard: bool) -> None:
    each_world.queue(Reply(text=WORDS), *PEOPLE)
    await run_and_die(each_world, heard=heard)
    assert received(each_world) == [[WORDS] if heard else []] * 3
    await restart(each_world, after=BEYOND)
    assert received(each_world) == [[WORDS]] * 3
    assert statuses(each_world) == [DeliveryStatus.SENT] * 3
    await restart(each_world, after=BEYOND)
    assert received(each_world) == [[WORDS]] * 3


async def test_death_with_a_card_that_was_heard(world: World) -> None:
    """Text and card are two calls; both are dropped by the platform when repeated."""
    card = Card("明天集中", choices=(Choice("收到", action("credit.summary"), done="已收到"),))
    world.queue(Reply(text=WORDS, card=card), *PEOPLE)
    await run_and_die(world, heard=True)
    before = received(world)
    assert [len(each) for each in before] == [2, 2, 2]
    await restart(world, after=BEYOND)
    assert received(world) == before


async def test_an_answer_lost_on_the_way_back_is_asked_again_and_shown_once(
    each_world: World,
) -> None:
    world = each_world
    world.stage.fake.faults.drop_path, world.stage.fake.faults.drop_answers = "message/send", 1
    world.queue(Reply(text=WORDS), *PEOPLE)
    await world.quiet()
    assert received(world) == [[WORDS]] * 3
    assert statuses(world) == [DeliveryStatus.CLAIMED] * 3
    world.clock.advance(REPEAT_AFTER + timedelta(seconds=1))
    await world.quiet()
    assert world.stage.fake.calls.count("message/send") == 2
    assert received(world) == [[WORDS]] * 3
    assert statuses(world) == [DeliveryStatus.SENT] * 3


async def test_an_answer_lost_and_the_process_too(each_world: World) -> None:
    world = each_world
    world.stage.fake.faults.drop_path, world.stage.fake.faults.drop_answers = "message/send", 1
    world.queue(Reply(text=WORDS), *PEOPLE)
    await world.quiet()
    await restart(world, after=REPEAT_AFTER + timedelta(seconds=1))
    assert received(world) == [[WORDS]] * 3
    assert statuses(world) == [DeliveryStatus.SENT] * 3


async def test_what_was_called_too_long_ago_is_listed_unknown_not_sent_again(
    world: World,
) -> None:
    """Beyond the platform's memory nobody knows: honest, and never twice."""
    world.queue(Reply(text=WORDS), *PEOPLE)
    await run_and_die(world, heard=True)
    await restart(world, after=timedelta(hours=3))
    assert received(world) == [[WORDS]] * 3
    assert statuses(world) == [DeliveryStatus.UNKNOWN] * 3


async def test_a_file_whose_call_got_no_answer_is_unknown_not_sent_again(world: World) -> None:
    world.stage.fake.faults.drop_path, world.stage.fake.faults.drop_answers = "message/send", 1
    file = File("名单.csv", b"a,b\n1,2\n", "text/csv")
    world.queue(Reply(files=(file,)), "zhangwei")
    await world.quiet()
    world.clock.advance(BEYOND)
    await world.quiet()
    assert len(world.words("zhangwei")) == 1
    assert statuses(world) == [DeliveryStatus.UNKNOWN]


async def test_two_processes_share_one_queue(each_world: World) -> None:
    world = each_world
    first = world.bot
    second = await world.start_bot()
    for number in range(12):
        world.queue(Reply(text=f"第 {number} 条"), *PEOPLE)
    await asyncio.gather(*(bot.application.postman.run_due() for bot in (first, second) * 2))
    for seen in received(world):
        assert sorted(seen) == sorted(f"第 {number} 条" for number in range(12))


async def test_the_same_words_on_purpose_arrive_twice(world: World) -> None:
    """The platform drops equal calls; ours differ unless they are the same delivery."""
    for _ in range(2):
        world.queue(Reply(text=WORDS), "zhangwei")
        await world.quiet()
    assert world.words("zhangwei") == [WORDS, WORDS]


async def test_an_unknown_receiver_does_not_stop_the_others(world: World) -> None:
    world.queue(Reply(text=WORDS), "zhangwei", "nobody", "lina")
    await world.quiet()
    assert world.words("zhangwei") == world.words("lina") == [WORDS]
    assert sorted(statuses(world)) == sorted(
        [DeliveryStatus.SENT, DeliveryStatus.REJECTED, DeliveryStatus.SENT]
    )


async def test_a_busy_platform_is_asked_again_later(world: World) -> None:
    world.stage.fake.faults.fail(-1, path="message/send")
    world.queue(Reply(text=WORDS), *PEOPLE)
    await world.quiet()
    for _ in range(4):
        world.clock.advance(timedelta(minutes=5))
        await world.quiet()
    assert received(world) == [[WORDS]] * 3


async def test_a_frequency_limit_pauses_the_whole_channel(world: World) -> None:
    world.stage.fake.faults.fail(45009, path="message/send")
    world.queue(Reply(text=WORDS), *PEOPLE)
    await world.quiet()
    calls = world.stage.fake.calls.count("message/send")
    world.queue(Reply(text="另一条"), "zhangwei")
    world.clock.advance(timedelta(seconds=30))
    await world.quiet()
    assert world.stage.fake.calls.count("message/send") == calls
    for _ in range(4):
        world.clock.advance(timedelta(minutes=5))
        await world.quiet()
    assert sorted(world.words("zhangwei")) == sorted([WORDS, "另一条"])


async def test_the_stop_switch_holds_notices_but_not_answers(world: World) -> None:
    with world.application.database.unit() as unit:
        Sending(unit).stop_all(None, world.clock.now())
    world.queue(Reply(text=WORDS), *PEOPLE)
    await world.say("zhangwei", "我的学分", "wr-xinxi-1")
    assert WORDS not in world.words("zhangwei")
    assert "62 学分" in world.words("zhangwei", "app")[0]
    with world.application.database.unit() as unit:
        Sending(unit).resume(None, world.clock.now())
    await world.quiet()
    assert world.words("lina", "app") == [WORDS]


async def menu_made(world: World) -> None:
    """The application has looked after its menu, with a token of its own."""
    for _ in range(500):
        if world.stage.fake.calls.count("menu/create"):
            return
        await asyncio.sleep(0.01)


# -- O03 ------------------------------------------------------------------------------------------


async def test_fifty_senders_refresh_a_dead_token_once(world: World) -> None:
    fake = world.stage.fake
    async with asyncio.timeout(10):
        client = WeComClient(
            world.keys.corp_id,
            world.keys.secret,
            base=f"{world.stage.address}/fake/wecom/cgi-bin/",
            http=world.http,
        )
        people = [person.userid for person in world.stage.people()]
        await menu_made(world)
        before = fake.calls.count("gettoken")

        async def send(number: int) -> None:
            body = (
                f'{{"touser":"{people[number % len(people)]}","agentid":{world.keys.agent_id},'
                f'"msgtype":"text","text":{{"content":"第 {number} 条"}}}}'
            )
            await client.send(body.encode())

        await asyncio.gather(*(send(number) for number in range(50)))
        assert fake.calls.count("gettoken") == before + 1
        for turn in (2, 3):
            fake.invalidate_tokens()
            await asyncio.gather(*(send(number) for number in range(50)))
            assert fake.calls.count("gettoken") == before + turn
    arrived = [each for person in people for each in world.words(person)]
    assert len(arrived) == 150


@pytest.mark.parametrize("code", [40014, 42001])
async def test_a_notice_is_not_lost_to_a_dead_token(world: World, code: int) -> None:
    world.queue(Reply(text="先来一条"), *PEOPLE)
    await world.quiet()
    world.stage.fake.faults.fail(code, path="message/send")
    world.queue(Reply(text=WORDS), *PEOPLE)
    await world.quiet()
    assert received(world) == [["先来一条", WORDS]] * 3
    assert world.stage.fake.calls.count("gettoken") == 2


async def test_a_token_that_stays_dead_is_not_asked_for_without_end(world: World) -> None:
    world.stage.fake.faults.fail(40014, times=1000, path="message/send")
    world.queue(Reply(text=WORDS), "zhangwei")
    await world.quiet()
    assert world.stage.fake.calls.count("gettoken") <= 3
    assert world.stage.fake.calls.count("message/send") <= 4


async def test_a_clock_that_is_set_back_keeps_no_message_waiting(each_world: World) -> None:
    """An hour that is told twice is waited for once."""
    await each_world.application.chores.follow_clock()
    each_world.clock.advance(timedelta(hours=1))
    each_world.queue(Reply(text=WORDS), *PEOPLE)
    each_world.clock.advance(-timedelta(hours=1))
    await each_world.application.postman.run_due()
    assert received(each_world) == [[]] * 3
    await each_world.application.chores.follow_clock()
    await each_world.quiet()
    assert received(each_world) == [[WORDS]] * 3
    assert statuses(each_world) == [DeliveryStatus.SENT] * 3
