"""A real process and a real kill -9: what was acknowledged is answered by the next one, once."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp

from bot.desk import PLEASE_WAIT
from simulator.stage import PREFIX
from tests.bot.worlds import Bot, World, message

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@asynccontextmanager
async def process(world: World, port: int) -> AsyncIterator[Bot]:
    """`run_bot.py` serving on this port until the block ends, when it is killed."""
    keys = world.keys
    given = {
        "DATABASE_URL": world.url,
        "PORT": str(port),
        "WECOM_API_BASE": f"{world.stage.address}{PREFIX}/cgi-bin/",
        "WECOM_CORP_ID": keys.corp_id,
        "WECOM_AGENT_ID": str(keys.agent_id),
        "WECOM_SECRET": keys.secret,
        "WECOM_TOKEN": keys.token,
        "WECOM_AES_KEY": keys.aes_key,
    }
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SHIXUN_")}
    environment |= {f"SHIXUN_{name}": value for name, value in given.items()}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "run_bot.py", cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await until_ready(world, address)
        yield replace(world.bot, address=address)
    finally:
        running.kill()
        await running.wait()


async def until_ready(world: World, address: str) -> None:
    """Wait until it answers messages."""
    async with asyncio.timeout(20):
        while True:
            try:
                async with world.http.get(address + "/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)


async def until_told(world: World, account: str) -> list[str]:
    """What somebody has received within ten seconds, and a little longer for more."""
    for _ in range(200):
        await asyncio.sleep(0.05)
        if world.words(account):
            break
    await asyncio.sleep(0.5)
    return world.words(account)


async def test_what_was_promised_is_answered_after_kill_9(world: World) -> None:
    await world.bot.kill()
    world.stamp = str(int(time.time()))
    port = free_port()
    inner = message("zhangwei", "", 78, kind="file").replace(
        "<Content><![CDATA[]]></Content>", "<MediaId>m1</MediaId>"
    )
    world.stage.fake.faults.latency = 30.0  # fetching the file takes longer than it lives
    async with process(world, port) as bot:
        assert "张伟" in (await world.send(message("zhangwei", "我绑定的是谁", 77), bot=bot)).words
        assert (await world.send(inner, bot=bot)).words == PLEASE_WAIT
    world.stage.fake.faults.latency = 0.0
    async with process(world, port) as bot:
        (words,) = await until_told(world, "zhangwei")
        assert "再发一次" in words
        assert (await world.send(inner, bot=bot)).words == ""
    async with process(world, port):
        await asyncio.sleep(0.5)
    assert len(world.words("zhangwei")) == 1
