"""The demo office reached by a QQ account alone: the real application before the fake OneBot."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.app import Application
from bot.channels.onebot.channel import OneBotChannel
from bot.rehearsal import Rehearsal
from config.settings import Settings
from handlers.contract import Turn
from handlers.reply import Reply
from handlers.reply_json import reply_to_json
from simulator.onebot import Role
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.pauses import Pauses
from storage.sending import Sending
from storage.tables import deliveries, notice_recipients, reachability, seen_messages
from tests.bot.onebot_talk import turns_of_the_loop
from tests.bot.wecom_socket_talk import ASKED, Handle, status_of
from tests.simulator.onebot_scene import (
    BOT,
    CHEN,
    GROUP,
    LI,
    QUICK,
    STRANGER,
    TOKEN,
    ZHANG,
    Scene,
    scene,
)

_LATEST = select(func.max(deliveries.c.id))
REALM, CLASS = "onebot", "信息技术1班"


# heartbeats say when the login is back
BEATING = replace(QUICK, heartbeat_seconds=0.3)


class Office:
    """An application, a stage, and who is bound to which number."""

    def __init__(self, stage: Scene, application: Application) -> None:
        self.stage = stage
        self.fake = stage.fake
        self.application = application

    @property
    def channel(self) -> OneBotChannel:
        """The QQ account."""
        channel = self.application.channels["onebot"]
        assert isinstance(channel, OneBotChannel)
        return channel

    async def quiet(self) -> None:
        """Until nothing is being answered and nothing is due."""
        await turns_of_the_loop()
        for _ in range(2):
            await self.channel.quiet()
            await self.application.settle()

    async def say(self, account: int, text: str, chat: int | None = None) -> list[str]:
        """Say something; what the bot wrote to the same chat since."""
        since = self.fake.cursor(str(account))
        await self.fake.say(str(account), text, None if chat is None else str(chat))
        await self.quiet()
        return self.read(account, since, chat)

    def read(self, account: int, since: int = 0, chat: int | None = None) -> list[str]:
        """What the bot wrote to a chat of this person."""
        wanted = "bot" if chat is None else str(chat)
        shown = self.fake.shown(str(account), since)
        return [each.text for each in shown if each.sender == "师训助手" and each.chat == wanted]

    async def notify(self, account: int, text: str, *, place: str = "private") -> int:
        """Queue a notice and let it go; its delivery's id."""
        now, database = self.application.clock.now(), self.application.database
        with database.unit() as unit:
            new = NewDelivery(
                unique_key=f"test:{account}:{text}",
                channel="onebot",
                account=str(account),
                purpose="notice",
                body=reply_to_json(unit, Reply(text=text), now),
                not_before=now,
                place=place,
            )
            Outbox(unit).enqueue([new], now=now)
            delivery = int(unit.value(_LATEST))
        await self.quiet()
        return delivery

    def status(self, delivery: int) -> str:
        """Where a delivery stands, and why."""
        return status_of(self.application, delivery)

    def causes(self) -> list[tuple[str, str]]:
        """The pauses that an operator can read: chat and cause."""
        with self.application.database.unit() as unit:
            found = Pauses(unit).now(self.application.clock.now())
        return [(each.chat, each.cause) for each in found]


async def open_office(exits: AsyncExitStack, url: str) -> Office:
    stage = await exits.enter_async_context(scene(limits=BEATING))
    settings = Settings(
        database_url=url,
        onebot_url=stage.fake.ws_url,
        onebot_token=SecretStr(TOKEN),
        files_from="127.0.0.1",
    )
    application = Application(settings, clock=stage.fake.clock, pace=0.0)
    await application.start()
    exits.push_async_callback(application.stop)
    await asyncio.to_thread(application.readings.current)
    rehearsal, now = Rehearsal(application), stage.fake.clock.now()
    for name, number in (("张伟", ZHANG), ("李娜", LI), ("李国强", CHEN)):
        assert rehearsal.bind(name, str(number), now, REALM)
    assert rehearsal.bind_group(CLASS, str(GROUP), REALM)
    office = Office(stage, application)
    async with asyncio.timeout(5):
        while not office.channel.connected:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    await office.quiet()
    return office


