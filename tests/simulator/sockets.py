"""A small bare AI bot on its long connection, written straight from the protocol page 4.7."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from simulator.common.values import JsonObject, table, text, whole
from simulator.wecom import Limits
from tests.simulator.bare import Asking, listening
from tests.simulator.scene import QUICK, Scene, scene

SECRET = "long-connection-secret"
FAST = replace(QUICK, kick_close_seconds=0.02, bot_event_seconds=0.3)
CARD: JsonObject = {
    "card_type": "button_interaction",
    "task_id": "t1",
    "main_title": {"title": "要请假吗"},
    "button_list": [{"text": "是", "key": "yes"}],
}


class BareSocket(Asking):
    """One connection; callback frames wait in `told`, answers are matched by req_id."""

    def key(self, frame: JsonObject) -> str:
        return text(table(frame, "headers"), "req_id")

    async def ask(
        self, cmd: str, body: JsonObject, req_id: str = "", wait: float = 2
    ) -> JsonObject:
        """One command and its answer; TimeoutError when none comes."""
        req_id = req_id or f"own-{next(self._numbers)}"
        frame: JsonObject = {"cmd": cmd, "headers": {"req_id": req_id}, "body": body}
        return await self.answer_to(req_id, json.dumps(frame), wait)

    async def code(self, cmd: str, body: JsonObject, req_id: str = "") -> int:
        return whole(await self.ask(cmd, body, req_id), "errcode", -99)

    async def subscribe(self, bot_id: str = "AIBtest", secret: str = SECRET) -> int:
        return await self.code("aibot_subscribe", {"bot_id": bot_id, "secret": secret})

    async def respond(self, req_id: str, kind: str, part: JsonObject) -> int:
        return await self.code("aibot_respond_msg", {"msgtype": kind, kind: part}, req_id)

    async def stream(self, req_id: str, content: str, *, finish: bool, ident: str = "s1") -> int:
        part: JsonObject = {"id": ident, "finish": finish, "content": content}
        return await self.respond(req_id, "stream", part)

    async def send(self, chat: str, kind: int = 1, **part: object) -> int:
        """aibot_send_msg with markdown."""
        body: JsonObject = {"chatid": chat, "msgtype": "markdown", "chat_type": kind}
        return await self.code("aibot_send_msg", body | {"markdown": {"content": "通知"}} | part)

    async def next(self) -> tuple[str, JsonObject]:
        """The next callback frame: its req_id and body."""
        frame = await asyncio.wait_for(self.told.get(), 2)
        return text(table(frame, "headers"), "req_id"), table(frame, "body")


@asynccontextmanager
async def dialled(stage: Scene, *, subscribe: bool = True) -> AsyncIterator[BareSocket]:
    async with stage.http.ws_connect(stage.fake.bot_ws_url) as socket:
        bare = BareSocket(socket)
        async with listening(bare):
            if subscribe:
                assert await bare.subscribe() == 0
            yield bare


def run_socket(
    work: Callable[[Scene, BareSocket], Awaitable[None]],
    limits: Limits = FAST,
    *,
    subscribe: bool = True,
) -> None:
    """Plays `work` in a fresh scene whose AI bot is connected."""

    async def play() -> None:
        async with scene(limits) as stage:
            stage.aibot.use_socket(SECRET)
            async with dialled(stage, subscribe=subscribe) as socket:
                await work(stage, socket)

    asyncio.run(play())
