"""What becomes of a message whose call ended so: the right-hand column of qq.md A9 as data.

Plain values, with the words for the operator; what is tried before (another form, another try) is
the speaker's matter, how long the channel keeps quiet its health's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.channels.qq.errors import Kind
from storage.outbox_values import Result


@dataclass(frozen=True, slots=True)
class Halt:
    """The channel keeps quiet, for `cause` (Chinese; {code} is the platform's).

    `span`: at once and for so long; None: after several in a row, as long as the breaker says.
    `grows`: longer each time in a row. `mend`: it does not pass by itself, somebody has to see to
    it; meanwhile what is due goes another way.
    """

    cause: str
    span: timedelta | None = None
    grows: bool = False
    mend: bool = False


@dataclass(frozen=True, slots=True)
class Fate:
    """`later`: when the platform can be asked again. `refused`: why writing first is no use there.

    `halt`: what it means for all other messages, if anything.
    """

    result: Result
    later: timedelta | None = None
    refused: str = ""
    halt: Halt | None = None


_MINUTE, _TEN_MINUTES = timedelta(minutes=1), timedelta(minutes=10)
_REJECTED = Fate(Result.REJECTED)
_BROKEN = Halt("QQ 平台连续出错或没有回应（{code}），先停一会儿，之后自动再试。")
TOO_MUCH = Halt("QQ 平台要求稍后再发（{code}），到时自动再发。", _MINUTE)

FATES: Mapping[Kind, Fate] = {
    Kind.FINE: Fate(Result.SENT),
    Kind.AUDITED: Fate(Result.SENT),
    Kind.LOGIN: Fate(
        Result.RETRY,
        halt=Halt(
            "QQ 平台不认访问凭证（{code}），稍后自动再试。"
            "一直这样的话，请检查 AppID、AppSecret 和 IP 白名单。",
            _MINUTE,
            grows=True,
        ),
    ),
    Kind.NOT_OURS: Fate(
        Result.PARKED,
        halt=Halt(
            "QQ 平台不给访问凭证（{code}）。请检查 AppID、AppSecret 和 IP 白名单。",
            _TEN_MINUTES,
            mend=True,
        ),
    ),
    # reached only where no active message could be tried either: it waits until they speak
    Kind.CONTEXT_GONE: Fate(Result.PARKED),
    # our numbers were taken twice over: whoever took them, this message may or may not be out
    Kind.DUPLICATE: Fate(Result.UNKNOWN),
    Kind.OFFLINE: Fate(Result.RETRY, later=timedelta(seconds=30), halt=_BROKEN),
    # the outbox's own pauses follow: minutes
    Kind.RETRY: Fate(Result.RETRY, halt=_BROKEN),
    Kind.RETRY_ONCE: Fate(Result.RETRY, halt=_BROKEN),
    Kind.HELD: Fate(Result.RETRY, later=_MINUTE),
    Kind.BUSY: Fate(
        Result.RETRY,
        halt=Halt("QQ 平台说发得太频繁（{code}），先停一会儿再试。", _MINUTE, grows=True),
    ),
    # the minute's, the day's, or this one's alone: the sender parks what meets it again and again
    Kind.QUOTA: Fate(
        Result.RETRY,
        halt=Halt("QQ 平台说主动消息额度用完了（{code}），先停一会儿再试。", _MINUTE, grows=True),
    ),
    Kind.REFUSED: Fate(Result.PARKED, refused="不接收机器人主动发消息"),
    # nobody tells us when it is over: not noted as a refusal
    Kind.MUTED: Fate(Result.PARKED),
    Kind.UNREACHABLE: Fate(Result.REJECTED, refused="已不是好友，或机器人已不在群里"),
    Kind.FORMAT: _REJECTED,
    Kind.LINK: _REJECTED,
    Kind.BAD_CONTENT: _REJECTED,
    Kind.NOT_ALLOWED: Fate(
        Result.PARKED,
        halt=Halt("QQ 平台没有给本机器人发消息的权限（{code}）。请到 QQ 开放平台开通。", mend=True),
    ),
    Kind.BANNED: Fate(
        Result.PARKED,
        halt=Halt(
            "QQ 平台限制了本机器人（被封禁或已下线，{code}）。请到 QQ 开放平台查看。",
            _TEN_MINUTES,
            mend=True,
        ),
    ),
    Kind.SECURITY: Fate(
        Result.REJECTED,
        halt=Halt(
            "QQ 平台以安全原因拦下了一条消息（{code}），这条不会再发。请检查内容，过几分钟再继续。",
            _TEN_MINUTES,
        ),
    ),
    Kind.SETUP: Fate(
        Result.PARKED,
        halt=Halt(
            "QQ 平台不认本机器人（{code}）：AppID 不对、还没有发布，或者本机的 IP 不在白名单里。"
            "请核对 SHIXUN_QQ_APP_ID、发布状态和 IP 白名单。",
            _TEN_MINUTES,
            mend=True,
        ),
    ),
    Kind.NO_GATEWAY: Fate(Result.RETRY, later=timedelta(seconds=30), halt=_BROKEN),
    Kind.NIGHT: Fate(
        Result.RETRY,
        halt=Halt("QQ 现在不让主动发消息（{code}），半小时后自动再试。", timedelta(minutes=30)),
    ),
    Kind.AMBIGUOUS: Fate(Result.UNKNOWN, halt=_BROKEN),
}
