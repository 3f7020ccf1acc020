"""Events as an implementation writes them (protocol page B3). Knows no connection."""

from __future__ import annotations

from simulator.common.values import JsonObject
from simulator.onebot.cq import dump
from simulator.onebot.limits import OTHER_GROUP
from simulator.onebot.platform import Platform
from simulator.onebot.records import Group, Membership, Message, Request, RequestKind
from simulator.onebot.segments import wire


def _common(platform: Platform, post_type: str) -> JsonObject:
    own = platform.world.self_id
    return {"time": platform.stamp(), "self_id": own, "post_type": post_type}


def message(platform: Platform, said: Message) -> JsonObject:
    """message/private or message/group; `message_sent` for the bot's own."""
    own = said.sender == platform.world.self_id
    event = _common(platform, "message_sent" if own else "message")
    event |= {
        "time": int(said.at.timestamp()),
        "message_type": "group" if said.group else "private",
        "sub_type": "normal" if said.group else ("group" if said.via else "friend"),
        "message_id": said.message_id,
        "user_id": said.sender,
        "message": wire(platform, said.segments),
        "raw_message": dump(said.segments),
        "font": 14 if platform.dialect.wordy else 0,
        "sender": _sender(platform, said),
    }
    if said.group:
        event["group_id"] = said.group
        event |= {} if platform.dialect.wordy else {"anonymous": None}
    elif said.via:
        via = OTHER_GROUP if platform.faults.temp_group_unknown else said.via
        event |= {"group_id": via, "temp_source": 0} if platform.dialect.wordy else {}
    if own:
        event["target_id"] = said.group or said.peer
    if platform.dialect.wordy:
        form = "array" if platform.array else "string"
        numbered = {"message_seq": said.number, "real_id": said.message_id, "message_format": form}
        event |= numbered
        group = platform.world.groups.get(said.group)
        event |= {"group_name": group.name} if group else {}
    return event


def _sender(platform: Platform, said: Message) -> JsonObject:
    account = platform.world.accounts[said.sender]
    sender: JsonObject = {"user_id": account.number, "nickname": account.nickname}
    group = platform.world.groups.get(said.group)
    member = group.members.get(said.sender) if group else None
    if member is not None:
        sender |= {"card": member.card, "role": member.role.value}
    if not platform.dialect.wordy:
        sender |= {"sex": account.sex, "age": account.age}
        if member is not None:
            sender |= {"area": "", "level": member.level, "title": member.title}
    return sender


def notice(platform: Platform, notice_type: str, fields: JsonObject) -> JsonObject:
    return _common(platform, "notice") | {"notice_type": notice_type} | fields


def request(platform: Platform, asked: Request) -> JsonObject:
    event = _common(platform, "request")
    event |= {"user_id": asked.number, "comment": asked.comment, "flag": asked.flag}
    if asked.kind is RequestKind.FRIEND:
        return event | {"request_type": "friend"}
    return event | {
        "request_type": "group",
        "sub_type": asked.kind.value,
        "group_id": asked.group,
    }


def lifecycle(platform: Platform) -> JsonObject:
    event = _common(platform, "meta_event")
    return event | {"meta_event_type": "lifecycle", "sub_type": "connect"}


def status(platform: Platform) -> JsonObject:
    online = platform.world.online and platform.faults.heartbeat_online
    return {"online": online, "good": True}


def heartbeat(platform: Platform) -> JsonObject:
    """`interval` in milliseconds."""
    event = _common(platform, "meta_event") | {"meta_event_type": "heartbeat"}
    interval = int(platform.heartbeat_seconds * 1000)
    return event | {"status": status(platform), "interval": interval}


def member_info(platform: Platform, group: Group, member: Membership) -> JsonObject:
    """A row of `get_group_member_info`."""
    account = platform.world.accounts[member.number]
    row: JsonObject = {
        "group_id": group.number,
        "user_id": member.number,
        "nickname": account.nickname,
        "card": member.card,
        "sex": account.sex,
        "age": account.age,
        "area": "",
        "join_time": int(member.joined.timestamp()),
        "last_sent_time": int(member.last_sent.timestamp()) if member.last_sent else 0,
        "level": member.level,
        "role": member.role.value,
        "unfriendly": False,
        "title": member.title,
        "title_expire_time": 0,
        "card_changeable": True,
    }
    if platform.dialect.wordy:
        until = member.muted_until
        muted = member.muted(platform.now()) and until is not None
        row["shut_up_timestamp"] = int(until.timestamp()) if muted and until else 0
    return row
