"""Rich media: `…/files` and what a file_info stands for (protocol page A7)."""

from __future__ import annotations

import base64
import binascii

from simulator.common.files import sniff
from simulator.common.values import JsonObject, text, whole
from simulator.qq.errors import ApiError
from simulator.qq.platform import Platform, made_up
from simulator.qq.records import Bot, Media, Scene, Upload
from simulator.qq.targets import Target

_KINDS = {1: "image", 2: "video", 3: "voice", 4: "file"}
_SUFFIXES = {"image": "图片.png", "video": "视频.mp4", "voice": "语音.silk", "file": "文件"}


def store(platform: Platform, target: Target, body: JsonObject) -> JsonObject:
    """The answer to …/files; the file is kept under its file_info.

    50035 a bad file_type or base64, 304082 a `url` (the fake reaches no other machine), 304020
    too large, 40034108 a picture that is neither png nor jpg, a video or voice of another kind.
    """
    kind = _KINDS.get(whole(body, "file_type"))
    if kind is None:
        raise ApiError(50035, "file_type")
    if not text(body, "file_data"):
        raise ApiError(304082 if text(body, "url") else 50035)
    try:
        data = base64.b64decode(text(body, "file_data"), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(50035, "file_data") from None
    if not data:
        raise ApiError(50035, "file_data")
    if len(data) > _most(platform, kind):
        raise ApiError(304020)
    _check_format(kind, data)
    name = text(body, "file_name") or _SUFFIXES[kind]
    media = keep(platform, kind, name, data)
    info = made_up("file_info_")
    platform.uploads[info] = Upload(media, target.bot.appid, target.scene, platform.now())
    ttl = int(platform.limits.file_info_life.total_seconds())
    return {"file_uuid": media.id, "file_info": info, "ttl": ttl}


def media_of(platform: Platform, bot: Bot, scene: Scene, info: str) -> Media:
    """40034106: unknown, another bot's, of the other scene, or older than its ttl."""
    found = platform.uploads.get(info)
    if found is None or found.appid != bot.appid or found.scene is not scene:
        raise ApiError(40034106)
    if platform.now() - found.made > platform.limits.file_info_life:
        raise ApiError(40034106, "ttl")
    return found.media


def keep(platform: Platform, kind: str, name: str, data: bytes) -> Media:
    """A file of anybody; served under `attachment_url`."""
    media = Media(made_up(), kind, name, sniff(data), data)
    platform.media[media.id] = media
    return media


def attachment_url(platform: Platform, media: Media) -> str:
    url = f"{platform.base_url}/download/{media.id}"
    return url.partition(":")[2] if platform.faults.bare_urls else url


def _check_format(kind: str, data: bytes) -> None:
    right = {
        "image": sniff(data) in ("image/png", "image/jpeg"),
        "video": data[4:8] == b"ftyp",
        "voice": data[:10].lstrip(b"\x02").startswith(b"#!SILK"),
    }
    if not right.get(kind, True):
        raise ApiError(40034108)


def _most(platform: Platform, kind: str) -> int:
    limits = platform.limits
    return {
        "image": limits.image_bytes,
        "video": limits.video_bytes,
        "voice": limits.voice_bytes,
    }.get(kind, limits.file_bytes)
