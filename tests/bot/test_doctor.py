"""run_bot.py doctor against the fakes: each usual mistake is named, with its cure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

import run_bot
from bot.checks import database as checks_database
from bot.checks import web as checks_web
from bot.checks.settings import EXAMPLES
from bot.checks.values import Mark
from bot.doctor import to_text
from config.settings import Settings
from handlers.reply import Reply
from simulator.clock import SimClock
from simulator.wecom.state import Corp
from storage.leases import Leases
from storage.pauses import Pauses
from storage.sending import Sending
from tests.bot.patient import Patient, nowhere, patient_of, serving
from tests.bot.worlds import NOW, World

ROOT = Path(__file__).resolve().parents[2]
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@pytest.fixture
def patient(world: World) -> Patient:
    """The demo office, set up well, its bot running."""
    return patient_of(world)


async def test_a_healthy_office_is_told_so(world: World, patient: Patient) -> None:
    await world.say("zhangwei", "我的学分")
    found = await patient.ask()
    assert await patient.wrong() == {}
    fine = {each.check for each in patient.said if each.mark is Mark.FINE}
    assert fine >= {
        "settings",
        "database",
        "disk",
        "roster",
        "running",
        "clock",
        "wecom.secret",
        "wecom.agent",
        "wecom.pages",
        "wecom.cards",
        "wecom.callback.local",
        "wecom.callback.public",
        "wecom_bot.callback.local",
        "wecom_bot.callback.public",
        "heard.wecom",
        "pauses",
        "stopped",
        "waiting",
    }
    assert {found["qq"].mark, found["onebot"].mark, found["wecom_socket"].mark} == {Mark.OFF}
    assert "没有发现问题" in to_text(patient.said)


async def test_nobody_hears_of_a_check_up(world: World, patient: Patient) -> None:
    before = {userid: world.stage.fake.cursor(userid) for userid in world.stage.corp.members}
    await patient.ask()
    assert before == {u: world.stage.fake.cursor(u) for u in world.stage.corp.members}
    assert world.stage.fake.calls.count("webhook/send") == 0


# -- WeCom ---------------------------------------------------------------------------------------


def _other_app(corp: Corp) -> str:
    corp.add_app(1000099, "考勤", secret="secret-of-another", token="t", aes_key=KEY)
    return "secret-of-another"


Mistake = Callable[[World, Patient], None]
MISTAKES: dict[str, tuple[Mistake, str, str]] = {
    "corp id": (lambda _, p: p.set(wecom_corp_id="ww0000"), "wecom.secret", "SHIXUN_WECOM_CORP_ID"),
    "secret": (lambda _, p: p.set(wecom_secret="wrong-secret"), "wecom.secret", "40001"),
    "secret of another app": (
        lambda w, p: p.set(wecom_secret=_other_app(w.stage.corp)),
        "wecom.agent",
        "不是同一个应用的",
    ),
    "agent id": (lambda _, p: p.set(wecom_agent_id=7), "wecom.agent", "301002"),
    "IP": (
        lambda w, _: setattr(w.stage.app, "trusted_ips", {"10.9.8.7"}),
        "wecom.secret",
        "127.0.0.1 不在应用的“企业可信IP”里",
    ),
    "disabled": (lambda w, _: setattr(w.stage.app, "enabled", False), "wecom.secret", "启用"),
    "visible range": (
        lambda w, _: setattr(w.stage.app, "visible", set()),
        "wecom.agent",
        "可见范围是空的",
    ),
    "trusted domain": (
        lambda w, _: setattr(w.stage.app, "redirect_domain", "other.example.cn"),
        "wecom.pages",
        "设置可信域名，填 127.0.0.1",
    ),
    "no callback": (
        lambda w, _: setattr(w.stage.app, "callback_url", ""),
        "wecom.cards",
        "设置API接收：URL 填 http",
    ),
    "token": (
        lambda _, p: p.set(wecom_token="anotherToken"),
        "wecom.callback.local",
        "重启程序，让新设置生效",
    ),
    "key": (lambda _, p: p.set(wecom_aes_key=KEY[::-1]), "wecom.callback.local", "EncodingAESKey"),
    "AI bot's token": (
        lambda _, p: p.set(wecom_bot_token="anotherToken"),
        "wecom_bot.callback.local",
        "机器人的 Token",
    ),
    "address from outside": (
        lambda _, p: p.set(public_url=f"http://127.0.0.1:{nowhere()}"),
        "wecom.callback.public",
        "反向代理",
    ),
    "platform unreachable": (
        lambda _, p: p.set(wecom_api_base=f"http://127.0.0.1:{nowhere()}/cgi-bin/"),
        "wecom.secret",
        "能不能上网",
    ),
    "another platform": (
        lambda w, p: p.set(wecom_api_base=w.bot.address + "/"),
        "wecom.secret",
        "不是企业微信的（HTTP 404）",
    ),
    "too often": (
        lambda w, _: w.stage.fake.faults.fail(45009, 9, "gettoken"),
        "wecom.secret",
        "过一小时再查",
    ),
    "unknown refusal": (
        lambda w, _: w.stage.fake.faults.fail(48009, 9, "gettoken"),
        "wecom.secret",
        "48009",
    ),
    "a slip of copying": (
        lambda _, p: p.set(wecom_secret="half another-half"),
        "settings",
        "SHIXUN_WECOM_SECRET 里有空格或换行",
    ),
    "quotes": (lambda _, p: p.set(wecom_corp_id="“ww1”"), "settings", "引号"),
    "the example's values": (
        lambda _, p: p.set(wecom_bot_id="aib-example", wecom_bot_secret="example-bot-secret"),
        "settings",
        "还是样例里的值：SHIXUN_WECOM_BOT_ID、SHIXUN_WECOM_BOT_SECRET",
    ),
    "no https": (
        lambda _, p: p.set(public_url="http://bot.example.invalid"),
        "settings",
        "不是 https://",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_mistake_is_named(world: World, patient: Patient, name: str) -> None:
    make, check, words = MISTAKES[name]
    make(world, patient)
    assert words in (await patient.wrong())[check]


async def test_a_platform_that_does_not_answer_ends_the_wait(
    world: World, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks_web, "SECONDS", 0.3)
    world.stage.fake.faults.stalls, world.stage.fake.faults.stall_path = 9, "gettoken"
    assert "没有回应" in (await patient.wrong())["wecom.secret"]


@pytest.mark.parametrize(("ahead", "way"), [(90, "快 90 秒"), (-7200, "慢 7200 秒")])
async def test_a_clock_that_is_wrong(patient: Patient, ahead: int, way: str) -> None:
    patient.clock = SimClock(NOW + timedelta(seconds=ahead), frozen=True)
    assert way in (await patient.wrong())["clock"]


async def test_a_minute_is_not_wrong(patient: Patient) -> None:
    patient.clock = SimClock(NOW + timedelta(seconds=59), frozen=True)
    assert "clock" not in await patient.wrong()


Answer = Callable[[web.Request], Awaitable[web.Response]]


async def _redirect(_request: web.Request) -> web.Response:
    raise web.HTTPMovedPermanently("https://elsewhere.example.cn/")


async def _page(_request: web.Request) -> web.Response:
    return web.Response(text="正在检查您的浏览器")


async def _missing(_request: web.Request) -> web.Response:
    return web.Response(status=404)


async def _denied(_request: web.Request) -> web.Response:
    return web.Response(status=403)


@pytest.mark.parametrize(
    ("answer", "words"),
    [(_redirect, "跳转"), (_page, "答得不对"), (_missing, "404"), (_denied, "不认我们的签名")],
)
async def test_what_a_proxy_does_to_the_callback(
    patient: Patient, answer: Answer, words: str
) -> None:
    proxy = web.Application()
    proxy.router.add_get("/{any:.*}", answer)
    async with serving(proxy) as address:
        patient.set(public_url=address)
        wrong = await patient.wrong()
    assert words in wrong["wecom.callback.public"]
    assert "wecom.callback.local" not in wrong


async def test_a_bot_that_does_not_run_is_no_mistake(world: World, patient: Patient) -> None:
    await world.bots.pop().stop()
    assert await patient.wrong() == {}
    found = {each.check: each for each in patient.said}
    assert "没有在运行" in found["running"].says
    assert found["wecom.callback.local"].mark is Mark.OFF
    assert found["wecom.cards"].mark is Mark.FINE


async def test_another_program_at_the_port(patient: Patient) -> None:
    async with serving(web.Application()) as address:
        patient.set(port=int(address.rpartition(":")[2]))
        assert "别的程序" in (await patient.wrong())["running"]


# -- the AI bot's long connection ----------------------------------------------------------------


@pytest.fixture
def socket(world: World, patient: Patient) -> Patient:
    """With an AI bot on its long connection that nobody holds."""
    world.stage.corp.add_aibot("AIBdoctor", "助手", secret="socket-secret")
    patient.set(
        wecom_bot_id="AIBdoctor",
        wecom_bot_secret="socket-secret",
        wecom_bot_ws_url=world.stage.fake.bot_ws_url,
    )
    return patient


async def test_the_long_connection_is_tried(socket: Patient) -> None:
    assert (await socket.ask())["wecom_socket"].mark is Mark.FINE


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"wecom_bot_secret": "wrong-secret"}, "853000"),
        ({"wecom_bot_id": "AIBnobody"}, "选“长连接”"),
        ({"wecom_bot_ws_url": "ws://127.0.0.1:9/"}, "防火墙"),
    ],
)
async def test_a_long_connection_that_is_refused(
    socket: Patient, values: dict[str, object], words: str
) -> None:
    socket.set(**values)
    assert words in (await socket.wrong())["wecom_socket"]


async def test_a_bot_set_to_callbacks_is_told(world: World, socket: Patient) -> None:
    world.stage.corp.aibots["AIBdoctor"].use_callback("http://127.0.0.1/")
    assert "选的不是长连接" in (await socket.wrong())["wecom_socket"]


async def test_a_refused_handshake_is_told(world: World, socket: Patient) -> None:
    world.stage.fake.faults.socket_refusals = 1
    assert "HTTP 503" in (await socket.wrong())["wecom_socket"]


async def test_a_running_connection_is_not_kicked(world: World, socket: Patient) -> None:
    with world.application.database.unit() as unit:
        name = "wecom-bot-socket:AIBdoctor"
        Leases(unit).acquire(name, "another", NOW, timedelta(seconds=30))
    assert "正连着" in (await socket.ask())["wecom_socket"].says
    assert world.stage.fake.calls.count("aibot_subscribe") == 0


# -- records -------------------------------------------------------------------------------------


async def test_a_pause_is_told_with_its_cause(world: World, patient: Patient) -> None:
    with world.application.database.unit() as unit:
        until = NOW + timedelta(minutes=10)
        Pauses(unit).pause("wecom", "", NOW, until, "本机的 IP 不在“企业可信IP”里")
    told = (await patient.wrong())["pauses"]
    assert "企业微信停到 08:30：本机的 IP" in told


async def test_the_stop_switch_and_what_waits(world: World, patient: Patient) -> None:
    with world.application.database.unit() as unit:
        Sending(unit).stop_all(None, NOW)
    world.queue(Reply("明天集合"), "zhangwei", "chenjie")
    patient.clock = SimClock(NOW + timedelta(minutes=11), frozen=True)
    wrong = await patient.wrong()
    assert "恢复发送" in wrong["stopped"]
    assert "有 2 条要发，最早的一条 08:20" in wrong["waiting"]


async def test_what_the_app_noted_is_told(world: World, patient: Patient) -> None:
    world.stage.fake.faults.callback_skew = -900
    await world.say("zhangwei", "我的学分")
    assert "本机时钟和企业微信相差约 15 分钟" in (await patient.wrong())["notes"]


async def test_a_database_that_was_not_made_is_not_made(patient: Patient, tmp_path: Path) -> None:
    missing = tmp_path / "other" / "office.sqlite"
    patient.set(database_url=f"sqlite:///{missing}")
    assert "db upgrade" in (await patient.wrong())["database"]
    assert not missing.parent.exists()


async def test_a_file_that_is_no_database(patient: Patient, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("各位老师：" * 400, encoding="utf-8")
    patient.set(database_url=f"sqlite:///{tmp_path / 'letter.txt'}")
    assert "不是数据库文件" in (await patient.wrong())["database"]


async def test_a_server_that_is_away(patient: Patient) -> None:
    patient.set(database_url="postgresql://office:hunter2@127.0.0.1:1/office")
    wrong = await patient.wrong()
    assert "连不上数据库" in wrong["database"]
    assert "hunter2" not in str(patient.said)


def test_both_engines_are_read_and_written(both_urls: str) -> None:
    looked = checks_database.check_database(both_urls, NOW)
    assert {each.mark for each in looked.findings} <= {Mark.FINE, Mark.OFF}
    assert looked.records is not None
    assert looked.records.people > 10
    if both_urls.startswith("postgresql"):
        reading = f"{both_urls}&options=-cdefault_transaction_read_only%3Don"
        looked = checks_database.check_database(reading, NOW)
        assert "只能读，不能写" in looked.findings[0].says


async def test_an_empty_office_and_a_full_disk(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    assert run_bot.main(["--database", url, "db", "upgrade"]) == 0
    patient.set(database_url=url)
    monkeypatch.setattr(checks_database, "LEAST_FREE", 1 << 60)
    wrong = await patient.wrong()
    assert "导入名册" in wrong["roster"]
    assert "清理磁盘" in wrong["disk"]


# -- the command ---------------------------------------------------------------------------------


def test_every_problem_of_the_settings_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHIXUN_WECOM_AES_KEY", "hunter2-too-short")
    monkeypatch.setenv("SHIXUN_PROT", "8090")
    assert run_bot.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "EncodingAESKey 应为 43 个字母和数字，现在是 17 个字符" in said
    assert "SHIXUN_PROT：没有这一项设置" in said
    assert "还缺：SHIXUN_WECOM_CORP_ID" in said
    assert "hunter2" not in said


def test_the_example_s_values_are_known() -> None:
    text = (ROOT / "config" / "office.example.toml").read_text(encoding="utf-8")
    # every channel is off there: its lines are comments
    example = tomllib.loads(re.sub(r"(?m)^# (?=[a-z_]+ = )", "", text))
    secrets = [
        name for name, field in Settings.model_fields.items() if field.annotation is SecretStr
    ]
    marked = [*secrets, "wecom_bot_id", "qq_app_id", "public_url"]
    assert {example[name] for name in marked} == EXAMPLES


def test_the_command_without_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHIXUN_DATABASE_URL", f"sqlite:///{tmp_path / 'office.sqlite'}")
    monkeypatch.setenv("SHIXUN_PORT", str(nowhere()))
    assert run_bot.main(["db", "upgrade"]) == 0
    capsys.readouterr()
    assert run_bot.main(["doctor", "--json"]) == 1  # nobody is in the roster
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert {"check", "title", "mark", "says", "mend"} == set(told["checks"][0])
    assert [each["check"] for each in told["checks"] if each["mark"] == "wrong"] == ["roster"]
