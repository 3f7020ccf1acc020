"""Reads the requests of the API, and cuts connections. Knows no call."""

from __future__ import annotations

from aiohttp import BodyPartReader, web

from simulator.common.values import JsonObject, parse_object
from simulator.wecom import media
from simulator.wecom.errors import ApiError

_MOST_BODY = 32 * 1024 * 1024


async def read_body(request: web.Request) -> JsonObject:
    """The JSON body; read here because the application it is mounted in may have a small cap."""
    parts: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > _MOST_BODY:
            raise ApiError(45002)
        parts.append(chunk)
    body = parse_object(b"".join(parts))
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


def cut(request: web.Request) -> web.StreamResponse:
    """Closes the connection after the work was done, so that the caller never learns of it."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
