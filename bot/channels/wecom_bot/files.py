"""Files over the long connection: fetched by address and decrypted, sent in chunks (4.2, 4.7)."""

from __future__ import annotations

import base64
import hashlib
import logging

from bot.channels.base import FileRefusedError
from bot.channels.fetching import FILE_BYTES, NOT_FETCHED, Fetcher
from bot.channels.wecom.crypto import BadCallbackError, CallbackCrypto
from bot.channels.wecom_bot.link import SocketLink
from bot.channels.wecom_bot.messages import Media
from bot.channels.wecom_bot.wire import Ack
from handlers.contract import Received

logger = logging.getLogger("shixun.wecom_socket")

PADDING = 64
CHUNK_BYTES = 512 * 1024  # before base64; a hundred of them at most


class UploadRefusedError(Exception):
    """The platform did not take a file; nothing has reached anybody."""

    def __init__(self, errcode: int) -> None:
        super().__init__(f"errcode {errcode}")
        self.errcode = errcode


async def fetch(fetcher: Fetcher, media: Media) -> Received:
    """What a person sent; raises FileRefusedError where it is gone, too large or not whole."""
    found = await fetcher.download(media.url, most=FILE_BYTES + PADDING)
    try:
        content = _decrypted(found.data, media.aes_key)
    except (BadCallbackError, ValueError) as error:
        logger.warning("file not opened", extra={"reason": type(error).__name__})
        raise FileRefusedError(NOT_FETCHED) from None
    return Received(name=found.name or media.name, data=content)


def _decrypted(data: bytes, aes_key: str) -> bytes:
    """Raises ValueError for a key of another length, BadCallbackError for broken contents."""
    return CallbackCrypto("", aes_key.rstrip("="), "").open_file(data)


async def upload(link: SocketLink, kind: str, name: str, data: bytes) -> str:
    """Send a file (`kind`: file or image); its media id, which lives three days.

    Raises UploadRefusedError and what SocketLink.call raises; a repeated upload harms nobody.
    """
    pieces = [data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES)]
    begun = _taken(
        await link.call(
            "aibot_upload_media_init",
            {
                "type": kind,
                "filename": name,
                "total_size": len(data),
                "total_chunks": len(pieces),
                "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
            },
        )
    )
    upload_id = str(begun.body.get("upload_id", ""))
    for index, piece in enumerate(pieces):  # from 0, as the official Node SDK counts
        chunk = {
            "upload_id": upload_id,
            "chunk_index": index,
            "base64_data": base64.b64encode(piece).decode(),
        }
        _taken(await link.call("aibot_upload_media_chunk", chunk))
    done = _taken(await link.call("aibot_upload_media_finish", {"upload_id": upload_id}))
    return str(done.body.get("media_id", ""))


def _taken(ack: Ack) -> Ack:
    if ack.errcode:
        raise UploadRefusedError(ack.errcode)
    return ack
