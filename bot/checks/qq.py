"""Check-up of the official QQ bot: token, IP whitelist, gateway, what it may hear (qq.md A1 to A3).

The gateway is logged in to only where no process of ours is, for the newer login takes over.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import aiohttp

from bot.channels.qq.channel import LEASE, WEBHOOK
from bot.channels.qq.life import INTENTS, STOPPED
from bot.channels.qq.token import TOO_OFTEN, WRONG_SECRET
from bot.checks.values import Check, Finding, Setup
from bot.checks.web import SECONDS, UnreachableError, Web, host_of, why
from storage.checkup import Records

TOKEN = Check("qq.token", "QQ 机器人 · AppID 和 AppSecret")
CALLS = Check("qq.gateway", "QQ 机器人 · 接口和 IP 白名单")
LOGIN = Check("qq.login", "QQ 机器人 · 登录和权限")
_CONSOLE = "QQ 开放平台 → 这个机器人 → 开发 → 开发设置"
_NOT_ASKED = "前面一项没有过，没有查"
NOT_LISTED, LESS, NO_LOGIN, NO_SESSION = 11298, 4014, 4004, 9
_HELLO, _IDENTIFY = 10, 2
_BROKEN = 1006
_READY = "READY"
_FEWER = {
    1: "没有开通成员进出群的事件，不影响使用",
    2: "没有开通按钮事件（INTERACTION），按钮会改成文字编号",
}
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")


async def check_qq(setup: Setup, web: Web, records: Records | None) -> list[Finding]:
    """As far as each step lets us."""
    if not setup.has_qq:
        return [Check("qq", "QQ 机器人").off()]
    asked = {"appId": setup.qq_app_id, "clientSecret": setup.qq_secret.get_secret_value()}
    try:
        told = (await web.ask("POST", setup.qq_token_url, body=asked)).fields
    except UnreachableError as error:
        says = f"连不上 QQ 平台：{error}"
        return [TOKEN.wrong(says, _network(setup.qq_token_url)), CALLS.off(_NOT_ASKED)]
    token = told.get("access_token")
    if not isinstance(token, str) or not token:
        return [_no_token(told.get("code")), CALLS.off(_NOT_ASKED)]
    headers = {"Authorization": f"QQBot {token}", "X-Union-Appid": setup.qq_app_id}
    well = TOKEN.fine("QQ 平台认得")
    try:
        heard = await web.ask("GET", f"{setup.qq_api_base}/gateway/bot", headers=headers)
    except UnreachableError as error:
        return [well, CALLS.wrong(f"连不上 QQ 接口：{error}", _network(setup.qq_api_base))]
    url = heard.fields.get("url")
    if not isinstance(url, str) or not url:
        return [well, _refused(heard.fields, heard.status), LOGIN.off(_NOT_ASKED)]
    return [well, CALLS.fine(), await _login(setup, web, records, token, heard.fields)]


async def _login(
    setup: Setup, web: Web, records: Records | None, token: str, offer: Mapping[str, Any]
) -> Finding:
    if setup.qq_transport == WEBHOOK:
        return LOGIN.off("用的是回调（webhook），不登录网关")
    if records is None:
        return LOGIN.off("数据库读不了，不知道有没有程序正登录着，没有试")
    if LEASE in records.held:
        return LOGIN.fine("程序正登录着（没有另外登录）")
    limit = offer.get("session_start_limit")
    if isinstance(limit, dict) and limit.get("remaining") == 0:
        return LOGIN.wrong("今天的登录次数用完了", "明天再启动；看看程序是不是在反复重启")
    try:
        for rung, intents in enumerate(INTENTS):
            code = await _identify(web, str(offer["url"]), token, intents)
            if code != LESS:
                return _judged(code, rung)
    except UnreachableError as error:
        return LOGIN.wrong(f"网关连不上：{error}", _network(str(offer["url"])))
    return _judged(LESS, len(INTENTS))


def _judged(code: int, rung: int) -> Finding:
    """`rung`: how many wishes had to be given up."""
    if not code:
        return LOGIN.fine("登录试过，能连上" + (f"；{_FEWER[rung]}" if rung else ""))
    if code == NO_LOGIN:
        return LOGIN.wrong(
            "网关不让登录（4004）：后台填过回调地址的机器人不能再用长连接",
            f"{_CONSOLE} → 回调配置，去掉回调地址；去不掉就设 SHIXUN_QQ_TRANSPORT=webhook",
        )
    if code == NO_SESSION:
        return LOGIN.off("网关这次没有让登录（op 9），过几分钟再查")
    if words := STOPPED.get(code):
        return LOGIN.wrong(words)
    return LOGIN.wrong(f"网关不让登录（{code}）", "过几分钟再查；还是这样，把代码告诉开发者")


async def _identify(web: Web, url: str, token: str, intents: int) -> int:
    """Log in once and leave: 0, or the close code, or 9; raises UnreachableError."""
    try:
        ws = await web.dial(url)
    except aiohttp.WSServerHandshakeError as error:
        raise UnreachableError(f"{host_of(url)} 没有接受连接（HTTP {error.status}）") from None
    d = {"token": f"QQBot {token}", "intents": intents, "shard": [0, 1], "properties": {}}
    try:
        async with asyncio.timeout(SECONDS):
            async for message in ws:
                frame = _frame(message)
                if frame.get("op") == _HELLO:
                    await ws.send_str(json.dumps({"op": _IDENTIFY, "d": d}))
                elif frame.get("op") == NO_SESSION:
                    return NO_SESSION
                elif frame.get("t") == _READY:
                    return 0
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise UnreachableError(why(error, url)) from None
    else:
        return ws.close_code or _BROKEN
    finally:
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            await ws.close()


def _frame(message: aiohttp.WSMessage) -> Mapping[str, Any]:
    if message.type is aiohttp.WSMsgType.TEXT:
        with suppress(ValueError, RecursionError):
            read = json.loads(message.data)
            if isinstance(read, dict):
                return read
    return {}


def _no_token(code: object) -> Finding:
    if code == WRONG_SECRET:
        return TOKEN.wrong(
            "AppID 或 AppSecret 不对（100016）",
            f"{_CONSOLE}，重新复制 AppID 和 AppSecret 到 SHIXUN_QQ_APP_ID、SHIXUN_QQ_SECRET；"
            "AppSecret 重置过的话，旧的就作废了",
        )
    if code in TOO_OFTEN:
        return TOKEN.off(f"问得太频繁（{code}），过一分钟再查")
    return TOKEN.wrong(f"QQ 平台不给访问凭证（错误码 {code or '无'}）", f"{_CONSOLE}，核对两项")


def _refused(told: Mapping[str, Any], status: int) -> Finding:
    code = told.get("err_code") or told.get("code") or f"HTTP {status}"
    if code == NOT_LISTED:
        found = _ADDRESS.search(str(told.get("message", "")))
        ours = f" {found[0]} " if found else "（问上网的管理员）"
        return CALLS.wrong(
            f"本机出口 IP{ours}不在 IP 白名单里（11298）",
            f"{_CONSOLE} → IP 白名单，加上{ours.strip()}",
        )
    mend = f"{_CONSOLE}，看机器人是不是正常、IP 白名单里有没有这台机器的出口 IP"
    return CALLS.wrong(f"QQ 平台不让调用接口（{code}）", mend)


def _network(url: str) -> str:
    return f"检查这台机器能不能上网，防火墙有没有放行 {host_of(url)}"
