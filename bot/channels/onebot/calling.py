"""Calling people in a QQ group: their @ as a segment of its own where it would work (qq.md B4).

Asks who is there and whether everybody may be called; what is not answered stays words, so that
nobody is called by a message that the group would see as broken.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from bot.channels.onebot import messages
from bot.channels.onebot.events import id_of
from bot.channels.onebot.life import NoAnswerError, NotSentError
from bot.channels.onebot.line import Line
from bot.channels.onebot.people import Chat
from bot.channels.rendering import pieces
from storage.outbox_values import Json

logger = logging.getLogger("shixun.onebot")

ALL = "all"


async def spoken(line: Line, chat: Chat, part: Json, patience: float) -> list[messages.Segment]:
    """The words of a part; who is called in them is called where that is possible."""
    words = str(part.get("text", ""))
    calls: dict[str, str] = {}
    if chat.group and "calls" in part:
        calls = await _possible(line, chat.id, part["calls"], patience)
    return [
        messages.at(calls[each]) if each in calls else messages.text(each)
        for each in pieces(words, calls)
    ]


async def _possible(
    line: Line, group: str, wanted: Mapping[str, str], patience: float
) -> dict[str, str]:
    """Those of the calls (what stands in the text → whom it calls) that would work there now."""
    possible: dict[str, str] = {}
    try:
        if ALL in wanted.values() and await _may_call_all(line, group, patience):
            possible |= {said: ALL for said, number in wanted.items() if number == ALL}
        people = {said: number for said, number in wanted.items() if number != ALL}
        there = await _members(line, group, patience) if people else set()
        possible |= {said: number for said, number in people.items() if number in there}
    except (NotSentError, NoAnswerError):
        logger.info("called in words", extra={"reason": "no answer"})
    return possible


async def _may_call_all(line: Line, group: str, patience: float) -> bool:
    """An extension of NapCat and LLBot; where it is not known, everybody is not called."""
    answer = await line.call("get_group_at_all_remain", {"group_id": int(group)}, patience)
    left: Sequence[object] = [
        answer.data.get(f"remain_at_all_count_for_{whose}") for whose in ("group", "uin")
    ]
    return (
        answer.ok
        and answer.data.get("can_at_all") is True
        and all(isinstance(each, int) and each > 0 for each in left)
    )


async def _members(line: Line, group: str, patience: float) -> set[str]:
    answer = await line.call("get_group_member_list", {"group_id": int(group)}, patience)
    return {id_of(each, "user_id") for each in answer.items} if answer.ok else set()
