"""What no person sends: buttons made up with values that no column holds, cookies of any bytes."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from bot.channels.base import Incoming
from bot.channels.onebot.events import read_message, read_private_file
from handlers import registry
from handlers.reply import Action, Reply
from handlers.slots import Slots
from tests.bot.test_wecom_login import Browser
from tests.bot.wecom_app_stage import app_stage
from tests.bot.worlds import NOW, World, message

ROOT = Path(__file__).resolve().parents[2]
_READ = re.compile(r"slots\.(?:number|text|decimal|when)\(\s*\"(\w+)\"")
VALUES = (
    "9" * 23,
    "-" + "9" * 23,
    "0",
    "1e999999999",
    "NaN",
    "N" + "9" * 23,
    "\x00\ud800x",
    "²",
    "٣",
)


def slot_names() -> list[str]:
    """Every slot that some handler reads."""
    found = {
        name
        for path in (ROOT / "handlers").rglob("*.py")
        for name in _READ.findall(path.read_text())
    }
    assert len(found) > 10
    return sorted(found)


@pytest.mark.slow
@pytest.mark.parametrize("account", ["zhangwei", "liguoqiang"])
async def test_every_button_with_values_that_no_column_holds(
    each_world: World, log_lines: list[str], account: str
) -> None:
    world, names = each_world, slot_names()
    keys = [
        Action(name, tuple((slot, value) for slot in names)).key()
        for name in registry.BY_NAME
        for value in VALUES
        if "\ud800" not in value
    ]
    for number, key in enumerate(keys):
        incoming = Incoming(
            channel="wecom",
            realm="wecom",
            account=account,
            message_id=f"made-up-{number}",
            at=world.clock.now(),
            button=key,
            push_channel="wecom",
        )
        reply = await world.application.desk.receive(incoming)
        assert reply is None or isinstance(reply, Reply)
    await asyncio.sleep(0)
    failed = [line for line in log_lines if '"message": "turn failed"' in line]
    assert not failed, failed[0]


def test_numbers_that_no_column_holds() -> None:
    slots = Slots({"a": "9" * 23, "b": 10**30, "c": "12", "d": "²", "e": "1e999999999", "f": "NaN"})
    assert slots.number("a") == slots.number("b") == 2**31 - 1
    assert slots.number("c") == 12
    assert slots.number("d") is None
    assert slots.decimal("e") is slots.decimal("f") is None


@pytest.mark.parametrize("words", ["\x0b你好", "你\x1d好", "你好\uffff", "\ud83d你好\x00"])
def test_signs_that_no_column_holds_are_left_out(words: str) -> None:
    incoming = Incoming("wecom", "wecom", words, words, NOW, text=words, group=words, button=words)
    told = {incoming.account, incoming.message_id, incoming.text, incoming.group, incoming.button}
    assert told == {"你好"}


@pytest.mark.parametrize("sign", ["\x0b", "\x1d", "\uffff", "\x00", "&#11;", "&#x1D;", "&#0;"])
async def test_a_message_with_signs_that_xml_forbids_is_answered(world: World, sign: str) -> None:
    async with app_stage(world) as stage:
        inner = (
            "<xml><ToUserName>ww</ToUserName><FromUserName>zhangwei</FromUserName>"
            f"<CreateTime>1626049200</CreateTime><MsgType>text</MsgType><Content>我的{sign}学分"
            "</Content><MsgId>77</MsgId></xml>"
        )
        assert "62 学分" in (await stage.send(inner)).words


# -- ids -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["xml", "json"])
async def test_two_scans_of_one_second_are_two(world: World, form: str) -> None:
    async with app_stage(world) as stage:
        answers = []
        for code in ("AAAA", "BBBB"):
            scan = {
                "CreateTime": 1626049200,
                "MsgType": "event",
                "Event": "scancode_waitmsg",
                "EventKey": "scan",
                "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": code},
            }
            answers.append((await stage.tell(scan, form)).words)
        assert all(answers)


NO_IDS: tuple[dict[str, object], ...] = (
    {},
    {"msgid": 7},
    {"msgid": ""},
    {"msgid": None},
    {"msgid": ["x"]},
    {"msgid": " "},
)


@pytest.mark.parametrize("no_id", NO_IDS)
async def test_without_an_id_no_message_of_the_ai_bot_is_a_repeat(
    world: World, no_id: dict[str, object]
) -> None:
    said = {
        "chattype": "single",
        "from": {"userid": "zhangwei"},
        "msgtype": "text",
        "text": {"content": "我的学分"},
        **no_id,
    }
    for _ in range(3):
        sealed = world.bot_envelope.seal(json.dumps(said))
        query, body = world.query(sealed, world.bot_envelope), json.dumps({"encrypt": sealed})
        assert (await world.post(query, body, path="/wecom/aibot")).body
        again = await world.post(query, body, path="/wecom/aibot")
        assert (again.status, again.body) == (200, b""), "the very same call is a retry"


async def test_without_an_id_no_words_to_the_app_are_a_repeat(world: World) -> None:
    for _ in range(3):
        inner = message("zhangwei", "我的学分").replace("<MsgId>1</MsgId>", "")
        assert "62 学分" in (await world.send(inner)).words


def test_without_an_id_no_onebot_message_is_a_repeat() -> None:
    frame = {
        "message_type": "private",
        "user_id": 5,
        "time": 1626049200,
        "message": [{"type": "text", "data": {"text": "签到"}}],
    }
    told = [read_message(frame, "1") for _ in range(3)]
    assert len({each.id for each in told if each is not None}) == 3
    files = [
        {"user_id": 5, "time": 1, "file": {"name": "x", "url": f"http://x/{number}"}}
        for number in range(3)
    ]
    read = [read_private_file(each, "1") for each in (*files, files[0])]
    assert len({each.id for each in read if each is not None}) == 3


# -- the pages -------------------------------------------------------------------------------------

COOKIES = (
    b"\xff\xfe",
    b"a.\xff",
    b"\xff.\xff",
    b"a." + b"A" * 43,
    b"=" * 200,
    b'"\\377"',
    b"e30." + b"\xf0\x9f\x98\x80" * 10,
    b";;=;=;,",
    b"A" * 6000,
)


async def test_cookies_of_any_bytes_are_nobody(world: World, log_lines: list[str]) -> None:
    async with app_stage(world) as stage:
        port = int(stage.bot.address.rpartition(":")[2])
        for path in ("/wecom/me", "/wecom/login/back?state=a&code=b"):
            for name in (b"shixun_session", b"shixun_login"):
                for cookie in COOKIES:
                    head = (
                        b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: %b=%b\r\n\r\n"
                    )
                    answer = await raw(port, head % (path.encode(), name, cookie))
                    assert answer[9:12] in (b"400", b"401"), (path, cookie)
    assert not [line for line in log_lines if '"trace"' in line]


@pytest.mark.parametrize(
    "query",
    [
        b"code=\xff\xfe&state=\xff",
        b"code=%ff%fe&state=%f0%28",
        b"code=a&code=b&state=",
        b"code=%00&state=%00",
        b"code=" + b"9" * 5000 + b"&state=1",
        b"code=%F0%9F%98%80&state=%E5%AD%A6",
        b"code&state",
        b"&&&===%%%",
    ],
)
async def test_queries_of_any_bytes_get_a_page(world: World, query: bytes) -> None:
    async with app_stage(world) as stage:
        browser = Browser(stage)
        await browser.begin()
        kept = "; ".join(f"{name}={value}" for name, value in browser.cookies.items()).encode()
        port = int(stage.bot.address.rpartition(":")[2])
        lines = (b"Host: x", b"Connection: close", b"Cookie: " + kept, b"", b"")
        head = b"\r\n".join((b"GET /wecom/login/back?" + query + b" HTTP/1.1", *lines))
        answer = await raw(port, head)
        assert answer[9:12] == b"400"


async def raw(port: int, sent: bytes) -> bytes:
    """All that comes back for these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()
        await asyncio.sleep(0)
