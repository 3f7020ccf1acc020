"""A load of OneBot v11 messages over one reverse WebSocket, as an implementation sends them."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import aiohttp


def event(number: int, text: str) -> str:
    """A private message of somebody, told as OneBot v11 tells it."""
    return json.dumps(
        {
            "time": 1626049500,
            "self_id": 10000,
            "post_type": "message",
            "message_type": "private",
            "sub_type": "friend",
            "message_id": number,
            "user_id": number,
            "message": [{"type": "text", "data": {"text": text}}],
            "raw_message": text,
            "font": 0,
            "sender": {"user_id": number, "nickname": "老师"},
        },
        ensure_ascii=False,
    )


async def load(
    socket: aiohttp.ClientWebSocketResponse, numbers: range, at_once: int, options: dict[str, Any]
) -> list[float]:
    """Keep so many messages unanswered at a time; seconds from each to its answer."""
    begun: dict[int, float] = {}
    times: list[float] = []
    waiting = iter(numbers)

    async def send() -> None:
        number = next(waiting, None)
        if number is not None:
            begun[number] = time.perf_counter()
            await socket.send_str(event(number, options["text"]))

    for _ in range(at_once):
        await send()
    while len(times) < len(numbers):
        call = await socket.receive_json(timeout=30)
        if "send" not in call.get("action", ""):
            continue
        if options["wanted"] not in json.dumps(call["params"], ensure_ascii=False):
            raise SystemExit("an answer was not the wanted one")
        times.append(time.perf_counter() - begun.pop(int(call["params"]["user_id"])))
        told = {"status": "ok", "retcode": 0, "data": {"message_id": 1}, "echo": call["echo"]}
        await socket.send_str(json.dumps(told))
        await send()
    return times


async def main(options: dict[str, Any]) -> None:
    """Warm up, measure, print as benchmarks.wecom_load does."""
    first, warm = options["first"] + 1, options["warm"]
    headers = {"X-Self-ID": "10000", "X-Client-Role": "Universal"}
    async with (
        aiohttp.ClientSession() as web,
        web.ws_connect(options["address"] + "/onebot/v11/ws", headers=headers) as socket,
    ):
        await load(socket, range(first, first + warm), 8, options)
        begun = time.perf_counter()
        numbers = range(first + warm, first + options["count"])
        times = await load(socket, numbers, options["connections"], options)
        seconds = time.perf_counter() - begun
    times.sort()
    p50, p99 = times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000
    sys.stdout.write(json.dumps([len(times), seconds, p50, p99]))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
