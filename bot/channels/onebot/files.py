"""Files on QQ: fetched by address as soon as they are named, sent inside a frame (qq.md B2, B4)."""

from __future__ import annotations

import base64
import logging

from bot.channels.base import FileRefusedError
from bot.channels.fetching import NOT_FETCHED, Fetcher
from bot.channels.onebot.events import Media, words
from bot.channels.onebot.life import NoAnswerError, NotSentError, Timing
from bot.channels.onebot.line import Line
from handlers.contract import Received

logger = logging.getLogger("shixun.onebot")

# before base64, which adds a third: implementations parse a frame of 2 MB in half a second (B1)
SENT_BYTES = 1_400_000
TOO_LARGE = "（文件「{name}」太大，QQ 这里发不出去，请联系师训部门用别的方式索取。）"


async def fetch(fetcher: Fetcher, line: Line, media: Media, timing: Timing) -> Received:
    """What a person sent; raises FileRefusedError where it is gone or too large."""
    try:
        url = media.url or await _address(line, media, timing)
    except (ValueError, NoAnswerError, NotSentError):
        logger.warning("file has no address")
        raise FileRefusedError(NOT_FETCHED) from None
    return Received(name=media.name, data=(await fetcher.download(url)).data)


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
