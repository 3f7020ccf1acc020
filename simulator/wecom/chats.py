"""App group chats and group webhook robots (protocol page 2.6 and 3)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import replace

from simulator.common.files import sniff
from simulator.common.screen import Kind
from simulator.common.values import JsonObject, cut_bytes, rows, table, text, words
from simulator.wecom import board
from simulator.wecom.card_checks import check_card
from simulator.wecom.cards import draw
from simulator.wecom.content import (
    CHAT_TYPES,
    Content,
    card_content,
    find_media,
    media_content,
    read_articles,
    read_content,
    read_markdown,
)
from simulator.wecom.errors import ApiError
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.state import App, Corp, Group, Media, Robot

_CHAT_ID = re.compile(r"[0-9A-Za-z]+")
_MENTION = re.compile(r"<@([^<>]+)>")
_ROBOT_CARDS = {"text_notice", "news_notice"}


def create(platform: Platform, corp: Corp, app: App, body: JsonObject) -> JsonObject:
    """appchat/create: only for an app that sees the root department."""
    _check_root(app)
    limits = platform.limits
    chat_id = text(body, "chatid") or made_up("wr").replace("-", "x").replace("_", "y")[:30]
    if not _CHAT_ID.fullmatch(chat_id) or len(chat_id) > limits.chat_id_chars:
        raise ApiError(86001)
    if chat_id in corp.groups:
        raise ApiError(86215)
    members = list(dict.fromkeys(words(body, "userlist")))
    if not limits.chat_members_least <= len(members) <= limits.chat_members_most:
        raise ApiError(86006)
    _check_members(corp, app, members)
    owner = text(body, "owner") or members[0]
    if owner.casefold() not in (userid.casefold() for userid in members):
        raise ApiError(86005)
    if not corp.counters.take("chat_create", limits.chat_create, platform.now()):
        raise ApiError(45009)
    name = _chat_name(platform, text(body, "name")) or "群聊"
    corp.groups[chat_id] = Group(chat_id, name, members, owner, owner_app=app.agent_id)
    return {"chatid": chat_id}


def update(platform: Platform, corp: Corp, app: App, body: JsonObject) -> JsonObject:
    group = _own_group(corp, app, text(body, "chatid"))
    if not corp.counters.take("chat_update", platform.limits.chat_update, platform.now()):
        raise ApiError(45009)
    added, removed = words(body, "add_user_list"), words(body, "del_user_list")
    _check_members(corp, app, added)
    gone = {userid.casefold() for userid in removed}
    kept = [userid for userid in group.members if userid.casefold() not in gone]
    known = {userid.casefold() for userid in kept}
    members = kept + [userid for userid in added if userid.casefold() not in known]
    least, most = platform.limits.chat_members_least, platform.limits.chat_members_most
    if not least <= len(members) <= most:
        raise ApiError(86006)
    owner = text(body, "owner") or group.owner
    if owner.casefold() not in (userid.casefold() for userid in members):
        raise ApiError(86005)
    group.name = _chat_name(platform, text(body, "name")) or group.name
    group.members, group.owner = members, owner
    return {}


def describe(corp: Corp, app: App, chat_id: str) -> JsonObject:
    group = _own_group(corp, app, chat_id)
    return {
        "chat_info": {
            "chatid": group.chat_id,
            "name": group.name,
            "owner": group.owner,
            "userlist": list(group.members),
            "chat_type": 0,
        }
    }


def send(platform: Platform, corp: Corp, app: App, body: JsonObject) -> JsonObject:
    """appchat/send: no template_card; too many for one member are dropped silently."""
    group = _own_group(corp, app, text(body, "chatid"))
    content = read_content(platform, corp, body, CHAT_TYPES)
    if content.kind is Kind.TEXT:
        content = _mentioning(corp, content, table(body, "text"))
    rates = platform.limits.chat_person_times
    if not corp.counters.take("chat_send", rates, platform.now(), len(group.members)):
        raise ApiError(45009)
    _show_in_group(platform, corp, group, content, app.name)
    return {}


def check_empty(body: JsonObject) -> None:
    """What the platform refuses before it looks at a robot's key: 44004, 44001 (3)."""
    kind = text(body, "msgtype")
    part = table(body, kind)
    if kind in ("text", "markdown", "markdown_v2") and not text(part, "content"):
        raise ApiError(44004)
    if kind == "image" and not text(part, "base64"):
        raise ApiError(44001)


