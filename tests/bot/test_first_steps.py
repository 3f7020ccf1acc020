"""The steps of docs/wecom.md and docs/qq.md, walked from nothing to a talking bot."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

import run_bot
from bot.app import Application
from bot.channels.qq import channel as qq
from bot.channels.wecom_bot import socket as wecom_socket
from bot.checks.values import Mark
from bot.doctor import examine
from config.settings import Settings
from simulator.clock import SimClock
from simulator.onebot.fake import FakeOneBot
from simulator.qq import FakeQQ
from simulator.stage import Keys, free_port
from simulator.wecom.fake import FakeWeCom
from tests.bot.patient import Patient, serving
from tests.bot.qq_world import FAST as QQ_FAST
from tests.bot.wecom_socket_talk import FAST

ROSTER = Path(__file__).resolve().parents[2] / "examples" / "demo"
CLASS = "信息技术1班"


@dataclass
class Office:
    """An office on its first day: the fakes are set up as the console is, nobody is bound."""

    url: str
    keys: Keys
    wecom: FakeWeCom
    qq: FakeQQ
    onebot: FakeOneBot
    address: str
    patient: Patient
    application: Application | None = None

    @asynccontextmanager
    async def started(self, **settings: object) -> AsyncIterator[None]:
        """run_bot.py with these settings; the doctor finds nothing wrong before and after."""
        bound = free_port("127.0.0.1")
        port = bound.getsockname()[1]
        self.patient.set(port=port, **settings)
        assert await self.patient.wrong() == {}
        self.application = Application(self.patient.settings, pace=0.0)
        runner = web.AppRunner(self.application.make_web(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, bound).start()
        try:
            yield
            assert await self.patient.wrong() == {}
        finally:
            await runner.cleanup()

    async def until(self, fake: FakeWeCom | FakeQQ | FakeOneBot, account: str, words: str) -> str:
        """What this person reads once it holds these words."""
        async with asyncio.timeout(8):
            while True:
                for shown in fake.shown(account):
                    if words in shown.words and not shown.mine:
                        return shown.words
                await asyncio.sleep(0.02)

    async def connected(self, fake: FakeWeCom | FakeQQ | FakeOneBot) -> None:
        """Once the bot has dialled and hears; what is said before is lost, as on the platforms."""
        line = fake if isinstance(fake, FakeOneBot) else fake.gateway
        async with asyncio.timeout(5):
            while not line.connected():  # noqa: ASYNC110 - polling is an onlooker's way
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)  # the bot hears of it a little later

    def code(self, name: str, capsys: pytest.CaptureFixture[str]) -> str:
        """run_bot.py code: what the person is to send."""
        capsys.readouterr()
        assert run_bot.main(["--database", self.url, "code", name]) == 0
        return capsys.readouterr().out.splitlines()[-1]


@asynccontextmanager
async def _opened(tmp_path: Path) -> AsyncIterator[Office]:
    url = f"sqlite:///{tmp_path / 'office.sqlite'}"
    assert run_bot.main(["--database", url, "db", "upgrade"]) == 0
    assert run_bot.main(["--database", url, "import", "office", str(ROSTER), "--yes"]) == 0
    clock, keys, app = SimClock(), Keys(), web.Application()
    async with (
        FakeWeCom(clock) as wecom,
        FakeQQ(clock) as qq_,
        FakeOneBot(clock, token="T0ken") as ob,
    ):
        wecom.add_routes(app, "/wecom")
        qq_.add_routes(app, "/qq")
        ob.add_routes(app, "/onebot")
        async with serving(app) as address:
            wecom.base_url, qq_.base_url = f"{address}/wecom", f"{address}/qq"
            ob.base_url = f"{address}/onebot"
            settings = Settings(database_url=url, wecom_api_base=f"{address}/wecom/cgi-bin/")
            patient = Patient(settings, clock)
            patient.set(wecom_webhook_base=f"{address}/wecom/cgi-bin/")
            yield Office(url, keys, wecom, qq_, ob, address, patient)


@pytest.fixture
def office(
    runner: asyncio.Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """Of one test."""
    monkeypatch.setattr(wecom_socket, "Timing", lambda: FAST)
    monkeypatch.setattr(qq, "Timing", lambda: QQ_FAST)
    context = _opened(tmp_path)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


def _digits(words: str) -> str:
    found = re.search(r"\b\d{6}\b", words)
    assert found is not None
    return found[0]


async def test_wecom_without_a_public_address(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = office.wecom
    corp = fake.add_corp(office.keys.corp_id)
    corp.add_aibot("AIBoffice", "师训助手", secret="console-secret")
    for userid, name in (("lgq", "李国强"), ("zm", "周明")):
        corp.add_member(userid, name)
    corp.add_group("wr-group", CLASS, ["lgq", "zm"], ["AIBoffice"])
    async with office.started(
        wecom_bot_id="AIBoffice",
        wecom_bot_secret="console-secret",
        wecom_bot_ws_url=fake.bot_ws_url,
    ):
        await office.connected(fake)
        await fake.say("lgq", "我的学分", chat="bot")
        await office.until(fake, "lgq", "绑定")
        await fake.say("lgq", office.code("李国强", capsys), chat="bot")
        await office.until(fake, "lgq", "绑定成功")
        await fake.say("lgq", f"班级群码 {CLASS}", chat="bot")
        number = _digits(await office.until(fake, "lgq", "群码："))
        await fake.say("lgq", f"绑定班级 {number}", chat="wr-group")
        await office.until(fake, "zm", f"这个群是「{CLASS}」的班级群了")
        await fake.say("lgq", "绑定码 周明", chat="bot")
        told = await office.until(fake, "lgq", "的绑定码：")
        await fake.say("zm", told.splitlines()[-1], chat="bot")
        await office.until(fake, "zm", "绑定成功")


async def test_wecom_with_a_public_address(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    fake, keys = office.wecom, office.keys
    corp = fake.add_corp(keys.corp_id)
    app = corp.add_app(
        keys.agent_id, "师训助手", secret=keys.secret, token=keys.token, aes_key=keys.aes_key
    )
    for userid in ("liguoqiang", "zhouming", "zhangwei"):
        corp.add_member(userid, userid)
    group = corp.add_group("wr-group", CLASS, ["liguoqiang", "zhouming"])
    robot = corp.add_robot(group.chat_id, "师训", key="0123456789abcdef0123456789abcdef")
    given = {
        "wecom_corp_id": keys.corp_id,
        "wecom_agent_id": keys.agent_id,
        "wecom_secret": keys.secret,
        "wecom_token": keys.token,
        "wecom_aes_key": keys.aes_key,
    }
    app.callback_url = "http://127.0.0.1:1/not-yet"  # the console wants the bot to run first
    async with office.started(**given):
        address = f"http://127.0.0.1:{office.patient.settings.port}"
        app.callback_url = f"{address}/wecom/callback"
        assert (await fake.verify_url(app)).ok
        async with asyncio.timeout(5):
            while not app.menu:  # noqa: ASYNC110 - made beside the start
                await asyncio.sleep(0.02)
        await fake.say("liguoqiang", "我绑定的是谁")  # bound by the roster's 企业微信账号
        await office.until(fake, "liguoqiang", "李国强")
        await fake.say("liguoqiang", f"绑定群机器人 {CLASS} https://x/webhook/send?key={robot.key}")
        await office.until(fake, "liguoqiang", "群机器人已绑定")
        await fake.say("liguoqiang", f"建班级群 {CLASS}")
        await office.until(fake, "liguoqiang", "建一个企业微信群吗")
        await fake.say("liguoqiang", "确认")
        await office.until(fake, "liguoqiang", "正在建")
        async with aiohttp.ClientSession() as http, http.get(f"{address}/wecom/login") as answer:
            assert answer.status == 503  # pages want SHIXUN_PUBLIC_URL
        found = {each.check: each for each in await examine(office.patient.settings, fake.clock)}
        assert found["heard.wecom"].mark is Mark.FINE
        assert found["robots"].says.startswith("登记了 1 个")


async def test_qq_by_long_connection(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    fake = office.qq
    fake.add_bot(office.keys.qq_app_id, "师训助手", secret=office.keys.qq_secret)
    for account in ("lgq", "zm"):
        fake.add_person(account, account)
    fake.add_group(CLASS, ["lgq", "zm"], chat="group1", proactive=True)
    async with office.started(
        qq_app_id=office.keys.qq_app_id,
        qq_secret=office.keys.qq_secret,
        qq_api_base=fake.api_base,
        qq_token_url=fake.token_url,
    ):
        await office.connected(fake)
        await fake.say("lgq", office.code("李国强", capsys))
        await office.until(fake, "lgq", "绑定成功")
        await fake.say("lgq", f"班级群码 {CLASS}")
        number = _digits(await office.until(fake, "lgq", "群码："))
        await fake.say("lgq", f"绑定班级 {number}", "group1")
        await office.until(fake, "zm", f"这个群是「{CLASS}」的班级群了")


async def test_a_qq_account_by_onebot(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    fake = office.onebot
    fake.add_account(20001, "李国强")
    fake.add_account(20002, "周明")
    fake.add_group(700001, CLASS, [20001, 20002])
    async with office.started(onebot_url=fake.ws_url, onebot_token="T0ken"):
        await office.connected(fake)
        await fake.say("20001", office.code("李国强", capsys))
        await office.until(fake, "20001", "绑定成功")
        await fake.say("20001", f"班级群码 {CLASS}")
        number = _digits(await office.until(fake, "20001", "群码："))
        await fake.say("20001", f"绑定班级 {number}", "700001")
        await office.until(fake, "20002", f"这个群是「{CLASS}」的班级群了")
