"""The demo office reached by the official QQ bot alone: the real application before the fake."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.app import Application
from bot.channels.qq import channel as qq
from bot.channels.qq.channel import QQChannel
from bot.channels.spending import MARGIN
from bot.rehearsal import Rehearsal
from config.settings import Settings
from handlers.contract import Turn
from handlers.reply import File, Reply
from handlers.reply_json import reply_to_json
from simulator.clock import SimClock
from simulator.common.screen import Kind, Shown
from simulator.qq import FakeQQ, Hears
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.tables import deliveries, reachability, seen_messages
from tests.bot.qq_world import APPID, FAST, NAME, NOTICE, NOW, QUICK, SECRET, loopback, until
from tests.bot.wecom_socket_talk import ASKED, Handle, status_of

CLASS, GROUP = "信息技术1班", "group1"
_LATEST = select(func.max(deliveries.c.id))


class Office:
    """A platform, the application, and who is bound to which account."""

    def __init__(self, fake: FakeQQ, url: str, transport: str, address: str) -> None:
        self.fake = fake
        self.url = url
        self.transport = transport
        self.address = address
        self.application = self.made()

    def made(self) -> Application:
        """One more process on the same database."""
        settings = Settings(
            database_url=self.url,
            qq_app_id=APPID,
            qq_secret=SecretStr(SECRET),
            qq_transport="webhook" if self.transport == "webhook" else "websocket",
            qq_api_base=self.fake.api_base,
            qq_token_url=self.fake.token_url,
            files_from="127.0.0.1",
        )
        return Application(settings, clock=self.fake.clock)

    @property
    def channel(self) -> QQChannel:
        """The bot."""
        return channel_of(self.application)

    async def quiet(self) -> None:
        """Until nothing is being delivered or answered and nothing is due."""
        await self.fake.quiet()
        for _ in range(2):
            await asyncio.sleep(0.02)
            await self.channel.quiet()
            await self.application.settle()

    async def say(self, account: str, text: str, chat: str | None = None) -> list[str]:
        """Say something; the words that the bot wrote to this person since."""
        since = self.fake.cursor(account)
        await self.fake.say(account, text, chat)
        await self.quiet()
        return [each.words for each in self.seen(account, since)]

    def seen(self, account: str, since: int = 0, chat: str | None = None) -> list[Shown]:
        """What the bot wrote to this person."""
        shown = self.fake.shown(account, since)
        return [each for each in shown if each.sender == NAME and chat in (None, each.chat)]

    async def notify(self, account: str, reply: Reply, *, place: str = "private") -> int:
        """Queue a notice and let it go; its delivery's id."""
        self.queue([account], reply, place=place)
        with self.application.database.unit() as unit:
            delivery = int(unit.value(_LATEST))
        await self.quiet()
        return delivery

    def queue(self, accounts: Sequence[str], reply: Reply, *, place: str = "private") -> None:
        """Queue a notice to all of them."""
        now, database = self.application.clock.now(), self.application.database
        with database.unit() as unit:
            count = int(unit.value(select(func.count()).select_from(deliveries)))
            new = [
                NewDelivery(
                    unique_key=f"test:{number}",
                    channel="qq",
                    account=account,
                    purpose="notice",
                    body=reply_to_json(unit, reply, now),
                    not_before=now,
                    place=place,
                )
                for number, account in enumerate(accounts, start=count)
            ]
            Outbox(unit).enqueue(new, now=now)

    def status(self, delivery: int) -> str:
        """Where a delivery stands."""
        return status_of(self.application, delivery).split()[0]


def channel_of(application: Application) -> QQChannel:
    """Its bot."""
    channel = application.channels["qq"]
    assert isinstance(channel, QQChannel)
    return channel