def robot_send(platform: Platform, corp: Corp, robot: Robot, body: JsonObject) -> JsonObject:
    """webhook/send: send-only, twenty a minute."""
    content = _robot_content(platform, corp, robot, body)
    if not robot.enabled:
        raise ApiError(93004)
    group = corp.groups.get(robot.chat_id)
    if group is None or robot.key not in group.robots:
        raise ApiError(93008)
    key = f"webhook:{robot.key}"
    if not corp.counters.take(key, platform.limits.webhook, platform.now()):
        raise ApiError(45009)
    _show_in_group(platform, corp, group, content, robot.name, limited=False)
    return {}


def _robot_content(platform: Platform, corp: Corp, robot: Robot, body: JsonObject) -> Content:
    kind = text(body, "msgtype")
    part = table(body, kind)
    if kind in ("markdown", "markdown_v2"):
        content = read_markdown(part, platform.limits.webhook_markdown_bytes)
        # markdown_v2 knows no mentions
        return _mentioning(corp, content, {}) if kind == "markdown" else content
    if kind == "text":
        said = cut_bytes(text(part, "content"), platform.limits.text_bytes)
        return _mentioning(corp, Content(Kind.TEXT, said), part)
    if kind == "image":
        return _robot_image(platform, corp, part)
    if kind in ("file", "voice"):
        return media_content(find_media(platform, corp, text(part, "media_id"), kind, robot.key))
    if kind == "news":
        if not all(text(article, "url") for article in rows(part, "articles")):
            raise ApiError(40058, "url")
        return card_content(read_articles(platform, part, kind))
    if kind == "template_card" and text(part, "card_type") in _ROBOT_CARDS:
        check_card(part)
        if text(part, "card_type") == "news_notice" and not table(part, "card_image"):
            raise ApiError(42044)
        return card_content(draw(part))
    raise ApiError(40008, kind)


def _mentioning(corp: Corp, content: Content, part: JsonObject) -> Content:
    """`<@userid>` as the client shows it, and the mentioned ones at the end."""
    said = _MENTION.sub(lambda found: "@" + _name(corp, found[1]), content.text)
    names = [_name(corp, userid) for userid in words(part, "mentioned_list")]
    for mobile in words(part, "mentioned_mobile_list"):
        known = [m.name for m in corp.members.values() if m.mobile and m.mobile == mobile]
        names += ["所有人"] if mobile == "@all" else known
    return replace(content, text=" ".join([said, *("@" + name for name in names)]))


def _robot_image(platform: Platform, corp: Corp, part: JsonObject) -> Content:
    try:
        data = base64.b64decode(text(part, "base64"), validate=True)
    except binascii.Error:
        raise ApiError(40058, "base64") from None
    if not data or len(data) > platform.limits.webhook_image_bytes:
        raise ApiError(40009 if data else 44001)
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != text(part, "md5").lower():
        raise ApiError(40058, "md5")
    if sniff(data) not in ("image/png", "image/jpeg"):
        raise ApiError(40004)
    media = Media(made_up("IMG"), "image", "image", sniff(data), data, platform.now())
    corp.media[media.media_id] = media
    return media_content(media)


def _show_in_group(
    platform: Platform,
    corp: Corp,
    group: Group,
    content: Content,
    sender: str,
    *,
    limited: bool = True,
) -> None:
    message_id = platform.next_id()
    rates = platform.limits.member_from_chats
    for userid in group.members:
        key = f"chats:{userid.casefold()}"
        if limited and not corp.counters.take(key, rates, platform.now()):
            platform.drop("member_from_chats", userid, content.text or content.title)
            continue
        board.show(
            platform,
            corp,
            userid,
            content,
            message_id=message_id,
            chat=group.chat_id,
            sender=sender,
        )


def _check_root(app: App) -> None:
    if app.visible is not None:
        raise ApiError(48002)


def _check_members(corp: Corp, app: App, userids: list[str]) -> None:
    for userid in userids:
        member = corp.member(userid)
        if member is None or not corp.sees(app, member):
            raise ApiError(86216, userid)


def _own_group(corp: Corp, app: App, chat_id: str) -> Group:
    _check_root(app)
    group = corp.groups.get(chat_id)
    if group is None:
        raise ApiError(40050 if not chat_id else 86003)
    if group.owner_app != app.agent_id:
        raise ApiError(86008)
    return group


def _chat_name(platform: Platform, name: str) -> str:
    if len(name) > platform.limits.chat_name_chars:
        raise ApiError(86004)
    return name


def _name(corp: Corp, userid: str) -> str:
    member = corp.member(userid)
    return "所有人" if userid == "@all" else member.name if member else userid
