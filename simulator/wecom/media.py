"""Temporary media: limits, kinds, upload and download (protocol page 2.7)."""

from __future__ import annotations

from email.message import Message

from simulator.common.files import sniff
from simulator.common.values import JsonObject
from simulator.wecom.errors import ApiError
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.state import Corp, Media

APP_KINDS = frozenset(("image", "voice", "video", "file"))
ROBOT_KINDS = frozenset(("file", "voice"))


def store(
    platform: Platform,
    corp: Corp,
    kind: str,
    name: str,
    data: bytes,
    *,
    owner: str = "",
    kinds: frozenset[str] = APP_KINDS,
) -> Media:
    """40005 bad type, 40006 too small, 45001 too large, 40004 not a picture WeCom accepts.

    owner: whose alone it is: a webhook robot's key, `bot:ID`, or empty for the corp's apps.
    """
    if kind not in kinds:
        raise ApiError(40005)
    if not data:
        raise ApiError(44001)
    if len(data) < platform.limits.media_least:
        raise ApiError(40006)
    if len(data) > most_bytes(platform, kind):
        raise ApiError(45001)
    if kind == "image" and sniff(data) not in ("image/png", "image/jpeg"):
        raise ApiError(40004)
    if kind == "voice" and sniff(data) != "audio/amr":
        raise ApiError(40004)
    media = Media(made_up("MED"), kind, name, sniff(data), data, platform.now(), owner)
    corp.media[media.media_id] = media
    return media


def stored_view(stored: Media) -> JsonObject:
    """The answer to an upload; created_at is a string there (2.7)."""
    created = str(int(stored.created.timestamp()))
    return {"type": stored.kind, "media_id": stored.media_id, "created_at": created}


def most_bytes(platform: Platform, kind: str) -> int:
    limits = platform.limits
    return {
        "image": limits.image_bytes,
        "voice": limits.voice_bytes,
        "video": limits.video_bytes,
    }.get(kind, limits.file_bytes)


def file_name(disposition: str) -> str:
    """The name in a part's Content-Disposition; 44001 for `filename*=`, which WeCom refuses."""
    if "filename*" in disposition.lower():
        raise ApiError(44001)
    parsed = Message()
    parsed["Content-Disposition"] = disposition
    name = parsed.get_filename("")
    if not name:
        raise ApiError(44001)
    return str(name).replace("/", "_").replace("\\", "_")
