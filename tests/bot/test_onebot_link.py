"""OneBot on the wire, dialled by us: how it comes back, what it survives, what it says is wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.onebot.life import Life, NoAnswerError, NotSentError, Timing
from storage.outbox_values import Result
from tests.bot.onebot_partner import SELF, Partner, failed
from tests.bot.onebot_talk import FAST, Talk, dialling, make, only, talking


async def told(talk: Talk, word: str) -> None:
    """Until the operator is told so."""
    await talk.partner.until(lambda: word in talk.channel.problem())


# -- every kind of end ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1008, 1009, 1011, 1012, 4000])
async def test_it_comes_back_after_every_close(code: int) -> None:
    async with talking() as talk:
        if code == 1006:
            talk.partner.abort()
        else:
            await talk.partner.sockets[-1].close(code=code)
        await talk.partner.until(lambda: talk.partner.dials >= 2 and talk.channel.connected)
        assert only(await talk.send("在")).result is Result.SENT
        assert not talk.channel.problem()


async def test_nobody_listens_and_the_operator_is_told() -> None:
    talk = make("ws://127.0.0.1:1/", Partner())
    await talk.channel.start()
    await told(talk, "ClientConnectorError")
    assert "SHIXUN_ONEBOT_URL" in talk.channel.problem()
    await talk.channel.close()


async def test_one_that_is_not_up_yet_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """Both may be started together; what was there and went is another matter."""
    caplog.set_level("INFO", "shixun")
    caplog.set_level("INFO", "shixun.onebot")
    talk = make("ws://127.0.0.1:1/", Partner(), replace(FAST, backoff=(0.01,) * 6))
    await talk.channel.start()
    await told(talk, "ClientConnectorError")
    await talk.channel.close()
    tries = [each for each in caplog.records if each.message == "OneBot not reached"]
    assert [each.levelname for each in tries[:3]] == ["INFO", "INFO", "WARNING"]
    caplog.clear()
    async with talking() as open_talk:
        await open_talk.partner.sockets[-1].close()
        await open_talk.partner.until(lambda: open_talk.partner.dials >= 2)
    lost = [each for each in caplog.records if each.message == "OneBot connection lost"]
    assert lost[0].levelname == "WARNING"


async def test_heartbeats_stay_away() -> None:
    async with talking() as talk:
        await talk.partner.heartbeat(60)
        await talk.partner.until(lambda: talk.partner.dials >= 2)


async def test_heartbeats_keep_it() -> None:
    async with talking() as talk:
        for _ in range(12):
            await talk.partner.heartbeat(60)
            await asyncio.sleep(0.05)
        assert talk.partner.dials == 1


async def test_any_frame_is_as_good_as_a_heartbeat() -> None:
    async with talking() as talk:
        await talk.partner.heartbeat(60)
        for _ in range(12):
            await talk.partner.write({"post_type": "meta_event", "self_id": SELF})
            await asyncio.sleep(0.05)
        assert talk.partner.dials == 1


async def test_without_heartbeats_it_asks() -> None:
    """They are off by default in the standard."""
    async with talking() as talk:
        await talk.partner.until(lambda: len(talk.partner.of("get_status")) >= 4)
        assert talk.partner.dials == 1
        talk.partner.silent = True
        await talk.partner.until(lambda: talk.partner.dials >= 2)


async def test_one_that_never_answers_questions_is_left_in_peace() -> None:
    def mute(made: Partner) -> None:
        made.silent = True

    async with dialling(replace(FAST, dial=0.1, aside=0.02, look=0.02), mute) as talk:
        await talk.partner.until(lambda: talk.channel.connected)  # its events said who it is
        await asyncio.sleep(0.4)
        assert talk.partner.dials == 1


async def test_one_that_says_nothing_at_all() -> None:
    """LLBot on an unknown path: connected, and never a word."""

    def mute(made: Partner) -> None:
        made.silent, made.lifecycle = True, False

    async with dialling(replace(FAST, dial=0.05), mute) as talk:
        await told(talk, "silence")
        assert talk.partner.dials >= 2
        assert not talk.channel.connected


async def test_a_frozen_process_is_found_by_its_missing_pong() -> None:
    """Connected, and not even a pong: a process that was stopped (B3)."""
    writers: list[asyncio.StreamWriter] = []

    async def freeze(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(line[19:] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key"))
        writer.write(upgrade(key.strip()))
        event = json.dumps({"post_type": "meta_event", "self_id": SELF}).encode()
        writer.write(bytes([0x81, len(event)]) + event)
        await reader.read()

    server = await asyncio.start_server(freeze, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    timing = replace(FAST, ping=0.1, look=10.0, dial=1.0)
    talk = make(f"ws://127.0.0.1:{port}/", Partner(), timing)
    await talk.channel.start()
    await talk.partner.until(lambda: len(writers) >= 2)
    await talk.channel.close()
    for writer in writers:
        writer.close()
    server.close()


def upgrade(key: str) -> bytes:
    """The answer to a handshake."""
    magic = f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()
    accept = base64.b64encode(hashlib.sha1(magic, usedforsecurity=False).digest()).decode()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n\r\n"
    ).encode()


# -- the token ------------------------------------------------------------------------------------


@pytest.mark.parametrize("refuses", ["frame", 401, 403])
@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_wrong_token_is_retried_slowly_with_a_word(refuses: int | str, token: str) -> None:
    """NapCat and LLBot upgrade first and refuse in a frame; the standard refuses the handshake."""

    def strict(made: Partner) -> None:
        made.refuses = refuses

    async with dialling(prepare=strict, token=token) as talk:
        await told(talk, "token")
        assert "SHIXUN_ONEBOT_TOKEN" in talk.channel.problem()
        await asyncio.sleep(0.15)
        assert talk.partner.dials == 1
        await talk.partner.until(lambda: talk.partner.dials >= 2)


async def test_the_token_is_right_in_the_end(log_lines: list[str]) -> None:
    async with dialling(replace(FAST, refused_again=0.05), token="new") as talk:
        await told(talk, "token")
        talk.partner.token = "new"
        await talk.up()
        assert not talk.channel.problem()
    assert not any("partner-token" in line for line in log_lines)


async def test_it_says_its_token_in_the_header_only() -> None:
    async with talking() as talk:
        assert talk.partner.headers[0]["Authorization"] == "Bearer partner-token"
        assert talk.partner.paths == ["/"]


@pytest.mark.parametrize("path", ["api", "event"])
async def test_half_an_address_is_made_whole(path: str) -> None:
    """`/api` brings no events, `/event` takes no calls."""
    async with dialling(path=path) as talk:
        await talk.up()
        assert talk.partner.paths == ["/"]


# -- frames ---------------------------------------------------------------------------------------

GARBAGE = [
    "",
    "not json",
    "[1, 2]",
    "null",
    "[" * 100_000,
    '{"post_type": 5}',
    '{"post_type": "message"}',
    '{"post_type": "message", "message_type": "group", "group_id": {}, "message": 7}',
    '{"post_type": "notice", "notice_type": ["x"]}',
    '{"post_type": "meta_event", "meta_event_type": "heartbeat", "interval": "x", "status": 1}',
    '{"post_type": "meta_event", "meta_event_type": "heartbeat", "interval": 1e999}',
    '{"post_type": "unheard_of", "self_id": 10001}',
    '{"status": "ok", "retcode": 0, "echo": "99-1"}',
    '{"status": "ok", "retcode": 0, "echo": {"seq": 1}}',
    '{"status": "failed", "retcode": 1400, "data": null, "echo": null}',
    '{"post_type": "message", "self_id": 10001, "user_id": 1, "message_type": "private",'
    ' "message_id": 3, "message": "\\ud800"}',
]


@pytest.mark.parametrize("frame", GARBAGE)
async def test_garbage_is_survived(frame: str) -> None:
    async with talking() as talk:
        await talk.partner.write(frame)
        await talk.partner.sockets[-1].send_bytes(b"\x00\x01")
        await talk.say(20001, "还在吗")
        assert talk.heard[-1].text == "还在吗"
        assert talk.partner.dials == 1


async def test_a_large_frame_is_read() -> None:
    """History and forwarded messages: beyond aiohttp's own limit of 4 MiB."""
    async with talking() as talk:
        await talk.say(20001, "字" * 2_000_000)
        assert len(talk.heard[-1].text) == 2_000_000


