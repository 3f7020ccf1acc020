"""Reading WeCom's answers to HTTP calls: JSON with an errcode, or nobody knows (wecom.md 2)."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import aiohttp

from bot.channels.wecom.token import WeComError

TIMEOUT = aiohttp.ClientTimeout(total=15)
OK, SERVER_ERROR = 200, 500
# What can go wrong between us and the platform without an answer of its own.
NETWORK = (aiohttp.ClientError, TimeoutError, OSError)


class BadAnswerError(aiohttp.ClientError):
    """Something between us and the platform answered: nobody knows whether it was done."""


async def told(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """The answer's JSON, whatever its errcode; raises BadAnswerError, WeComError for HTTP 4xx."""
    raw = await answer.read()
    if answer.status >= SERVER_ERROR:
        raise BadAnswerError(f"http {answer.status}")
    if answer.status != OK:
        raise WeComError(-1, f"http {answer.status}")
    try:
        read = json.loads(raw)
    except ValueError:
        raise BadAnswerError("not json") from None
    if not isinstance(read, dict):
        raise BadAnswerError("not an object")
    return read


def taken(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer where the platform took the call; raises WeComError."""
    if code := int(answer.get("errcode") or 0):
        raise WeComError(code, str(answer.get("errmsg", "")))
    return answer


def form(name: str, content: bytes) -> aiohttp.FormData:
    """A file with its name in raw UTF-8: other spellings are refused (wecom.md 2.7)."""
    made = aiohttp.FormData(quote_fields=False)
    made.add_field(
        "media", BytesIO(content), filename=name, content_type="application/octet-stream"
    )
    return made
