"""What people send along: fetched after the event was acknowledged, under a size cap (qq.md A5)."""

from __future__ import annotations

import logging

import aiohttp

from bot.channels.base import FileRefusedError
from bot.channels.qq.events import Attachment
from handlers.contract import Received

logger = logging.getLogger("shixun.qq")

FILE_BYTES = 20 * 1024 * 1024
_PIECE = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=30)
NOT_FETCHED = "文件没有取到（可能已过期或超过 20 MB），请再发一次。"


async def fetch(attachment: Attachment) -> Received:
    """The file; raises FileRefusedError where it is gone or too large."""
    if attachment.size > FILE_BYTES:
        raise FileRefusedError(NOT_FETCHED)
    data = bytearray()
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(attachment.url) as answer,
        ):
            answer.raise_for_status()
            async for piece in answer.content.iter_chunked(_PIECE):
                data += piece
                if len(data) > FILE_BYTES:
                    raise FileRefusedError(NOT_FETCHED)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        logger.warning("file not fetched", exc_info=True)
        raise FileRefusedError(NOT_FETCHED) from None
    return Received(name=attachment.name or "文件", data=bytes(data))