@pytest.fixture
def office(runner: asyncio.Runner, office_url: str) -> Iterator[Office]:
    """The demo office on QQ."""
    exits = AsyncExitStack()
    runner.run(exits.__aenter__())
    try:
        yield runner.run(open_office(exits, office_url))
    finally:
        runner.run(exits.aclose())


async def test_a_teacher_asks_in_private(office: Office) -> None:
    (answer,) = await office.say(ZHANG, "我的学分")
    assert "62 学分" in answer


async def test_in_a_group_only_that_it_was_answered_in_private(office: Office) -> None:
    since = office.fake.cursor(str(ZHANG))
    (seen,) = await office.say(ZHANG, "我的学分", GROUP)
    assert "已私信" in seen
    assert "62" not in seen
    assert "62 学分" in office.read(ZHANG, since)[0]


async def test_the_group_talks_and_the_bot_neither_answers_nor_keeps(office: Office) -> None:
    for said in ("中午吃什么", "收到", "@全体成员 签到 7K3M"):
        await office.fake.say(str(ZHANG), said, str(GROUP), mention=False)
    await office.fake.send_file(str(ZHANG), "名册.xlsx", b"PK rows", str(GROUP))
    await office.quiet()
    assert not office.fake.calls.of("send_group_msg")
    assert not office.fake.calls.of("get_group_file_url")
    with office.application.database.unit() as unit:
        assert unit.value(select(func.count()).select_from(seen_messages)) == 0
        assert unit.value(select(func.count()).select_from(reachability)) == 0


async def test_an_answer_in_a_group_is_to_whom_it_answers(office: Office) -> None:
    """收到 to a colleague is theirs; to what we wrote there it is ours, without an @."""
    await office.say(CHEN, "给信息技术1班发通知：明天带U盘")
    await office.say(CHEN, "确认")
    await office.notify(GROUP, "【通知 N1】明天带U盘", place="group")
    await office.fake.say(str(LI), "大家好", str(GROUP), mention=False)
    await office.quiet()
    shown = office.fake.shown(str(ZHANG))
    (ours,) = (each.id for each in shown if each.text == "【通知 N1】明天带U盘")
    (theirs,) = (each.id for each in shown if each.text == "大家好")
    for answered, confirmed in ((theirs, 0), ("987654321", 0), (ours, 1)):
        said = len(office.read(ZHANG, chat=GROUP))
        await office.fake.say(str(ZHANG), "收到", str(GROUP), mention=False, quote=answered)
        await office.quiet()
        assert len(office.read(ZHANG, chat=GROUP)) == said + confirmed
        with office.application.database.unit() as unit:
            found = unit.value(
                select(func.count()).where(notice_recipients.c.confirmed_at.is_not(None))
            )
        assert found == confirmed


async def test_a_stranger_is_told_how_to_bind(office: Office) -> None:
    await office.fake.join(str(STRANGER), str(GROUP))
    answers = await office.say(STRANGER, "我的学分")
    assert "绑定" in answers[0]


async def test_the_same_event_twice_is_answered_once(office: Office) -> None:
    since = office.fake.cursor(str(ZHANG))
    await office.fake.say(str(ZHANG), "我的学分", copies=3)
    await office.quiet()
    assert len(office.read(ZHANG, since)) == 1


async def test_notices_to_a_person_and_to_a_group(office: Office) -> None:
    private = await office.notify(ZHANG, "明天集中")
    group = await office.notify(GROUP, "明天集中", place="group")
    assert office.status(private) == "sent"
    assert office.status(group) == "sent"
    assert office.read(ZHANG) == ["明天集中"]
    assert office.read(LI, chat=GROUP) == ["明天集中"]


async def test_a_late_answer_comes_once(office: Office, let_answer: Handle) -> None:
    """A kept promise: the message is acknowledged and its answer follows through the outbox."""
    go = threading.Event()

    def slow(turn: Turn) -> Reply:
        assert go.wait(timeout=20)
        return Reply(text="办好了")

    let_answer(slow)
    since = office.fake.cursor(str(ZHANG))
    await office.fake.say(str(ZHANG), ASKED)
    async with asyncio.timeout(5):
        while not office.read(ZHANG, since):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
    go.set()
    await office.quiet()
    wait, answer = office.read(ZHANG, since)
    assert "稍等" in wait
    assert answer == "办好了"


