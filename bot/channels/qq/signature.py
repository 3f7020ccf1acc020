"""The webhook's Ed25519 signature and the check of its address (qq.md A4).

The platform derives the key from the bot's secret and so do we: one key signs events and the
answer to the address check. Whoever lets us sign anything holds our seal, therefore the check
signs only what cannot be an event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_SEED_BYTES, _SIGNATURE_BYTES = 32, 64
_HIGH_BITS = 224  # of the last byte: S must be reduced
_HEX = re.compile(r"[0-9A-Fa-f]{128}\Z")
# no brace, no quote, no space: never a JSON object, so never an event
_PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_+./=-]{1,256}\Z")
_EVENT_TS = re.compile(r"[0-9]{1,16}\Z")


@lru_cache(maxsize=4)
def key(secret: str) -> Ed25519PrivateKey:
    """The secret as UTF-8, repeated to 32 bytes. Raises ValueError for an empty secret."""
    seed = secret.encode()
    if not seed:
        raise ValueError("empty bot secret")
    return Ed25519PrivateKey.from_private_bytes((seed * (_SEED_BYTES // len(seed) + 1))[:32])


def verified(secret: str, timestamp: str, body: bytes, signature: str) -> bool:
    """Whether the platform signed exactly these bytes."""
    if not _HEX.match(signature) or not _EVENT_TS.match(timestamp):
        return False
    signed = bytes.fromhex(signature)
    if signed[_SIGNATURE_BYTES - 1] & _HIGH_BITS:
        return False
    try:
        key(secret).public_key().verify(signed, timestamp.encode() + body)
    except InvalidSignature:
        return False
    return True


def address_check(secret: str, d: object) -> Mapping[str, str] | None:
    """The answer to op 13; None for what must not be signed."""
    asked: Mapping[str, Any] = d if isinstance(d, dict) else {}
    token, moment = asked.get("plain_token"), asked.get("event_ts")
    if not isinstance(token, str) or not isinstance(moment, str):
        return None
    if not _PLAIN_TOKEN.match(token) or not _EVENT_TS.match(moment):
        return None
    return {"plain_token": token, "signature": key(secret).sign((moment + token).encode()).hex()}
