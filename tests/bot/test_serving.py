"""Connections that owe us bytes: timed, counted, sent away at a stop; a log that ends."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from bot import guard, serving
from bot.log import ALIKE_SECONDS, MOST_ALIKE, LimitedHandler, Repeats, set_up_logs
from bot.serving import STOP_WITHIN, Listening, Places
from bot.web import make_web
from tests.bot.test_kill import ROOT, free_port, until_ready
from tests.bot.worlds import World

ASK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
OPEN: list[asyncio.StreamWriter] = []


async def nothing() -> dict[str, str]:
    """Nothing is wrong."""
    return {}


async def said(request: web.Request) -> web.Response:
    """A door that takes whatever comes, for as long as it is told."""
    await asyncio.sleep(float(request.query.get("for", "0")))
    return web.Response(text="heard")


@asynccontextmanager
async def listening(most: int = 50) -> AsyncIterator[int]:
    """The port of an application with one door."""
    app = make_web([web.post("/say", said)], nothing, nothing)
    door = Listening(app, places=Places(most))
    await door.open("127.0.0.1", 0)
    try:
        yield int(door.address.rpartition(":")[2])
    finally:
        await door.close()
        await hang_up()


async def connect(
    port: int, data: bytes = b""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that has sent so much."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    OPEN.append(writer)
    writer.write(data)
    return reader, writer


async def hang_up() -> None:
    """All clients."""
    while OPEN:
        writer = OPEN.pop()
        writer.transport.abort()
    await asyncio.sleep(0.01)


async def status(port: int, data: bytes) -> int:
    """What somebody new is answered; 0 where they are hung up on."""
    reader, _ = await connect(port, data)
    with suppress(ConnectionError):
        line = await asyncio.wait_for(reader.readline(), 5)
        return int(line.split()[1]) if line else 0
    return 0


async def ended(reader: asyncio.StreamReader, within: float) -> bytes:
    """All that comes until the connection ends, which it must."""
    with suppress(ConnectionError):
        return await asyncio.wait_for(reader.read(), within)
    return b""


# -- times ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", [b"", b"G", ASK[:-2], ASK + b"GET /hea"])
async def test_a_head_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(serving, "READ_SECONDS", 0.3)
    monkeypatch.setitem(serving.HANDLING, "keepalive_timeout", 0.5)
    async with listening() as port:
        reader, _ = await connect(port, head)
        answer = await ended(reader, 5)
        assert answer.count(b"200 OK") == head.count(ASK)


async def test_a_head_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte at a time keeps nothing alive: the time is the head's, not the byte's."""
    monkeypatch.setattr(serving, "READ_SECONDS", 0.4)
    async with listening() as port:
        reader, writer = await connect(port)
        begun = time.monotonic()
        with suppress(ConnectionError):
            for byte in ASK[:-3]:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)
                if reader.at_eof():
                    break
        assert await ended(reader, 5) == b""
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize("packed", [False, True])
async def test_a_body_that_does_not_come_is_answered(
    monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(guard, "READ_SECONDS", 0.3)
    chunked = b"POST /say HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"
    async with listening() as port:
        assert await status(port, chunked if packed else HALF) == 408


async def test_who_is_between_two_requests_is_left_in_peace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "READ_SECONDS", 0.2)
    async with listening() as port:
        reader, writer = await connect(port, ASK)
        for _ in range(3):
            assert b"200" in await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(len('{"status": "ok"}'))
            await asyncio.sleep(0.4)
            writer.write(ASK)
        assert b"200" in await reader.readuntil(b"\r\n\r\n")


async def test_an_answer_that_takes_long_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "READ_SECONDS", 0.1)
    async with listening() as port:
        slow = b"POST /say?for=0.5 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
        assert await status(port, slow) == 200


# -- places ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"GET /", HALF, ASK])
async def test_who_only_holds_connections_keeps_nobody_out(data: bytes) -> None:
    async with listening(most=30) as port:
        for _ in range(90):
            await connect(port, data)
        for _ in range(5):
            assert await status(port, ASK) == 200


async def test_who_is_being_answered_is_not_sent_away() -> None:
    async with listening(most=10) as port:
        slow = b"POST /say?for=0.6 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
        answers = [asyncio.create_task(status(port, slow)) for _ in range(5)]
        await asyncio.sleep(0.2)
        for _ in range(40):
            await connect(port)
        assert await asyncio.gather(*answers) == [200] * 5


