"""Actions that only look: who, which groups, which members, which files, what state (B2)."""

from __future__ import annotations

import base64

from simulator.common.values import JsonObject
from simulator.onebot import events
from simulator.onebot.errors import NO_MESSAGE, failed
from simulator.onebot.records import Group, Media, Message
from simulator.onebot.sending import at_all_left, can_at_all
from simulator.onebot.turn import Action, Turn


async def login_info(turn: Turn) -> object:
    bot = turn.platform.world.bot
    return {"user_id": bot.number, "nickname": bot.nickname}


async def group_list(turn: Turn) -> object:
    world = turn.platform.world
    return [_group_row(group) for group in world.groups.values() if world.mine(group)]


async def group_info(turn: Turn) -> object:
    return _group_row(turn.group())


async def member_list(turn: Turn) -> object:
    group = turn.group()
    rows = [events.member_info(turn.platform, group, m) for m in group.members.values()]
    if not turn.platform.dialect.wordy:
        for row in rows:  # some fields are absent in the list form
            for name in ("area", "title", "title_expire_time"):
                del row[name]
    return rows


async def member_info(turn: Turn) -> object:
    group = turn.group()
    return events.member_info(turn.platform, group, turn.member(group))


async def shut_list(turn: Turn) -> object:
    group = turn.group()
    now = turn.platform.now()
    rows = [m for m in group.members.values() if m.muted(now)]
    return [events.member_info(turn.platform, group, member) for member in rows]


async def friend_list(turn: Turn) -> object:
    world = turn.platform.world
    return [
        {"user_id": number, "nickname": world.accounts[number].nickname, "remark": remark}
        for number, remark in world.friends.items()
    ]


async def stranger_info(turn: Turn) -> object:
    account = turn.platform.world.accounts.get(turn.params.number("user_id"))
    if account is None:
        raise failed("用户不存在")
    found: JsonObject = {"user_id": account.number, "nickname": account.nickname}
    return found | {"sex": account.sex, "age": account.age}


async def status(turn: Turn) -> object:
    return events.status(turn.platform)


async def version(turn: Turn) -> object:
    dialect = turn.platform.dialect
    named: JsonObject = {"app_name": dialect.app_name, "app_version": dialect.app_version}
    return named | {"protocol_version": "v11"}


async def yes(_turn: Turn) -> object:
    return {"yes": True}


async def at_all_remain(turn: Turn) -> object:
    group = turn.group()
    left = at_all_left(turn.platform, group)
    return {
        "can_at_all": can_at_all(turn.platform, group),
        "remain_at_all_count_for_group": left,
        "remain_at_all_count_for_uin": left,
    }


async def message(turn: Turn) -> object:
    said = turn.platform.world.recent(turn.params.number("message_id"))
    if said is None:
        raise failed(NO_MESSAGE)
    return _message_row(turn, said)


async def group_file_url(turn: Turn) -> object:
    group = turn.group()
    media = _file(turn, "file_id")
    if media.group != group.number:
        raise failed("文件不存在")
    return {"url": turn.platform.media_url(media.media_id)}


async def private_file_url(turn: Turn) -> object:
    return {"url": turn.platform.media_url(_file(turn, "file_id").media_id)}


async def file(turn: Turn) -> object:
    """NapCat's `get_file` and `get_image`, by file_id or file; the path is on its own machine."""
    media = _file(turn, "file_id" if turn.params.has("file_id") else "file")
    return {
        "file": f"/tmp/{media.media_id}",  # noqa: S108 - a path on a machine that does not exist
        "url": turn.platform.media_url(media.media_id),
        "file_size": str(len(media.data)),
        "file_name": media.name,
        "base64": base64.b64encode(media.data).decode(),
    }


def _file(turn: Turn, name: str) -> Media:
    media = turn.platform.world.media.get(turn.params.text(name).partition(".")[0])
    if media is None:
        raise failed("file not found")
    return media


def _group_row(group: Group) -> JsonObject:
    return {
        "group_id": group.number,
        "group_name": group.name,
        "member_count": len(group.members),
        "max_member_count": group.capacity,
    }


def _message_row(turn: Turn, said: Message) -> JsonObject:
    full = events.message(turn.platform, said)
    names = ("time", "message_type", "message_id", "sender", "message", "raw_message", "group_id")
    row: JsonObject = {name: full[name] for name in names if name in full}
    return row | {"real_id": said.message_id}


ACTIONS: dict[str, Action] = {
    "get_login_info": login_info,
    "get_group_list": group_list,
    "get_group_info": group_info,
    "get_group_member_list": member_list,
    "get_group_member_info": member_info,
    "get_group_shut_list": shut_list,
    "get_friend_list": friend_list,
    "get_stranger_info": stranger_info,
    "get_status": status,
    "get_version_info": version,
    "can_send_image": yes,
    "can_send_record": yes,
    "get_group_at_all_remain": at_all_remain,
    "get_msg": message,
    "get_group_file_url": group_file_url,
    "get_private_file_url": private_file_url,
    "get_file": file,
    "get_image": file,
}
