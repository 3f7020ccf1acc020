"""What became of a call that OneBot answered, by its status, retcode and words (qq.md B2, B9).

A table and a pure function. The words are NapCat's: its retcode 1200 only says that the action
failed, the reason stands in `message` or `wording`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from storage.outbox_values import Result

OK, ASYNC, FAILED = 0, 1, 1200
TOKEN_REFUSED = frozenset({1401, 1403})


@dataclass(frozen=True, slots=True)
class Answer:
    """The other side's answer to a call. `words`: its message and wording, for our tables."""

    ok: bool
    retcode: int
    data: Mapping[str, Any] = field(default_factory=dict)
    items: tuple[Mapping[str, Any], ...] = ()
    words: str = ""


class Sign(StrEnum):
    """What a failed call says about more than itself."""

    NONE = ""
    FAILED = "failed"  # one more failure of this chat: three are a sign of risk control
    RISK = "risk"  # the platform itself says that it is too much
    MUTED = "muted"
    NOT_THERE = "not there"  # we are not in this group any more
    STRANGER = "stranger"  # not a friend, and no temporary talk
    ACCESS = "access"  # the other side knows another token


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one message."""

    result: Result
    error: str = ""
    sign: Sign = Sign.NONE


# Retcodes: qq.md B2. The codes of CoolQ's time (100 to 201) are from memory there.
_BY_RETCODE: dict[int, Verdict] = {
    1400: Verdict(Result.REJECTED, "1400 参数不被接受"),
    400: Verdict(Result.REJECTED, "400 参数不被接受"),
    100: Verdict(Result.REJECTED, "100 参数不被接受"),
    1404: Verdict(Result.REJECTED, "1404 实现端没有这个功能"),
    404: Verdict(Result.REJECTED, "404 实现端没有这个功能"),
    200: Verdict(Result.REJECTED, "200 实现端没有这个功能"),
    1401: Verdict(Result.RETRY, "1401 token 不被接受", Sign.ACCESS),
    1403: Verdict(Result.RETRY, "1403 token 不被接受", Sign.ACCESS),
    102: Verdict(Result.RETRY, "102 实现端没有做成", Sign.FAILED),
    103: Verdict(Result.RETRY, "103 没有权限或被禁言", Sign.FAILED),
    104: Verdict(Result.RETRY, "104 登录凭证失效", Sign.FAILED),
    201: Verdict(Result.RETRY, "201 实现端繁忙", Sign.FAILED),
}
# The words of a failed action, first match wins: qq.md B9. A timeout may have arrived, so it
# stands before everything that would send it again.
_BY_WORDS: tuple[tuple[tuple[str, ...], Verdict], ...] = (
    (("timeout", "超时"), Verdict(Result.UNKNOWN, "QQ 没有确认是否发出（Timeout）", Sign.FAILED)),
    (("禁言", "shut_up", "muted"), Verdict(Result.RETRY, "机器人在群里被禁言", Sign.MUTED)),
    (
        ("不在群", "已退群", "被移出", "群不存在", "不是群成员", "not in group"),
        Verdict(Result.REJECTED, "机器人不在这个群里", Sign.NOT_THERE),
    ),
    (
        ("不是好友", "非好友", "不是你的好友", "not friend", "not a friend", "临时会话"),
        Verdict(Result.PARKED, "还不是机器人的好友", Sign.STRANGER),
    ),
    (
        ("风控", "频繁", "risk", "too many", "限制"),
        Verdict(Result.RETRY, "QQ 说发得太多", Sign.RISK),
    ),
    (("rich media transfer failed",), Verdict(Result.RETRY, "图片没有传上去", Sign.FAILED)),
)
_OTHER = Verdict(Result.RETRY, "{retcode} 实现端没有做成", Sign.FAILED)
_UNCONFIRMED = Verdict(Result.UNKNOWN, "QQ 没有说是否发出（async）")


def verdict_of(answer: Answer) -> Verdict:
    """What became of the message. UNKNOWN is never sent again: doubled notices are worse."""
    if answer.retcode == ASYNC:
        return _UNCONFIRMED
    if answer.ok:
        return Verdict(Result.SENT)
    heard = answer.words.casefold()
    if answer.retcode not in TOKEN_REFUSED:
        for signs, verdict in _BY_WORDS:
            if any(sign in heard for sign in signs):
                return verdict
    known = _BY_RETCODE.get(answer.retcode)
    if known is not None:
        return known
    return Verdict(_OTHER.result, _OTHER.error.format(retcode=answer.retcode), _OTHER.sign)


# Nobody answered a call that had left.
NO_ANSWER = Verdict(Result.UNKNOWN, "实现端没有回音", Sign.FAILED)
