"""Signed values for cookies: what a browser keeps for us and cannot change.

Not secret: whoever holds the cookie can read it, so it names an account and nothing else of a
person. Knows no page and no platform.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime

_MOST = 4096  # what a browser keeps at most


class Signer:
    """Signs with a key that all replicas share; values of one kind never pass for another's."""

    def __init__(self, secret: str, kind: str) -> None:
        """The key is derived from a secret of the settings, so that there is no one more to set."""
        self._key = hmac.digest(secret.encode(), f"shixun/{kind}".encode(), hashlib.sha256)

    def seal(self, fields: Mapping[str, str], until: datetime) -> str:
        """Letters, digits, - and _ and one dot."""
        told = json.dumps({"f": dict(fields), "u": int(until.timestamp())}, separators=(",", ":"))
        body = _encoded(told.encode())
        return f"{body}.{_encoded(self._digest(body))}"

    def read(self, sealed: str, now: datetime) -> Mapping[str, str] | None:
        """What was sealed; None where it was not by us, or is over."""
        body, _, digest = sealed.partition(".")
        # a header may hold any bytes; what is compared and decoded is plain
        if len(sealed) > _MOST or not sealed.isascii():
            return None
        if not hmac.compare_digest(_encoded(self._digest(body)), digest):
            return None
        try:
            told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (binascii.Error, ValueError):
            return None
        fields: Mapping[str, str] = told["f"]
        return fields if now.timestamp() < told["u"] else None

    def _digest(self, body: str) -> bytes:
        return hmac.digest(self._key, body.encode(), hashlib.sha256)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