async def test_one_that_is_too_large_costs_the_connection_only() -> None:
    async with talking() as talk:
        with suppress(ConnectionError):
            await talk.partner.write("x" * (17 * 1024 * 1024))
        await talk.partner.until(lambda: talk.partner.dials >= 2 and talk.channel.connected)


async def test_frames_of_another_account_are_not_for_us() -> None:
    async with talking() as talk:
        await talk.say(20001, "你好", self_id=99)
        assert not talk.heard


# -- calls ----------------------------------------------------------------------------------------


async def test_echoes_are_strings_and_never_twice() -> None:
    async with talking() as talk:
        await asyncio.gather(*(talk.send(f"第{n}条", str(20001 + n % 2)) for n in range(6)))
        await talk.partner.sockets[-1].close()
        await talk.partner.until(lambda: talk.partner.dials >= 2 and talk.channel.connected)
        await talk.send("后来")
        echoes = [call["echo"] for call in talk.partner.calls]
        assert all(isinstance(echo, str) for echo in echoes)
        assert len(set(echoes)) == len(echoes)


async def test_answers_find_their_calls_whatever_their_order() -> None:
    async with talking() as talk:
        talk.partner.plan("a", None)
        talk.partner.plan("b", None)
        first = asyncio.create_task(talk.channel._line.call("a", {}, 1))
        second = asyncio.create_task(talk.channel._line.call("b", {}, 1))
        await talk.partner.until(lambda: len(talk.partner.of("a", "b")) == 2)
        echo = {call["action"]: call["echo"] for call in talk.partner.calls}
        for action in ("b", "a"):
            answer = {"status": "ok", "retcode": 0, "data": {"of": action}, "echo": echo[action]}
            await talk.partner.write(answer)
        assert (await first).data == {"of": "a"}
        assert (await second).data == {"of": "b"}


