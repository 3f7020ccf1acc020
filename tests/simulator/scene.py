"""A small bare bot on loopback, written straight from the protocol, as the fake's counterpart."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import aiohttp
import xmltodict
from aiohttp import web

from simulator.clock import SimClock
from simulator.common.values import JsonObject, table, text
from simulator.page.routes import add_page
from simulator.page.world import Person, StaticWorld
from simulator.wecom import App, Corp, FakeWeCom, Limits
from simulator.wecom.crypto import Envelope
from simulator.wecom.state import AiBot
from tests.simulator.bare import served

CORP = "ww0123456789abcdef"
TOKEN = "tkTest1"
KEY = "hoFp++Fb8H6oAkD0knLzjXEaTayjtRh0I7G9pDUP5xU"
START = datetime(2021, 7, 12, 8, 25, tzinfo=timezone(timedelta(hours=8)))
QUICK = Limits(callback_seconds=0.3, retry_pause_seconds=0.0, stream_poll_seconds=0.01)


@dataclass
class BareBot:
    """Records what arrives, decrypted; `answer` gives the passive reply's inner text."""

    received: list[JsonObject] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # answered before 200, one each
    delay: float = 0.0
    answer: Callable[[JsonObject], str] = lambda _message: ""
    raw_answer: bytes = b""

    async def app(self, request: web.Request) -> web.Response:
        envelope = Envelope(TOKEN, KEY, CORP)
        query = request.query
        if request.method == "GET":
            return web.Response(text=_open(envelope, request, query["echostr"]))
        raw = await request.read()
        if request.content_type == "application/json":
            message = json.loads(_open(envelope, request, json.loads(raw)["encrypt"]))
        else:
            outer = table(xmltodict.parse(raw), "xml")
            inner_xml = _open(envelope, request, text(outer, "Encrypt"))
            message = table(xmltodict.parse(inner_xml), "xml")
        early = await self._early(message)
        if early is not None:
            return early
        inner = self.answer(message)
        if not inner:
            return web.Response(body=self.raw_answer)
        sealed = envelope.seal(inner)
        nonce = secrets.token_hex(4)
        signature = envelope.signature("1626049500", nonce, sealed)
        body = (
            f"<xml><Encrypt>{sealed}</Encrypt><MsgSignature>{signature}</MsgSignature>"
            f"<TimeStamp>1626049500</TimeStamp><Nonce>{nonce}</Nonce></xml>"
        )
        return web.Response(text=body)

    async def aibot(self, request: web.Request) -> web.Response:
        envelope = Envelope(TOKEN, KEY, "")
        outer = json.loads(await request.read())
        message = json.loads(_open(envelope, request, outer["encrypt"]))
        early = await self._early(message)
        if early is not None:
            return early
        inner = self.answer(message)
        if not inner:
            return web.Response()
        sealed = envelope.seal(inner)
        nonce = request.query["nonce"]
        signature = envelope.signature("1626049500", nonce, sealed)
        return web.json_response(
            {"encrypt": sealed, "msgsignature": signature, "timestamp": 1626049500, "nonce": nonce}
        )

    async def _early(self, message: JsonObject) -> web.Response | None:
        self.received.append(message)
        if self.delay:
            await asyncio.sleep(self.delay)
        return web.Response(status=self.statuses.pop(0)) if self.statuses else None


def _open(envelope: Envelope, request: web.Request, sealed: str) -> str:
    query = request.query
    return envelope.open(query["msg_signature"], query["timestamp"], query["nonce"], sealed)


@dataclass
class Scene:
    """One corp with an app, an AI bot, four members and a group, all on one loopback port."""

    fake: FakeWeCom
    corp: Corp
    app: App
    aibot: AiBot
    bot: BareBot
    http: aiohttp.ClientSession
    base: str
    token: str = ""

    async def get(self, path: str, **query: str) -> JsonObject:
        async with self.http.get(f"{self.base}/fake/wecom/cgi-bin/{path}", params=query) as answer:
            assert answer.status == 200
            body: JsonObject = await answer.json()
            return body

    async def post(self, path: str, body: JsonObject, **query: str) -> JsonObject:
        query = query or {"access_token": await self.login()}
        url = f"{self.base}/fake/wecom/cgi-bin/{path}"
        async with self.http.post(url, params=query, json=body) as answer:
            assert answer.status == 200
            got: JsonObject = await answer.json()
            return got

    async def login(self) -> str:
        if not self.token:
            got = await self.get("gettoken", corpid=CORP, corpsecret="s3cret")
            self.token = text(got, "access_token")
        return self.token

    async def send(self, msgtype: str, part: JsonObject, **more: object) -> JsonObject:
        body: JsonObject = {"touser": "zhangwei", "agentid": 1000002, "msgtype": msgtype}
        return await self.post("message/send", body | {msgtype: part} | more)


@asynccontextmanager
async def scene(limits: Limits = QUICK, *, frozen: bool = True) -> AsyncIterator[Scene]:
    fake = FakeWeCom(SimClock(START, frozen=frozen), limits=limits)
    bot = BareBot()
    site = web.Application()
    fake.add_routes(site, "/fake/wecom")
    site.router.add_route("*", "/app", bot.app)
    site.router.add_post("/aibot", bot.aibot)
    corp = fake.add_corp(CORP)
    add_page(site, fake, world=_world())
    async with served(site) as base, fake, aiohttp.ClientSession() as http:
        fake.base_url = base + "/fake/wecom"
        app = corp.add_app(
            1000002,
            "师训助手",
            secret="s3cret",
            token=TOKEN,
            aes_key=KEY,
            callback_url=base + "/app",
        )
        aibot = corp.add_aibot(
            "AIBtest", "小师", token=TOKEN, aes_key=KEY, callback_url=base + "/aibot"
        )
        corp.add_member("ZhangWei", "张伟", "城关小学", "教师")
        corp.add_member("lina", "李娜", "城关小学", "教师")
        corp.add_member("zhouming", "周明", "实验中学", "班主任")
        corp.add_member("outsider", "赵外", "实验中学", "教师")
        corp.add_group("g1", "信息技术1班", ["ZhangWei", "lina", "zhouming"], [aibot.bot_id])
        yield Scene(fake, corp, app, aibot, bot, http, base)


def run(work: Callable[[Scene], Awaitable[None]], limits: Limits = QUICK) -> None:
    """Plays `work` in a fresh scene and loop."""

    async def play() -> None:
        async with scene(limits) as stage:
            await work(stage)

    asyncio.run(play())


def _world() -> StaticWorld:
    people = [
        Person("ZhangWei", "张伟", "教师", "城关小学"),
        Person("zhouming", "周明", "班主任", "实验中学"),
    ]
    return StaticWorld(people, ["我的学分", "本周安排"])
