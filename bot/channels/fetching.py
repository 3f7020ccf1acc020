"""What people send along, by its address: fetched under a size cap. Knows no platform."""

from __future__ import annotations

import logging

import aiohttp

from bot.channels.base import FileRefusedError

logger = logging.getLogger("shixun.fetching")

FILE_BYTES = 20 * 1024 * 1024
NOT_FETCHED = "文件没有取到（可能已过期或超过 20 MB），请再发一次。"
_PIECE = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=30)


async def download(url: str) -> bytes:
    """The bytes behind an address; raises FileRefusedError where they are gone or too many."""
    data = bytearray()
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(url) as answer,
        ):
            answer.raise_for_status()
            async for piece in answer.content.iter_chunked(_PIECE):
                data += piece
                if len(data) > FILE_BYTES:
                    raise FileRefusedError(NOT_FETCHED)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # the address itself is a key to the file and stays out of the log
        logger.warning("file not fetched", extra={"reason": type(error).__name__})
        raise FileRefusedError(NOT_FETCHED) from None
    return bytes(data)
