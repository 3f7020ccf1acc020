"""The fake started alone, as another project would."""

from __future__ import annotations

import asyncio
import socket
import sys

import aiohttp


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_started_alone_it_tells_its_settings_and_answers() -> None:
    async def play() -> None:
        port = _free_port()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "simulator",
            "--port",
            str(port),
            "--secret",
            "s3cret",
            "--aibot-secret",
            "s0cket",
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            told = await asyncio.wait_for(process.stdout.readuntil(b"webhook-demo\n"), 10)
            assert f"http://127.0.0.1:{port}/" in told.decode()
            assert f"ws://127.0.0.1:{port}/aibot/ws" in told.decode()
            await _answers(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            await process.wait()

    asyncio.run(play())


async def _answers(base: str) -> None:
    query = {"corpid": "ww0123456789abcdef", "corpsecret": "s3cret"}
    async with aiohttp.ClientSession() as http:
        for _ in range(50):
            try:
                async with http.get(f"{base}/cgi-bin/gettoken", params=query) as answer:
                    assert (await answer.json())["errcode"] == 0
                    break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
        async with http.ws_connect(f"{base}/aibot/ws") as socket:
            body = {"bot_id": "AIBdemo", "secret": "s0cket"}
            await socket.send_json(
                {"cmd": "aibot_subscribe", "headers": {"req_id": "1"}, "body": body}
            )
            assert (await socket.receive_json())["errcode"] == 0
        async with http.get(f"{base}/sim/state") as answer:
            state = await answer.json()
            assert [person["name"] for person in state["people"]][:2] == ["张伟", "李娜"]
