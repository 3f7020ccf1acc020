"""The fake QQ platform started alone, and acting in it by typing."""

from __future__ import annotations

import asyncio
import json
import socket
import sys

import aiohttp

from simulator.qq.console import Console
from tests.simulator.qq_scene import Scene, run
from tests.simulator.test_qq_content import button, keyboard, markdown


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_started_alone_it_tells_its_addresses_and_lets_one_talk() -> None:
    async def play() -> None:
        port = _free_port()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "simulator.qq", "--port", str(port), "--secret", "s3cret"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            told = (
                await asyncio.wait_for(process.stdout.readuntil("扮演用户\n".encode()), 10)
            ).decode()
            assert f"http://127.0.0.1:{port}/bots/app/getAppAccessToken" in told
            assert f"ws://127.0.0.1:{port}/websocket/" in told
            process.stdin.write("zhangwei@group1: 有人吗\n".encode())
            await _hears(f"http://127.0.0.1:{port}", process.stdout)
        finally:
            process.terminate()
            await process.wait()

    asyncio.run(play())


async def _hears(base: str, output: asyncio.StreamReader) -> None:
    async with aiohttp.ClientSession() as http:
        for _ in range(100):
            try:
                body = {"appId": "102000001", "clientSecret": "s3cret"}
                async with http.post(f"{base}/app/getAppAccessToken", json=body) as answer:
                    assert json.loads(await answer.text())["expires_in"] == "7200"
                    break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
    line = await asyncio.wait_for(output.readline(), 5)
    assert "有人吗" in line.decode() or "未送达" in line.decode()


def test_acting_by_typing() -> None:
    async def play(scene: Scene) -> None:
        written: list[str] = []
        console = Console(scene.fake, written.append)
        async with scene.online():
            await markdown(scene, **keyboard([button()]))
            assert await console.act("lina: 在吗") == ""
            assert await console.act("lina@group1: 在吗") == ""
            assert await console.act("lina! 我做完了") == ""
            assert "没有按钮" in await console.act("lina! 别的")
            assert await console.act("nobody: 在吗") == "没有这个人\n"
            assert "私聊" in await console.act("help")
        scene.fake.gateway.forget_sessions()
        assert "没有连接" in await console.act("lina: 在吗")

    run(play)
