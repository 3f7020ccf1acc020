"""Actions that change groups and answer requests: cards, mutes, kicks, admins, names (B2)."""

from __future__ import annotations

import asyncio

from simulator.common.values import JsonObject
from simulator.onebot import changes, events
from simulator.onebot.errors import CARD_HELD_BACK, failed
from simulator.onebot.records import Group, Membership, RequestKind, Role
from simulator.onebot.turn import Action, Turn

_POLLS = 3
_HALF_HOUR = 1800


async def set_card(turn: Turn) -> object:
    """One's own card, or anybody's as owner or admin; the implementation looks up to three times
    whether it took effect (B2)."""
    group = turn.group()
    member = turn.member(group)
    own = member.number == turn.platform.world.self_id
    held_back = turn.platform.faults.cards_held_back or not (own or _above(turn, group, member))
    event = None
    if not held_back:
        card = turn.params.text("card", "")
        event = changes.carded(turn.platform, group, member.number, card)
    polls = _POLLS if held_back else 1
    if turn.platform.dialect.wordy:
        await asyncio.sleep(turn.platform.limits.card_seconds * polls)
    if held_back:
        raise failed(CARD_HELD_BACK)
    await _tell(turn, event)
    return None


async def ban(turn: Turn) -> object:
    group = turn.managed()
    member = turn.member(group)
    _need_above(turn, group, member)
    seconds = turn.params.number("duration", _HALF_HOUR)
    own = turn.platform.world.self_id
    await _tell(turn, changes.muted(turn.platform, group, member.number, own, seconds))
    return None


async def whole_ban(turn: Turn) -> object:
    group = turn.managed()
    enabled = turn.params.flag("enable", default=True)
    own = turn.platform.world.self_id
    await _tell(turn, changes.whole_muted(turn.platform, group, own, on=enabled))
    return None


async def kick(turn: Turn) -> object:
    group = turn.managed()
    member = turn.member(group)
    _need_above(turn, group, member)
    own = turn.platform.world.self_id
    await _tell(turn, changes.left(turn.platform, group, member.number, own, "kick"))
    return None


async def set_admin(turn: Turn) -> object:
    group = _owned(turn)
    member = turn.member(group)
    enabled = turn.params.flag("enable", default=True)
    await _tell(turn, changes.promoted(turn.platform, group, member.number, on=enabled))
    return None


async def set_name(turn: Turn) -> object:
    turn.managed().name = turn.params.text("group_name")
    return None


async def leave(turn: Turn) -> object:
    group = turn.group()
    own = turn.platform.world.self_id
    await _tell(turn, changes.left(turn.platform, group, own, own, "leave"))
    return None


async def special_title(turn: Turn) -> object:
    group = _owned(turn)
    turn.member(group).title = turn.params.text("special_title", "")
    return None


async def group_notice(turn: Turn) -> object:
    turn.managed().notices.append(turn.params.text("content"))
    return None


async def answer_friend(turn: Turn) -> object:
    world = turn.platform.world
    asked = world.requests.get(turn.params.text("flag"))
    if asked is None or asked.kind is not RequestKind.FRIEND:
        raise failed("flag 已失效")
    del world.requests[asked.flag]
    if turn.params.flag("approve", default=True):
        world.friends[asked.number] = turn.params.text("remark", "")
        await _tell(turn, events.notice(turn.platform, "friend_add", {"user_id": asked.number}))
    return None


async def answer_group(turn: Turn) -> object:
    world = turn.platform.world
    asked = world.requests.get(turn.params.text("flag"))
    if asked is None or asked.kind is RequestKind.FRIEND:
        raise failed("flag 已失效")
    del world.requests[asked.flag]
    group = world.groups[asked.group]
    if turn.params.flag("approve", default=True):
        invited = asked.kind is RequestKind.INVITE
        who = world.self_id if invited else asked.number
        operator = asked.number if invited else world.self_id
        sub_type = "invite" if invited else "approve"
        await _tell(turn, changes.joined(turn.platform, group, who, operator, sub_type))
    return None


async def _tell(turn: Turn, event: JsonObject | None) -> None:
    if event is not None:
        await turn.tell(event)


def _above(turn: Turn, group: Group, member: Membership) -> bool:
    """An owner stands above everybody, an admin above plain members."""
    place = turn.platform.world.mine(group)
    if place is None or member.role is Role.OWNER:
        return False
    return place.role is Role.OWNER or (place.manages and member.role is Role.MEMBER)


def _need_above(turn: Turn, group: Group, member: Membership) -> None:
    if not _above(turn, group, member):
        raise failed("没有权限，对方是群主或管理员")


def _owned(turn: Turn) -> Group:
    group = turn.group()
    place = turn.platform.world.mine(group)
    if place is None or place.role is not Role.OWNER:
        raise failed("没有权限，需要群主")
    return group


ACTIONS: dict[str, Action] = {
    "set_group_card": set_card,
    "set_group_ban": ban,
    "set_group_whole_ban": whole_ban,
    "set_group_kick": kick,
    "set_group_admin": set_admin,
    "set_group_name": set_name,
    "set_group_leave": leave,
    "set_group_special_title": special_title,
    "_send_group_notice": group_notice,
    "set_friend_add_request": answer_friend,
    "set_group_add_request": answer_group,
}
