"""Writing first over the long connection: what becomes of a notice, files in both directions."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.wecom_bot.files import CHUNK_BYTES
from handlers import registry
from handlers.contract import Turn
from handlers.reply import File, Reply
from simulator.stage import free_port
from tests.bot.wecom_socket_gateway import Body
from tests.bot.wecom_socket_talk import (
    CARD,
    PUSH,
    Talk,
)
from tests.bot.worlds import NOW

# -- writing first --------------------------------------------------------------------------------


async def test_a_notice_is_pushed(talk: Talk) -> None:
    assert await talk.send(Reply(text="明天集中")) == "sent"
    (push,) = talk.gate.of(PUSH)
    assert push == {
        "chatid": "zhangwei",
        "chat_type": 1,
        "msgtype": "markdown",
        "markdown": {"content": "明天集中"},
    }


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (None, "unknown no answer"),
        ("cut", "unknown no answer"),
        (40003, "rejected errcode 40003"),
        (45002, "rejected errcode 45002"),
        (48002, "rejected errcode 48002"),
        (-1, "queued errcode -1"),
        (6000, "queued errcode 6000"),
        (45033, "queued errcode 45033"),
        (45009, "queued errcode 45009"),
        (853000, "queued errcode 853000"),
        (93019, "queued errcode 93019"),
    ],
)
async def test_what_becomes_of_a_notice(talk: Talk, code: int | str | None, status: str) -> None:
    talk.gate.plan(PUSH, code)
    assert await talk.send(Reply(text="明天集中")) == status
    assert len(talk.gate.of(PUSH)) == 1
    await talk.up(2 if code == "cut" else 1)
    if status.startswith("queued"):
        talk.clock.set(NOW + timedelta(minutes=11))
        await talk.quiet()
    assert len(talk.gate.of(PUSH)) == (2 if status.startswith("queued") else 1)


async def test_a_chat_that_is_full_waits_and_nobody_else_does(talk: Talk) -> None:
    talk.gate.plan(PUSH, 45009)
    first = talk.queue(Reply(text="一"))
    await talk.quiet()
    assert talk.not_before(first) == NOW + timedelta(seconds=60)
    second = talk.queue(Reply(text="二"))
    assert await talk.send(Reply(text="三"), "lina") == "sent"
    assert talk.status(second) == "queued"
    talk.clock.set(NOW + timedelta(seconds=60))
    await talk.quiet()
    assert (talk.status(first), talk.status(second)) == ("sent", "sent")


async def test_forty_notices_to_one_person_take_two_minutes_and_keep_their_order(
    talk: Talk,
) -> None:
    for number in range(40):
        talk.queue(Reply(text=f"第{number}条"))
    await talk.quiet()
    assert len(talk.pushed()) == 30
    talk.clock.set(NOW + timedelta(seconds=60))
    await talk.quiet()
    assert talk.pushed() == [f"第{number}条" for number in range(40)]


async def test_without_a_connection_notices_wait(talk: Talk) -> None:
    talk.gate.refuses_dial = 4
    talk.gate.abort()
    await talk.gate.until(lambda: not talk.channel.connected)
    delivery = talk.queue(Reply(text="明天集中"))
    await talk.application.postman.run_due()
    assert talk.status(delivery) == "queued"
    await talk.up(2)
    await talk.quiet()
    assert talk.status(delivery) == "sent"
    assert talk.pushed() == ["明天集中"]


async def test_a_message_of_which_half_arrived_is_not_sent_again(talk: Talk) -> None:
    talk.gate.plan(PUSH, 0, 45009)
    status = await talk.send(Reply(text="请回复", card=CARD))
    assert status == "unknown stopped after 1 of 2: errcode 45009"


async def test_the_second_half_waits_for_the_next_connection(talk: Talk) -> None:
    talk.gate.plan(PUSH, 0, 846609)
    talk.gate.plan("aibot_subscribe", -1)
    assert await talk.send(Reply(text="请回复", card=CARD)) == "sent"
    kinds = [body["msgtype"] for body in talk.gate.of(PUSH)]
    assert kinds == ["markdown", "template_card", "template_card"]


async def test_an_empty_notice_is_listed(talk: Talk) -> None:
    assert await talk.send(Reply()) == "rejected empty"


# -- files ----------------------------------------------------------------------------------------


async def test_a_file_goes_up_in_chunks_with_its_chinese_name(talk: Talk) -> None:
    data = bytes(range(256)) * 5000  # 1.28 MB: three chunks
    assert await talk.send(Reply(text="见附件", files=(File("会议纪要.xlsx", data),))) == "sent"
    (init,) = talk.gate.of("aibot_upload_media_init")
    assert init == {
        "type": "file",
        "filename": "会议纪要.xlsx",
        "total_size": len(data),
        "total_chunks": 3,
        "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
    }
    chunks = [base64.b64decode(each) for _, each in sorted(talk.gate.uploads["upload-0"].items())]
    assert sorted(talk.gate.uploads["upload-0"]) == [0, 1, 2]
    assert all(len(each) <= CHUNK_BYTES for each in chunks)
    assert b"".join(chunks) == data
    assert talk.gate.of(PUSH)[-1] == {
        "chatid": "zhangwei",
        "chat_type": 1,
        "msgtype": "file",
        "file": {"media_id": "media-upload-0"},
    }


@pytest.mark.parametrize("cmd", ["init", "chunk", "finish"])
@pytest.mark.parametrize(
    ("code", "status"),
    [
        (None, "queued upload"),
        ("cut", "queued upload"),
        (40007, "rejected errcode 40007"),
        (45009, "queued errcode 45009"),
    ],
)
async def test_an_upload_that_fails_reached_nobody(
    talk: Talk, cmd: str, code: int | str | None, status: str
) -> None:
    talk.gate.plan(f"aibot_upload_media_{cmd}", code)
    reply = Reply(text="见附件", files=(File("图.png", b"\x89PNG....", picture=True),))
    delivery = talk.queue(reply)
    await talk.quiet()
    assert talk.status(delivery) == status
    assert not talk.gate.of(PUSH)
    if status.startswith("queued"):
        await talk.up(2 if code == "cut" else 1)
        talk.clock.set(NOW + timedelta(minutes=2))
        await talk.quiet()
        assert talk.status(delivery) == "sent"
        assert [body["msgtype"] for body in talk.gate.of(PUSH)] == ["markdown", "image"]


async def test_thirty_uploads_a_minute(talk: Talk) -> None:
    people = [f"account{number}" for number in range(32)]
    for who in people:
        talk.queue(Reply(files=(File("表.csv", b"1,2,3,4"),)), who)
    await talk.quiet()
    assert len(talk.gate.of("aibot_upload_media_init")) == 30
    talk.clock.set(NOW + timedelta(seconds=60))
    await talk.quiet()
    assert len(talk.gate.of(PUSH)) == 32


KEY = base64.b64encode(bytes(range(32))).decode()


def encrypted(data: bytes) -> bytes:
    """As the platform stores what a person sent (wecom.md 4.2)."""
    key = bytes(range(32))
    pad = 32 - len(data) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return encryptor.update(data + bytes([pad]) * pad) + encryptor.finalize()


@asynccontextmanager
async def stored(data: bytes, name: str = "") -> AsyncIterator[str]:
    """An address that holds something."""

    async def get(_request: web.Request) -> web.Response:
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"} if name else {}
        return web.Response(body=data, headers=headers)

    app = web.Application()
    app.router.add_get("/file", get)
    bound = free_port("127.0.0.1")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    yield f"http://127.0.0.1:{bound.getsockname()[1]}/file"
    await runner.cleanup()


@pytest.mark.parametrize("key", [KEY, KEY.rstrip("=")])
@pytest.mark.parametrize("kind", ["file", "image", "mixed"])
async def test_a_file_is_fetched_and_decrypted(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, key: str, kind: str
) -> None:
    got: list[tuple[str, bytes]] = []

    def take(turn: Turn) -> Reply:
        assert turn.file is not None
        got.append((turn.file.name, turn.file.data))
        return Reply(text="收到文件")

    intent = replace(registry.BY_NAME["import.start"], handle=take)
    monkeypatch.setitem(registry.BY_NAME, "import.start", intent)
    name = "%E5%90%8D%E5%8D%95.csv" if kind == "file" else ""
    async with stored(encrypted("姓名\n甲\n".encode()), name) as url:
        media = {"url": url, "aeskey": key}
        told: Body = {"msgtype": kind, kind: media}
        if kind == "mixed":
            told[kind] = {"msg_item": [{"msgtype": "image", "image": media}]}
        req_id = await talk.tell(told | {"from": {"userid": "liguoqiang"}})
    assert got == [("名单.csv" if kind == "file" else "图片.jpg", "姓名\n甲\n".encode())]
    assert talk.words(req_id) == [("收到文件", True)]


@pytest.mark.parametrize("wrong", ["key", "no key", "bytes", "gone", "large", "not base64"])
async def test_a_file_that_is_not_whole_is_explained(talk: Talk, wrong: str) -> None:
    data = encrypted(b"x" * 100)
    if wrong == "bytes":
        data = data[:-7]
    if wrong == "large":
        data = b"x" * (21 * 1024 * 1024)
    key = {"key": base64.b64encode(b"k" * 32).decode(), "no key": "", "not base64": "é" * 43}
    async with stored(data) as url:
        address = f"{url}/gone" if wrong == "gone" else url
        file = {"url": address, "aeskey": key.get(wrong, KEY)}
        req_id = await talk.tell({"msgtype": "file", "file": file})
    assert "再发一次" in talk.words(req_id)[-1][0]
