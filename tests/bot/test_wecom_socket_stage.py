"""The AI bot against the fake WeCom: what people see, through every fault that it plays."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.app import Application
from bot.channels.wecom_bot.socket import ONLY_WORDS, WeComSocketChannel
from bot.desk import PLEASE_WAIT
from bot.rehearsal import Rehearsal
from config.settings import Settings
from handlers import registry
from handlers.contract import Turn
from handlers.reply import File, Reply
from simulator.clock import SimClock
from simulator.common.screen import Kind, Shown
from simulator.stage import PREFIX, Keys, Stage, free_port
from tests.bot.wecom_socket_talk import ASKED, CARD, Handle, Slow, enqueue, status_of
from tests.bot.worlds import GROUP, NOW

SECRET = "socket-secret"


@dataclass
class Play:
    """A platform with an AI bot on its long connection, and the office behind it."""

    stage: Stage
    application: Application
    clock: SimClock

    @property
    def channel(self) -> WeComSocketChannel:
        """The long connection."""
        channels = self.application.channels
        channel = channels.get("wecom_socket", channels.get("wecom"))
        assert isinstance(channel, WeComSocketChannel)
        return channel

    async def until(self, true: Callable[[], object], within: float = 5.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(within):
            while not true():  # noqa: ASYNC110 - several sides may make it so
                await asyncio.sleep(0.01)

    async def up(self) -> None:
        """Until both sides say that they are connected."""
        await self.until(lambda: self.stage.fake.gateway.connected() and self.channel.connected)

    async def quiet(self) -> None:
        """Until the platform delivers nothing and the bot does nothing."""
        await asyncio.sleep(0.05)
        await self.channel.quiet()
        await self.application.settle()
        await self.channel.quiet()

    async def say(self, account: str, text: str, chat: str = "bot") -> None:
        """Type a message and wait until everything that follows from it has happened."""
        assert (await self.stage.fake.say(account, text, chat)).ok
        await self.quiet()

    def seen(self, account: str, chat: str | None = "bot") -> list[Shown]:
        """What bots wrote to this person, in one chat or in all."""
        people = self.stage.corp.members
        return [
            each
            for each in self.stage.fake.shown(account)
            if each.sender not in people and each.kind is not Kind.NOTICE
            if chat in (None, each.chat)
        ]

    def words(self, account: str, chat: str | None = "bot") -> list[str]:
        """The words of it."""
        return [each.words for each in self.seen(account, chat)]

    async def send(self, reply: Reply, account: str = "zhangwei") -> str:
        """Queue a notice and let it go; what became of it."""
        delivery = enqueue(self.application, reply, account, self.clock.now())
        await self.quiet()
        return status_of(self.application, delivery)


@asynccontextmanager
async def playing(url: str, *, app: bool) -> AsyncIterator[Play]:
    """The demo office with its AI bot, with or without the self-built app beside it."""
    clock, keys = SimClock(NOW, frozen=True), Keys()
    bound = free_port("127.0.0.1")
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    stage = Stage(clock, keys, address)
    stage.bot.use_socket(SECRET)
    stage.fake.limits = replace(stage.fake.limits, kick_close_seconds=0.1, callback_seconds=1.0)
    platform = web.Application()
    stage.mount(platform, page=False)
    runner = web.AppRunner(platform, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    settings = Settings(
        database_url=url,
        wecom_bot_id=keys.bot_id,
        wecom_bot_secret=SecretStr(SECRET),
        wecom_bot_ws_url=stage.fake.bot_ws_url,
        files_from="127.0.0.1",
    )
    if app:
        settings = settings.model_copy(
            update={
                "wecom_api_base": f"{address}{PREFIX}/cgi-bin/",
                "wecom_corp_id": keys.corp_id,
                "wecom_agent_id": keys.agent_id,
                "wecom_secret": SecretStr(keys.secret),
                "wecom_token": SecretStr(keys.token),
                "wecom_aes_key": SecretStr(keys.aes_key),
            }
        )
    application = Application(settings, clock=clock)
    await application.start()
    stage.cast(Rehearsal(application))
    play = Play(stage, application, clock)
    try:
        await play.up()
        await asyncio.to_thread(application.readings.current)
        yield play
    finally:
        await application.stop()
        await stage.fake.close()
        await runner.cleanup()


@pytest.fixture
def play(runner: asyncio.Runner, office_url: str, fast_socket: None) -> Iterator[Play]:
    """The demo office with nothing but its AI bot."""
    context = playing(office_url, app=False)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.fixture
def play_with_app(runner: asyncio.Runner, office_url: str, fast_socket: None) -> Iterator[Play]:
    """The demo office with its AI bot and its app."""
    context = playing(office_url, app=True)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


# -- what people see ------------------------------------------------------------------------------


async def test_a_private_question_is_answered_in_one_bubble(play: Play) -> None:
    await play.say("zhangwei", "我的学分")
    (bubble,) = play.seen("zhangwei")
    assert "62 学分" in bubble.words
    assert bubble.done


async def test_a_slow_answer_grows_in_the_same_bubble(play: Play, let_answer: Handle) -> None:
    slow = Slow(Reply(text="慢慢来的回答"))
    let_answer(slow)
    await play.stage.fake.say("zhangwei", ASKED, "bot")
    await play.until(lambda: play.seen("zhangwei"))
    (bubble,) = play.seen("zhangwei")
    assert (bubble.words, bubble.done) == (PLEASE_WAIT, False)
    slow.go.set()
    await play.quiet()
    (bubble,) = play.seen("zhangwei")
    assert (bubble.words, bubble.done) == ("慢慢来的回答", True)


async def test_an_answer_after_six_minutes_is_a_message(play: Play, let_answer: Handle) -> None:
    slow = Slow(Reply(text="很久以后"))
    let_answer(slow)
    await play.stage.fake.say("zhangwei", ASKED, "bot")
    await play.until(lambda: play.seen("zhangwei"))
    play.clock.set(NOW + timedelta(minutes=7))
    slow.go.set()
    await play.quiet()
    assert play.words("zhangwei")[-1] == "很久以后"
    assert len(play.seen("zhangwei")) == 2


async def test_in_a_group_only_the_one_who_asked_learns_the_answer(play: Play) -> None:
    await play.say("zhangwei", "你好")
    await play.say("zhangwei", "我的学分", GROUP)
    assert play.words("zhangwei", GROUP) == ["已私信回复您。"]
    assert "62 学分" in play.words("zhangwei")[-1]
    assert play.words("lina", None) == ["已私信回复您。"]


async def test_with_an_app_the_answer_to_a_group_comes_from_there(play_with_app: Play) -> None:
    """The app may write to somebody who never talked to the bot in private."""
    play = play_with_app
    await play.say("zhangwei", "我的学分", GROUP)
    assert play.words("zhangwei", GROUP) == ["已私信回复您。"]
    assert "62 学分" in play.words("zhangwei", "app")[-1]


async def test_an_encrypted_id_is_its_person_where_the_app_can_tell(play_with_app: Play) -> None:
    """The creator of the bot is no super admin (wecom.md 4.6)."""
    play = play_with_app
    play.stage.bot.plain_userids = False
    await play.say("zhangwei", "我的学分")
    assert "62 学分" in play.words("zhangwei")[-1]
    await play.say("zhangwei", "我的学分", GROUP)
    assert "62 学分" in play.words("zhangwei", "app")[-1]
    assert play.stage.fake.calls.count("batch/openuserid_to_userid", 0) == 1


async def test_a_voice_message_is_understood_and_a_video_is_not(play: Play) -> None:
    await play.stage.fake.speak("zhangwei", "我的学分", "bot")
    await play.quiet()
    await play.stage.fake.send_video("zhangwei", "a.mp4", b"\x00\x00\x00\x18ftypmp42", "bot")
    await play.quiet()
    assert "62 学分" in play.words("zhangwei")[0]
    assert play.words("zhangwei")[1] == ONLY_WORDS


async def test_a_file_is_fetched_and_decrypted(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[tuple[str, bytes]] = []

    def take(turn: Turn) -> Reply:
        assert turn.file is not None
        got.append((turn.file.name, turn.file.data))
        return Reply(text="收到文件")

    intent = replace(registry.BY_NAME["import.start"], handle=take)
    monkeypatch.setitem(registry.BY_NAME, "import.start", intent)
    data = "姓名,工号\n甲,1\n".encode()
    await play.stage.fake.send_file("liguoqiang", "名单.csv", data, "bot")
    await play.quiet()
    assert [content for _, content in got] == [data]
    assert play.words("liguoqiang") == ["收到文件"]


async def test_a_card_is_pressed_once_and_says_so(play: Play, let_answer: Handle) -> None:
    let_answer(lambda turn: Reply(text="请回复", card=CARD))
    await play.say("zhangwei", ASKED)
    words, card = play.seen("zhangwei")
    assert words.words == "请回复"
    assert card.card is not None
    await play.stage.fake.press("zhangwei", None, "收到")
    await play.quiet()
    _, card, reply = play.seen("zhangwei")
    assert card.card is not None
    assert [button.text for button in card.card.buttons] == ["已收到"]
    assert "62 学分" in reply.words


async def test_entering_is_welcomed(play: Play) -> None:
    await play.stage.fake.enter("zhangwei", "bot")
    await play.quiet()
    assert "师训助手" in play.words("zhangwei")[0]


async def test_a_notice_with_a_card_and_a_file_arrives(play: Play) -> None:
    await play.say("zhangwei", "你好")
    files = (File("会议纪要.xlsx", b"PK" + b"x" * 700_000),)
    assert await play.send(Reply(text="明天集中", card=CARD, files=files)) == "sent"
    words, card, file = play.seen("zhangwei")[1:]
    assert (words.words, file.file_name) == ("明天集中", "会议纪要.xlsx")
    assert card.card is not None


async def test_who_never_talked_to_the_bot_is_reached_once_they_do(play: Play) -> None:
    assert (await play.send(Reply(text="明天集中"))).startswith("parked")
    await play.say("zhangwei", "我的学分")
    assert "明天集中" in play.words("zhangwei")[-1]


# -- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1011, 0])
async def test_every_close_is_survived(play: Play, code: int) -> None:
    gateway = play.stage.fake.gateway
    if code:
        await gateway.close_line(code=code)
    else:
        gateway.abort_line()
    await play.until(lambda: not gateway.connected())
    await play.up()
    await play.say("zhangwei", "我的学分")
    assert "62 学分" in play.words("zhangwei")[-1]


async def test_a_half_open_line_is_noticed(play: Play) -> None:
    faults = play.stage.fake.faults
    faults.socket_silent = True
    number = play.channel.connection
    await play.until(lambda: play.channel.connection > number)
    faults.socket_silent = False
    await play.up()
    await play.say("zhangwei", "我的学分")
    assert "62 学分" in play.words("zhangwei")[-1]


async def test_refused_dials_are_repeated(play: Play) -> None:
    play.stage.fake.faults.socket_refusals = 3
    play.stage.fake.gateway.abort_line()
    await play.until(lambda: play.stage.fake.faults.socket_refusals == 0)
    await play.up()


@pytest.mark.parametrize(
    "frame", ["garbage", '{"cmd":"new"}', '{"cmd":"aibot_msg_callback","body":null}']
)
async def test_garbage_is_survived(play: Play, frame: str) -> None:
    number = play.channel.connection
    await play.stage.fake.gateway.push(frame)
    await play.say("zhangwei", "我的学分")
    assert "62 学分" in play.words("zhangwei")[-1]
    assert play.channel.connection == number


async def test_another_instance_takes_over_for_good(play: Play) -> None:
    play.stage.fake.faults.kicks = 9
    await play.stage.fake.gateway.kick()
    await play.until(play.channel.problem)
    assert "顶下线" in play.channel.problem()
    assert play.stage.fake.faults.kicks == 7, "three kicks, then it stays away"


@pytest.mark.parametrize("fault", ["lost answer", "no answer"])
async def test_a_push_whose_answer_is_lost_arrives_once_and_is_unknown(
    play: Play, fault: str
) -> None:
    await play.say("zhangwei", "你好")
    faults = play.stage.fake.faults
    if fault == "lost answer":
        faults.drop_answers, faults.drop_path = 1, "aibot_send_msg"
    else:
        faults.stalls, faults.stall_path, faults.stall_done = 1, "aibot_send_msg", True
    assert await play.send(Reply(text="明天集中")) == "unknown no answer"
    await play.up()
    play.clock.set(NOW + timedelta(minutes=10))
    await play.quiet()
    assert play.words("zhangwei").count("明天集中") == 1


@pytest.mark.parametrize("done", [True, False])
async def test_an_answer_that_is_not_acknowledged_is_seen_once(play: Play, done: bool) -> None:
    faults = play.stage.fake.faults
    faults.stalls, faults.stall_path, faults.stall_done = 1, "aibot_respond_msg", done
    await play.say("zhangwei", "我的学分")
    (bubble,) = play.seen("zhangwei")
    assert "62 学分" in bubble.words
    assert bubble.done


async def test_forty_notices_in_a_row_lose_nothing_and_keep_their_order(play: Play) -> None:
    await play.say("zhangwei", "你好")
    numbers = range(40)
    for number in numbers:
        enqueue(play.application, Reply(text=f"第{number}条"), "zhangwei", play.clock.now())
    await play.quiet()
    assert len(play.seen("zhangwei")) == 30
    play.clock.set(NOW + timedelta(seconds=61))
    await play.quiet()
    assert play.words("zhangwei")[1:] == [f"第{number}条" for number in numbers]
    assert play.stage.fake.calls.count("aibot_send_msg", 45009) == 0


async def test_many_people_talk_while_the_line_breaks_again_and_again(play: Play) -> None:
    """Nothing that was asked stays without an answer, and nothing is answered twice."""
    people = ["zhangwei", "lina", "liguoqiang", "zhouming"]
    ended = threading.Event()

    async def break_it() -> None:
        while not ended.is_set():
            await asyncio.sleep(0.15)
            play.stage.fake.gateway.abort_line()

    breaking = asyncio.create_task(break_it())
    heard: dict[str, int] = dict.fromkeys(people, 0)
    begun = time.monotonic()
    while time.monotonic() - begun < 3:
        for who in people:
            if (await play.stage.fake.say(who, "我绑定的是谁", "bot")).ok:
                heard[who] += 1
        await asyncio.sleep(0.1)
        play.clock.set(play.clock.now() + timedelta(seconds=10))
    ended.set()
    await breaking
    await play.up()
    play.clock.set(play.clock.now() + timedelta(seconds=70))
    await play.quiet()
    assert sum(heard.values()) > 20
    for who in people:
        answered = len(play.seen(who))
        assert answered <= heard[who], who
        # what was being written when the line broke may be lost: nobody can know
        assert answered >= heard[who] - 4, who
