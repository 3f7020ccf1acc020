"""What becomes of a message whose call ended so: the right-hand column of qq.md A9 as data.

Plain values; what is tried before (another form, another try) is the speaker's matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.channels.qq.errors import Kind
from storage.outbox_values import Result


@dataclass(frozen=True, slots=True)
class Fate:
    """`later`: when the platform can be asked again. `refused`: why writing first is no use there.

    `pause`: seconds the whole channel is silent, `cause` tells the operator why.
    """

    result: Result
    later: timedelta | None = None
    refused: str = ""
    pause: float = 0.0
    cause: str = ""


_TEN_MINUTES = 600.0
_REJECTED = Fate(Result.REJECTED)

FATES: Mapping[Kind, Fate] = {
    Kind.FINE: Fate(Result.SENT),
    Kind.AUDITED: Fate(Result.SENT),
    Kind.LOGIN: Fate(
        Result.RETRY,
        later=timedelta(minutes=1),
        pause=60.0,
        cause="QQ 平台不认访问凭证。请检查 AppID、AppSecret 和 IP 白名单。",
    ),
    # reached only where no active message could be tried either: it waits until they speak
    Kind.CONTEXT_GONE: Fate(Result.PARKED),
    # our numbers were taken twice over: whoever took them, this message may or may not be out
    Kind.DUPLICATE: Fate(Result.UNKNOWN),
    Kind.OFFLINE: Fate(Result.RETRY, later=timedelta(seconds=30)),
    # the outbox's own pauses follow: minutes
    Kind.RETRY: Fate(Result.RETRY),
    Kind.RETRY_ONCE: Fate(Result.RETRY),
    Kind.BUSY: Fate(Result.RETRY, later=timedelta(minutes=5)),
    Kind.QUOTA: Fate(Result.PARKED),
    Kind.REFUSED: Fate(Result.PARKED, refused="不接收机器人主动发消息"),
    # nobody tells us when it is over: not noted as a refusal
    Kind.MUTED: Fate(Result.PARKED),
    Kind.UNREACHABLE: Fate(Result.REJECTED, refused="已不是好友，或机器人已不在群里"),
    Kind.FORMAT: _REJECTED,
    Kind.LINK: _REJECTED,
    Kind.BAD_CONTENT: _REJECTED,
    Kind.NOT_ALLOWED: _REJECTED,
    Kind.BANNED: Fate(
        Result.REJECTED,
        pause=_TEN_MINUTES,
        cause="QQ 平台限制了本机器人（被封禁或已下线）。请到 QQ 开放平台查看。",
    ),
    Kind.SECURITY: Fate(
        Result.REJECTED,
        pause=_TEN_MINUTES,
        cause="QQ 平台以安全原因拦下了一条消息，这条不会再发。请检查内容，过几分钟再继续。",
    ),
    Kind.SETUP: Fate(
        Result.RETRY,
        pause=_TEN_MINUTES,
        cause="QQ 平台说 AppID 不对或机器人还没有上线。请核对 SHIXUN_QQ_APP_ID 和发布状态。",
    ),
    Kind.NO_GATEWAY: Fate(Result.RETRY, later=timedelta(seconds=30)),
    Kind.NIGHT: Fate(Result.RETRY, later=timedelta(minutes=30)),
    Kind.AMBIGUOUS: Fate(Result.UNKNOWN),
}
