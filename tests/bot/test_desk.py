"""One answer a message: repeats, slow turns, errors, crashes (stories O01, O02)."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bot.desk import APOLOGY, PLEASE_WAIT
from handlers import registry
from handlers.contract import Turn
from handlers.reply import Card, Choice, Reply, action
from storage.journal import Audit, Outcome, SeenMessages
from storage.tables import audit, deliveries, pending_questions, seen_messages
from tests.bot.worlds import Answered, Bot, World, message

ASKED = "还有什么没交"  # deadline.query, whose handler the tests replace
HANDLED = "deadline.query"


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Turn], Reply]], None]:
    """Let another function answer ASKED."""

    def put(function: Callable[[Turn], Reply]) -> None:
        intent = registry.BY_NAME[HANDLED]
        monkeypatch.setitem(registry.BY_NAME, HANDLED, replace(intent, handle=function))

    return put


Handle = Callable[[Callable[[Turn], Reply]], None]


def recording(turn: Turn) -> Reply:
    """A handler that leaves one record a call."""
    Audit(turn.unit).add(
        at=turn.now,
        turn="test",
        actor_id=turn.asker.person_id,
        channel="test",
        intent="test.record",
        outcome=Outcome.DONE,
        detail={},
    )
    return Reply(text="记下了。")


def records(world: World) -> int:
    """How many records there are."""
    with world.application.database.unit() as unit:
        found = unit.value(select(func.count()).where(audit.c.intent == "test.record"))
    return int(found)


def answers(told: list[Answered]) -> list[str]:
    """The words of the passive replies."""
    return [each.words for each in told if each.words]


async def warm(world: World) -> None:
    """Have the understanding loaded, so that times measured are those of turns."""
    await asyncio.to_thread(world.application.readings.current)


# -- O01 ------------------------------------------------------------------------------------------


async def test_three_deliveries_in_a_row_are_one_record_and_one_reply(
    each_world: World, handle: Handle
) -> None:
    handle(recording)
    await each_world.say("zhangwei", ASKED, copies=3)
    assert records(each_world) == 1
    assert each_world.words("zhangwei") == ["记下了。"]


async def test_three_deliveries_at_once_are_one_record_and_one_reply(
    each_world: World, handle: Handle
) -> None:
    handle(recording)
    inner = message("zhangwei", ASKED, 42)
    told = await asyncio.gather(*(each_world.send(inner) for _ in range(3)))
    await each_world.quiet()
    assert {each.status for each in told} == {200}
    assert answers(list(told)) == ["记下了。"]
    assert records(each_world) == 1
    assert each_world.words("zhangwei") == []


async def test_a_repeat_after_a_restart_is_dropped(each_world: World, handle: Handle) -> None:
    handle(recording)
    inner = message("zhangwei", ASKED, 43)
    first = await each_world.send(inner)
    await each_world.bot.kill()
    await each_world.start_bot()
    second = await each_world.send(inner)
    await each_world.quiet()
    assert (first.words, second.words) == ("记下了。", "")
    assert records(each_world) == 1


async def test_a_repeat_to_another_process_is_dropped(each_world: World, handle: Handle) -> None:
    """Two replicas on one database get the same message at the same moment."""
    handle(recording)
    one = each_world.bot
    two = await each_world.start_bot()
    for number in range(10):
        inner = message("zhangwei", ASKED, 100 + number)
        told = await asyncio.gather(
            *(each_world.send(inner, bot=bot) for bot in (one, two, one, two))
        )
        assert answers(list(told)) == ["记下了。"], number
    await each_world.quiet()
    assert records(each_world) == 10
    assert each_world.words("zhangwei") == []


async def test_the_platform_repeats_what_it_thinks_was_late(world: World, handle: Handle) -> None:
    handle(recording)
    world.stage.fake.limits = replace(world.stage.fake.limits, retry_pause_seconds=0.0)
    world.stage.fake.faults.callback_timeouts = 2
    delivery = await world.say("zhangwei", ASKED)
    assert delivery.attempts == 3
    assert records(world) == 1


# -- O02 ------------------------------------------------------------------------------------------


class Slow:
    """A handler that waits until it is let go; `killed`: its process died meanwhile."""

    def __init__(self, words: str = "慢慢来的回答") -> None:
        self.words = words
        self.go = threading.Event()
        self.killed = False
        self.calls = 0

    def __call__(self, turn: Turn) -> Reply:
        self.calls += 1
        if not self.go.wait(timeout=20):
            raise TimeoutError
        if self.killed:
            raise ConnectionAbortedError("the process is dead")
        return Reply(text=self.words)


async def test_a_slow_answer_is_acknowledged_in_time_and_follows_as_a_push(
    each_world: World, handle: Handle
) -> None:
    world, slow = each_world, Slow()
    handle(slow)
    await warm(world)
    begun = time.monotonic()
    told = await world.send(message("zhangwei", ASKED, 7))
    assert time.monotonic() - begun < 1.2
    assert told.words == PLEASE_WAIT
    begun = time.monotonic()
    other = await world.send(message("lina", "我的学分", 8))
    assert time.monotonic() - begun < 0.8, "a slow turn held up somebody else"
    assert "学分" in other.words
    assert world.words("zhangwei") == []
    slow.go.set()
    await world.quiet()
    assert world.words("zhangwei") == ["慢慢来的回答"]
    assert slow.calls == 1


async def test_many_slow_turns_do_not_hold_up_others(world: World, handle: Handle) -> None:
    slow = Slow()
    handle(slow)
    await warm(world)
    people = [person.userid for person in world.stage.people() if person.userid != "liguoqiang"]
    people = people[:12]
    waiting = [
        asyncio.create_task(world.send(message(who, ASKED, f"s{number}")))
        for number, who in enumerate(people)
    ]
    await asyncio.sleep(0.3)
    begun = time.monotonic()
    told = await world.send(message("liguoqiang", "我绑定的是谁", 9))
    assert time.monotonic() - begun < 0.8
    assert "李国强" in told.words
    slow.go.set()
    await asyncio.gather(*waiting)
    await world.quiet()
    for who in people:
        assert world.words(who) in ([], ["慢慢来的回答"])


async def test_the_same_persons_next_message_waits_its_turn(world: World, handle: Handle) -> None:
    slow = Slow("先问的")
    handle(slow)
    await warm(world)
    first = asyncio.create_task(world.send(message("zhangwei", ASKED, 1)))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(world.send(message("ZHANGWEI", "我绑定的是谁", 2)))
    assert (await first).words == PLEASE_WAIT
    assert (await second).words == PLEASE_WAIT
    slow.go.set()
    await world.quiet()
    one, two = world.words("zhangwei")
    assert one == "先问的"
    assert "张伟" in two


async def test_a_slow_answer_in_a_group_still_tells_the_group_nothing(
    world: World, handle: Handle
) -> None:
    slow = Slow("只给本人看的")
    handle(slow)
    await warm(world)
    threading.Timer(1.2, slow.go.set).start()
    await world.say("zhangwei", ASKED, "wr-xinxi-1")
    assert world.words("zhangwei", "app") == ["只给本人看的"]
    assert "只给本人看的" not in "".join(world.words("lina"))
    assert world.words("lina", "app") == []


# -- crashes --------------------------------------------------------------------------------------


async def test_a_promise_survives_a_crash(each_world: World, handle: Handle) -> None:
    """Acknowledged, killed before the answer, started again: it arrives, once."""
    world, slow = each_world, Slow()
    handle(slow)
    await warm(world)
    inner = message("zhangwei", ASKED, 77)
    assert (await world.send(inner)).words == PLEASE_WAIT
    await die(world.bot, slow)
    assert world.words("zhangwei") == []
    handle(lambda _turn: Reply(text="重启之后的回答"))
    await world.start_bot()
    await world.quiet()
    assert world.words("zhangwei") == ["重启之后的回答"]
    assert (await world.send(inner)).words == ""
    await world.bot.kill()
    await world.start_bot()
    await world.quiet()
    assert world.words("zhangwei") == ["重启之后的回答"]


async def test_a_file_that_was_promised_is_asked_for_again_after_a_crash(
    world: World, handle: Handle
) -> None:
    """Its bytes died with the process: say so instead of answering an empty message."""
    world.stage.fake.faults.latency = 1.5
    inner = message("zhangwei", "", 78, kind="file").replace(
        "<Content><![CDATA[]]></Content>", "<MediaId>m1</MediaId>"
    )
    assert (await world.send(inner)).words == PLEASE_WAIT
    await world.bot.kill()
    world.stage.fake.faults.latency = 0.0
    await world.start_bot()
    await world.quiet()
    (words,) = world.words("zhangwei")
    assert "文件" in words
    assert "再发一次" in words


async def test_a_refused_file_of_a_slow_platform_is_explained_once(world: World) -> None:
    await warm(world)
    world.stage.fake.faults.latency = 1.0
    inner = message("zhangwei", "", 79, kind="file").replace(
        "<Content><![CDATA[]]></Content>", "<MediaId>gone</MediaId>"
    )
    assert (await world.send(inner)).words == PLEASE_WAIT
    world.stage.fake.faults.latency = 0.0
    await world.quiet()
    assert len(world.words("zhangwei")) == 1
    await world.bot.kill()
    await world.start_bot()
    await world.quiet()
    assert len(world.words("zhangwei")) == 1
    with world.application.database.unit() as unit:
        assert not SeenMessages(unit).unfinished()


async def die(bot: Bot, slow: Slow) -> None:
    """Kill a bot whose thread is inside a slow handler."""
    slow.killed = True
    killing = asyncio.create_task(bot.kill())
    await asyncio.sleep(0)
    slow.go.set()
    await killing


# -- errors ---------------------------------------------------------------------------------------


async def test_an_error_gives_a_code_and_a_trace_and_saves_nothing(
    each_world: World, handle: Handle, log_lines: list[str]
) -> None:
    def broken(turn: Turn) -> Reply:
        recording(turn)
        raise ZeroDivisionError(f"{turn.asker.name} {turn.text}")

    world = each_world
    handle(broken)
    told = await world.send(message("zhangwei", ASKED, 5))
    await world.quiet()
    prefix = APOLOGY.partition("{code}")[0]
    assert told.words.startswith(prefix)
    code = told.words.removeprefix(prefix)[:4]
    failed = [json.loads(line) for line in log_lines if '"turn failed"' in line]
    assert [line["code"] for line in failed] == [code]
    assert failed[0]["turn"].upper().startswith(code)
    assert failed[0]["error"] == "ZeroDivisionError"
    assert any("broken" in frame for frame in failed[0]["trace"])
    assert records(world) == 0
    with world.application.database.unit() as unit:
        assert unit.value(select(func.count()).select_from(deliveries)) == 0
        assert unit.value(select(func.count()).select_from(pending_questions)) == 0
        assert unit.value(select(func.count()).select_from(seen_messages)) == 1
        noted = Audit(unit).entries()[0]
    assert (noted["outcome"], noted["detail"]) == ("failed", {"code": code})
    assert (await world.send(message("zhangwei", ASKED, 5))).words == ""
    assert "张伟" in (await world.send(message("zhangwei", "我绑定的是谁", 6))).words


async def test_an_error_of_a_slow_turn_reaches_the_person_too(world: World, handle: Handle) -> None:
    slow = Slow()

    def broken(turn: Turn) -> Reply:
        slow(turn)
        raise ZeroDivisionError

    handle(broken)
    await warm(world)
    assert (await world.send(message("zhangwei", ASKED, 5))).words == PLEASE_WAIT
    slow.go.set()
    await world.quiet()
    (words,) = world.words("zhangwei")
    assert "错误码" in words


async def test_a_press_that_fails_leaves_its_button_and_is_explained(
    world: World, handle: Handle
) -> None:
    """Grey and 已收到 would be a lie."""

    def broken(turn: Turn) -> Reply:
        raise ZeroDivisionError

    handle(broken)
    choices = (Choice("收到", action(HANDLED), done="已收到"),)
    world.queue(Reply(card=Card("通知", choices=choices)), "zhangwei")
    await world.quiet()
    for shown in (2, 3):
        await world.stage.fake.press("zhangwei", None, "收到")
        await world.quiet()
        seen = world.seen("zhangwei")
        assert len(seen) == shown
        assert "错误码" in seen[-1].words
    handle(lambda _turn: Reply(text="记下了。"))
    await world.stage.fake.press("zhangwei", None, "收到")
    await world.quiet()
    card, *_, last = world.seen("zhangwei")
    assert card.card is not None
    assert [(b.text, b.enabled) for b in card.card.buttons] == [("已收到", False)]
    assert last.words == "记下了。"


# -- O09 ------------------------------------------------------------------------------------------


async def test_the_log_holds_nothing_personal(
    world: World, handle: Handle, log_lines: list[str]
) -> None:
    def broken(turn: Turn) -> Reply:
        raise ValueError(f"{turn.asker.name} {turn.asker.staff_number} {turn.text}")

    said = ("我的学分", "为什么", "绑定 何静 K7M2P9QX", "我绑定的是谁", "我的手机号是13800000102")
    for text in said:
        await world.say("zhangwei", text)
        await world.say("zhangwei", text, "wr-xinxi-1")
        await world.say(world.stage.account("新来的老师") or "", text)
    handle(broken)
    await world.say("zhangwei", ASKED)
    await world.stage.fake.send_file("zhangwei", "张伟的成绩.csv", "姓名\n张伟\n".encode())
    await world.quiet()
    world.stage.fake.faults.fail(40003, path="message/send")
    world.queue(Reply(text="张伟老师您好"), "zhangwei", "nobody")
    await world.quiet()
    whole = "\n".join(log_lines)
    assert "turn answered" in whole
    assert "turn failed" in whole
    people = [person.name for person in world.stage.people()]
    secrets = [world.keys.secret, world.keys.token, world.keys.aes_key, world.keys.bot_token]
    tokens = list(world.stage.corp.tokens)
    accounts = [person.userid for person in world.stage.people()]
    numbers = ["13800000102", "430102", "4301"]
    for word in (*people, *accounts, *numbers, *secrets, *tokens, *said, ASKED, "K7M2P9QX"):
        assert word not in whole, word
    for line in log_lines:
        assert {"at", "level", "from", "message"} <= json.loads(line).keys()
