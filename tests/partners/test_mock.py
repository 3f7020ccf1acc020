"""The mock of ncatbot5 runs in its environment and speaks: the ground for tests of our adapter."""

from __future__ import annotations

import asyncio

import aiohttp

from simulator.common.values import JsonObject
from tests.partners.stage import mock


async def _until(socket: aiohttp.ClientWebSocketResponse, key: str, value: str) -> JsonObject:
    async with asyncio.timeout(5):
        while True:
            frame: JsonObject = await socket.receive_json()
            if frame.get(key) == value:
                return frame


def test_it_tells_and_answers() -> None:
    async def play() -> None:
        async with (
            mock() as server,
            aiohttp.ClientSession() as http,
            http.ws_connect(server.url) as socket,
        ):
            await _until(socket, "meta_event_type", "lifecycle")
            await server.group(200001, 100001, "在吗")
            event = await _until(socket, "post_type", "message")
            assert (event["group_id"], event["raw_message"]) == (200001, "在吗")
            await server.private(100001, [{"type": "text", "data": {"text": "您好"}}])
            assert (await _until(socket, "message_type", "private"))["user_id"] == 100001
            params = {"group_id": 200001, "message": [{"type": "text", "data": {"text": "x"}}]}
            asked = {"action": "send_group_msg", "params": params, "echo": "e1"}
            await socket.send_json(asked)
            assert (await _until(socket, "echo", "e1"))["status"] == "ok"
            assert await server.calls("send_group_msg") == [params]
            told: JsonObject = {"status": "failed", "retcode": 1200, "data": None}
            await server.respond("get_status", told)
            await socket.send_json({"action": "get_status", "params": {}, "echo": "e2"})
            assert (await _until(socket, "echo", "e2"))["retcode"] == 1200
            notice = {"post_type": "notice", "notice_type": "bot_offline", "user_id": 1}
            await server.event(notice)
            assert (await _until(socket, "post_type", "notice"))["user_id"] == 1

    asyncio.run(play())
