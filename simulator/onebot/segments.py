"""Segments on their way out and in: reading an action's message, pictures, what is left out (B4).

Knows no chat; who sees a message is decided elsewhere.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from simulator.common.values import JsonObject, table, text
from simulator.onebot.cq import Segment, dump, parse
from simulator.onebot.errors import BAD_REQUEST, MIXED_NODES, NOTHING_TO_SEND, ActionError, failed
from simulator.onebot.platform import Platform
from simulator.onebot.records import Media
from simulator.onebot.world import World

MEDIA = frozenset(("image", "record", "video", "file"))
_COMMON = frozenset(("text", "at", "reply", "face", "json", "rps", "dice", "forward", "music"))
_RARE = frozenset(("xml", "share", "contact", "location", "poke", "shake", "anonymous"))
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "audio/amr": "amr"}
_BASE64 = "base64://"


def read_message(value: object, *, plain: bool) -> list[Segment]:
    """A string (CQ codes unless `plain`), one segment or a list of them; 1400 for anything else."""
    if isinstance(value, str):
        if not value:
            return []
        return [Segment("text", {"text": value})] if plain else parse(value)
    if isinstance(value, dict):
        return [_segment(value)]
    if isinstance(value, list):
        return [_segment(part) for part in value]
    raise ActionError(BAD_REQUEST, "Key: message, Message: Expected union value")


def _segment(part: object) -> Segment:
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        raise ActionError(BAD_REQUEST, "Key: message, Message: Expected union value")
    data = part.get("data")
    if not isinstance(data, dict) and data is not None:
        raise ActionError(BAD_REQUEST, "Key: message.data, Message: Expected object")
    values = table(part, "data")
    return Segment(part["type"], {name: text(values, name) for name in values})


def is_node(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "node"


def check_nodes(message: object) -> bool:
    """True for a message of forward nodes alone; 1400 when they are mixed (B4)."""
    if not isinstance(message, list) or not any(is_node(part) for part in message):
        return False
    if not all(is_node(part) for part in message):
        raise ActionError(BAD_REQUEST, MIXED_NODES)
    return True


def prepare(platform: Platform, segments: Iterable[Segment], group: int) -> list[Segment]:
    """What will be sent: media uploaded, unsupported parts left out; 1200 when nothing is left."""
    allowed = _COMMON if platform.dialect.lean_segments else _COMMON | _RARE
    ready: list[Segment] = []
    for segment in segments:
        if segment.type in MEDIA:
            ready.append(_uploaded(platform, segment, group))
        elif segment.type == "text":
            ready += [segment] if segment.text else []
        elif segment.type == "reply":
            ready += [segment] if _known(platform.world, segment.data.get("id", "")) else []
        elif segment.type in allowed:
            ready.append(segment)
    if not any(segment.type != "reply" for segment in ready):
        raise failed(NOTHING_TO_SEND)
    return ready


def as_media(platform: Platform, media: Media, kind: str) -> Segment:
    """The segment under which others receive a picture or file."""
    size = str(len(media.data))
    url = platform.media_url(media.media_id)
    if kind == "file":
        data = {"file": media.name, "file_id": media.media_id, "file_size": size, "url": url}
    else:
        ending = _ENDINGS.get(media.content_type, "dat")
        data = {"file": f"{media.media_id}.{ending}", "url": url, "file_size": size}
    return Segment(kind, data)


def media_of(world: World, segment: Segment) -> Media | None:
    """What a picture or file segment shows."""
    named = segment.data.get("file_id") or segment.data.get("file", "").partition(".")[0]
    return world.media.get(named)


def read_bytes(platform: Platform, written: str) -> bytes:
    """base64://, or an address of the fake's own; a path is one on the implementation's machine,
    where no file of the application is (B2), and nothing is fetched from elsewhere."""
    if written.startswith(_BASE64):
        try:
            data = base64.b64decode(written.removeprefix(_BASE64), validate=True)
        except (binascii.Error, ValueError):
            raise failed("base64 解码失败") from None
        if not data:
            raise failed("文件大小为 0")
        return data
    known = platform.world.media.get(written.rpartition("/")[2].partition(".")[0])
    if known is None or written.startswith("file://"):
        raise failed(f"识别URL失败, uri= {written[:200]}")
    return known.data


def wire(platform: Platform, segments: Iterable[Segment]) -> object:
    """The message of an event: an array, or a CQ string where the implementation is so set."""
    listed = list(segments)
    if not platform.array:
        return dump(listed)
    rows: list[JsonObject] = [{"type": s.type, "data": dict(s.data)} for s in listed]
    return rows


def _uploaded(platform: Platform, segment: Segment, group: int) -> Segment:
    written = segment.data.get("file", "")
    if not written:
        raise ActionError(BAD_REQUEST, "Key: message.data.file, Message: Expected string")
    data = read_bytes(platform, written)
    name = segment.data.get("name", "") or segment.type
    return as_media(platform, platform.world.keep(name, data, group), segment.type)


def _known(world: World, written: str) -> bool:
    digits = written.removeprefix("-")
    return digits.isdecimal() and world.recent(int(written)) is not None
