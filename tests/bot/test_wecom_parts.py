"""What one message of the app is made of, and taking it back, and cards that turn grey."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import func, select

from bot.stale_cards import CardUpdates
from handlers.reply import File, Reply
from handlers.reply_json import reply_to_json
from simulator.common.screen import Kind
from simulator.wecom.faults import Faults
from storage.accounts import Accounts
from storage.notices import Notices
from storage.outbox import Outbox
from storage.outbox_values import DeliveryStatus, NewDelivery
from storage.tables import deliveries, delivery_batches, notice_recipients, notices
from tests.bot.wecom_sending import CARD, MINUTE, later, shared, statuses
from tests.bot.worlds import World


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


# -- who gets nothing although the call succeeds -------------------------------------------------


async def test_who_has_no_licence_is_not_reached(each: World) -> None:
    corp = each.stage.corp
    member = corp.member("lina")
    assert member is not None
    member.licensed = False
    each.queue(Reply(text="通知"), "zhangwei", "Lina", "nobody-there")
    await each.quiet()
    assert each.words("zhangwei") == ["通知"]
    assert each.words("lina") == []
    assert statuses(each) == {DeliveryStatus.SENT: 1, DeliveryStatus.REJECTED: 2}
    with each.application.database.unit() as unit:
        told = {row.account: row.error for row in unit.rows(select(deliveries))}
    assert told["Lina"] == "unlicenseduser"
    assert told["nobody-there"] == "invaliduser"


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


def greyed(world: World, account: str) -> list[tuple[str, bool]]:
    """The buttons of somebody's latest card: words, whether it can be pressed."""
    card = world.seen(account)[-1].card
    assert card is not None
    return [(button.text, button.enabled) for button in card.buttons]


async def test_a_card_is_updated_once_for_whom_one_likes(one: World) -> None:
    _, platform_id = await made(one, "zhangwei", "lina")
    update = one.application.channels["wecom"].update_card  # type: ignore[attr-defined]
    assert await update(platform_id, ["zhangwei"], "已收到") == 0
    assert greyed(one, "zhangwei") == [("已收到", False)]
    assert greyed(one, "lina") == [("收到", True)]
    assert await update(platform_id, ["lina"], "已收到") == 60140


def confirm(world: World, notice: int, *accounts: str) -> None:
    """These have typed 收到."""
    with world.application.database.unit() as unit:
        for account in accounts:
            person = Accounts(unit).holder("wecom", account)
            assert person is not None
            assert Notices(unit).confirm(notice, person.id, "qq", world.clock.now())


def notice(world: World, *accounts: str) -> int:
    """A notice with a card for these, queued; its id."""
    now = world.clock.now()
    with world.application.database.unit() as unit:
        number = int(unit.value(select(func.coalesce(func.max(notices.c.number), 0)))) + 1
        author = Accounts(unit).holder("wecom", accounts[0])
        assert author is not None
        row = {
            "number": number,
            "author_id": author.id,
            "body": "明天集中",
            "audience": {},
            "audience_words": "几位老师",
            "status": "approved",
            "drafted_at": now,
        }
        notice_id = unit.add(notices.insert(), row)
        people = [Accounts(unit).holder("wecom", account) for account in accounts]
        ids = [person.id for person in people if person is not None]
        rows = [{"notice_id": notice_id, "person_id": each} for each in ids]
        unit.run(notice_recipients.insert(), rows)
        body = reply_to_json(unit, Reply(card=replace(CARD, title=f"通知 N{number}")), now)
        Outbox(unit).enqueue(
            [
                NewDelivery(
                    f"notice:{number}:{person}",
                    "wecom",
                    account,
                    "notice",
                    body,
                    now,
                    person_id=person,
                    notice_id=notice_id,
                )
                for account, person in zip(accounts, ids, strict=True)
            ],
            now,
        )
    return notice_id


async def test_cards_of_those_who_confirmed_in_words_turn_grey(each: World) -> None:
    one = each
    application = one.application
    sender = application.channels["wecom"]
    updates = CardUpdates(sender, application.leasing)  # type: ignore[arg-type]
    everybody, some = notice(one, "zhangwei"), notice(one, "lina", "wangfang")
    await one.quiet()
    await updates.run()
    assert one.stage.fake.calls.count("message/update_template_card") == 0
    confirm(one, everybody, "zhangwei")
    confirm(one, some, "lina")
    one.stage.fake.faults.fail(-1, path="message/update_template_card")
    await updates.run()
    assert greyed(one, "zhangwei") == [("收到", True)], "a busy platform is asked again"
    await updates.run()
    assert greyed(one, "zhangwei") == [("已收到", False)]
    assert greyed(one, "lina") == [("收到", True)], "it can be done once: the other may follow"
    one.clock.advance(timedelta(hours=25))
    await updates.run()
    assert greyed(one, "lina") == [("已收到", False)]
    assert greyed(one, "wangfang") == [("收到", True)]
    calls = one.stage.fake.calls.count("message/update_template_card")
    confirm(one, some, "wangfang")
    await updates.run()
    assert one.stage.fake.calls.count("message/update_template_card") == calls == 3
