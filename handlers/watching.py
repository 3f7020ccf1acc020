"""How far a notice is, in words.

Shared by topics; counts come in, words go out.
"""

from __future__ import annotations

from collections.abc import Sequence

from handlers.wishes import ONLY, Wishes
from storage.confirmations import Confirmations
from storage.notices import Notice


def only_in_groups(notice: Notice) -> bool:
    """Sent to classes' groups and to nobody alone: what did not reach a person was never sent."""
    return Wishes.from_json(notice.audience).groups == ONLY


def sent_words(notice: Notice, units: Sequence[Confirmations]) -> str:
    """How far the sending is; what nobody has to ask about is left out."""
    if only_in_groups(notice):
        return "只发到班级群，没有单独发给个人。"
    numbers = (
        ("已送出", sum(each.sent for each in units)),
        ("还在排队", sum(each.waiting for each in units)),
        ("等对方说话时补送", sum(each.parked for each in units)),
        ("结果不明（可能已送到）", sum(each.unknown for each in units)),
        ("没有送到", sum(each.failed for each in units)),
        ("没有绑定账号、收不到", sum(each.unreachable for each in units)),
    )
    return "，".join(f"{word} {number} 人" for word, number in numbers if number) + "。"
