"""What people send along on QQ, fetched after the event was acknowledged (qq.md A5)."""

from __future__ import annotations

from bot.channels.base import FileRefusedError
from bot.channels.fetching import FILE_BYTES, NOT_FETCHED, Fetcher
from bot.channels.qq.events import Attachment
from handlers.contract import Received


async def fetch(fetcher: Fetcher, attachment: Attachment) -> Received:
    """The file; raises FileRefusedError where it is gone or too large."""
    if attachment.size > FILE_BYTES:
        raise FileRefusedError(NOT_FETCHED)
    found = await fetcher.download(attachment.url)
    return Received(name=attachment.name or found.name or "文件", data=found.data)
