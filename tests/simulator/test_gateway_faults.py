"""The AI bot's long connection when things go wrong, and its uploads."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from simulator.common.rates import MINUTE
from simulator.common.values import JsonObject, table, text, whole
from simulator.wecom import Kind, Rate
from tests.simulator.scene import Scene
from tests.simulator.sockets import FAST, BareSocket, dialled, run_socket


def test_a_second_connection_kicks_the_first() -> None:
    async def play(scene: Scene, first: BareSocket) -> None:
        async with dialled(scene) as second:
            _, body = await first.next()
            assert table(body, "event")["eventtype"] == "disconnected_event"
            assert await first.send("lina") == 846609
            assert await first.closed() == 1000
            await scene.fake.say("lina", "在吗", chat="bot")
            assert (await second.next())[1]["text"] == {"content": "在吗"}

    run_socket(play)


@pytest.mark.parametrize("code", [1000, 1011, 4000])
def test_close_codes_on_demand(code: int) -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        await scene.fake.gateway.close_line(code=code)
        assert await socket.closed() == code
        assert not (await scene.fake.say("lina", "在吗", chat="bot")).ok

    run_socket(play)


def test_a_cut_line_and_a_req_id_from_before() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        await scene.fake.say("lina", "在吗", chat="bot")
        req_id, _ = await socket.next()
        scene.fake.gateway.abort_line()
        assert await socket.closed() == 1006
        async with dialled(scene) as again:
            assert await again.stream(req_id, "在", finish=True) == 846605
            assert await again.send("lina") == 0

    run_socket(play)


def test_pings() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        assert await socket.code("ping", {}) == 0
        line = scene.fake.gateway.line()
        assert line is not None
        assert line.pings == 1
        scene.fake.faults.no_pongs = True
        with pytest.raises(TimeoutError):
            await socket.ask("ping", {}, wait=0.05)
        assert line.pings == 2
        assert await socket.send("lina") == 40050  # everything else goes on

    run_socket(play)


def test_a_silent_bot_is_closed() -> None:
    async def play(_scene: Scene, socket: BareSocket) -> None:
        assert await socket.closed() == 1001

    run_socket(play, replace(FAST, socket_silence_seconds=0.05))


def test_a_half_open_connection_answers_nothing() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        scene.fake.faults.socket_silent = True
        for cmd in ("aibot_subscribe", "ping", "aibot_send_msg"):
            with pytest.raises(TimeoutError):
                await socket.ask(cmd, {}, wait=0.03)
        assert (await scene.fake.say("lina", "在吗", chat="bot")).reason
        assert socket.told.empty()
        assert not socket.socket.closed

    run_socket(play)


def test_odd_frames_in_both_directions() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        gateway = scene.fake.gateway
        await gateway.push("{garbage")
        odd: JsonObject = {"cmd": "aibot_dance", "headers": {"req_id": "x"}, "body": None}
        await gateway.push(json.dumps(odd))
        assert (await socket.next())[1] == {}
        assert socket.odd == ["{garbage"]
        await socket.socket.send_str("{garbage")
        await socket.socket.send_bytes(b"\x00")
        await socket.socket.send_str("[]")
        assert await socket.code("aibot_dance", {}) == 40058

    run_socket(play)


def test_kick_loop_refused_handshakes_and_planned_errors() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        faults = scene.fake.faults
        faults.kicks = 1
        assert await socket.subscribe() == 0
        assert await socket.closed() == 1000
        faults.socket_refusals = 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await scene.http.ws_connect(scene.fake.bot_ws_url)
        async with dialled(scene) as again:
            faults.fail(600039, 1, "aibot_send_msg")
            scene.aibot.talked.add("lina")
            assert [await again.send("lina") for _ in range(2)] == [600039, 0]

    run_socket(play, subscribe=False)


def test_lost_and_missing_answers() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        scene.aibot.talked.add("lina")
        faults = scene.fake.faults
        faults.stalls, faults.stall_path, faults.stall_done = 1, "aibot_send_msg", True
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.send("lina"), 0.05)
        assert len(scene.fake.shown("lina")) == 1
        faults.drop_answers, faults.drop_path = 1, "aibot_send_msg"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.send("lina"), 0.05)
        assert await socket.closed() == 1006
        assert len(scene.fake.shown("lina")) == 2

    run_socket(play)


def test_a_limit_on_subscribing() -> None:
    async def play(_scene: Scene, socket: BareSocket) -> None:
        assert [await socket.subscribe() for _ in range(3)] == [0, 0, 45009]

    run_socket(play, replace(FAST, subscribes=(Rate(2, MINUTE),)), subscribe=False)


# -- uploads -----------------------------------------------------------------------------------


async def begin(socket: BareSocket, data: bytes, chunks: int, **more: object) -> JsonObject:
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    body: JsonObject = {"type": "file", "filename": "名单.xlsx", "total_size": len(data)}
    body |= {"total_chunks": chunks, "md5": digest}
    return await socket.ask("aibot_upload_media_init", body | more)


async def chunk(socket: BareSocket, upload: str, index: int, data: bytes) -> int:
    body: JsonObject = {"upload_id": upload, "chunk_index": index}
    body["base64_data"] = base64.b64encode(data).decode()
    return await socket.code("aibot_upload_media_chunk", body)


@pytest.mark.parametrize("first", [0, 1])
def test_a_file_goes_up_in_chunks_of_any_order(first: int) -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        scene.aibot.talked.add("lina")
        upload = text(table(await begin(socket, b"rows of a list", 2), "body"), "upload_id")
        assert await chunk(socket, upload, first + 1, b"a list") == 0
        assert await socket.code("aibot_upload_media_finish", {"upload_id": upload}) == 40058
        assert await chunk(socket, upload, first, b"rows of ") == 0
        assert await chunk(socket, upload, first, b"rows of ") == 0
        done = await socket.ask("aibot_upload_media_finish", {"upload_id": upload})
        media = text(table(done, "body"), "media_id")
        assert await socket.send("lina", msgtype="file", file={"media_id": media}) == 0
        shown = scene.fake.shown("lina")[-1]
        assert (shown.kind, shown.file_name, shown.file_size) == (Kind.FILE, "名单.xlsx", 14)
        assert await socket.send("lina", msgtype="image", image={"media_id": media}) == 40007
        # media of the bot are not the app's
        assert whole(await scene.send("file", {"media_id": media}), "errcode") == 40007

    run_socket(play)


def test_limits_of_uploads() -> None:
    async def play(scene: Scene, socket: BareSocket) -> None:
        async def code(data: bytes, chunks: int, **more: object) -> int:
            return whole(await begin(socket, data, chunks, **more), "errcode", -9)

        assert await code(b"abcdef", 1, type="poem") == 40005
        assert await code(b"abc", 1) == 40006
        assert await code(b"abcdef", 1, total_size=20 * 1024 * 1024 + 1) == 45001
        assert await code(b"abcdef", 101) == 40058
        assert await code(b"abcdef", 1, total_size=512 * 1024 + 1) == 40058
        assert await code(b"abcdef", 1, filename="") == 40058
        upload = text(table(await begin(socket, b"abcdef", 2), "body"), "upload_id")
        assert await chunk(socket, upload, 0, b"x" * (512 * 1024 + 1)) == 45001
        assert await chunk(socket, upload, 3, b"abc") == 40058
        assert await chunk(socket, "none", 0, b"abc") == 40058
        assert await chunk(socket, upload, 0, b"abc") == 0
        assert await chunk(socket, upload, 1, b"xyz") == 0
        assert await socket.code("aibot_upload_media_finish", {"upload_id": upload}) == 40058
        scene.fake.clock.advance(timedelta(minutes=30, seconds=1))
        assert await chunk(socket, upload, 1, b"def") == 40058
        codes = [await code(b"abcdef", 1) for _ in range(31)]
        assert codes == [0] * 30 + [45009]

    run_socket(play)
