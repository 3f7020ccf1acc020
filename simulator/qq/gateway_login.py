"""Who may log in at the gateway and who may resume (protocol page A3)."""

from __future__ import annotations

import secrets
from collections import deque

from simulator.common.values import JsonObject, text, whole
from simulator.qq import tokens
from simulator.qq.gateway_lines import Close, Session
from simulator.qq.platform import Platform
from simulator.qq.records import KNOWN, Bot, Standing, Transport

_SCHEME = "QQBot "
# After these a session can be resumed: 4008, 4009, the internal errors, and any code of the
# transport itself. 4004 leaves it undecided (A3); the session stays.
_ENDED = frozenset((4001, 4002, 4006, 4007, *range(4010, 4015), *range(4900, 4916)))


class RefusedError(Exception):
    """The connection is closed with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = int(code)


def resumable(code: int) -> bool:
    """Whether the table of close codes allows a resume after this one."""
    return code not in _ENDED


def identify(platform: Platform, data: JsonObject) -> Session | None:
    """A new session; None when the starts of the day are used up.

    RefusedError: 4004 token, 4914 / 4915 standing, 4010 shard, 4013 / 4014 intents.
    """
    bot = _bot_of(platform, data, bare=False)
    shard = data.get("shard", [0, 1])
    match shard:
        case [int(number), int(count)] if 0 <= number < count:
            pass
        case _:
            raise RefusedError(Close.BAD_SHARD)
    intents = whole(data, "intents", -1)
    if intents <= 0 or intents & ~KNOWN:
        raise RefusedError(Close.BAD_INTENT)
    if intents & ~bot.intents:
        raise RefusedError(Close.DENIED_INTENT)
    if not _started(platform, bot):
        return None
    kept: deque[tuple[int, JsonObject]] = deque(maxlen=platform.limits.session_events)
    return Session(secrets.token_hex(16), bot, intents, (number, count), kept)


def resume(platform: Platform, sessions: dict[str, Session], data: JsonObject) -> Session:
    """The session to go on with.

    RefusedError: 4004 token, 4914 / 4915 standing, 4006 no such session (any more), 4007 a sequence
    that was never reached or that is too long ago.
    """
    bot = _bot_of(platform, data, bare=True)
    session = sessions.get(text(data, "session_id"))
    if session is None or session.bot is not bot:
        raise RefusedError(Close.BAD_SESSION)
    if not session.reaches_back(whole(data, "seq", -1)):
        raise RefusedError(Close.BAD_SEQUENCE)
    return session


def start_limit(platform: Platform, bot: Bot) -> JsonObject:
    """`session_start_limit`; `reset_after` in milliseconds."""
    _forget_starts(platform, bot)
    limits = platform.limits
    wait = limits.session_window
    if bot.starts:
        wait -= platform.now() - bot.starts[0]
    return {
        "total": limits.session_starts,
        "remaining": limits.session_starts - len(bot.starts),
        "reset_after": int(wait.total_seconds() * 1000),
        "max_concurrency": 1,
    }


def _started(platform: Platform, bot: Bot) -> bool:
    _forget_starts(platform, bot)
    if len(bot.starts) >= platform.limits.session_starts:
        return False
    bot.starts.append(platform.now())
    return True


def _forget_starts(platform: Platform, bot: Bot) -> None:
    now, window = platform.now(), platform.limits.session_window
    while bot.starts and not now - window < bot.starts[0] <= now:
        bot.starts.popleft()


def _bot_of(platform: Platform, data: JsonObject, *, bare: bool) -> Bot:
    """A resume may carry the bare token (A3: sources differ); a webhook bot has no way in."""
    token = text(data, "token")
    if not bare and not token.startswith(_SCHEME):
        raise RefusedError(Close.BAD_TOKEN)
    bot = tokens.find(platform, token.removeprefix(_SCHEME))
    if bot is None or bot.transport is not Transport.WEBSOCKET:
        raise RefusedError(Close.BAD_TOKEN)
    if bot.standing is Standing.OFFLINE:
        raise RefusedError(Close.OFFLINE)
    if bot.standing is Standing.BANNED:
        raise RefusedError(Close.BANNED)
    return bot
