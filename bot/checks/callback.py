"""Check-up of the addresses that platforms call, by calling them as the platforms would.

Once from this machine and once over the address that the outside world sees. The requests carry
no message: WeCom's URL check (wecom.md 1.2) and QQ's op 13 (qq.md A4).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from bot.channels.qq.signature import address_check
from bot.channels.qq.webhook import PATH as QQ_PATH
from bot.channels.wecom.crypto import CallbackCrypto
from bot.checks.values import Check, Finding, Secret, Setup
from bot.checks.web import Heard, UnreachableError, Web
from bot.clock import Clock

_OK, _REDIRECT, _CLIENT = 200, 300, 400
_DENIED, _MISSING = (401, 403), 404
WECOM_SECONDS, QQ_SECONDS = 1.0, 3.0  # the platforms wait no longer
QQ_PORTS = (80, 443, 8080, 8443)
NO_PUBLIC = "没有填 SHIXUN_PUBLIC_URL，没有从外面的地址试"


@dataclass(frozen=True, slots=True)
class Knock:
    """A request as the platform makes it, and what must come back."""

    method: str
    query: dict[str, str] | None
    body: dict[str, object] | None
    right: Callable[[Heard], bool]
    headers: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """One address. `keys`: the settings that a refusal is about. `within`: seconds of patience."""

    name: str
    title: str
    path: str
    keys: str
    within: float
    knock: Callable[[], Knock]


async def check_callbacks(
    setup: Setup, web: Web, clock: Clock, running: str
) -> dict[str, list[Finding]]:
    """Every address that is in use, by the name of its check. `running`: checks.running's."""
    return {
        door.name: [
            await _local(door, web, running),
            await _public(door, web, setup.public_url, running),
        ]
        for door in _doors(setup, clock)
    }


def _doors(setup: Setup, clock: Clock) -> list[Door]:
    doors = []
    if setup.has_wecom_app:
        keys = "Token、EncodingAESKey 或企业 ID"
        crypto = _crypto(setup.wecom_token, setup.wecom_aes_key, setup.wecom_corp_id)
        ask = partial(_wecom, crypto, clock)
        title, path = "企业微信应用 · 回调", "/wecom/callback"
        doors.append(Door("wecom.callback", title, path, keys, WECOM_SECONDS, ask))
    if setup.has_wecom_bot:
        keys = "机器人的 Token 或 EncodingAESKey"
        crypto = _crypto(setup.wecom_bot_token, setup.wecom_bot_aes_key, "")
        ask = partial(_wecom, crypto, clock)
        title, path = "企业微信智能机器人 · 回调", "/wecom/aibot"
        doors.append(Door("wecom_bot.callback", title, path, keys, WECOM_SECONDS, ask))
    if setup.has_qq and setup.qq_transport == "webhook":
        ask = partial(_qq, setup, clock)
        title, keys = "QQ 机器人 · 回调", "AppID 或 AppSecret"
        doors.append(Door("qq.webhook", title, QQ_PATH, keys, QQ_SECONDS, ask))
    return doors


def _crypto(token: Secret, aes_key: Secret, receive_id: str) -> CallbackCrypto:
    return CallbackCrypto(token.get_secret_value(), aes_key.get_secret_value(), receive_id)


def _wecom(crypto: CallbackCrypto, clock: Clock) -> Knock:
    plain, stamp = str(secrets.randbelow(10**18)), str(int(clock.now().timestamp()))
    nonce = secrets.token_hex(8)
    sealed = crypto.seal(plain, stamp, nonce)
    query = {
        "msg_signature": sealed.signature,
        "timestamp": stamp,
        "nonce": nonce,
        "echostr": sealed.encrypt,
    }
    return Knock("GET", query, None, lambda heard: heard.body == plain.encode())


