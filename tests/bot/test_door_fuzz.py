"""Hundreds of bad inputs at a running application: none is answered, none costs, none is told."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from bot import guard, serving
from bot.app import Application
from bot.serving import Listening
from config.settings import Settings
from simulator.clock import SimClock
from simulator.stage import Keys
from storage.tables import accounts, audit, deliveries, people, seen_messages
from tests.bot.door_corpus import PUBLIC, SECRET_WORDS, Bad, corpus
from tests.bot.worlds import NOW

LEAST = 850
# of processor time, ours and the test's own client's; the doors' worst bodies are test_unsigned's
SECONDS = 0.05
QQ = ("102000001", "a-secret-of-the-qq-bot")
OF_A_DOOR = {
    "callback refused",
    "connection failed",
    "no such address",
    "OneBot connection refused",
    "request failed",
    "request refused",
    "webhook refused",
}
NOBODY = "http://127.0.0.1:1/"


@asynccontextmanager
async def application(url: str, keys: Keys) -> AsyncIterator[tuple[Application, int]]:
    """With every door there is; the platforms cannot be reached."""
    settings = Settings(
        database_url=url,
        office_name="云溪县师训股",
        public_url=PUBLIC,
        wecom_api_base=f"{NOBODY}cgi-bin/",
        wecom_corp_id=keys.corp_id,
        wecom_agent_id=keys.agent_id,
        wecom_secret=SecretStr(keys.secret),
        wecom_token=SecretStr(keys.token),
        wecom_aes_key=SecretStr(keys.aes_key),
        wecom_bot_token=SecretStr(keys.bot_token),
        wecom_bot_aes_key=SecretStr(keys.bot_aes_key),
        qq_app_id=QQ[0],
        qq_secret=SecretStr(QQ[1]),
        qq_transport="webhook",
        qq_api_base=NOBODY,
        qq_token_url=f"{NOBODY}token",
        onebot_token=SecretStr(keys.onebot_token),
    )
    made = Application(settings, clock=SimClock(NOW, frozen=True))
    door = Listening(made.make_web())
    await door.open("127.0.0.1", 0)
    try:
        await asyncio.to_thread(made.readings.current)
        yield made, int(door.address.rpartition(":")[2])
    finally:
        await door.close()


async def answer_to(port: int, sent: bytes) -> tuple[int, bytes]:
    """The status and what comes after the head; 0 where the connection just ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        return int(head.split(None, 2)[1]), body
    except (ConnectionError, asyncio.IncompleteReadError):
        return 0, b""
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


def kept(made: Application) -> dict[str, int]:
    """What a message that is taken leaves behind."""
    with made.database.unit() as unit:
        return {
            table.name: int(unit.value(select(func.count()).select_from(table)))
            for table in (seen_messages, audit, deliveries)
        }


def personal(made: Application, keys: Keys) -> set[str]:
    """Everything of the office that no log may hold."""
    with made.database.unit() as unit:
        found = {row.name for row in unit.rows(select(people))}
        found |= {row.account for row in unit.rows(select(accounts))}
    secrets = {keys.secret, keys.token, keys.aes_key, keys.bot_token, keys.bot_aes_key, QQ[1]}
    return {each for each in found | secrets | {keys.onebot_token, SECRET_WORDS} if len(each) > 1}


def test_there_are_enough_and_all_are_different() -> None:
    inputs = corpus(Keys(), QQ)
    assert len(inputs) >= LEAST
    assert len({each.sent for each in inputs}) >= LEAST


async def test_none_is_answered(
    office_url: str, log_lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # what waits for the rest of a head or a body is not worth ten seconds of this test
    monkeypatch.setattr(serving, "READ_SECONDS", 0.2)
    monkeypatch.setattr(guard, "READ_SECONDS", 0.2)
    keys = Keys()
    async with application(office_url, keys) as (made, port):
        before = kept(made)
        for bad in corpus(keys, QQ):
            await refused(port, bad, log_lines)
        assert kept(made) == before
        status, body = await answer_to(
            port, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        assert (status, body) == (200, b'{"status": "ok"}'), "it is as well as before"
        told = "\n".join(log_lines)
        assert not [each for each in personal(made, keys) if each in told]


async def refused(port: int, bad: Bad, log_lines: list[str]) -> None:
    """A 4xx without a word, or nothing; cheap, and one line at most."""
    spent = []
    for _ in range(3):
        already, begun = len(log_lines), time.process_time()
        status, body = await answer_to(port, bad.sent)
        spent.append(time.process_time() - begun)
        assert status == 0 or 400 <= status < 500, (bad.name, status)
        if not bad.page:
            assert body == b"", (bad.name, body[:200])
        lines = [json.loads(line) for line in log_lines[already:]]
        # the platforms that cannot be reached leave lines of their own
        mine = [line for line in lines if line["message"] in OF_A_DOOR]
        assert not [line for line in lines if "trace" in line], (bad.name, lines)
        assert len(mine) <= 1, (bad.name, mine)
        if min(spent) < SECONDS:
            return
    raise AssertionError((bad.name, spent))
