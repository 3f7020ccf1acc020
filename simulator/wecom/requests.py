"""Reads the requests of the API. Knows no call."""

from __future__ import annotations

from aiohttp import BodyPartReader, web

from simulator.common.requests import read_raw
from simulator.common.values import JsonObject, parse_object
from simulator.wecom import media
from simulator.wecom.errors import ApiError

_MOST_BODY = 32 * 1024 * 1024


async def read_body(request: web.Request) -> JsonObject:
    """The JSON body; 45002 when it is too large."""
    raw = await read_raw(request, _MOST_BODY)
    if raw is None:
        raise ApiError(45002)
    body = parse_object(raw)
    if body is None:
        raise ApiError(40058, "json")
    return body


async def read_part(request: web.Request, most: int) -> tuple[str, bytes]:
    """The name and bytes of the field `media`; 44001 when there is none."""
    if not request.content_type.startswith("multipart/"):
        raise ApiError(44001)
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "media":
            name = media.file_name(part.headers.get("Content-Disposition", ""))
            data = bytearray()
            while chunk := await part.read_chunk(64 * 1024):
                data += chunk
                if len(data) > most:
                    raise ApiError(45001)
            return name, bytes(data)
    raise ApiError(44001)
