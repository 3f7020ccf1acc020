"""The app's channel with its menu, its pages and its records, beside the one of a world.

Callbacks of the platform go to this one; it shares the world's desk and database.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from aiohttp import web

from bot.channels.wecom.app import WeComChannel
from bot.channels.wecom.sender import WeComApp
from handlers import registry
from handlers.app_menu import app_menu
from simulator.stage import PREFIX, free_port
from simulator.wecom.xmltext import write_xml
from storage.unit import Unit
from tests.bot.worlds import STAMP, Answered, Bot, World

PUBLIC = "https://bot.example.cn"
FORMS = ("xml", "json")
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class AppStage:
    """A world and the channel that its platform calls."""

    world: World
    channel: WeComChannel
    bot: Bot

    async def tell(
        self, fields: Mapping[str, object], form: str = "xml", *, by: str = "zhangwei"
    ) -> Answered:
        """One callback with these fields between CreateTime and the end, in either form."""
        common = {"ToUserName": "ww", "FromUserName": by, "CreateTime": int(STAMP) + next(_numbers)}
        inner = {**common, **fields, "AgentID": self.world.keys.agent_id}
        written = json.dumps(inner, ensure_ascii=False) if form == "json" else write_xml(inner)
        return await self.send(written, form)

    async def send(self, inner: str, form: str = "xml") -> Answered:
        """Seal it, in the outside of either form."""
        sealed = self.world.envelope.seal(inner)
        body = (
            json.dumps({"tousername": "ww", "encrypt": sealed, "agentid": "1000002"})
            if form == "json"
            else f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        )
        answered = await self.world.post(self.world.query(sealed), body, bot=self.bot)
        await self.world.quiet()
        return answered

    def unit(self) -> Unit:
        """A unit of the world's database, to look; `release` it."""
        return self.world.application.database.open_unit()


@asynccontextmanager
async def app_stage(world: World, public_url: str = PUBLIC) -> AsyncIterator[AppStage]:
    """Serve it, and start it as the application would."""
    keys = world.keys
    app = WeComApp(
        corp_id=keys.corp_id,
        agent_id=keys.agent_id,
        secret=keys.secret,
        token=keys.token,
        aes_key=keys.aes_key,
        api_base=f"{world.stage.address}{PREFIX}/cgi-bin/",
        name=keys.name,
    )

    async def no_attachment(_number: int) -> tuple[str, bytes]:
        raise AssertionError

    menu = app_menu(registry.INTENTS)
    channel = WeComChannel(app, world.clock, no_attachment, public_url=public_url, menu=menu)
    channel.share(world.application.leasing)
    served = web.Application()
    served.add_routes(channel.routes(world.application.desk.receive))
    runner = web.AppRunner(served, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    bound = free_port("127.0.0.1")
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    await web.SockSite(runner, bound).start()
    world.stage.app.callback_url = f"{address}/wecom/callback"
    try:
        await channel.start()
        yield AppStage(world, channel, Bot(world.application, address, runner))
    finally:
        await runner.cleanup()
        await channel.close()
