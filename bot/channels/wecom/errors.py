"""What WeCom's error codes mean to a sender, as data (wecom.md 5.2), in words for the operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from storage.outbox_values import Outcome, Result


@dataclass(frozen=True, slots=True)
class Halt:
    """A code after which the whole channel keeps quiet. `grows`: longer each time in a row."""

    span: timedelta
    cause: str
    grows: bool = False


def _wrong(cause: str) -> Halt:
    """What somebody must put right; asking more often could ban our address (wecom.md 2.1)."""
    return Halt(timedelta(minutes=10), cause)


HALTS = {
    # a minute's window, then longer: the code does not say which window is full
    45009: Halt(timedelta(minutes=1), "企业微信说发得太频繁（45009），先停一会儿再试。", True),
    45033: Halt(timedelta(seconds=5), "企业微信说同时发得太多（45033），先停一会儿再试。", True),
    40001: _wrong("企业微信应用的 Secret 不对（40001），已停止发送。请核对 SHIXUN_WECOM_SECRET。"),
    40013: _wrong("企业 ID 不对（40013），已停止发送。请核对 SHIXUN_WECOM_CORP_ID。"),
    41004: _wrong("企业微信应用的 Secret 没有填（41004），已停止发送。"),
    48002: _wrong("企业微信不让这个应用调用接口（48002），已停止发送。请检查应用的接口权限。"),
    50003: _wrong("企业微信应用被停用了（50003），已停止发送。请在管理后台启用它。"),
    60020: _wrong("本机的 IP 不在应用的“企业可信IP”里（60020），已停止发送。请在管理后台加上。"),
    301002: _wrong("AgentId 和 Secret 不是同一个应用的（301002），已停止发送。请核对这两项。"),
}
BROKEN = "企业微信接口连续出错或没有回应（{reason}），先停一会儿，之后自动再试。"

# The call may succeed when it is made again; the last two after the token was refreshed in vain.
TRANSIENT = frozenset({-1, 6000, 40014, 42001})
# A recall that met these is asked for again: too much at this moment, or unwell.
ASK_AGAIN = TRANSIENT | {45009, 45033}
# Cards are not possible here (no callback address: 43012), or not this one: words instead.
CARD_REFUSED = frozenset({40008, 43012, *range(42_014, 42_020), *range(42_027, 42_052)} - {42_015})
NO_CALLBACK = 43012
# A file that was uploaded is gone: upload it once more.
MEDIA_GONE = 40007

_RECALL = {
    40058: "不是这个应用发的，或者消息编号不对",
    42052: "已经超过 24 小时",
}


def recall_problem(code: int) -> str:
    """Why something was not taken back."""
    if code in HALTS:
        return HALTS[code].cause
    return _RECALL.get(code, f"企业微信没有撤回（错误码 {code}）")


def all_of(deliveries: Sequence[int], result: Result, error: str = "") -> tuple[Outcome, ...]:
    """The same outcome for each."""
    return tuple(Outcome(each, result, error) for each in deliveries)
