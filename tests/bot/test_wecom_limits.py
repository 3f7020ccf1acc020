"""What the app sends, within its limits: windows, one token, a sick platform (O03, O12)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from bot.channels.spending import MARGIN
from bot.channels.wecom_errors import HALTS
from bot.leases import Sharing
from handlers.reply import Card, Choice, File, Reply, action
from simulator.wecom.faults import Faults
from simulator.wecom.screen import Kind
from storage.outbox_values import DeliveryStatus
from storage.pauses import Pauses
from storage.tables import deliveries
from tests.bot.worlds import Bot, World

MINUTE = timedelta(minutes=1)
WINDOW = MINUTE + MARGIN
CARD = Card(
    "明天集中", "八点半", choices=(Choice("收到", action("credit.summary"), done="已收到"),)
)


def shared(bot: Bot) -> Bot:
    """As the composition root does it."""
    for channel in bot.application.channels.values():
        if isinstance(channel, Sharing):
            channel.share(bot.application.leasing)
    return bot


@pytest.fixture
def one(world: World) -> World:
    """One process, on SQLite."""
    shared(world.bot)
    return world


@pytest.fixture
def each(each_world: World) -> World:
    """One process, on each engine."""
    shared(each_world.bot)
    return each_world


def texts(world: World, account: str, words: Sequence[str]) -> None:
    """Several messages for one person."""
    for each in words:
        world.queue(Reply(text=each), account)


def statuses(world: World) -> dict[str, int]:
    """How many deliveries stand where."""
    with world.application.database.unit() as unit:
        found = [row.status for row in unit.rows(deliveries.select())]
    return {status: found.count(status) for status in found}


def cause(world: World) -> str:
    """Why the app is silent now."""
    with world.application.database.unit() as unit:
        pause = Pauses(unit).of("wecom", world.clock.now()).get("")
    return pause.cause if pause is not None else ""


async def later(world: World, span: timedelta) -> None:
    """Time passes, and what is due then is done."""
    world.clock.advance(span)
    await world.quiet()


# -- limits --------------------------------------------------------------------------------------


async def test_nothing_is_dropped_in_silence(one: World) -> None:
    words = [f"第 {number} 条" for number in range(70)]
    texts(one, "zhangwei", words)
    texts(one, "lina", words[:3])
    await one.quiet()
    assert one.words("zhangwei") == words[:30]
    assert one.words("lina") == words[:3], "a full window is one person's"
    assert statuses(one) == {DeliveryStatus.SENT: 33, DeliveryStatus.QUEUED: 40}
    await later(one, WINDOW)
    assert one.words("zhangwei") == words[:60]
    await later(one, WINDOW)
    assert one.words("zhangwei") == words, "in their order"
    assert one.stage.fake.drops == []


async def test_every_part_of_a_message_counts(one: World) -> None:
    long = "\n".join("很长的一行，说明天集中的事情。" * 4 for _ in range(40))
    for _ in range(12):
        one.queue(Reply(text=long, card=CARD), "zhangwei")
    await one.quiet()
    parts = len(one.words("zhangwei"))
    assert 24 <= parts <= 30
    await later(one, WINDOW)
    assert one.stage.fake.drops == []
    assert len(one.words("zhangwei")) > parts


async def test_two_processes_share_a_persons_window(each: World) -> None:
    second = shared(await each.start_bot())
    words = [f"第 {number} 条" for number in range(45)]
    texts(each, "zhangwei", words)
    await asyncio.gather(*(bot.application.postman.run_due() for bot in (*each.bots, *each.bots)))
    assert len(each.words("zhangwei")) == 30
    await second.kill()
    shared(await each.start_bot())  # what was spent is known after a restart
    await each.quiet()
    assert len(each.words("zhangwei")) == 30
    await later(each, WINDOW)
    assert sorted(each.words("zhangwei")) == sorted(words)
    assert each.stage.fake.drops == []


async def test_a_limit_of_the_platform_is_waited_for_longer_each_time(one: World) -> None:
    one.stage.fake.faults.fail(45009, times=3, path="message/send")
    one.queue(Reply(text="一"), "zhangwei")
    await one.quiet()
    assert "45009" in cause(one)
    calls = []
    for _ in range(16):
        await later(one, timedelta(seconds=30))
        calls.append(one.stage.fake.calls.count("message/send"))
    assert calls == [1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4], "after 1, 2 and 4 minutes"
    assert one.words("zhangwei") == ["一"]
    assert cause(one) == ""


# -- the token -----------------------------------------------------------------------------------


async def test_two_processes_use_one_token(each: World) -> None:
    second = shared(await each.start_bot())
    calls = each.stage.fake.calls
    for turn in range(1, 4):
        for number in range(6):
            each.queue(Reply(text=f"第 {turn}-{number} 条"), "zhangwei", "lina")
        await asyncio.gather(*(bot.application.postman.run_due() for bot in each.bots))
        await each.quiet()
        assert calls.count("gettoken") == turn
        each.stage.fake.invalidate_tokens()
    assert statuses(each) == {DeliveryStatus.SENT: 36}
    assert len(each.words("zhangwei")) == 18
    assert second is each.bot


async def test_a_token_is_renewed_five_minutes_early(one: World) -> None:
    fake = one.stage.fake
    one.queue(Reply(text="一"), "zhangwei")
    await one.quiet()
    await later(one, timedelta(minutes=114))
    one.queue(Reply(text="二"), "zhangwei")
    await one.quiet()
    assert fake.calls.count("gettoken") == 1
    await later(one, timedelta(minutes=2))
    one.queue(Reply(text="三"), "zhangwei")
    await one.quiet()
    assert fake.calls.count("gettoken") == 2
    assert fake.calls.count("message/send", 42001) == 0


async def test_a_wrong_secret_is_asked_about_once_a_pause(each: World) -> None:
    app, right = each.stage.app, each.stage.app.secret
    app.secret = "another"
    second = shared(await each.start_bot())
    calls = each.stage.fake.calls
    for turn in range(1, 4):
        texts(each, "zhangwei", [f"{turn}-{number}" for number in range(8)])
        texts(each, "lina", [f"{turn}-{number}" for number in range(8)])
        for _ in range(3):
            await asyncio.gather(*(bot.application.postman.run_due() for bot in each.bots))
            await each.quiet()
        assert calls.count("gettoken") == turn
        assert "Secret 不对" in cause(each)
        assert calls.count("message/send") == 0
        await later(each, timedelta(minutes=10, seconds=1))
    assert second is each.bot
    app.secret = right
    for _ in range(3):
        await later(each, timedelta(minutes=10, seconds=1))
    assert len(each.words("zhangwei")) == 24
    assert cause(each) == ""


@pytest.mark.parametrize("code", sorted(HALTS))
async def test_what_an_operator_must_put_right_stops_the_sending(one: World, code: int) -> None:
    one.stage.fake.faults.fail(code, path="message/send")
    one.queue(Reply(text="一"), "zhangwei")
    await one.quiet()
    assert str(code) in cause(one)
    one.queue(Reply(text="二"), "lina")
    await one.quiet()
    assert one.stage.fake.calls.count("message/send") == 1
    await later(one, timedelta(minutes=11))
    assert (one.words("zhangwei"), one.words("lina")) == (["一"], ["二"])
    assert cause(one) == ""


# -- a platform that is unwell (O12) -------------------------------------------------------------


@pytest.mark.parametrize("code", [-1, 6000, 40014])
async def test_a_platform_that_fails_is_left_alone_and_comes_back(one: World, code: int) -> None:
    fake = one.stage.fake
    fake.faults.fail(code, times=10_000, path="message/send")
    people = [person.userid for person in one.stage.people()][:10]
    for account in people:
        one.queue(Reply(text=f"给 {account}"), account)
    await one.quiet()
    tried = fake.calls.count("message/send")
    assert tried <= 16, "eight at once, and a token that is dead is renewed once a call"
    assert "连续出错" in cause(one)
    for _ in range(10):
        await one.quiet()
    assert fake.calls.count("message/send") == tried
    for _ in range(12):
        await later(one, timedelta(minutes=5))
    probes = fake.calls.count("message/send") - tried
    assert probes <= 18, "one call asks, after 1, 2, 4, 8, 15, 15… minutes"
    fake.faults.planned.clear()
    for _ in range(4):
        await later(one, timedelta(minutes=15))
    assert [one.words(account) for account in people] == [[f"给 {each}"] for each in people]
    assert cause(one) == ""


async def test_answers_that_get_lost_open_the_breaker_and_nothing_arrives_twice(
    one: World,
) -> None:
    faults = one.stage.fake.faults
    faults.drop_path, faults.drop_answers = "message/send", 8
    people = [person.userid for person in one.stage.people()][:10]
    for account in people:
        one.queue(Reply(text=f"给 {account}"), account)
    await one.quiet()
    assert "没有回应" in cause(one)
    for _ in range(20):
        await later(one, MINUTE)
    assert [one.words(account) for account in people] == [[f"给 {each}"] for each in people]
    assert statuses(one) == {DeliveryStatus.SENT: 10}


async def test_an_address_that_nobody_answers_at_is_no_lost_message(one: World) -> None:
    sender = one.application.channels["wecom"]
    client = await sender.line.client()  # type: ignore[attr-defined]
    base, client.API_BASE_URL = client.API_BASE_URL, "http://127.0.0.1:9/cgi-bin/"
    for account in ("zhangwei", "lina", "wangfang", "liuyang", "chenjing", "zhaolei"):
        one.queue(Reply(text="一"), account)
    await one.quiet()
    for _ in range(8):
        await later(one, timedelta(minutes=5))
    client.API_BASE_URL = base
    for _ in range(4):
        await later(one, timedelta(minutes=15))
    assert one.words("zhangwei") == one.words("lina") == ["一"]


# -- messages of several parts -------------------------------------------------------------------


async def test_a_second_part_that_fails_is_tried_again_without_the_first_twice(
    one: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.queue(Reply(text="请看卡片", card=CARD), "zhangwei")
    strike, sends = Faults.strike, count()

    def second(faults: Faults, path: str) -> None:
        if path == "message/send" and next(sends) == 1:
            faults.fail(-1, path=path)
        strike(faults, path)

    monkeypatch.setattr(Faults, "strike", second)
    await one.quiet()
    assert one.words("zhangwei") == ["请看卡片"]
    await later(one, MINUTE)
    kinds = [shown.kind for shown in one.seen("zhangwei")]
    assert kinds == [Kind.TEXT, Kind.CARD]
    assert statuses(one) == {DeliveryStatus.SENT: 1}


async def test_cards_become_words_where_there_is_no_callback_address(one: World) -> None:
    fake = one.stage.fake
    one.stage.app.callback_url = ""
    for number in range(3):
        one.queue(Reply(text=f"第 {number} 件", card=replace(CARD, title=f"第 {number}")), "lina")
        await one.quiet()
    words = one.words("lina")
    assert "1. 收到" in words[1]
    assert "1. 收到" in words[2]
    assert fake.calls.count("message/send", 43012) == 1, "it need not be told again"
    assert {shown.kind for shown in one.seen("lina")} == {Kind.TEXT}


@pytest.mark.parametrize("code", [40008, 42014, 42038, 42045])
async def test_a_card_that_is_refused_is_said_in_words(one: World, code: int) -> None:
    one.stage.fake.faults.fail(code, path="message/send")
    one.queue(Reply(card=CARD), "lina")
    await one.quiet()
    (words,) = one.words("lina")
    assert words == "【明天集中】\n八点半\n1. 收到\n回复数字即可选择。"
    assert statuses(one) == {DeliveryStatus.SENT: 1}


async def test_pictures_and_files_up(one: World) -> None:
    picture = File("合影.png", b"\x89PNG\r\n\x1a\n" + b"0" * 50, "image/png", picture=True)
    odd = File("合影.webp", b"RIFF0000WEBP" + b"0" * 50, "image/webp", picture=True)
    table = File("名单.csv", "姓名\n张伟\n".encode(), "text/csv")
    one.queue(Reply(text="请查收", files=(picture, odd, table)), "zhangwei")
    await one.quiet()
    kinds = [shown.kind for shown in one.seen("zhangwei")]
    assert kinds == [Kind.TEXT, Kind.IMAGE, Kind.FILE, Kind.FILE]
    assert one.words("zhangwei")[2:] == ["合影.webp", "名单.csv"]
    assert one.stage.fake.calls.count("media/upload") == 3


async def test_a_file_that_was_forgotten_is_uploaded_again(one: World) -> None:
    one.queue(Reply(files=(File("名单.csv", b"a,b\n1,2\n", "text/csv"),)), "zhangwei")
    one.stage.fake.faults.fail(40007, path="message/send")
    await one.quiet()
    assert one.words("zhangwei") == ["名单.csv"]
    assert one.stage.fake.calls.count("media/upload") == 2


@pytest.mark.parametrize("size", [0, 5, 20 * 1024 * 1024 + 1])
async def test_a_file_that_the_platform_does_not_take_is_listed(one: World, size: int) -> None:
    one.queue(Reply(text="请查收", files=(File("册子.pdf", b"0" * size),)), "zhangwei")
    await one.quiet()
    assert statuses(one) == {DeliveryStatus.REJECTED: 1}
    with one.application.database.unit() as unit:
        (row,) = unit.rows(deliveries.select())
    assert "册子.pdf" in row.error


# -- taking back, and cards that were answered in words ------------------------------------------


async def made(world: World, *accounts: str) -> tuple[dict[str, object], str]:
    """The request and the platform's name of one notice with a card."""
    world.queue(Reply(text="请看卡片", card=CARD), *accounts)
    await world.quiet()
    with world.application.database.unit() as unit:
        from storage.tables import delivery_batches  # noqa: PLC0415 - only here

        (row,) = unit.rows(delivery_batches.select())
    return dict(row.request), str(row.platform_id)