def test_there_are_fewer_places_than_files() -> None:
    resource = pytest.importorskip("resource")
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == resource.RLIM_INFINITY or serving._most_connections() < soft


# -- a stop ---------------------------------------------------------------------------------------


async def test_a_stop_waits_for_nobody_who_has_not_said_all() -> None:
    async with listening() as port:
        for data in (b"", b"GET", HALF, ASK):
            await connect(port, data)
        await asyncio.sleep(0.2)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2


@pytest.mark.slow
async def test_sigterm_with_half_bodies_at_a_real_process(world: World) -> None:
    await world.bot.kill()
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SHIXUN_")}
    keys = world.keys
    given = {
        "DATABASE_URL": world.url,
        "PORT": str(port),
        "WECOM_BOT_TOKEN": keys.bot_token,
        "WECOM_BOT_AES_KEY": keys.bot_aes_key,
    }
    environment |= {f"SHIXUN_{name}": value for name, value in given.items()}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "run_bot.py", cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        await until_ready(world, f"http://127.0.0.1:{port}")
        half = HALF.replace(b"/say", b"/wecom/aibot")
        noise = b"\x16\x03\x01 what is no HTTP\r\n\r\n"
        for data in (*[half, b"POST /wec", b""] * 20, *[noise] * 40):
            await connect(port, data)
        await asyncio.sleep(0.3)
        begun = time.monotonic()
        running.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(running.communicate(), STOP_WITHIN + 5)
        assert time.monotonic() - begun < STOP_WITHIN / 2
        assert running.returncode == 0
        lines = [json.loads(line) for line in log.decode().splitlines()]
        assert not [line for line in lines if "trace" in line]
        refused = [line for line in lines if line["message"].startswith("request refused")]
        assert len(refused) <= 2 * (MOST_ALIKE + 1), "of 100, in two kinds"
    finally:
        await hang_up()
        with suppress(ProcessLookupError):
            running.kill()
        await running.wait()


# -- the log --------------------------------------------------------------------------------------


def record(words: str, name: str = "shixun.web", **fields: object) -> logging.LogRecord:
    """A warning."""
    told = {"name": name, "levelno": logging.WARNING, "levelname": "WARNING", "msg": words}
    return logging.makeLogRecord({**told, **fields})


def test_a_warning_that_repeats_itself_becomes_a_number() -> None:
    now = 0.0
    repeats = Repeats(lambda: now)
    taken = sum(repeats.take(record("refused", status=403)) for _ in range(5000))
    assert taken == MOST_ALIKE
    assert repeats.take(record("refused", status=413)), "another kind"
    assert not repeats.over()
    now = ALIKE_SECONDS
    (line,) = repeats.over()
    assert line.getMessage() == f"refused (and again, {5000 - MOST_ALIKE} times)"
    assert line.__dict__["status"] == 403
    assert repeats.take(record("refused", status=403)), "a new span"


def test_errors_of_others_are_one_kind_whatever_their_words_hold() -> None:
    repeats = Repeats(lambda: 0.0)
    words = [f"socket.accept() out of system resource fd={number}" for number in range(1000)]
    assert sum(repeats.take(record(each, "asyncio")) for each in words) == MOST_ALIKE
    (line,) = repeats.over(all_of_them=True)
    assert "fd=" not in line.getMessage()


def test_a_code_that_somebody_reads_out_is_always_found() -> None:
    repeats = Repeats(lambda: 0.0)
    assert all(repeats.take(record("turn failed", code=f"{code:04X}")) for code in range(500))


def test_kinds_are_not_remembered_without_end() -> None:
    repeats = Repeats(lambda: 0.0)
    for number in range(5000):
        repeats.over()
        repeats.take(record(str(number)))
    assert len(repeats._spans) <= 1001


def test_the_handler_tells_the_number_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    handler = LimitedHandler()
    for _ in range(100):
        handler.handle(record("refused"))
    handler.close()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == MOST_ALIKE + 1
    assert json.loads(lines[-1])["count"] == 100 - MOST_ALIKE


def test_production_logs_through_it() -> None:
    root, ours = logging.getLogger(), logging.getLogger("shixun")
    before = (root.handlers[:], root.level, ours.level)
    try:
        set_up_logs("info")
        assert [type(each) for each in root.handlers] == [LimitedHandler]
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])
