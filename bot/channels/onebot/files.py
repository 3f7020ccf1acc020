"""Files on QQ: fetched by address as soon as they are named, sent inside a frame (qq.md B2, B4)."""

from __future__ import annotations

import base64
import logging

import aiohttp

from bot.channels.base import FileRefusedError
from bot.channels.onebot.events import Media, words
from bot.channels.onebot.life import NoAnswerError, NotSentError, Timing
from bot.channels.onebot.line import Line
from handlers.contract import Received

logger = logging.getLogger("shixun.onebot")

FILE_BYTES = 20 * 1024 * 1024
# before base64, which adds a third: implementations parse a frame of 2 MB in half a second (B1)
SENT_BYTES = 1_400_000
CHUNK_BYTES = 512 * 1024
FETCH_TIMEOUT = aiohttp.ClientTimeout(total=30)
NOT_FETCHED = "文件没有取到（可能已过期或超过 20 MB），请再发一次。"
TOO_LARGE = "（文件「{name}」太大，QQ 这里发不出去，请联系师训部门用别的方式索取。）"


async def fetch(line: Line, media: Media, timing: Timing) -> Received:
    """What a person sent; raises FileRefusedError where it is gone or too large."""
    try:
        url = media.url or await _address(line, media, timing)
        data = bytearray()
        async with (
            aiohttp.ClientSession(timeout=FETCH_TIMEOUT) as session,
            session.get(url) as answer,
        ):
            answer.raise_for_status()
            async for piece in answer.content.iter_chunked(CHUNK_BYTES):
                data += piece
                if len(data) > FILE_BYTES:
                    raise FileRefusedError(NOT_FETCHED)
    except (aiohttp.ClientError, TimeoutError, ValueError, NoAnswerError, NotSentError):
        logger.warning("file not fetched", exc_info=True)
        raise FileRefusedError(NOT_FETCHED) from None
    return Received(name=media.name, data=bytes(data))


async def _address(line: Line, media: Media, timing: Timing) -> str:
    """Where a file that came without an address is; raises ValueError.

    Extensions of NapCat and LLBot, from memory: the protocol page does not name them.
    """
    if media.group:
        action, params = "get_group_file_url", {"group_id": int(media.group)}
    else:
        action, params = "get_private_file_url", {}
    answer = await line.call(action, {**params, "file_id": media.file_id}, timing.words)
    url = words(answer.data, "url")
    if not url.startswith(("http://", "https://")):
        raise ValueError("no address")
    return url


def embedded(data: bytes) -> str:
    """Bytes as a file parameter; paths would be paths on the implementation's machine (B2)."""
    return "base64://" + base64.b64encode(data).decode()
