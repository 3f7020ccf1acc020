"""A small bare QQ bot on loopback, written from the protocol, as the fake's counterpart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import aiohttp
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from simulator.clock import SimClock
from simulator.common.values import JsonObject, table, text, whole
from simulator.qq import Bot, FakeQQ, Limits
from tests.simulator.bare import Bare, listening, served

APPID = "102000001"
SECRET = "naOC0ocQE3shWLAfffVLB1rhYPG7"
START = datetime(2021, 7, 12, 8, 25, tzinfo=timezone(timedelta(hours=8)))
QUICK = Limits(
    webhook_seconds=0.3, webhook_pause_seconds=0.0, interaction_seconds=0.3, answer_seconds=0.2
)
INTENTS = (1 << 25) | (1 << 26)
PREFIX = "/fake/qq"


@dataclass(frozen=True)
class Got:
    """An answer of the API; `code` is err_code if there is one, as A9 says."""

    status: int
    body: JsonObject
    headers: dict[str, str]

    @property
    def code(self) -> int:
        return whole(self.body, "err_code") or whole(self.body, "code")


@dataclass
class BareHook:
    """The bot's callback address: checks signatures, answers op 13, records events."""

    events: list[JsonObject] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # answered first, one each
    ack: object = None
    delay: float = 0.0
    rejected: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = json.loads(raw)
        self.headers.append(dict(request.headers))
        key = Ed25519PrivateKey.from_private_bytes((SECRET * 2).encode()[:32])
        if body["op"] == 13:
            token, stamp = body["d"]["plain_token"], body["d"]["event_ts"]
            signature = key.sign((stamp + token).encode()).hex()
            return web.json_response({"plain_token": token, "signature": signature})
        stamp = request.headers["X-Signature-Timestamp"]
        try:
            signature = request.headers["X-Signature-Ed25519"]
            key.public_key().verify(bytes.fromhex(signature), stamp.encode() + raw)
        except InvalidSignature:
            self.rejected += 1
            return web.Response(status=401)
        self.events.append(body)
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        if body["op"] == 1:
            return web.json_response({"op": 11, "d": body["d"]})
        return web.json_response({"op": 12, "d": 0} if self.ack is None else self.ack)


@dataclass
class BareSocket(Bare):
    """A connection to the gateway; dispatches wait in `told`, everything else in `frames`."""

    frames: asyncio.Queue[JsonObject] = field(default_factory=asyncio.Queue)
    session: str = ""
    last: int = 0

    def take(self, frame: JsonObject) -> None:
        if frame.get("op") == 0:
            self.last = whole(frame, "s")
            self.told.put_nowait(frame)
        else:
            self.frames.put_nowait(frame)

    async def send(self, op: int, data: object) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def identify(self, token: str, intents: int = INTENTS, **more: object) -> None:
        data: JsonObject = {"token": f"QQBot {token}", "intents": intents, "shard": [0, 1]}
        await self.send(2, data | more)

    async def login(self, token: str, intents: int = INTENTS) -> JsonObject:
        await self.identify(token, intents)
        ready = await self.next()
        assert ready["t"] == "READY"
        self.session = text(table(ready, "d"), "session_id")
        return ready

    async def resume(self, token: str, session: str, seq: int) -> None:
        await self.send(6, {"token": f"QQBot {token}", "session_id": session, "seq": seq})

    async def next(self) -> JsonObject:
        """The next dispatch."""
        return await asyncio.wait_for(self.told.get(), 2)

    async def frame(self) -> JsonObject:
        """The next frame that is no dispatch."""
        return await asyncio.wait_for(self.frames.get(), 2)


@dataclass
class Scene:
    """One bot, three people, a group with all of them, on one loopback port."""

    fake: FakeQQ
    bot: Bot
    hook: BareHook
    http: aiohttp.ClientSession
    base: str
    token: str = ""

    async def call(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Got:
        headers = headers if headers is not None else {"Authorization": await self.auth()}
        url = f"{self.base}{PREFIX}{path}"
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            raw = await answer.text()
            got = json.loads(raw) if answer.content_type == "application/json" and raw else {}
            return Got(answer.status, got, dict(answer.headers))

    async def auth(self) -> str:
        if not self.token:
            self.token = text((await self.ask_token()).body, "access_token")
        return f"QQBot {self.token}"

    async def ask_token(self, secret: str = SECRET, appid: str = APPID) -> Got:
        body = {"appId": appid, "clientSecret": secret}
        return await self.call("POST", "/bots/app/getAppAccessToken", body, {})

    async def to_user(self, account: str, /, **body: object) -> Got:
        body = {"msg_type": 0, "content": "通知"} | body
        openid = self.fake.user_openid(account)
        return await self.call("POST", f"/v2/users/{openid}/messages", body)

    async def to_group(self, chat: str = "group1", /, **body: object) -> Got:
        body = {"msg_type": 0, "content": "通知"} | body
        openid = self.fake.group_openid(chat)
        return await self.call("POST", f"/v2/groups/{openid}/messages", body)

    async def heard(self, account: str, words: str = "你好", chat: str | None = None) -> str:
        """Says something; the msg_id with which the bot may answer. Without a connection the
        platform remembers the message all the same."""
        return (await self.fake.say(account, words, chat)).message_id

    @asynccontextmanager
    async def dialled(self) -> AsyncIterator[BareSocket]:
        """A connection that has not logged in."""
        async with self.http.ws_connect(self.fake.gateway.url) as socket:
            bare = BareSocket(socket)
            async with listening(bare):
                yield bare

    @asynccontextmanager
    async def online(self, intents: int = INTENTS) -> AsyncIterator[BareSocket]:
        """A connection that has."""
        await self.auth()
        async with self.dialled() as socket:
            await socket.frame()
            await socket.login(self.token, intents)
            yield socket


@asynccontextmanager
async def scene(limits: Limits = QUICK, *, webhook: bool = False) -> AsyncIterator[Scene]:
    fake = FakeQQ(SimClock(START, frozen=True), limits=limits)
    hook = BareHook()
    site = web.Application()
    fake.add_routes(site, PREFIX)
    site.router.add_post("/qq", hook.handle)
    async with served(site) as base, fake, aiohttp.ClientSession() as http:
        fake.base_url = base + PREFIX
        url = base + "/qq" if webhook else ""
        bot = fake.add_bot(APPID, "师训助手", secret=SECRET, webhook_url=url)
        for account, name in (("zhangwei", "张伟"), ("lina", "李娜"), ("zhouming", "周明")):
            fake.add_person(account, name)
        fake.add_group("信息技术1班", ["zhouming", "zhangwei", "lina"], proactive=True)
        yield Scene(fake, bot, hook, http, base)


def run(
    work: Callable[[Scene], Awaitable[None]], limits: Limits = QUICK, *, webhook: bool = False
) -> None:
    """Plays `work` in a fresh scene and loop."""

    async def play() -> None:
        async with scene(limits, webhook=webhook) as stage:
            await work(stage)

    asyncio.run(play())
