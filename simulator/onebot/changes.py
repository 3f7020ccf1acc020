"""What changes in groups and chats, whoever does it, with the event that tells of it (B3).

Whether somebody may do it is decided by the caller: people in people, the bot in the actions.
"""

from __future__ import annotations

from datetime import timedelta

from simulator.common.values import JsonObject
from simulator.onebot import board, events
from simulator.onebot.platform import Platform
from simulator.onebot.records import Group, Membership, Message, Role


def joined(
    platform: Platform, group: Group, number: int, operator: int, sub_type: str
) -> JsonObject:
    """`sub_type` approve or invite."""
    group.members[number] = Membership(number, platform.now())
    name = platform.world.account(number).nickname
    board.notice(platform, list(group.members), group.chat_id, f"{name}加入了群聊")
    return _group_notice(platform, "group_increase", group, sub_type, number, operator)


def left(platform: Platform, group: Group, number: int, operator: int, sub_type: str) -> JsonObject:
    """`sub_type` leave or kick; kick_me when it is the bot."""
    del group.members[number]
    if number == platform.world.self_id and sub_type == "kick":
        sub_type = "kick_me"
    name = platform.world.account(number).nickname
    words = f"{name}退出了群聊" if sub_type == "leave" else f"{name}被移出了群聊"
    board.notice(platform, list(group.members), group.chat_id, words)
    return _group_notice(platform, "group_decrease", group, sub_type, number, operator)


def muted(platform: Platform, group: Group, number: int, operator: int, seconds: int) -> JsonObject:
    """`seconds` 0 lifts it."""
    until = platform.now() + timedelta(seconds=seconds) if seconds > 0 else None
    group.members[number].muted_until = until
    name = platform.world.name_in(group, number)
    words = f"{name}被禁言" if until else f"{name}被解除禁言"
    board.notice(platform, list(group.members), group.chat_id, words)
    sub_type = "ban" if until else "lift_ban"
    event = _group_notice(platform, "group_ban", group, sub_type, number, operator)
    return event | {"duration": max(seconds, 0)}


def whole_muted(platform: Platform, group: Group, operator: int, *, on: bool) -> JsonObject:
    """Nobody but owner and admins may speak; told with user_id 0 and duration -1 (B3)."""
    group.whole_mute = on
    words = "全员禁言已开启" if on else "全员禁言已关闭"
    board.notice(platform, list(group.members), group.chat_id, words)
    sub_type = "ban" if on else "lift_ban"
    event = _group_notice(platform, "group_ban", group, sub_type, 0, operator)
    return event | {"duration": -1 if on else 0}


def promoted(platform: Platform, group: Group, number: int, *, on: bool) -> JsonObject:
    group.members[number].role = Role.ADMIN if on else Role.MEMBER
    fields: JsonObject = {"sub_type": "set" if on else "unset"}
    fields |= {"group_id": group.number, "user_id": number}
    return events.notice(platform, "group_admin", fields)


def carded(platform: Platform, group: Group, number: int, card: str) -> JsonObject | None:
    """A new card; only NapCat and LLBot tell of it (`group_card`)."""
    member = group.members[number]
    old, member.card = member.card, card
    if not platform.dialect.wordy or old == card:
        return None
    fields: JsonObject = {"group_id": group.number, "user_id": number}
    fields |= {"card_new": card, "card_old": old}
    return events.notice(platform, "group_card", fields)


def recalled(platform: Platform, message: Message, operator: int) -> JsonObject:
    message.recalled = True
    board.recall(platform.world, message)
    fields: JsonObject = {"user_id": message.sender, "message_id": message.message_id}
    if not message.group:
        return events.notice(platform, "friend_recall", fields)
    fields |= {"group_id": message.group, "operator_id": operator}
    return events.notice(platform, "group_recall", fields)


def _group_notice(
    platform: Platform, kind: str, group: Group, sub_type: str, number: int, operator: int
) -> JsonObject:
    fields: JsonObject = {"sub_type": sub_type, "group_id": group.number}
    return events.notice(platform, kind, fields | {"operator_id": operator, "user_id": number})
