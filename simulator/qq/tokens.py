"""Access tokens of bots: 7200 s by the simulated clock, the last minute overlaps (A2)."""

from __future__ import annotations

import hmac

from simulator.common.values import JsonObject, text
from simulator.qq.errors import ApiError
from simulator.qq.platform import Platform, made_up
from simulator.qq.records import Bot, Token

_SCHEME = "QQBot "


def issue(platform: Platform, body: JsonObject) -> JsonObject:
    """getAppAccessToken; failures are ApiErrors that the API sends with HTTP status 200.

    100007 without an appId or secret, 100016 when they are wrong, 100001 too frequent. A repeated
    call returns the living token; in its last minute a new one, and both are valid.
    """
    appid, secret = text(body, "appId"), text(body, "clientSecret")
    if not appid or not secret:
        raise ApiError(100007)
    if not platform.take(f"token:{appid}", platform.limits.token_calls):
        raise ApiError(100001)
    bot = platform.bots.get(appid)
    if bot is None or not hmac.compare_digest(bot.secret.encode(), secret.encode()):
        raise ApiError(100016)
    now, limits = platform.now(), platform.limits
    bot.tokens = [one for one in bot.tokens if one.made <= now < one.expires]
    token = bot.tokens[-1] if bot.tokens else None
    if token is None or token.expires - now <= limits.token_overlap:
        token = Token(made_up(), now, now + limits.token_life)
        bot.tokens.append(token)
    left = int((token.expires - now).total_seconds())
    return {"access_token": token.value, "expires_in": str(left)}


def check(platform: Platform, header: str, appid: str, address: str) -> Bot:
    """Whose token an Authorization header holds; `appid` is that of X-Union-Appid, or empty.

    11241 not the form `QQBot T`, 11244 unknown or over, 11251 another bot's, 11298 wrong address.
    """
    if not header.startswith(_SCHEME):
        raise ApiError(11241)
    if platform.faults.take("token_storm"):
        raise ApiError(11244)
    bot = find(platform, header.removeprefix(_SCHEME))
    if bot is None:
        raise ApiError(11244)
    if appid not in ("", bot.appid):
        raise ApiError(11251)
    if bot.trusted_ips is not None and address not in bot.trusted_ips:
        raise ApiError(11298, address)
    return bot


def find(platform: Platform, value: str) -> Bot | None:
    """The bot with this living token."""
    now = platform.now()
    for bot in platform.bots.values():
        for token in bot.tokens:
            if token.value == value and token.made <= now < token.expires:
                return bot
    return None