async def test_no_answer_in_time() -> None:
    async with talking() as talk:
        talk.partner.plan("a", None)
        with pytest.raises(NoAnswerError):
            await talk.channel._line.call("a", {}, 0.05)


async def test_no_connection() -> None:
    talk = make("ws://127.0.0.1:1/", Partner())
    with pytest.raises(NotSentError):
        await talk.channel._line.call("a", {}, 0.05)


async def test_who_waits_when_it_breaks_learns_it_at_once() -> None:
    async with talking() as talk:
        talk.partner.plan("a", "cut")
        with pytest.raises(NoAnswerError):
            async with asyncio.timeout(1):
                await talk.channel._line.call("a", {}, 60)


# -- offline --------------------------------------------------------------------------------------

Going = Callable[[Talk], Awaitable[None]]


async def by_notice(talk: Talk) -> None:
    """NapCat's bot_offline; its status says the same."""
    talk.partner.facts["get_status"] = {"online": False, "good": False}
    await talk.partner.notice("bot_offline", user_id=SELF, message="您的账号已被登出")


async def by_heartbeat(talk: Talk) -> None:
    """A heartbeat says so."""
    await talk.partner.heartbeat(5000, online=False)


@pytest.mark.parametrize("go", [by_notice, by_heartbeat])
async def test_the_account_is_down_while_the_link_is_up(go: Going) -> None:
    async with talking() as talk:
        request = talk.request("课表")
        await go(talk)
        await told(talk, "QQ 号已掉线")
        assert talk.channel.connected
        assert talk.channel.requests(talk.outgoing("课表")) == []
        held = only(await talk.channel.call(request.request, (1,)))
        assert held.result is Result.RETRY
        assert held.retry_at is not None
        assert not talk.partner.sends()
        talk.partner.facts["get_status"] = {"online": True}
        await talk.partner.heartbeat(5000)
        await talk.partner.until(lambda: not talk.channel.problem())
        assert only(await talk.send("课表")).result is Result.SENT


async def test_where_nobody_can_be_asked_a_message_says_that_it_is_back() -> None:
    def unknown(made: Partner) -> None:
        made.plan("get_status", *[failed(1404)] * 200)

    async with talking(prepare=unknown) as talk:
        await talk.partner.notice("bot_offline", user_id=SELF)
        await told(talk, "QQ 号已掉线")
        await talk.say(20001, "在吗")
        assert not talk.channel.problem()
        assert talk.partner.words() == ["听到：在吗"]


async def test_an_unknown_state_changes_nothing() -> None:
    """OneBot allows null."""
    async with talking() as talk:
        await talk.partner.heartbeat(5000, online=None)
        await talk.quiet()
        assert not talk.channel.problem()


async def test_it_was_offline_from_the_beginning() -> None:
    def down(made: Partner) -> None:
        made.facts["get_status"] = {"online": False}

    async with dialling(prepare=down) as talk:
        await told(talk, "QQ 号已掉线")


# -- pure -----------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 200), max_size=12), st.randoms(use_true_random=False))
def test_the_pauses_grow_and_have_an_end(lasted: list[float], chance: random.Random) -> None:
    life, timing = Life(Timing(), chance), Timing()
    for each in lasted:
        assert timing.backoff[0] <= life.after(each, "x") <= timing.backoff[-1] * 1.25


def test_a_steady_connection_starts_anew() -> None:
    life, timing = Life(Timing(), random.Random(1)), Timing()
    for _ in range(9):
        life.after(0.1, "x")
    assert "x" in life.doubt
    life.connected()
    assert not life.doubt
    assert life.after(timing.steady, "x") < timing.backoff[1]