async def test_what_was_sent_is_taken_back_within_a_day(one: World) -> None:
    request, platform_id = await made(one, "zhangwei", "lina")
    sender = one.application.channels["wecom"]
    assert sender.capabilities.recall == timedelta(hours=24)
    assert len(one.words("zhangwei")) == 2
    assert await sender.recall(request, platform_id) == ""  # type: ignore[attr-defined]
    assert await sender.recall(request, platform_id) == "", "twice does no harm"  # type: ignore[attr-defined]
    for account in ("zhangwei", "lina"):
        assert [shown.kind for shown in one.seen(account)] == [Kind.RECALLED] * 2
    assert "编号" in await sender.recall(request, "")  # type: ignore[attr-defined]
    assert "编号" in await sender.recall(request, "made-up,also")  # type: ignore[attr-defined]


async def test_after_a_day_it_stays(one: World) -> None:
    request, platform_id = await made(one, "zhangwei")
    one.clock.advance(timedelta(hours=24, seconds=1))
    sender = one.application.channels["wecom"]
    assert "24 小时" in await sender.recall(request, platform_id)  # type: ignore[attr-defined]
    assert len(one.words("zhangwei")) == 2


async def test_a_card_that_was_answered_in_words_turns_grey_once(one: World) -> None:
    _, platform_id = await made(one, "zhangwei", "lina")
    sender = one.application.channels["wecom"]
    update = sender.update_card  # type: ignore[attr-defined]
    assert await update(platform_id, ["zhangwei"], "已收到") == ""
    shown = one.seen("zhangwei")[-1].card
    other = one.seen("lina")[-1].card
    assert shown is not None
    assert other is not None
    assert [(button.text, button.enabled) for button in shown.buttons] == [("已收到", False)]
    assert [(button.text, button.enabled) for button in other.buttons] == [("收到", True)]
    assert "60140" in await update(platform_id, ["lina"], "已收到"), "one use"
    assert "更新过" in await update(platform_id.partition("|")[0], ["lina"], "已收到")