async def _open(exits: AsyncExitStack, url: str, transport: str) -> Office:
    bound = loopback()
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    fake = FakeQQ(SimClock(NOW, frozen=True), limits=QUICK, base_url=f"{address}/fake/qq")
    hook = f"{address}/qq/webhook" if transport == "webhook" else ""
    fake.add_bot(APPID, NAME, secret=SECRET, webhook_url=hook)
    for account, name in (("zhangwei", "张伟"), ("lina", "李娜"), ("stranger", "路人")):
        fake.add_person(account, name)
    fake.add_group(CLASS, ["lina", "zhangwei", "stranger"], chat=GROUP, proactive=True)
    office = Office(fake, url, transport, address)
    application = office.application
    app = web.Application()
    fake.add_routes(app, "/fake/qq")
    app.add_routes(application._routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    exits.push_async_callback(runner.cleanup)
    exits.push_async_callback(fake.close)
    await web.SockSite(runner, bound).start()
    await application.start()
    exits.push_async_callback(application.stop)
    await asyncio.to_thread(application.readings.current)
    rehearsal = Rehearsal(application)
    for account, name in (("zhangwei", "张伟"), ("lina", "李娜")):
        assert rehearsal.bind(name, fake.user_openid(account), NOW, "qq")
        member = f"{fake.group_openid(GROUP)}:{fake.member_openid(account, GROUP)}"
        assert rehearsal.bind(name, member, NOW, "qq_group")
    assert rehearsal.bind_group(CLASS, fake.group_openid(GROUP), "qq_group")
    if transport == "websocket":
        await until(lambda: office.channel.connected)
    return office


def _opened(
    runner: asyncio.Runner, url: str, patch: pytest.MonkeyPatch, transport: str
) -> Iterator[Office]:
    patch.setattr(qq, "Timing", lambda: FAST)
    exits = AsyncExitStack()
    runner.run(exits.__aenter__())
    try:
        yield runner.run(_open(exits, url, transport))
    finally:
        runner.run(exits.aclose())


@pytest.fixture
def office(
    runner: asyncio.Runner, office_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """The demo office on QQ, by the gateway."""
    yield from _opened(runner, office_url, monkeypatch, "websocket")


@pytest.fixture(params=["websocket", "webhook"])
def each_office(
    request: pytest.FixtureRequest,
    runner: asyncio.Runner,
    office_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Office]:
    """The demo office on QQ, both ways."""
    yield from _opened(runner, office_url, monkeypatch, request.param)


# -- asking -------------------------------------------------------------------------------------


async def test_a_teacher_asks_in_private(each_office: Office) -> None:
    (answer,) = await each_office.say("zhangwei", "我的学分")
    assert "62 学分" in answer


async def test_in_a_group_only_that_it_was_answered_in_private(each_office: Office) -> None:
    since = each_office.fake.cursor("zhangwei")
    await each_office.say("zhangwei", "我的学分", GROUP)
    (public,) = each_office.seen("zhangwei", since, GROUP)
    (private,) = each_office.seen("zhangwei", since, "c2c")
    assert "已私信" in public.words
    assert "62" not in public.words
    assert "62 学分" in private.words


async def test_a_stranger_is_told_how_to_bind(office: Office) -> None:
    (answer,) = await office.say("stranger", "我的学分")
    assert "绑定" in answer
    (public,) = await office.say("stranger", "我的学分", GROUP)
    assert "私聊" in public


async def test_the_group_talks_and_the_bot_neither_answers_nor_keeps(office: Office) -> None:
    office.fake.set_hears(GROUP, Hears.ALL)
    for said in (
        "中午吃什么",
        "我的学分是多少呀",
        "@李娜 收到了吗",
        "@李娜 收到",
        "@李娜 签到 7K3M",
        "收到",  # there is nothing to confirm: somebody else is meant
    ):
        await office.fake.say("zhangwei", said, GROUP, mention=False)
        await office.fake.say("stranger", said, GROUP, mention=False)
    await office.fake.send_file("zhangwei", "名册.xlsx", b"PK\x03\x04", GROUP)
    await office.quiet()
    assert not office.seen("zhangwei")
    with office.application.database.unit() as unit:
        assert unit.value(select(func.count()).select_from(seen_messages)) == 0
        assert unit.value(select(func.count()).select_from(reachability)) == 0


async def test_after_a_notice_in_the_group_nobody_believes_to_have_confirmed(
    office: Office,
) -> None:
    office.fake.set_hears(GROUP, Hears.ALL)
    await office.notify(office.fake.group_openid(GROUP), Reply(card=NOTICE), place="group")
    since = office.fake.cursor("stranger")
    await office.fake.say("stranger", "收到", GROUP, mention=False)
    await office.quiet()
    (public,) = office.seen("stranger", since, GROUP)
    assert "还没有绑定" in public.words


async def test_an_account_of_a_group_is_told_how_to_bind_there(office: Office) -> None:
    """In private they may be bound already: to be sent there would lead nowhere."""
    (public,) = await office.say("stranger", "我的学分", GROUP)
    assert "在这个群里 @我 发送「绑定 姓名 绑定码」" in public


async def test_the_same_event_twice_is_answered_once(each_office: Office) -> None:
    since = each_office.fake.cursor("zhangwei")
    await each_office.fake.say("zhangwei", "我的学分", copies=3)
    await each_office.fake.redeliver()
    await each_office.quiet()
    assert len(each_office.seen("zhangwei", since)) == 1


async def test_a_late_answer_is_a_reply_too(office: Office, let_answer: Handle) -> None:
    """稍等 is the first reply, the answer the second: no active message is needed."""
    office.fake.platform.bots[APPID].pushes = False
    go = threading.Event()

    def slow(turn: Turn) -> Reply:
        assert go.wait(timeout=20)
        return Reply(text="办好了")

    let_answer(slow)
    since = office.fake.cursor("zhangwei")
    await office.fake.say("zhangwei", ASKED)
    await until(lambda: office.seen("zhangwei", since))
    go.set()
    await office.quiet()
    wait, answer = office.seen("zhangwei", since)
    assert "稍等" in wait.words
    assert answer.words == "办好了"


async def test_a_long_answer_and_a_file_are_replies(office: Office, let_answer: Handle) -> None:
    office.fake.platform.bots[APPID].pushes = False
    let_answer(lambda _: Reply("给您", files=(File("学分.xlsx", b"PK\x03\x04"),)))
    since = office.fake.cursor("zhangwei")
    await office.say("zhangwei", ASKED)
    assert [each.kind for each in office.seen("zhangwei", since)] == [Kind.TEXT, Kind.FILE]
    let_answer(lambda _: Reply("\n".join("学时" * 50 for _ in range(30))))
    assert len(await office.say("zhangwei", ASKED)) == 2


# -- notices ------------------------------------------------------------------------------------


async def test_notices_to_a_person_and_into_a_group(office: Office) -> None:
    private = await office.notify(office.fake.user_openid("zhangwei"), Reply(card=NOTICE))
    group = await office.notify(office.fake.group_openid(GROUP), Reply("明天集合"), place="group")
    assert [office.status(each) for each in (private, group)] == ["sent", "sent"]
    assert [each.words for each in office.seen("lina")] == ["明天集合"]
    (card,) = office.seen("zhangwei", chat="c2c")
    assert card.card is not None
    await office.fake.press("zhangwei", card.id, "收到")
    await office.quiet()
    assert office.fake.interactions[0].in_time
    assert "N37" in office.seen("zhangwei", chat="c2c")[-1].words


async def test_more_than_a_minute_holds_leaves_with_the_next_minute(office: Office) -> None:
    """Thirty a minute (qq.md A7), by a clock that stands still: no call too many, no loop."""
    many = [f"teacher{number}" for number in range(33)]
    for account in many:
        office.fake.add_person(account, account)
    office.queue([office.fake.user_openid(account) for account in many], Reply("明天停课"))
    await office.quiet()
    assert len([each for each in many if office.seen(each)]) == 30
    assert office.fake.calls.count("users/messages") == 30
    office.fake.clock.advance(timedelta(minutes=1) + MARGIN)
    await office.quiet()
    assert all(len(office.seen(each)) == 1 for each in many)
    assert office.fake.calls.count("users/messages") == len(many)


async def test_who_refuses_gets_it_when_they_next_speak(office: Office) -> None:
    """Parked, and passive then: no active message ever reaches them."""
    await office.fake.reject_active("zhangwei")
    await office.quiet()
    delivery = await office.notify(office.fake.user_openid("zhangwei"), Reply("明天集合"))
    assert office.status(delivery) == "parked"
    assert not office.seen("zhangwei")
    office.fake.clock.advance(timedelta(hours=3))
    words = await office.say("zhangwei", "我的学分")
    assert office.status(delivery) == "sent"
    assert "62 学分" in words[0]
    assert words[1] == "明天集合"
    assert all(sent.passive for sent in office.fake.platform.sent.values())


async def test_the_platform_is_believed_when_it_says_no(office: Office) -> None:
    """Refused at the first try, not asked a second time, and sent once it is allowed again."""
    office.fake.platform.bots[APPID].refusing.add("zhangwei")
    openid = office.fake.user_openid("zhangwei")
    first = await office.notify(openid, Reply("第一条"))
    second = await office.notify(openid, Reply("第二条"))
    assert [office.status(each) for each in (first, second)] == ["parked", "parked"]
    assert office.fake.calls.count("users/messages") == 1
    await office.fake.receive_active("zhangwei")
    await office.quiet()
    assert [office.status(each) for each in (first, second)] == ["sent", "sent"]
    assert [each.words for each in office.seen("zhangwei")] == ["第一条", "第二条"]


async def test_a_lost_answer_to_an_active_message_is_unknown_and_seen_once(office: Office) -> None:
    office.fake.faults.drop_path, office.fake.faults.drop_answers = "users/messages", 1
    delivery = await office.notify(office.fake.user_openid("zhangwei"), Reply("明天集合"))
    assert office.status(delivery) == "unknown"
    office.fake.clock.advance(timedelta(hours=1))
    await office.quiet()
    assert [each.words for each in office.seen("zhangwei")] == ["明天集合"]


# -- the line -----------------------------------------------------------------------------------


async def test_only_one_process_holds_the_gateway(office: Office) -> None:
    # on PostgreSQL many may; here the file is let go so that two can be looked at
    office.application.database.let_go()
    other = office.made()
    await other.start()
    try:
        await asyncio.sleep(0.1)
        assert not channel_of(other).connected
        assert not channel_of(other).problem()
        assert len(office.fake.gateway.sessions) == 1
        # and what it does not hear it may still say
        assert "62 学分" in (await office.say("zhangwei", "我的学分"))[0]
    finally:
        await other.stop()


async def test_the_operator_is_told_when_nobody_can_be_heard(office: Office) -> None:
    await office.fake.gateway.close_line(code=4915)
    await until(office.channel.problem)
    assert "封禁" in (await office.application._not_ready())["qq"]


async def test_what_was_said_while_the_line_was_down_is_answered_once(office: Office) -> None:
    since = office.fake.cursor("zhangwei")
    office.fake.gateway.abort_line()
    await office.fake.say("zhangwei", "我的学分")
    await until(lambda: office.channel.connected)
    await until(lambda: office.seen("zhangwei", since))
    await office.quiet()
    assert len(office.seen("zhangwei", since)) == 1
