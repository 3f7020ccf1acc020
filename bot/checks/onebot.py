"""Check-up of a QQ account behind NapCat or LLBot: reachable, token, logged in (qq.md B1).

Implementations take several connections, so looking disturbs nobody.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

import aiohttp

from bot.channels.onebot.door import PATH, refusal
from bot.channels.onebot.outcomes import TOKEN_REFUSED
from bot.checks.values import Check, Finding, Setup
from bot.checks.web import SECONDS, UnreachableError, Web, host_of, why

ONEBOT = Check("onebot", "QQ 号（OneBot）")
_REFUSALS = frozenset({401, 403})
_TOKEN = (
    "token 不对，实现端没有让进",
    "打开 NapCat（或 LLBot）的网络配置，把那里的 token 填到 SHIXUN_ONEBOT_TOKEN",
)


async def check_onebot(setup: Setup, web: Web, running: str) -> Finding:
    """`running`: whether our process runs here (checks.running), which tells of its own line."""
    if not setup.has_onebot:
        return ONEBOT.off()
    token, url = setup.onebot_token.get_secret_value(), setup.onebot_url
    if exposed := refusal(setup.host, token, url):
        return ONEBOT.wrong(exposed)
    if not url:
        where = f"实现端来连 {PATH}，"
        said = "连没连上见上面“正在运行的程序”" if running else "程序没有在运行，没有查"
        return ONEBOT.off(where + said)
    try:
        return await _status(web, url, token)
    except UnreachableError as error:
        return ONEBOT.wrong(
            str(error),
            "看 NapCat（或 LLBot）是不是在运行、正向 WebSocket 开了没有，"
            "地址和端口与 SHIXUN_ONEBOT_URL 是不是一样",
        )


async def _status(web: Web, url: str, token: str) -> Finding:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        ws = await web.dial(url, headers)
    except aiohttp.WSServerHandshakeError as error:
        if error.status in _REFUSALS:
            return ONEBOT.wrong(*_TOKEN)
        raise UnreachableError(f"{host_of(url)} 没有接受连接（HTTP {error.status}）") from None
    try:
        told = await _asked(ws, url)
    finally:
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            await ws.close()
    if told.get("retcode") in TOKEN_REFUSED:
        return ONEBOT.wrong(*_TOKEN)
    data = told.get("data")
    if isinstance(data, dict) and data.get("online") is False:
        return ONEBOT.wrong("实现端在，但 QQ 没有登录（掉线了）", "打开 NapCat（或 LLBot）重新登录")
    return ONEBOT.fine("连得上，QQ 已登录")


async def _asked(ws: aiohttp.ClientWebSocketResponse, url: str) -> Mapping[str, Any]:
    """The answer to get_status, or the frame that refuses the token; raises UnreachableError."""
    echo = uuid4().hex
    try:
        async with asyncio.timeout(SECONDS):
            with suppress(ConnectionError):  # refused in a frame that is still to be read
                await ws.send_str(json.dumps({"action": "get_status", "params": {}, "echo": echo}))
            async for message in ws:
                frame = _frame(message)
                if frame.get("echo") == echo or frame.get("retcode") in TOKEN_REFUSED:
                    return frame
    except TimeoutError:
        raise UnreachableError(f"{host_of(url)} 连上了但不回答，多半是地址里的路径不对") from None
    except (aiohttp.ClientError, OSError) as error:
        raise UnreachableError(why(error, url)) from None
    raise UnreachableError(f"{host_of(url)} 没有回答就断开了")


def _frame(message: aiohttp.WSMessage) -> Mapping[str, Any]:
    if message.type is aiohttp.WSMsgType.TEXT:
        with suppress(ValueError, RecursionError):
            read = json.loads(message.data)
            if isinstance(read, dict):
                return read
    return {}
