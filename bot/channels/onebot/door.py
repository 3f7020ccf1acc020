"""Reverse WebSocket: the implementation dials us at /onebot/v11/ws (qq.md B1).

Whoever may connect here speaks through a QQ account of the office. So nobody is let in without
the token, it is compared before the upgrade, and without a token only this machine is heard.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from bot.channels.onebot.life import AWAITED, HALF, DeadError, RefusedError, Timing
from bot.channels.onebot.line import Line, OneBotAccount
from bot.channels.onebot.wire import FRAME_BYTES

logger = logging.getLogger("shixun.onebot")

PATH = "/onebot/v11/ws"
EXPOSED = (
    "没有设置 SHIXUN_ONEBOT_TOKEN，而本程序要监听 {host}：同一网络里的任何人都能冒充实现端，"
    "用单位的 QQ 号说话，所以不启动。请设置 SHIXUN_ONEBOT_TOKEN（并在 NapCat 等实现端填同一个），"
    "或者只监听 127.0.0.1。"
)
OPEN_THERE = (
    "没有设置 SHIXUN_ONEBOT_TOKEN，而 {url} 不在本机：同一网络里的任何人都能用那个 QQ 号说话，"
    "所以不启动。请在实现端和 SHIXUN_ONEBOT_TOKEN 里设置同一个 token。"
)
_ACCOUNT = re.compile(r"[0-9]{1,20}")
# by X-Client-Role, without regard to case: carries calls, carries events
_ROLES = {"": (True, True), "universal": (True, True), "api": (True, False), "event": (False, True)}
# a web page in a browser of this machine, a proxy: not the implementation beside us
_FROM_ELSEWHERE = frozenset({"Origin", "Forwarded", "X-Forwarded-For"})


class ExposedError(Exception):
    """The process must not start like this; the message says why, in Chinese."""


def refusal(host: str, token: str, url: str) -> str:
    """Why the process must not listen on `host` with these settings, or nothing (O06).

    Only loopback addresses and `localhost` may go without a token; any other name may resolve
    to anything. An implementation that we dial must not stand open to a network either: whoever
    reaches it speaks through the account as we do.
    """
    if token.strip():
        return ""
    if not is_loopback(host):
        return EXPOSED.format(host=host.strip() or "所有地址")
    if url.strip() and not is_loopback(urlsplit(url.strip()).hostname or ""):
        return OPEN_THERE.format(url=url.strip())
    return ""


def is_loopback(host: str) -> bool:
    """127.0.0.0/8, ::1 and localhost."""
    name = host.strip().casefold()
    if name == "localhost":
        return True
    try:
        address = ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


class Door:
    """Lets the implementation of one account in."""

    def __init__(self, account: OneBotAccount, line: Line, timing: Timing) -> None:
        self._token = account.token.strip()
        self._line = line
        self._timing = timing
        self._open: set[asyncio.Task[object]] = set()

    def routes(self) -> list[web.RouteDef]:
        """The address the implementation dials."""
        return [web.get(PATH, self._serve)]

    def problem(self) -> str:
        """Why it does not work, in Chinese, or nothing."""
        if self._line.connected and self._line.hears:
            return ""
        if self._line.connected or self._line.hears:
            return HALF.format(missing="事件" if self._line.connected else "调用")
        return AWAITED

    async def close(self) -> None:
        """Send away whoever is there."""
        await self._line.hang_up()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        status = self._refuses(request)
        if status:
            logger.warning("OneBot connection refused", extra={"status": status})
            return web.Response(status=status)
        api, events = _ROLES[request.headers.get("X-Client-Role", "").casefold()]
        ws = web.WebSocketResponse(
            heartbeat=self._timing.ping,
            max_msg_size=FRAME_BYTES,
            timeout=self._timing.hang_up,
        )
        await ws.prepare(request)
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            account = request.headers["X-Self-ID"]
            reason = await self._line.live(ws, api=api, events=events, self_id=account)
        except (DeadError, RefusedError) as error:
            reason = str(error) or type(error).__name__
        finally:
            self._open.discard(task)
        logger.warning("OneBot connection lost", extra={"reason": reason})
        return ws

    def _refuses(self, request: web.Request) -> int:
        """The status that sends this request away, before anything is upgraded; 0: come in."""
        if self._token:
            given = _given_token(request)
            if not given:
                return 401
            if not hmac.compare_digest(_bytes(given), _bytes(self._token)):
                return 403
        elif any(name in request.headers for name in _FROM_ELSEWHERE) or not is_loopback(
            request.remote or ""
        ):
            return 403
        account = request.headers.get("X-Self-ID", "")
        role = request.headers.get("X-Client-Role", "").casefold()
        if not _ACCOUNT.fullmatch(account) or role not in _ROLES:
            return 400
        taken = self._line.connected or self._line.hears
        return 409 if taken and account != self._line.self_id else 0


def _given_token(request: web.Request) -> str:
    """Bearer T, Token T or T alone; else in the address. NapCat sends an empty Bearer too."""
    scheme, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    token = rest.strip() if scheme.casefold() in ("bearer", "token") else scheme
    return token or request.query.get("access_token", "").strip()


def _bytes(text: str) -> bytes:
    """Headers may hold bytes that are no text."""
    return text.encode(errors="surrogateescape")
