"""About twenty turns a minute a person: then one sentence, then silence, then as before."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.channels.base import Incoming
from bot.pace import TURNS_PER_MINUTE, Account, Pace, Paces
from config.settings import Settings
from handlers.reply import action
from storage.accounts import Accounts
from storage.people import People
from storage.scope import EVERYTHING
from storage.tables import deliveries, seen_messages
from tests.bot.worlds import World, message

TOO_FAST = "说得太快了"
ME: Account = ("wecom", "zhangwei")


class Ticks:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# -- the bucket -----------------------------------------------------------------------------------


def test_so_many_then_one_word_then_silence_then_as_before() -> None:
    ticks = Ticks()
    paces = Paces(20, ticks)
    told = [paces.take(ME) for _ in range(5000)]
    assert told == [Pace.FINE] * 20 + [Pace.TOLD] + [Pace.SILENT] * 4979
    ticks.now += 59
    assert paces.take(ME) is Pace.SILENT
    ticks.now += 1
    assert [paces.take(ME) for _ in range(21)] == [Pace.FINE] * 20 + [Pace.TOLD]


@pytest.mark.parametrize("every", [3.0, 3.5, 10.0])
def test_nobody_who_speaks_at_a_humans_pace_ever_hears_it(every: float) -> None:
    ticks = Ticks()
    paces = Paces(20, ticks)
    for _ in range(2000):
        ticks.now += every
        assert paces.take(ME) is Pace.FINE


def test_a_whole_class_at_once_is_many_people() -> None:
    paces = Paces(20, Ticks())
    assert {paces.take(("qq", f"t{n}")) for n in range(3000)} == {Pace.FINE}


def test_all_accounts_of_a_person_have_one_bucket() -> None:
    paces = Paces(20, Ticks())
    other: Account = ("qq", "o1")
    for account in (ME, other):
        paces.take(account)
        paces.belongs(account, 7)
    told = [paces.take(account) for _ in range(10) for account in (ME, other)]
    assert told == [Pace.FINE] * 18 + [Pace.TOLD, Pace.SILENT]


def test_who_binds_another_account_in_the_silence_is_not_let_off() -> None:
    paces = Paces(5, Ticks())
    paces.belongs(ME, 7)
    for _ in range(6):
        paces.take(ME)
    other: Account = ("qq", "o1")
    assert paces.take(other) is Pace.FINE
    paces.belongs(other, 7)
    assert paces.take(other) is Pace.SILENT


def test_nought_is_any_number() -> None:
    paces = Paces(0, Ticks())
    assert {paces.take(ME) for _ in range(500)} == {Pace.FINE}


def test_it_costs_nearly_nothing_and_does_not_grow() -> None:
    paces = Paces(20, Ticks())
    begun = time.process_time()
    for number in range(100_000):
        paces.take(("qq", str(number)))
    assert time.process_time() - begun < 2.0
    assert len(paces._buckets) <= 20_000


# -- through the real application -----------------------------------------------------------------


@pytest.fixture
def limited(each_world: World) -> World:
    """An office that counts turns, as every live one does."""
    desk = each_world.application.desk
    desk._paces = Paces(TURNS_PER_MINUTE, each_world.clock.monotonic)
    return each_world


def incoming(world: World, number: int, **more: object) -> Incoming:
    """One message of 张伟."""
    facts: dict[str, object] = {"text": "我的学分", "push_channel": "wecom"} | more
    return Incoming(
        channel="wecom",
        realm="wecom",
        account="zhangwei",
        message_id=f"m{number}",
        at=world.clock.now(),
        **facts,  # type: ignore[arg-type]
    )


async def test_five_thousand_messages_of_one_account_fill_no_queue(limited: World) -> None:
    desk = limited.application.desk
    replies = await asyncio.gather(*(desk.receive(incoming(limited, n)) for n in range(5000)))
    await limited.quiet()
    with limited.application.database.unit() as unit:
        assert unit.value(select(func.count()).select_from(seen_messages)) == TURNS_PER_MINUTE + 1
        queued = unit.value(select(func.count()).select_from(deliveries))
    said = [each.text for each in replies if each is not None] + limited.words("zhangwei")
    assert queued <= TURNS_PER_MINUTE + 1
    assert sum(TOO_FAST in words for words in said) == 1
    assert sum(each is None for each in replies) >= 5000 - TURNS_PER_MINUTE - 1
    other = await limited.send(message("lina", "我的学分", 1))
    assert "学分" in other.words
    limited.clock.advance(timedelta(seconds=61))
    assert "学分" in (await desk.receive(incoming(limited, 6000)) or pytest.fail("silent")).text


async def test_buttons_count_and_what_was_not_done_turns_nothing_grey(limited: World) -> None:
    desk, key = limited.application.desk, action("credit.summary").key()
    for number in range(TURNS_PER_MINUTE):
        await desk.receive(incoming(limited, number, button=key, text=""))
    told = await desk.receive(incoming(limited, 100, button=key, text="", push_only=True))
    assert told is not None, "a press that did nothing must not become 已办"
    await limited.quiet()
    assert TOO_FAST in limited.words("zhangwei")[-1]
    silent = await desk.receive(incoming(limited, 101, button=key, text="", push_only=True))
    assert silent is not None
    assert not silent.text
    assert await desk.receive(incoming(limited, 102, button=key, text="")) is None


async def test_pictures_count_too(limited: World) -> None:
    said = []
    for number in range(TURNS_PER_MINUTE + 5):
        inner = message("zhangwei", "", number, kind="image")
        said.append((await limited.send(inner)).words)
    assert sum(bool(words) for words in said) == TURNS_PER_MINUTE + 1
    assert TOO_FAST in said[TURNS_PER_MINUTE]


async def test_what_nobody_said_does_not_count(limited: World) -> None:
    desk = limited.application.desk
    for number in range(50):
        await desk.receive(incoming(limited, number, unasked=True, button="chat.greet", text=""))
    assert "学分" in (await limited.send(message("zhangwei", "我的学分", 99))).words


async def test_a_group_hears_the_silence_of_what_was_only_overheard(limited: World) -> None:
    desk = limited.application.desk
    for number in range(TURNS_PER_MINUTE):
        await desk.receive(incoming(limited, number))
    heard = incoming(limited, 100, text="收到", group="wr-xinxi-1", overheard=True)
    assert await desk.receive(heard) is None


async def test_a_person_is_counted_over_all_accounts(limited: World) -> None:
    with limited.application.database.unit() as unit:
        person = People(unit).named("张伟", EVERYTHING)[0].id
        assert Accounts(unit).bind("wecom", "zhangwei-2", person, limited.clock.now())
    said = []
    for number in range(30):
        account = ("zhangwei", "zhangwei-2")[number % 2]
        said.append((await limited.send(message(account, "我的学分", number))).words)
    assert sum("学分" in words for words in said) in range(TURNS_PER_MINUTE, TURNS_PER_MINUTE + 2)
    assert sum(TOO_FAST in words for words in said) == 1


def test_the_setting_is_on_unless_said_otherwise(world: World) -> None:
    settings = Settings(database_url=world.url)
    assert settings.turns_per_minute == TURNS_PER_MINUTE
