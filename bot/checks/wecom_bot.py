"""Check-up of the AI bot's long connection (wecom.md 4.7).

A bot has one connection: where a process of ours holds it, nothing is tried, for that would kick
it out.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from uuid import uuid4

import aiohttp

from bot.channels.wecom_bot.link import LEASE, WRONG_SECRET
from bot.checks.values import Check, Finding, Setup
from bot.checks.web import SECONDS, UnreachableError, Web, host_of, why
from storage.checkup import Records

SOCKET = Check("wecom_socket", "企业微信智能机器人 · 长连接")
_OFTEN = 45009
_NETWORK = "检查这台机器能不能上网，防火墙有没有放行 {host}（要允许 WebSocket）"


async def check_wecom_socket(setup: Setup, web: Web, records: Records | None) -> Finding:
    """Log in once and leave, where nobody is."""
    if not setup.has_wecom_socket:
        return SOCKET.off()
    if records is None:
        return SOCKET.off("数据库读不了，不知道有没有程序正连着；怕把它顶下线，没有试")
    # the name of the running channel's lease
    if f"{LEASE}:{setup.wecom_bot_id}"[:80] in records.held:
        return SOCKET.fine(
            "有程序正连着（没有另外登录，免得把它顶下线）；它连不上时，写在“正在运行的程序”一项里"
        )
    try:
        code = await _subscribe(setup, web)
    except UnreachableError as error:
        return SOCKET.wrong(str(error), _NETWORK.format(host=host_of(setup.wecom_bot_ws_url)))
    if code in WRONG_SECRET:
        return SOCKET.wrong(
            f"Bot ID 或 Secret 不对，或者机器人选的不是长连接（{code}）",
            "管理后台 → 智能机器人 → 这个机器人 → API 模式，选“长连接”，"
            "重新复制 Bot ID 和 Secret 到 SHIXUN_WECOM_BOT_ID、SHIXUN_WECOM_BOT_SECRET",
        )
    if code == _OFTEN:
        return SOCKET.off("登录得太频繁（45009），过几分钟再查")
    if code:
        return SOCKET.wrong(f"企业微信没有让登录（错误码 {code}）", "过几分钟再查")
    return SOCKET.fine("登录试过，能连上；别处若有程序连着同一个机器人，会被顶下线一次")


async def _subscribe(setup: Setup, web: Web) -> int:
    """The errcode of the subscription; raises UnreachableError."""
    url, req_id = setup.wecom_bot_ws_url, f"aibot_subscribe_{uuid4().hex}"
    body = {"bot_id": setup.wecom_bot_id, "secret": setup.wecom_bot_secret.get_secret_value()}
    frame = {"cmd": "aibot_subscribe", "headers": {"req_id": req_id}, "body": body}
    try:
        ws = await web.dial(url)
    except aiohttp.WSServerHandshakeError as error:
        raise UnreachableError(f"{host_of(url)} 没有接受连接（HTTP {error.status}）") from None
    try:
        async with asyncio.timeout(SECONDS):
            await ws.send_str(json.dumps(frame))
            async for message in ws:
                if message.type is aiohttp.WSMsgType.TEXT and req_id in message.data:
                    return _errcode(message.data)
        raise UnreachableError(f"{host_of(url)} 没有回答就断开了")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise UnreachableError(why(error, url)) from None
    finally:
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            await ws.close()


def _errcode(text: str) -> int:
    with suppress(ValueError, RecursionError):
        told = json.loads(text)
        if isinstance(told, dict) and isinstance(code := told.get("errcode"), int):
            return code
    return 0
