"""Ed25519 signatures of webhooks (protocol page A4). Knows no transport."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_SEED = 32


def seed_of(secret: str) -> bytes:
    """The bot's secret, repeated and cut to 32 bytes; ValueError for an empty one."""
    raw = secret.encode()
    if not raw:
        raise ValueError("empty bot secret")
    return (raw * (_SEED // len(raw) + 1))[:_SEED]


def key_of(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed_of(secret))


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The hex of X-Signature-Ed25519 over timestamp and raw body."""
    return key_of(secret).sign(timestamp.encode() + body).hex()


def verify(secret: str, timestamp: str, body: bytes, signature: str) -> bool:
    """The same the other way round, as the console checks the answer to op 13."""
    try:
        raw = bytes.fromhex(signature)
        key_of(secret).public_key().verify(raw, timestamp.encode() + body)
    except (ValueError, InvalidSignature):
        return False
    return True
