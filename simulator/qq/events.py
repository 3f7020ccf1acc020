"""The `d` of each event (protocol page A5, A8). Knows no transport and no screen."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from simulator.common.values import JsonObject
from simulator.qq.platform import Platform
from simulator.qq.records import Bot, Group, Hears, Interaction, Media, Person, bits
from simulator.qq.uploads import attachment_url

_QUOTE = 103  # message_type of an answer to a message
_PRESSED = 11  # data.type of a keyboard's button
_GROUP_CHAT, _USER_CHAT = 1, 2

# Which intent an event needs (A3); what is not here always comes.
INTENTS = {
    "GROUP_MEMBER_ADD": bits(24),
    "GROUP_MEMBER_REMOVE": bits(24),
    "GROUP_MEMBER_QUIT": bits(24),
    "INTERACTION_CREATE": bits(26),
    "MESSAGE_AUDIT_PASS": bits(27),
    "MESSAGE_AUDIT_REJECT": bits(27),
} | dict.fromkeys(
    (
        "C2C_MESSAGE_CREATE",
        "GROUP_AT_MESSAGE_CREATE",
        "GROUP_MESSAGE_CREATE",
        "FRIEND_ADD",
        "FRIEND_DEL",
        "C2C_MSG_REJECT",
        "C2C_MSG_RECEIVE",
        "GROUP_ADD_ROBOT",
        "GROUP_DEL_ROBOT",
        "GROUP_MSG_REJECT",
        "GROUP_MSG_RECEIVE",
    ),
    bits(25),
)

# Which events can be answered by event_id (A7).
REPLYABLE = frozenset(
    (
        "INTERACTION_CREATE",
        "C2C_MSG_RECEIVE",
        "FRIEND_ADD",
        "GROUP_ADD_ROBOT",
        "GROUP_MSG_RECEIVE",
    )
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person has sent, before any bot is told.

    mentions: the accounts that are mentioned · everybody: @全体成员 · quoted: id and words of
    the message it answers
    """

    id: str
    words: str
    mentions: tuple[str, ...] = ()
    everybody: bool = False
    media: tuple[Media, ...] = ()
    transcript: str = ""
    quoted: tuple[str, str] | None = None


def new_id(name: str) -> str:
    """A payload id of the shape of A4: opaque."""
    return f"{name}:{secrets.token_hex(16)}"


def private_message(platform: Platform, bot: Bot, person: Person, said: Said) -> JsonObject:
    openid = platform.user_openid(bot, person.account)
    author: JsonObject = {"id": openid, "user_openid": openid, "union_openid": ""}
    return _message(platform, said, said.words or " ") | {"author": author}


def group_message(
    platform: Platform, bot: Bot, group: Group, person: Person, said: Said
) -> tuple[str, JsonObject]:
    """The event's name and data: which of the two follows from what the group lets it hear."""
    member = platform.member_openid(bot, group, person.account)
    openid = platform.group_openid(bot, group)
    role = "admin" if person.account in group.admins else "member"
    author: JsonObject = {
        "id": member,
        "member_openid": member,
        "union_openid": "",
        "username": person.name,
        "bot": False,
        "member_role": role,
    }
    hears_all = group.seats[bot.appid].hears is Hears.ALL
    own = platform.member_openid(bot, group, bot.appid)
    mentioned = [a for a in said.mentions if hears_all or a != bot.appid]
    marks = "".join(f"<@{platform.member_openid(bot, group, a)}> " for a in mentioned)
    words = marks + said.words if hears_all else f" {marks}{said.words}"
    mentions = [
        _mention(platform, group, account, platform.member_openid(bot, group, account), own)
        for account in mentioned
    ]
    if said.everybody:
        mentions.append({"scope": "all", "is_you": False})
    data = _message(platform, said, words or " ")
    data |= {"author": author, "group_id": openid, "group_openid": openid, "mentions": mentions}
    return ("GROUP_MESSAGE_CREATE" if hears_all else "GROUP_AT_MESSAGE_CREATE"), data


def attachment(platform: Platform, media: Media, transcript: str) -> JsonObject:
    kinds = {"video": "video/mp4", "voice": "voice", "file": "file"}
    found: JsonObject = {
        "content_type": kinds.get(media.kind, media.content_type),
        "filename": media.name,
        "size": len(media.data),
        "url": attachment_url(platform, media),
    }
    if media.kind == "image":
        found |= {"width": 1080, "height": 1920}
    if media.kind == "voice":
        found |= {"voice_wav_url": attachment_url(platform, media), "asr_refer_text": transcript}
    return found


def interaction(
    platform: Platform, bot: Bot, group: Group | None, pressed: Interaction, message: str
) -> JsonObject:
    """INTERACTION_CREATE of a callback button (A8)."""
    data: JsonObject = {
        "id": pressed.id,
        "application_id": bot.appid,
        "type": _PRESSED,
        "scene": "group" if group else "c2c",
        "chat_type": _GROUP_CHAT if group else _USER_CHAT,
        "timestamp": platform.written(),
        "version": 1,
    }
    resolved: JsonObject = {
        "button_data": pressed.button_data,
        "button_id": pressed.button_id,
        "message_id": message,
    }
    if group is not None:
        data["group_openid"] = platform.group_openid(bot, group)
        data["group_member_openid"] = platform.member_openid(bot, group, pressed.account)
    else:
        data["user_openid"] = platform.user_openid(bot, pressed.account)
    return data | {"data": {"type": _PRESSED, "resolved": resolved}}


def in_group(platform: Platform, bot: Bot, group: Group, operator: str) -> JsonObject:
    """The three fields of GROUP_ADD_ROBOT, GROUP_DEL_ROBOT, GROUP_MSG_REJECT, GROUP_MSG_RECEIVE."""
    return {
        "timestamp": platform.stamp(),
        "group_openid": platform.group_openid(bot, group),
        "op_member_openid": platform.member_openid(bot, group, operator),
    }


def of_person(platform: Platform, bot: Bot, account: str) -> JsonObject:
    """The fields of FRIEND_DEL, C2C_MSG_REJECT and C2C_MSG_RECEIVE."""
    return {"timestamp": platform.stamp(), "openid": platform.user_openid(bot, account)}


def odd(data: JsonObject) -> JsonObject:
    """The same with fields that nobody has documented."""
    return data | {"new_in_2027": {"list": [None, {"deep": True}]}, "msg_elements": None}


def _message(platform: Platform, said: Said, words: str) -> JsonObject:
    index = f"msg_idx=REFIDX_{said.id[9:21]}"
    data: JsonObject = {
        "id": said.id,
        "content": words,
        "timestamp": platform.written(),
        "message_type": 0,
        "message_scene": {"source": "default", "ext": [index]},
        "attachments": [attachment(platform, one, said.transcript) for one in said.media],
    }
    if said.quoted is not None:
        ident, quoted = said.quoted
        ext = [index, f"ref_msg_idx=REFIDX_{ident[9:21]}"]
        data |= {
            "message_type": _QUOTE,
            "message_scene": {"source": "default", "ext": ext},
            "msg_elements": [{"msg_idx": f"REFIDX_{ident[9:21]}", "content": quoted}],
        }
    return data


def _mention(platform: Platform, group: Group, account: str, openid: str, own: str) -> JsonObject:
    bot = platform.bots.get(account)
    name = bot.name if bot else platform.people[account].name
    return {
        "scope": "single",
        "id": openid,
        "member_openid": openid,
        "username": name,
        "bot": account in group.seats,
        "is_you": openid == own,
    }
