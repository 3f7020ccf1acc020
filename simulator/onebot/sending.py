"""May the bot speak there, and what becomes of it: mutes, strangers, @all, risk control (B4, B9).

Puts what was said into the world and on the screens; knows no frame and no echo.
"""

from __future__ import annotations

from simulator.common.rates import OFFICE_ZONE
from simulator.onebot import board
from simulator.onebot.cq import Segment
from simulator.onebot.errors import NO_SUCH_USER, failed, refused, timeout
from simulator.onebot.platform import Platform
from simulator.onebot.records import Drop, Group, Message
from simulator.onebot.segments import prepare

_REMOVED = "发送失败，你已被移出该群，请重新加群。"


def to_group(platform: Platform, number: int, segments: list[Segment]) -> Message:
    """Says it in a group; ActionError as B9 tells."""
    world = platform.world
    _need_online(platform)
    group = world.groups.get(number)
    place = world.mine(group) if group else None
    if group is None or place is None:
        raise refused(110, _REMOVED)
    ready = prepare(platform, segments, number)
    if place.muted(platform.now()) or (group.whole_mute and not place.manages):
        world.muted_sends += 1
        raise timeout(1)
    ready = _at_all(platform, group, ready)
    risky = _under_risk(platform)
    if risky and not platform.faults.risk_delivers:
        raise timeout(0)
    message = _say(platform, ready, group=number)
    if risky:
        raise timeout(0)
    return message


def to_person(platform: Platform, number: int, via: int, segments: list[Segment]) -> Message:
    """Says it in private: to a friend, or through a shared group in a temporary session."""
    world = platform.world
    _need_online(platform)
    if number not in world.accounts:
        raise failed(NO_SUCH_USER)
    ready = prepare(platform, segments, 0)
    if number not in world.friends:
        shared = {group.number for group in world.shared_groups(number)}
        if via not in shared and not _has_written(platform, number):
            raise timeout(None)
        return _say(platform, ready, peer=number, via=via or next(iter(shared), 0))
    return _say(platform, ready, peer=number)


def at_all_left(platform: Platform, group: Group) -> int:
    """How many @all the bot has left today, by the office's day."""
    today = platform.now().astimezone(OFFICE_ZONE).date()
    if group.at_all_day != today:
        group.at_all_day, group.at_all_used = today, 0
    return max(platform.limits.at_all - group.at_all_used, 0)


def can_at_all(platform: Platform, group: Group) -> bool:
    place = platform.world.mine(group)
    return place is not None and place.manages


def _say(
    platform: Platform, segments: list[Segment], *, group: int = 0, peer: int = 0, via: int = 0
) -> Message:
    world = platform.world
    message = world.add_message(
        world.self_id,
        segments,
        platform.now(),
        group=group,
        peer=peer,
        via=via,
        signed=platform.dialect.signed_ids,
        remembered=platform.limits.remembered,
    )
    if platform.faults.take("silent_drops"):
        where = world.groups.get(group)
        chat = where.chat_id if where else str(peer)
        words = board.read(world, where, segments)
        world.drops.append(Drop(platform.now(), "silent_drops", chat, words))
    else:
        board.show(platform, message)
    return message


def _need_online(platform: Platform) -> None:
    if not platform.world.online:
        raise timeout(None)


def _has_written(platform: Platform, number: int) -> bool:
    """A stranger who has opened a temporary session can be answered in it."""
    return any(m.via and m.sender == number for m in platform.world.messages.values())


def _at_all(platform: Platform, group: Group, segments: list[Segment]) -> list[Segment]:
    """@all without the right, or beyond the day's count, becomes plain text or is refused (B4)."""
    if not any(part.type == "at" and part.data.get("qq") == "all" for part in segments):
        return segments
    if can_at_all(platform, group) and at_all_left(platform, group) > 0:
        group.at_all_used += 1
        return segments
    if platform.faults.at_all_times_out:
        raise timeout(0)
    plain = Segment("text", {"text": "@全体成员 "})
    return [plain if p.type == "at" and p.data.get("qq") == "all" else p for p in segments]


def _under_risk(platform: Platform) -> bool:
    """Counts one more group message; beyond `risk_after` within the window it stays risky."""
    faults, now = platform.faults, platform.now()
    sends = platform.group_sends
    start = now - platform.limits.risk_window
    while sends and not start < sends[0] <= now:
        sends.popleft()
    sends.append(now)
    if faults.risk_after and len(sends) > faults.risk_after:
        faults.under_risk_control = True
    return faults.under_risk_control
