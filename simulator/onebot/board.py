"""Puts messages on people's screens: the only writer of the feeds.

One message is one bubble; pictures that stand beside words get a bubble of their own after it.
A quote is not among the words of a bubble; `Message.quotes` tells it.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.common.screen import Kind, Shown
from simulator.onebot.cq import Segment
from simulator.onebot.platform import Platform
from simulator.onebot.records import Group, Media, Message
from simulator.onebot.segments import MEDIA, media_of
from simulator.onebot.world import World

PRIVATE = "bot"  # the name of a private chat with the bot on people's screens
_KINDS = {"image": Kind.IMAGE, "record": Kind.VOICE, "video": Kind.FILE, "file": Kind.FILE}
_MARKS = {"face": "[表情]", "rps": "[猜拳]", "dice": "[骰子]", "json": "[卡片]", "xml": "[卡片]"}
_MARKS |= {"forward": "[聊天记录]", "music": "[音乐]", "poke": "[戳一戳]", "shake": "[窗口抖动]"}
_MARKS |= {"contact": "[名片]", "anonymous": ""}


@dataclass(frozen=True, slots=True)
class _Bubble:
    kind: Kind
    text: str = ""
    title: str = ""
    media: Media | None = None


def show(platform: Platform, message: Message) -> None:
    """Everybody in the chat but the bot sees it; who sent it sees it as their own."""
    world = platform.world
    group = world.groups.get(message.group)
    chat = group.chat_id if group else PRIVATE
    name = world.bot.nickname if message.sender == world.self_id else str(message.sender)
    viewers = group.members if group else (message.peer,)
    for number, bubble in enumerate(_bubbles(world, group, message.segments)):
        suffix = f".{number}" if number else ""
        for viewer in viewers:
            if viewer == world.self_id:
                continue
            shown = Shown(
                id=f"{message.message_id}{suffix}",
                seq=0,
                changed=0,
                kind=bubble.kind,
                chat=chat,
                sender=name,
                mine=viewer == message.sender,
                at=message.at,
                text=bubble.text,
                title=bubble.title,
                media_id=bubble.media.media_id if bubble.media else "",
                file_name=bubble.media.name if bubble.media else "",
                file_size=len(bubble.media.data) if bubble.media else 0,
            )
            world.screens.add(str(viewer), shown)


def notice(platform: Platform, viewers: list[int], chat: str, words: str) -> None:
    """A grey line of the client, such as who joined."""
    world = platform.world
    for viewer in viewers:
        if viewer != world.self_id:
            ident = f"n{world.screens.cursor + 1}"
            line = Shown(
                ident, 0, 0, Kind.NOTICE, chat, "", mine=False, at=platform.now(), text=words
            )
            world.screens.add(str(viewer), line)


def recall(world: World, message: Message) -> None:
    """The bubbles of a message become one line each, on every screen."""
    group = world.groups.get(message.group)
    for viewer in list(group.members) if group else [message.peer]:
        for shown in world.screens.feed(str(viewer)):
            if shown.id.partition(".")[0] == str(message.message_id):
                world.screens.recall(str(viewer), shown.id)


def read(world: World, group: Group | None, segments: list[Segment]) -> str:
    """The words of a message as they are read."""
    return "\n".join(b.text or b.title for b in _bubbles(world, group, segments))


def _bubbles(world: World, group: Group | None, segments: list[Segment]) -> list[_Bubble]:
    words: list[str] = []
    pictures: list[_Bubble] = []
    for segment in segments:
        if segment.type in MEDIA:
            pictures.append(_Bubble(_KINDS[segment.type], media=media_of(world, segment)))
        elif segment.type == "at":
            words.append(_mention(world, group, segment.data.get("qq", "")))
        elif segment.type in ("share", "location"):
            pictures.append(_place(segment))
        else:
            words.append(segment.text or _MARKS.get(segment.type, ""))
    said = "".join(words)
    return ([_Bubble(Kind.TEXT, said)] if said else []) + pictures


def _mention(world: World, group: Group | None, number: str) -> str:
    if number == "all":
        return "@全体成员 "
    name = world.name_in(group, int(number)) if number.isdecimal() else number
    return f"@{name} "


def _place(segment: Segment) -> _Bubble:
    data = segment.data
    if segment.type == "share":
        return _Bubble(Kind.LINK, data.get("content", ""), data.get("title", ""))
    where = f"{data.get('lat', '')},{data.get('lon', '')}"
    return _Bubble(Kind.LOCATION, data.get("title", ""), where)
