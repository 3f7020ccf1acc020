"""Passive replies and active push: windows, counts, msg_seq and quotas (protocol page A7)."""

from __future__ import annotations

from simulator.common.values import JsonObject, text, whole
from simulator.qq.errors import ApiError
from simulator.qq.platform import Platform
from simulator.qq.records import Occasion, Scene
from simulator.qq.targets import Target


def occasion_of(platform: Platform, target: Target, body: JsonObject) -> Occasion | None:
    """What this message answers to, or None when it is an active push.

    40034024 / 40034025 no such message or event here, 40034027 an event without replies, 40054005
    the same msg_seq again, 40034005 / 40034026 the window is over, 40034128 too many replies.
    A repeat is refused as a repeat also after the window.
    """
    message, event = text(body, "msg_id"), text(body, "event_id")
    if not message and not event:
        return None
    found = target.bot.occasions.get(message or event)
    if found is None or found.target != target.key:
        raise ApiError(40034024 if message else 40034025)
    if not found.replyable:
        raise ApiError(40034027)
    if sequence(body) in found.used:
        raise ApiError(40054005)
    limits, group = platform.limits, target.scene is Scene.GROUP
    if platform.now() - found.made > (limits.group_window if group else limits.user_window):
        raise ApiError(40034005 if message else 40034026)
    if len(found.used) >= (limits.group_replies if group else limits.user_replies):
        raise ApiError(40034128)
    return found


def sequence(body: JsonObject) -> int:
    """msg_seq, 1 when it is absent."""
    return whole(body, "msg_seq", 1)


def check_push(platform: Platform, target: Target) -> None:
    """Active push: a privilege that may be refused, and a quota.

    40034105 the bot may not push, or the group's owner does not let it; 40054013 the person
    refuses; 40034100 a quota is used up.
    """
    bot, limits = target.bot, platform.limits
    if not bot.pushes:
        raise ApiError(40034105)
    if target.group is not None and not target.group.seats[bot.appid].proactive:
        raise ApiError(40034105)
    if target.person is not None and target.person.account in bot.refusing:
        raise ApiError(40054013)
    if target.scene is Scene.GROUP:
        rates = limits.group_certified if bot.certified else limits.group_plain
    else:
        rates = limits.user_certified if bot.certified else limits.user_plain
    if not platform.take(f"push:{bot.appid}:{target.key}", limits.each_target):
        raise ApiError(40034100)
    if not platform.take(f"push:{bot.appid}:{target.scene}", rates):
        raise ApiError(40034100)