async def test_the_stop_switch_reaches_it_first(office: Office) -> None:
    """Nothing but the answer to a person's own question in private leaves while it is on."""
    now = office.application.clock.now()
    with office.application.database.unit() as unit:
        Sending(unit).stop_all(None, now)
    held = [await office.notify(ZHANG, "通知"), await office.notify(GROUP, "通知", place="group")]
    assert [office.status(each) for each in held] == ["queued", "queued"]
    assert await office.say(LI, "本周安排", GROUP) == []
    assert "62 学分" in (await office.say(ZHANG, "我的学分"))[0]
    with office.application.database.unit() as unit:
        Sending(unit).resume(None, now)
    office.fake.clock.advance(timedelta(minutes=1))
    await office.quiet()
    assert [office.status(each) for each in held] == ["sent", "sent"]


async def test_an_officer_stops_and_goes_on_from_qq(office: Office) -> None:
    """The question whether to go on must be heard, or nobody could answer it here."""
    (stopped,) = await office.say(CHEN, "紧急停发")
    assert "已紧急停发" in stopped
    held = await office.notify(ZHANG, "通知")
    assert office.status(held) == "queued"
    (sure,) = await office.say(CHEN, "恢复发送")
    assert "确定恢复吗" in sure
    (going,) = await office.say(CHEN, "确认")
    assert "已恢复发送" in going
    assert office.status(held) == "sent"


async def test_a_timeout_is_listed_as_unknown_and_never_sent_again(office: Office) -> None:
    office.fake.faults.time_out(action="send_private_msg", delivered=True)
    delivery = await office.notify(ZHANG, "明天集中")
    assert office.status(delivery).startswith("unknown")
    office.fake.clock.advance(timedelta(hours=2))
    await office.quiet()
    assert office.read(ZHANG) == ["明天集中"]


async def test_risk_control_trips_a_breaker_and_the_queue_keeps(office: Office) -> None:
    """O12: the operator reads the cause, the queue waits, and goes on by itself."""
    office.fake.faults.risk_after = 1
    sent = [await office.notify(GROUP, f"通知{n}", place="group") for n in range(5)]
    states = [office.status(each).split()[0] for each in sent]
    assert states == ["sent", "unknown", "unknown", "unknown", "queued"]
    ((chat, cause),) = office.causes()
    assert chat == str(GROUP)
    assert cause.startswith("QQ群疑似被风控")
    assert office.status(await office.notify(ZHANG, "别处照常")) == "sent"
    office.fake.faults.risk_after = 0
    office.fake.faults.calm_down()
    office.fake.clock.advance(timedelta(minutes=21))
    await office.quiet()
    assert office.status(sent[-1]) == "sent"
    assert office.causes() == []


async def test_a_muted_group_waits_with_a_cause(office: Office) -> None:
    office.fake.world.groups[GROUP].members[BOT].role = Role.MEMBER
    await office.fake.mute(str(CHEN), str(GROUP), str(BOT), 1800)
    delivery = await office.notify(GROUP, "通知", place="group")
    assert office.status(delivery).startswith("queued")
    assert "禁言" in office.causes()[0][1]
    office.fake.clock.advance(timedelta(minutes=31))
    await office.quiet()
    assert office.status(delivery) == "sent"


async def test_who_is_no_friend_waits_and_gets_it_when_they_are(office: Office) -> None:
    delivery = await office.notify(STRANGER, "通知")
    assert office.status(delivery).startswith("parked")
    await office.fake.befriend(str(STRANGER))
    await office.quiet()
    assert office.status(delivery) == "sent"
    assert office.read(STRANGER) == ["通知"]


async def test_the_operator_is_told_when_the_account_is_down(office: Office) -> None:
    await office.fake.go_offline()
    await office.quiet()
    problems = await office.application._not_ready()
    assert "QQ 号已掉线" in problems["onebot"]
    delivery = await office.notify(ZHANG, "通知")
    assert office.status(delivery) == "queued"
    office.fake.come_back()
    async with asyncio.timeout(5):
        while office.channel.problem():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    await office.quiet()
    assert office.status(delivery) == "sent"
