"""run_bot.py doctor on QQ: the official bot and a QQ account behind OneBot, against the fakes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp import web

from bot.checks.values import Mark
from config.settings import Settings
from simulator.clock import SimClock
from simulator.onebot.fake import FakeOneBot
from simulator.qq import Bot, FakeQQ
from simulator.qq.limits import Limits
from simulator.qq.records import Standing, bits
from storage.database import Database
from storage.groups import Groups
from storage.leases import Leases
from tests.bot.patient import Patient, nowhere, running, serving
from tests.bot.worlds import NOW

APPID, SECRET, TOKEN = "102000001", "qq-secret-of-the-office", "onebot-token-of-ours"


@dataclass
class Stage:
    """Both fakes, and an office that is set up well for them; no bot runs."""

    qq: FakeQQ
    bot: Bot
    onebot: FakeOneBot
    patient: Patient


@asynccontextmanager
async def _staged(url: str) -> AsyncIterator[Stage]:
    clock = SimClock(NOW, frozen=True)
    async with FakeQQ(clock, limits=Limits()) as qq, FakeOneBot(clock, token=TOKEN) as onebot:
        app = web.Application()
        qq.add_routes(app, "/fake/qq")
        onebot.add_routes(app, "/fake/onebot")
        bot = qq.add_bot(APPID, "师训助手", secret=SECRET)
        async with serving(app) as address:
            qq.base_url, onebot.base_url = f"{address}/fake/qq", f"{address}/fake/onebot"
            patient = Patient(Settings(database_url=url, port=nowhere()), clock)
            patient.set(
                qq_app_id=APPID,
                qq_secret=SECRET,
                qq_api_base=qq.api_base,
                qq_token_url=qq.token_url,
                onebot_url=onebot.ws_url,
                onebot_token=TOKEN,
            )
            yield Stage(qq, bot, onebot, patient)


@pytest.fixture
def stage(runner: asyncio.Runner, office_url: str) -> Iterator[Stage]:
    """Of one test."""
    context = _staged(office_url)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


async def test_all_is_well(stage: Stage) -> None:
    assert await stage.patient.wrong() == {}
    fine = {each.check for each in stage.patient.said if each.mark is Mark.FINE}
    assert fine >= {"clock", "qq.token", "qq.gateway", "qq.login", "onebot"}
    assert stage.qq.platform.bots[APPID].starts, "it was not tried"
    assert not stage.onebot.calls.count("send_group_msg", 0)


def _no_starts(stage: Stage) -> None:
    starts = stage.qq.platform.limits.session_starts
    stage.bot.starts.extend([stage.qq.platform.now()] * starts)


Mistake = Callable[[Stage], None]
MISTAKES: dict[str, tuple[Mistake, str, str]] = {
    "secret": (lambda s: s.patient.set(qq_secret="wrong-secret"), "qq.token", "100016"),
    "app id": (lambda s: s.patient.set(qq_app_id="102999999"), "qq.token", "SHIXUN_QQ_APP_ID"),
    "token host": (
        lambda s: s.patient.set(qq_token_url=f"http://127.0.0.1:{nowhere()}/"),
        "qq.token",
        "能不能上网",
    ),
    "refused token": (
        lambda s: s.qq.faults.fail(100007, 9, "getAppAccessToken"),
        "qq.token",
        "100007",
    ),
    "API host": (
        lambda s: s.patient.set(qq_api_base=f"http://127.0.0.1:{nowhere()}"),
        "qq.gateway",
        "连不上 QQ 接口",
    ),
    "whitelist": (
        lambda s: setattr(s.bot, "trusted_ips", {"10.9.8.7"}),
        "qq.gateway",
        "IP 白名单，加上127.0.0.1",
    ),
    "refused calls": (
        lambda s: s.qq.faults.fail(11265, 9, "gateway/bot"),
        "qq.gateway",
        "11265",
    ),
    "intents": (
        lambda s: setattr(s.bot, "intents", bits(30)),
        "qq.login",
        "没有接收群聊和私聊消息的权限（4014）",
    ),
    "banned": (lambda s: setattr(s.bot, "standing", Standing.BANNED), "qq.login", "4915"),
    "taken down": (lambda s: setattr(s.bot, "standing", Standing.OFFLINE), "qq.login", "4914"),
    "webhook in the console": (
        lambda s: s.bot.use_webhook("https://bot.example.cn/qq/webhook"),
        "qq.login",
        "SHIXUN_QQ_TRANSPORT=webhook",
    ),
    "no log-ins left": (_no_starts, "qq.login", "登录次数用完"),
    "handshake": (lambda s: setattr(s.qq.faults, "socket_refusals", 9), "qq.login", "HTTP 503"),
    "OneBot is off": (
        lambda s: s.patient.set(onebot_url=f"ws://127.0.0.1:{nowhere()}/"),
        "onebot",
        "NapCat（或 LLBot）是不是在运行",
    ),
    "OneBot token": (lambda s: s.patient.set(onebot_token="another-token"), "onebot", "token 不对"),
    "no OneBot token": (lambda s: s.patient.set(onebot_token=""), "onebot", "token 不对"),
    "QQ is not logged in": (lambda s: setattr(s.onebot.world, "online", False), "onebot", "掉线"),
    "a remote OneBot without a token": (
        lambda s: s.patient.set(onebot_url="ws://192.0.2.1:3001/", onebot_token=""),
        "onebot",
        "任何人都能用那个 QQ 号说话",
    ),
    "an open door": (
        lambda s: s.patient.set(
            onebot_url="", onebot_token="", onebot_listen=True, host="192.0.2.7"
        ),
        "onebot",
        "设置 SHIXUN_ONEBOT_TOKEN",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_mistake_is_named(stage: Stage, name: str) -> None:
    make, check, words = MISTAKES[name]
    make(stage)
    assert words in (await stage.patient.wrong())[check]


@pytest.mark.parametrize(
    ("intents", "words"),
    [(bits(25, 26), "成员进出群"), (bits(25), "按钮会改成文字编号")],
)
async def test_lesser_rights_are_a_hint(stage: Stage, intents: int, words: str) -> None:
    stage.bot.intents = intents
    login = (await stage.patient.ask())["qq.login"]
    assert login.mark is Mark.FINE
    assert words in login.says


async def test_a_running_login_is_not_disturbed(stage: Stage) -> None:
    database = Database(stage.patient.settings.database_url)
    with database.unit() as unit:
        Leases(unit).acquire("qq-gateway", "another", NOW, timedelta(seconds=30))
    database.close()
    assert "正登录着" in (await stage.patient.ask())["qq.login"].says
    assert not stage.bot.starts


async def test_too_often_is_nobody_s_mistake(stage: Stage) -> None:
    stage.qq.faults.fail(100001, 9, "getAppAccessToken")
    assert (await stage.patient.ask())["qq.token"].mark is Mark.OFF


@pytest.mark.parametrize("dialect", ["llbot", "standard"])
async def test_every_dialect_is_asked(runner: asyncio.Runner, stage: Stage, dialect: str) -> None:
    async with FakeOneBot(SimClock(NOW), dialect=dialect, token=TOKEN) as fake:
        app = web.Application()
        fake.add_routes(app, "/fake")
        async with serving(app) as address:
            fake.base_url = f"{address}/fake"
            stage.patient.set(onebot_url=fake.ws_url)
            assert (await stage.patient.ask())["onebot"].mark is Mark.FINE
            stage.patient.set(onebot_token="another-token")
            assert "token 不对" in (await stage.patient.wrong())["onebot"]


# -- webhook -------------------------------------------------------------------------------------


async def test_the_webhook_is_called_as_the_platform_does(stage: Stage) -> None:
    patient = stage.patient
    patient.set(qq_transport="webhook", onebot_url="", onebot_token="")
    async with running(patient):
        found = await patient.ask()
        assert found["qq.webhook.local"].mark is Mark.FINE
        assert "QQ 只往 80、443、8080、8443 端口" in found["qq.webhook.public"].says
        patient.set(qq_secret="another-secret-since")
        assert "AppSecret" in (await patient.wrong())["qq.webhook.local"]
        patient.set(qq_app_id="102999999")
        assert "HTTP 401" in (await patient.wrong())["qq.webhook.local"]


async def test_a_bot_that_was_started_without_webhook(stage: Stage) -> None:
    patient = stage.patient
    patient.set(onebot_url="", onebot_token="")
    async with running(patient):
        patient.set(qq_transport="webhook")
        assert "启动时还没有这项设置" in (await patient.wrong())["qq.webhook.local"]


# -- what a running bot says of itself -----------------------------------------------------------


async def test_a_running_bot_s_own_trouble_is_told(stage: Stage) -> None:
    patient = stage.patient
    patient.set(qq_app_id="", qq_secret="", onebot_url="", onebot_listen=True)
    async with running(patient):
        found = await patient.ask()
    assert "实现端还没有连上来" in found["running"].says
    assert found["onebot"].mark is Mark.OFF


async def test_robots_are_counted_and_not_tried(stage: Stage) -> None:
    database = Database(stage.patient.settings.database_url)
    with database.unit() as unit:
        Groups(unit).bind(1, "wecom_robot", "a-key-that-is-secret", by=None, now=NOW)
    database.close()
    found = await stage.patient.ask()
    assert "登记了 1 个" in found["robots"].says
    assert "a-key" not in str(stage.patient.said)
