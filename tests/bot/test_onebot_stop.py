"""An implementation that dialled us does not hold up the stop of the program."""

from __future__ import annotations

import asyncio

from aiohttp import web
from pydantic import SecretStr

from bot.app import Application
from bot.channels.onebot.channel import OneBotChannel
from config.settings import Settings
from simulator.clock import SimClock
from simulator.onebot.fake import FakeOneBot
from tests.bot.qq_world import loopback, until


async def test_the_program_stops_while_somebody_is_connected(office_url: str) -> None:
    settings = Settings(database_url=office_url, onebot_token=SecretStr("T0ken"))
    application = Application(settings)
    channel = application.channels["onebot"]
    assert isinstance(channel, OneBotChannel)
    bound = loopback()
    address = f"ws://127.0.0.1:{bound.getsockname()[1]}/onebot/v11/ws"
    runner = web.AppRunner(application.make_web(), access_log=None, shutdown_timeout=30)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    async with FakeOneBot(SimClock(), token="T0ken") as fake:
        await fake.dial(address, "T0ken")
        await until(lambda: channel.connected)
        async with asyncio.timeout(8):
            await runner.cleanup()
        assert not channel.connected
