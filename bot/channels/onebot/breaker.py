"""When to stop before the platform does: three failures close a chat, three chats the channel.

The account is a person's, and risk control bans persons (qq.md B9). Told the time; knows no
socket. It lives as long as the process; what it closed is kept by the core as a pause.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES, CHATS = 3, 3
CHAT_PAUSE, CHANNEL_PAUSE = timedelta(minutes=20), timedelta(minutes=30)
CHAT_CAUSE = "QQ群疑似被风控：连续 {count} 次没有发成，先停 20 分钟"
PRIVATE_CAUSE = "QQ 私聊疑似被风控：连续 {count} 次没有发成，先停 20 分钟"
RISK_CAUSE = "QQ 说发得太多，先停 20 分钟"
CHANNEL_CAUSE = "QQ 号疑似被风控：{count} 个会话都发不出去，全部先停 30 分钟"
_MOST = 5000


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing may leave until then; `chat` empty: nowhere."""

    chat: str
    until: datetime
    cause: str


class Breaker:
    """Counts the failures of chats."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, int] = OrderedDict()
        self._closed: dict[str, Stop] = {}

    def stop(self, chat: str, now: datetime) -> Stop | None:
        """What forbids sending to this chat now."""
        for key in ("", chat):
            stop = self._closed.get(key)
            if stop is not None and stop.until > now:
                return stop
            self._closed.pop(key, None)
        return None

    def worked(self, chat: str) -> None:
        """A message arrived there."""
        self._failures.pop(chat, None)

    def failed(self, chat: str, now: datetime, *, group: bool, risk: bool = False) -> Stop | None:
        """A message did not, or nobody knows; `risk`: the platform said why."""
        count = self._failures.pop(chat, 0) + 1
        self._failures[chat] = count
        if len(self._failures) > _MOST:
            self._failures.popitem(last=False)
        if count < FAILURES and not risk:
            return None
        del self._failures[chat]
        cause = CHAT_CAUSE if group else PRIVATE_CAUSE
        return self.close(chat, now, CHAT_PAUSE, RISK_CAUSE if risk else cause.format(count=count))

    def close(self, chat: str, now: datetime, span: timedelta, cause: str) -> Stop:
        """Close a chat; with the third the whole channel."""
        stop = self._closed[chat] = Stop(chat, now + span, cause)
        chats = [key for key, each in self._closed.items() if key and each.until > now]
        if len(chats) >= CHATS:
            whole = CHANNEL_CAUSE.format(count=len(chats))
            stop = self._closed[""] = Stop("", now + CHANNEL_PAUSE, whole)
        return stop