def _qq(setup: Setup, clock: Clock) -> Knock:
    asked = {
        "plain_token": secrets.token_hex(10),
        "event_ts": str(int(clock.now().timestamp())),
    }
    wanted = address_check(setup.qq_secret.get_secret_value(), asked)

    def right(heard: Heard) -> bool:
        return wanted is not None and dict(heard.fields) == dict(wanted)

    return Knock("POST", None, {"op": 13, "d": asked}, right, {"X-Bot-Appid": setup.qq_app_id})


async def _knocked(door: Door, web: Web, base: str) -> tuple[Heard, bool]:
    """The answer, and whether it is the right one; raises UnreachableError."""
    knock = door.knock()
    heard = await web.ask(
        knock.method, base + door.path, query=knock.query, body=knock.body, headers=knock.headers
    )
    return heard, heard.status == _OK and knock.right(heard)


async def _local(door: Door, web: Web, running: str) -> Finding:
    check = Check(f"{door.name}.local", f"{door.title}（本机）")
    if not running:
        return check.off("程序没有在运行，没有试")
    try:
        heard, right = await _knocked(door, web, running)
    except UnreachableError as error:
        return check.wrong(f"正在运行的程序没有回答：{error}", "重启程序")
    if right:
        return check.fine("正在运行的程序答对了")
    if heard.status == _MISSING:
        return check.wrong(
            f"正在运行的程序没有 {door.path} 这个地址：它启动时还没有这项设置", "重启程序"
        )
    return check.wrong(
        f"正在运行的程序用的 {door.keys} 和现在的设置不一样（HTTP {heard.status}）",
        "重启程序，让新设置生效；后台也要填一样的",
    )


async def _public(door: Door, web: Web, public_url: str, running: str) -> Finding:
    check = Check(f"{door.name}.public", f"{door.title}（外面的地址）")
    if not public_url:
        return check.off(NO_PUBLIC)
    if not running:
        return check.off("程序没有在运行，没有试")
    if door.path == QQ_PATH and (port := _port(public_url)) not in QQ_PORTS:
        ports = "、".join(map(str, QQ_PORTS))
        return check.wrong(
            f"QQ 只往 {ports} 端口回调，这里是 {port}", "换端口，改 SHIXUN_PUBLIC_URL"
        )
    try:
        heard, right = await _knocked(door, web, public_url)
    except UnreachableError as error:
        return check.wrong(
            f"从外面的地址到不了：{error}",
            "检查域名解析、证书、路由器的端口映射和反向代理；"
            f"用手机流量打开 {public_url}/healthz 应看到 ok",
        )
    return _judged(check, door, heard, right)


def _judged(check: Check, door: Door, heard: Heard, right: bool) -> Finding:
    if right and heard.seconds > door.within:
        says = f"答对了，但用了 {heard.seconds:.1f} 秒，平台只等 {door.within:.0f} 秒"
        return check.wrong(says, "换近一些的反向代理，或去掉它前面的检查页面")
    if right:
        return check.fine(f"答对了，用了 {heard.seconds:.1f} 秒")
    if heard.status in _DENIED:
        return check.wrong(
            f"外面的地址通到的程序不认我们的签名（HTTP {heard.status}）：它不是这一个，"
            f"或者反向代理改了问号后面的内容",
            "检查反向代理转到的是不是这台机器，问号后面的内容要原样转",
        )
    if heard.status == _MISSING:
        return check.wrong(
            f"外面的地址上没有 {door.path}（404）", f"在反向代理里把 {door.path} 转到这台机器"
        )
    if _REDIRECT <= heard.status < _CLIENT:
        return check.wrong(
            f"外面的地址跳转到别处（HTTP {heard.status}），平台不跟着走",
            "SHIXUN_PUBLIC_URL 直接写跳转后的地址，或在反向代理里去掉跳转",
        )
    says = f"外面的地址答得不对（HTTP {heard.status}）"
    return check.wrong(says, f"检查反向代理：它要把 {door.path} 原样转给这台机器，不能改回答")


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)
