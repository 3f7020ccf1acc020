"""The callback envelope of WeCom: signature, AES, padding (protocol page 1.3).

Written from the protocol page alone, and strict: what is not exactly right is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_LENGTH = 43
_BLOCK = 32
_AES_BLOCK = 16
_PREFIX = 16
_HEAD = 20


class EnvelopeError(ValueError):
    """An envelope that must not be accepted; the text names the first check that failed."""


class Envelope:
    """Signs, encrypts and opens the envelopes of one (token, key, receive id)."""

    def __init__(self, token: str, aes_key: str, receive_id: str) -> None:
        """ValueError unless the key is 43 characters of base64."""
        if len(aes_key) != KEY_LENGTH:
            raise ValueError("EncodingAESKey must have 43 characters")
        try:
            self._key = base64.b64decode(aes_key + "=", validate=True)
        except binascii.Error:
            raise ValueError("EncodingAESKey is not base64") from None
        self._token = token
        self._receive_id = receive_id.encode()

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        parts = sorted(part.encode() for part in (self._token, timestamp, nonce, encrypted))
        return hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()

    def seal(self, message: str, prefix: bytes | None = None) -> str:
        """The base64 ciphertext of `message`; `prefix` (16 bytes) is random unless given."""
        body = message.encode()
        head = secrets.token_bytes(_PREFIX) if prefix is None else prefix
        raw = head + len(body).to_bytes(4, "big") + body + self._receive_id
        return base64.b64encode(self._run(_padded(raw), decrypt=False)).decode()

    def open(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> str:
        """The message inside; EnvelopeError when any check fails, the signature first."""
        expected = self.signature(timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise EnvelopeError("signature")
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise EnvelopeError("base64") from None
        if not sealed or len(sealed) % _AES_BLOCK:
            raise EnvelopeError("block size")
        raw = _unpadded(self._run(sealed, decrypt=True))
        if len(raw) < _HEAD:
            raise EnvelopeError("too short")
        end = _HEAD + int.from_bytes(raw[_PREFIX:_HEAD], "big")
        if end > len(raw):
            raise EnvelopeError("length")
        if not hmac.compare_digest(raw[end:], self._receive_id):
            raise EnvelopeError("receive id")
        try:
            return raw[_HEAD:end].decode()
        except UnicodeDecodeError:
            raise EnvelopeError("utf-8") from None

    def seal_bytes(self, data: bytes) -> bytes:
        """A media file as the AI bot's download address serves it (protocol page 4.2)."""
        return self._run(_padded(data), decrypt=False)

    def _run(self, data: bytes, *, decrypt: bool) -> bytes:
        cipher = Cipher(algorithms.AES(self._key), modes.CBC(self._key[:_AES_BLOCK]))
        worker = cipher.decryptor() if decrypt else cipher.encryptor()
        return worker.update(data) + worker.finalize()


def _padded(raw: bytes) -> bytes:
    count = _BLOCK - len(raw) % _BLOCK
    return raw + bytes([count]) * count


def _unpadded(raw: bytes) -> bytes:
    count = raw[-1]
    if not 1 <= count <= _BLOCK or count > len(raw) or raw[-count:] != bytes([count]) * count:
        raise EnvelopeError("padding")
    return raw[:-count]
