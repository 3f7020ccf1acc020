"""Media uploads of an AI bot in chunks: init, chunks in any order, finish (protocol page 4.7)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from simulator.common.values import JsonObject, text, whole
from simulator.wecom import media
from simulator.wecom.errors import ApiError
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.state import AiBot, Corp


@dataclass(slots=True)
class _Upload:
    bot_id: str
    kind: str
    name: str
    size: int
    count: int
    md5: str
    begun: datetime
    chunks: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Uploads:
    """The uploads that are under way, each for half an hour."""

    platform: Platform
    _open: dict[str, _Upload] = field(default_factory=dict)

    def do(self, corp: Corp, bot: AiBot, cmd: str, body: JsonObject) -> JsonObject:
        """40058 for an unknown, expired or incomplete upload; 45009 beyond 30 a minute."""
        step = cmd.removeprefix("aibot_upload_media_")
        if step == "init":
            return self._init(corp, bot, body)
        upload = self._open.get(text(body, "upload_id"))
        if upload is None or upload.bot_id != bot.bot_id:
            raise ApiError(40058, "upload_id")
        if self.platform.now() - upload.begun > self.platform.limits.upload_life:
            raise ApiError(40058, "upload_id expired")
        if step == "chunk":
            self._chunk(upload, body)
            return {}
        if step == "finish":
            return self._finish(corp, upload, text(body, "upload_id"))
        raise ApiError(40058, "cmd")

    def _init(self, corp: Corp, bot: AiBot, body: JsonObject) -> JsonObject:
        limits, kind, size = self.platform.limits, text(body, "type"), whole(body, "total_size")
        count, name = whole(body, "total_chunks"), text(body, "filename")
        if kind not in media.APP_KINDS:
            raise ApiError(40005)
        if size < limits.media_least:
            raise ApiError(40006)
        if size > media.most_bytes(self.platform, kind):
            raise ApiError(45001)
        if not 1 <= count <= limits.chunks or size > count * limits.chunk_bytes:
            raise ApiError(40058, "total_chunks")
        if not name:
            raise ApiError(40058, "filename")
        key = f"bot_upload:{bot.bot_id}"
        if not corp.counters.take(key, limits.bot_uploads, self.platform.now()):
            raise ApiError(45009)
        ident = made_up("UP")
        md5 = text(body, "md5").lower()
        self._open[ident] = _Upload(bot.bot_id, kind, name, size, count, md5, self.platform.now())
        return {"upload_id": ident}

    def _chunk(self, upload: _Upload, body: JsonObject) -> None:
        index = whole(body, "chunk_index", -1)
        # The SDK counts from 0, the documented example from 1: both are taken (4.7).
        if not 0 <= index <= upload.count:
            raise ApiError(40058, "chunk_index")
        try:
            data = base64.b64decode(text(body, "base64_data"), validate=True)
        except (binascii.Error, ValueError):
            raise ApiError(40058, "base64_data") from None
        if not data:
            raise ApiError(44001)
        if len(data) > self.platform.limits.chunk_bytes:
            raise ApiError(45001)
        upload.chunks[index] = data

    def _finish(self, corp: Corp, upload: _Upload, ident: str) -> JsonObject:
        first = min(upload.chunks, default=0)
        if sorted(upload.chunks) != list(range(first, first + upload.count)):
            raise ApiError(40058, "chunks missing")
        data = b"".join(upload.chunks[index] for index in sorted(upload.chunks))
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if len(data) != upload.size or (upload.md5 and digest != upload.md5):
            raise ApiError(40058, "md5 or total_size")
        stored = media.store(
            self.platform, corp, upload.kind, upload.name, data, owner=f"bot:{upload.bot_id}"
        )
        del self._open[ident]
        return media.stored_view(stored)
