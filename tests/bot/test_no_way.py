"""Whatever is configured: nothing is queued that could never leave, and nobody hears nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import product

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.app import Application
from bot.channels.base import Incoming
from bot.channels.rendering import as_text
from bot.desk import Desk
from bot.no_way import ASK_AGAIN, KeptAnswers, what_fits
from config.settings import Settings
from handlers import registry
from handlers.contract import OfficeFacts, Turn
from handlers.reply import File, Reply, refuse
from simulator.clock import SimClock
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.stray import Stray
from storage.tables import deliveries
from tests.bot.worlds import NOW

KEY = "k" * 43
SETS: dict[str, dict[str, object]] = {
    "app": {
        "wecom_corp_id": "ww1",
        "wecom_agent_id": 1,
        "wecom_secret": SecretStr("s"),
        "wecom_token": SecretStr("t"),
        "wecom_aes_key": SecretStr(KEY[:42] + "0"),
        "wecom_api_base": "http://127.0.0.1:9/",
    },
    "callback bot": {
        "wecom_bot_token": SecretStr("t"),
        "wecom_bot_aes_key": SecretStr(KEY[:42] + "0"),
    },
    "long connection": {
        "wecom_bot_id": "b",
        "wecom_bot_secret": SecretStr("s"),
        "wecom_bot_ws_url": "ws://127.0.0.1:9/",
    },
    "qq": {
        "qq_app_id": "1",
        "qq_secret": SecretStr("s"),
        "qq_transport": "webhook",
        "qq_api_base": "http://127.0.0.1:9",
        "qq_token_url": "http://127.0.0.1:9",
    },
    "onebot": {"onebot_listen": True, "onebot_token": SecretStr("t")},
}
CONFIGURED = [
    ("app",),
    ("callback bot",),
    ("long connection",),
    ("qq",),
    ("onebot",),
    ("app", "callback bot"),
    ("app", "long connection"),
    ("callback bot", "qq"),
    ("callback bot", "onebot"),
    ("app", "callback bot", "qq", "onebot"),
]
REPLIES: dict[str, Callable[[], Reply]] = {
    "words": lambda: Reply(text="您有 3 学分。"),
    "long": lambda: Reply(text="学分明细一条。\n" * 4000),
    "one line": lambda: Reply(text="长" * 30_000),
    "file": lambda: Reply(text="做好了。", files=(File("学分.xlsx", b"x"),)),
    "only a file": lambda: Reply(files=(File("学分.xlsx", b"x"),)),
    "no": lambda: refuse("不行。", why="permission"),
}
# where a message can come in: the channel, its accounts' realm, and through what it can be pushed
DOORS = {
    "app": ("wecom", "wecom", "wecom"),
    "callback bot": ("wecom_bot", "wecom", "wecom"),
    "long connection": ("wecom", "wecom", "wecom"),
    "qq": ("qq", "qq", "qq"),
    "onebot": ("onebot", "onebot", "onebot"),
}
SAID = "还有什么没交"
HANDLED = "deadline.query"


@asynccontextmanager
async def office(url: str, names: tuple[str, ...]) -> AsyncIterator[Application]:
    """The real application with these channels; nothing of it is started or called."""
    settings: dict[str, object] = {}
    for name in names:
        settings |= SETS[name]
    application = Application(
        Settings(database_url=url, turns_per_minute=0, **settings),  # type: ignore[arg-type]
        clock=SimClock(NOW, frozen=True),
    )
    application._kick = lambda: None  # type: ignore[method-assign]
    application.desk._kick = lambda: None
    try:
        yield application
    finally:
        for channel in application.channels.values():
            await channel.close()
        application.workers.close()
        application.database.close()


def heard(application: Application, door: str, number: int, group: str | None) -> Incoming:
    """A message of 张伟 where he has an account, else of a guest."""
    channel, realm, push = DOORS[door]
    can = application.channels[channel].capabilities
    pushable = push if push in application.channels else ""
    return Incoming(
        channel=channel,
        realm=f"{realm}_group" if realm == "qq" and group else realm,
        account="zhangwei" if realm == "wecom" else "1000",
        message_id=f"m{number}",
        at=NOW,
        text=SAID,
        group=group if can.groups else None,
        push_channel="" if realm == "qq" and group else pushable,
        reply_to="1",
    )


def can_leave(application: Application, channel: str, place: str) -> bool:
    """Whether a row could ever leave there."""
    found = application.channels.get(channel)
    if found is None:
        return False
    can = found.capabilities
    return can.group_push if place == "group" else can.push


@pytest.mark.parametrize("names", CONFIGURED, ids=" + ".join)
@pytest.mark.parametrize("slow", [False, True], ids=["fast", "slow"])
async def test_every_answer_arrives_or_says_why_not(
    office_url: str, names: tuple[str, ...], slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Reply()

    def handle(_turn: Turn) -> Reply:
        return made

    intent = registry.BY_NAME[HANDLED]
    monkeypatch.setitem(registry.BY_NAME, HANDLED, replace(intent, handle=handle))
    async with office(office_url, names) as application:
        await asyncio.to_thread(application.readings.current)
        desk: Desk = application.desk
        cases = list(product(names, REPLIES, (None, "wr-xinxi-1")))
        for number, (door, kind, group) in enumerate(cases):
            made = REPLIES[kind]()
            incoming = heard(application, door, number, group)
            desk._answer_within = 0.0 if slow else 60.0
            before = rows(application)
            reply = await desk.receive(incoming)
            await desk.quiet()
            queued = rows(application)[len(before) :]
            what = (names, door, kind, group, slow)
            assert all(can_leave(application, channel, place) for channel, place in queued), what
            at_once = application.channels[incoming.channel].at_once
            assert reply is None or at_once(reply), what
            assert queued or (reply is not None and as_text(reply)), what
            if reply is not None and reply.text == ASK_AGAIN and not queued:
                # what could not follow comes with the next word that is said there
                desk._answer_within = 60.0
                made = Reply(text="现在的。")
                again = replace(incoming, message_id=f"n{number}")
                told = await desk.receive(again)
                assert told is not None, what
                assert told.text != "现在的。", what
                assert at_once(told), what


def rows(application: Application) -> list[tuple[str, str]]:
    """Where all that was queued goes."""
    with application.database.unit() as unit:
        found = unit.rows(
            select(deliveries.c.channel, deliveries.c.place).order_by(deliveries.c.id)
        )
        return [(row.channel, row.place) for row in found]


async def test_a_file_on_a_callback_bot_alone_is_not_promised(office_url: str) -> None:
    async with office(office_url, ("callback bot",)) as application:
        ways = {name: each.capabilities for name, each in application.channels.items()}
        fits = application.channels["wecom_bot"].at_once
        facts = OfficeFacts(name="云溪县师训股", ways=ways)
        incoming = heard(application, "callback bot", 1, None)
        told = what_fits(REPLIES["file"](), incoming, facts, fits)
        assert told.text == "做好了。\n这里发不了文件「学分.xlsx」，请联系云溪县师训股。"
        for kind, make in REPLIES.items():
            assert fits(what_fits(make(), incoming, facts, fits)), kind
    async with office(office_url, ("callback bot", "qq")) as application:
        ways = {name: each.capabilities for name, each in application.channels.items()}
        told = what_fits(REPLIES["file"](), incoming, OfficeFacts(ways=ways), fits)
        assert "请在" in told.text
        assert "再要一次" in told.text


def test_two_that_are_too_much_together_come_one_after_another() -> None:
    kept = KeptAnswers()
    incoming = Incoming("wecom_bot", "wecom", "a", "1", NOW)
    fits: Callable[[Reply], bool] = lambda reply: len(reply.text) < 45  # noqa: E731
    kept.keep(incoming, Reply(text="早" * 20))
    assert kept.with_kept(incoming, Reply(text="晚" * 20), fits).text == "早" * 20
    assert kept.with_kept(replace(incoming, group="g"), Reply(text="群"), fits).text == "群"
    assert "晚" in kept.with_kept(incoming, Reply(text="好"), fits).text
    assert kept.with_kept(incoming, Reply(text="好"), fits).text == "好"


# -- rows for channels that are not there ---------------------------------------------------------


def row(channel: str, account: str = "a") -> NewDelivery:
    """A notice."""
    return NewDelivery(f"k:{channel}:{account}", channel, account, "notice", {"text": "x"}, NOW)


@pytest.mark.parametrize("bad", [row(""), row("wecom", "")])
async def test_nothing_is_queued_to_nowhere(office_url: str, bad: NewDelivery) -> None:
    async with office(office_url, ("app",)) as application:
        with application.database.unit() as unit, pytest.raises(ValueError, match="without"):
            Outbox(unit).enqueue([bad], NOW)


async def test_rows_of_a_channel_that_was_taken_away_are_told_and_come_back(
    office_url: str,
) -> None:
    async with office(office_url, ("app",)) as application:
        with application.database.unit() as unit:
            Outbox(unit).enqueue([row("qq"), row("wecom")], NOW)
        await application.workers.run(application._see_to_strays)
        with application.database.unit() as unit:
            assert Stray(unit).waiting() == 1
        noted = await application._noted()
        assert "1 条" in noted["outbox.no_channel"]
    async with office(office_url, ("app", "qq")) as application:
        await application.workers.run(application._see_to_strays)
        assert "outbox.no_channel" not in await application._noted()
        with application.database.unit() as unit:
            found = unit.rows(select(deliveries.c.channel, deliveries.c.status))
        assert {(each.channel, each.status) for each in found} == {
            ("qq", "queued"),
            ("wecom", "queued"),
        }
