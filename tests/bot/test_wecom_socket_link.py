"""The long connection on the wire: how it comes back, when it stops, what it survives."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom_bot.life import Life, NoAnswerError, NotSentError, Timing
from bot.channels.wecom_bot.link import SocketBot, SocketLink
from bot.channels.wecom_bot.wire import Frame
from tests.bot.wecom_socket_gateway import BOT_ID, SECRET, Gateway, gateway

# a thousand times faster than life
FAST = Timing(
    dial=0.5,
    answer=0.3,
    hang_up=0.1,
    ping_every=0.05,
    missed_pongs=2,
    silence=0.9,
    backoff=(0.01, 0.02, 0.05, 0.1),
    steady=30.0,
)


class Dialled:
    """A link to a gateway, and what was heard."""

    def __init__(self, gate: Gateway, timing: Timing, secret: str) -> None:
        self.heard: list[Frame] = []
        self.gate = gate
        bot = SocketBot("师训助手", BOT_ID, secret, gate.address)
        self.link = SocketLink(bot, self.heard.append, timing=timing, chance=random.Random(1))

    async def again(self, dials: int) -> None:
        """Wait for the n-th connection to be subscribed."""
        await self.gate.until(lambda: self.gate.dials >= dials and self.link.connected)


@asynccontextmanager
async def dialled(
    timing: Timing = FAST, secret: str = SECRET, prepare: Callable[[Gateway], None] | None = None
) -> AsyncIterator[Dialled]:
    """A gateway and a link that has begun to dial it."""
    async with gateway() as gate:
        if prepare is not None:
            prepare(gate)
        made = Dialled(gate, timing, secret)
        made.link.start()
        try:
            yield made
        finally:
            await made.link.close()


async def told(link: SocketLink) -> None:
    """Until it says that something is wrong."""
    async with asyncio.timeout(5):
        while not link.problem():  # noqa: ASYNC110 - polling is what an operator does
            await asyncio.sleep(0.02)


# -- every kind of close --------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1006, 1008, 1011, 1012, 1013, 4000])
async def test_it_comes_back_after_every_close(code: int) -> None:
    async with dialled() as made:
        await made.again(1)
        if code == 1006:
            made.gate.abort()
        else:
            await made.gate.sockets[-1].close(code=code)
        await made.again(2)
        assert (await made.link.call("aibot_send_msg", {"chatid": "x"})).errcode == 0
        assert not made.link.problem()


async def test_it_comes_back_when_pongs_stay_away() -> None:
    async with dialled() as made:
        await made.again(1)
        made.gate.pongs = False
        await made.gate.until(lambda: made.gate.dials >= 2)
        made.gate.pongs = True
        await made.again(2)


async def test_it_comes_back_from_a_silence_without_pings() -> None:
    """The pings of a stalled machine are late: the last frame says that the line is dead."""
    async with dialled(replace(FAST, ping_every=0.2, silence=0.1)) as made:
        await made.again(2)


async def test_it_pings_and_stays() -> None:
    async with dialled() as made:
        await made.gate.until(lambda: made.gate.pings >= 5)
        assert made.gate.dials == 1


async def test_it_comes_back_when_the_handshake_is_refused() -> None:
    def refuse(gate: Gateway) -> None:
        gate.refuses_dial = 3

    async with dialled(prepare=refuse) as made:
        await made.again(4)


async def test_it_comes_back_when_the_subscription_is_not_answered() -> None:
    def silent(gate: Gateway) -> None:
        gate.answers_subscribe = False

    async with dialled(prepare=silent) as made:
        await made.gate.until(lambda: made.gate.dials >= 2)
        assert not made.link.connected
        made.gate.answers_subscribe = True
        await made.gate.until(lambda: made.link.connected)


@pytest.mark.parametrize("code", [-1, 45009, 846605])
async def test_it_comes_back_when_the_subscription_is_refused_for_now(code: int) -> None:
    def busy(gate: Gateway) -> None:
        gate.plan("aibot_subscribe", code, code)

    async with dialled(prepare=busy) as made:
        await made.again(3)


async def test_nobody_answers_at_all() -> None:
    """A half-open address: connected, and never a byte. The operator is told, it goes on."""

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    bot = SocketBot("x", BOT_ID, SECRET, f"ws://127.0.0.1:{port}/")
    timing = replace(FAST, dial=0.05)
    link = SocketLink(bot, lambda frame: None, timing=timing, chance=random.Random(1))
    link.start()
    await told(link)
    assert "连不上" in link.problem()
    assert not link.stopped
    await link.close()
    server.close()


async def test_an_address_that_is_none() -> None:
    bot = SocketBot("x", BOT_ID, SECRET, "ws://127.0.0.1:1/")
    link = SocketLink(bot, lambda frame: None, timing=FAST, chance=random.Random(1))
    link.start()
    await told(link)
    assert "ClientConnectorError" in link.problem()
    await link.close()


# -- giving up ------------------------------------------------------------------------------------


async def test_a_wrong_secret_stops_it_with_a_word(log_lines: list[str]) -> None:
    async with dialled(secret="of another bot") as made:
        await made.gate.until(lambda: made.link.stopped)
        assert "853000" in made.link.problem()
        assert "Secret" in made.link.problem()
        await asyncio.sleep(0.1)
        assert made.gate.dials == 1
        assert made.gate.sockets[0].closed
    assert any('"level": "error"' in line and "Secret" in line for line in log_lines)
    assert not any("of another bot" in line for line in log_lines)


async def test_an_unknown_bot_stops_it() -> None:
    async with dialled(prepare=lambda gate: gate.plan("aibot_subscribe", 93019)) as made:
        await made.gate.until(lambda: made.link.stopped)
        assert "93019" in made.link.problem()


async def kick(ws: web.WebSocketResponse) -> None:
    """Another instance subscribed."""
    event = {"msgtype": "event", "event": {"eventtype": "disconnected_event"}}
    await ws.send_json(
        {"cmd": "aibot_event_callback", "headers": {"req_id": "kick"}, "body": event}
    )


async def test_three_kicks_stop_it(log_lines: list[str]) -> None:
    def kicking(gate: Gateway) -> None:
        gate.greets = kick

    async with dialled(prepare=kicking) as made:
        await made.gate.until(lambda: made.link.stopped)
        await asyncio.sleep(0.1)
        assert made.gate.dials == 3
        assert "顶下线" in made.link.problem()
    assert any('"level": "error"' in line and "顶下线" in line for line in log_lines)


async def test_two_kicks_do_not_stop_it() -> None:
    async with dialled() as made:
        for number in (1, 2):
            await made.again(number)
            await kick(made.gate.sockets[-1])
        await made.again(3)
        assert not made.link.problem()


# -- what it survives -----------------------------------------------------------------------------

GARBAGE: list[Any] = [
    "",
    "not json",
    "[]",
    "null",
    "1",
    '"text"',
    "[" * 100_000,
    '{"a":' * 50_000,
    "\u0000",
    "{}",
    {"cmd": None, "headers": None, "body": None},
    {"cmd": "aibot_msg_callback"},
    {"cmd": "aibot_msg_callback", "headers": {"req_id": "r"}, "body": None},
    {"cmd": "aibot_msg_callback", "headers": {"req_id": 7}, "body": {"msgtype": "text"}},
    {"cmd": "aibot_msg_callback", "headers": [], "body": []},
    {"cmd": "aibot_event_callback", "headers": {"req_id": "r"}, "body": None},
    {"cmd": "aibot_event_callback", "headers": {"req_id": "r"}, "body": {"event": 7}},
    {"cmd": "aibot_something_new", "headers": {"req_id": "r"}, "body": {"a": 1}},
    {"cmd": ["x"], "headers": {"req_id": "r"}},
    {"headers": {"req_id": "never-asked"}, "errcode": 0},
    {"headers": {"req_id": "never-asked"}, "errcode": "zero", "body": 1},
    {"errcode": 853000, "errmsg": "x"},
    "x" * 5_000_000,
]


async def test_it_survives_every_kind_of_garbage(log_lines: list[str]) -> None:
    async with dialled() as made:
        await made.again(1)
        for frame in GARBAGE:
            await made.gate.write(
                frame if isinstance(frame, str) else json.dumps(frame, ensure_ascii=True)
            )
        await made.gate.sockets[-1].send_bytes(b"\xff\x00")
        body = {"msgtype": "text"}
        await made.gate.tell(body, "good")
        await made.gate.until(lambda: any(each.req_id == "good" for each in made.heard))
        assert made.gate.dials == 1
        assert (await made.link.call("aibot_send_msg", {})).errcode == 0
    assert not any("not json" in line or "never-asked" in line for line in log_lines)


async def test_a_frame_beyond_all_measure_costs_a_reconnect() -> None:
    async with dialled() as made:
        await made.again(1)
        with suppress(ConnectionError):
            await made.gate.write("x" * 9_000_000)
        await made.again(2)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cmd", "headers", "body", "req_id", "errcode", "event", "msgtype"]),
            inner | st.sampled_from(["aibot_msg_callback", "aibot_event_callback", "ping"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def one_link() -> Iterator[tuple[asyncio.Runner, Dialled]]:
    """One connection for all examples of a property."""
    with asyncio.Runner() as runner:
        context = dialled()
        made = runner.run(context.__aenter__())
        runner.run(made.again(1))
        yield runner, made
        runner.run(context.__aexit__(None, None, None))


@given(frames=st.lists(JSONS | st.text(max_size=20), max_size=5))
def test_no_frame_ends_the_connection(
    one_link: tuple[asyncio.Runner, Dialled], frames: list[Any]
) -> None:
    runner, made = one_link

    async def play() -> None:
        for frame in frames:
            await made.gate.write(frame)
        assert (await made.link.call("aibot_send_msg", {})).errcode == 0

    runner.run(play())
    assert made.gate.dials == 1


# -- calls ----------------------------------------------------------------------------------------


async def test_a_call_that_was_forgotten_subscribes_again_and_is_made_again() -> None:
    async with dialled() as made:
        await made.again(1)
        made.gate.plan("aibot_send_msg", 846609, 846609, 846609)
        acks = await asyncio.gather(
            *(made.link.call("aibot_send_msg", {"number": number}) for number in range(3))
        )
        assert [ack.errcode for ack in acks] == [0, 0, 0]
        assert made.gate.subscribed == 2, "once for all three"
        assert made.gate.dials == 1


async def test_a_subscription_that_fails_the_second_time_costs_the_connection() -> None:
    async with dialled() as made:
        await made.again(1)
        made.gate.plan("aibot_send_msg", 846609)
        made.gate.plan("aibot_subscribe", -1)
        with pytest.raises(NotSentError):
            await made.link.call("aibot_send_msg", {})
        await made.again(2)


async def test_without_a_connection_nothing_leaves() -> None:
    async with dialled(secret="wrong") as made:
        await made.gate.until(lambda: made.link.stopped)
        with pytest.raises(NotSentError):
            await made.link.call("aibot_send_msg", {})
        assert not made.gate.of("aibot_send_msg")


@pytest.mark.parametrize("what", [None, "cut"], ids=["no answer", "connection cut"])
async def test_a_call_without_an_answer_says_so(what: str | None) -> None:
    async with dialled() as made:
        await made.again(1)
        made.gate.plan("aibot_send_msg", what)
        with pytest.raises(NoAnswerError):
            await made.link.call("aibot_send_msg", {})


async def test_a_late_answer_is_nobodys() -> None:
    async with dialled() as made:
        await made.again(1)
        made.gate.plan("aibot_send_msg", None)
        with pytest.raises(NoAnswerError):
            await made.link.call("aibot_send_msg", {}, req_id="late")
        await made.gate.write({"headers": {"req_id": "late"}, "errcode": 40003})
        assert (await made.link.call("aibot_send_msg", {})).errcode == 0


async def test_closing_while_dialling_and_twice() -> None:
    async with dialled(prepare=lambda gate: setattr(gate, "answers_subscribe", False)) as made:
        await made.gate.until(lambda: made.gate.dials >= 1)
        await made.link.close()
        await made.link.close()
        assert not made.link.connected


# -- decisions, without a socket ------------------------------------------------------------------


def test_the_pauses_of_the_protocol_page() -> None:
    life = Life(Timing(), random.Random(7))
    steps = [1, 2, 5, 10, 30, 60, 60, 60]
    for step in steps:
        assert step <= life.after(0.1, "x") <= step * 1.25
    assert "连不上" in life.doubt
    life.subscribed()
    assert not life.doubt
    assert life.after(59.0, "x") >= 60, "a connection that dies young changes nothing"
    life.subscribed()
    assert life.after(61.0, "x") < 2


@given(st.lists(st.floats(0.1, 2000), max_size=12))
def test_it_stops_at_the_third_kick_within_ten_minutes(gaps: list[float]) -> None:
    life, now, kicks = Life(Timing(), random.Random(7)), 0.0, []
    for gap in gaps:
        now += gap
        kicks.append(now)
        life.kicked(now)
        crowded = any(sum(moment - 600 < each <= moment for each in kicks) >= 3 for moment in kicks)
        assert bool(life.stopped) == crowded
