"""The envelope of WeCom callbacks: signature, AES-256-CBC, receive id (wecom.md 1.3).

Strict where the samples in the wild are not: every padding byte is checked and secrets are
compared in constant time. Verify before parsing; any failure is one exception with a reason.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import struct
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

AES_KEY_LENGTH = 43
BLOCK = 32  # PKCS#7 with a block of 32, not AES's 16
HEAD = 20  # 16 random bytes and the length


class BadCallbackError(Exception):
    """A callback that is not WeCom's or not whole; the reason goes to the log only."""


class Sealed(NamedTuple):
    """What goes out: the ciphertext and its signature."""

    encrypt: str
    signature: str


class CallbackCrypto:
    """Opens and seals the messages of one app (receive_id: its corp) or AI bot (empty)."""

    def __init__(self, token: str, aes_key: str, receive_id: str) -> None:
        if len(aes_key) != AES_KEY_LENGTH:
            raise ValueError("EncodingAESKey must have 43 characters")
        self._token = token
        self._receive_id = receive_id.encode()
        key = base64.b64decode(aes_key + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def sign(self, timestamp: str, nonce: str, encrypt: str) -> str:
        """SHA-1 over the sorted four strings, lower-case hex."""
        text = "".join(sorted((self._token, timestamp, nonce, encrypt)))
        return hashlib.sha1(_bytes(text), usedforsecurity=False).hexdigest()

    def open(self, signature: str, timestamp: str, nonce: str, encrypt: str) -> str:
        """The message inside; raises BadCallbackError.

        A bad signature costs what a good one costs: it is decrypted all the same and thrown
        away, so that the time of a refusal tells nothing about the signature.
        """
        expected = self.sign(timestamp, nonce, encrypt)
        true = hmac.compare_digest(_bytes(expected), _bytes(signature))
        inside, problem = "", ""
        try:
            inside = self._unpack(self._decrypted(encrypt))
        except BadCallbackError as refusal:
            problem = str(refusal)
        if not true:
            raise BadCallbackError("signature")
        if problem:
            raise BadCallbackError(problem)
        return inside

    def seal(self, message: str, timestamp: str, nonce: str) -> Sealed:
        """Encrypt and sign a message."""
        body = message.encode()
        raw = os.urandom(16) + struct.pack(">I", len(body)) + body + self._receive_id
        pad = BLOCK - len(raw) % BLOCK
        encryptor = self._cipher.encryptor()
        blob = encryptor.update(raw + bytes([pad]) * pad) + encryptor.finalize()
        encrypt = base64.b64encode(blob).decode()
        return Sealed(encrypt, self.sign(timestamp, nonce, encrypt))

    def open_file(self, blob: bytes) -> bytes:
        """A file or picture that came encrypted with the same key (wecom.md 4.2)."""
        if not blob or len(blob) % 16:
            raise BadCallbackError("block size")
        decryptor = self._cipher.decryptor()
        return _unpad(decryptor.update(blob) + decryptor.finalize())

    def _decrypted(self, encrypt: str) -> bytes:
        try:
            blob = base64.b64decode(encrypt, validate=True)
        except (binascii.Error, ValueError):
            raise BadCallbackError("base64") from None
        if not blob or len(blob) % 16:
            raise BadCallbackError("block size")
        decryptor = self._cipher.decryptor()
        return decryptor.update(blob) + decryptor.finalize()

    def _unpack(self, raw: bytes) -> str:
        raw = _unpad(raw)
        if len(raw) < HEAD:
            raise BadCallbackError("short")
        length = struct.unpack(">I", raw[16:HEAD])[0]
        if length > len(raw) - HEAD:
            raise BadCallbackError("length")
        if not hmac.compare_digest(raw[HEAD + length :], self._receive_id):
            raise BadCallbackError("receive id")
        try:
            return raw[HEAD : HEAD + length].decode()
        except UnicodeDecodeError:
            raise BadCallbackError("utf-8") from None


def _bytes(text: str) -> bytes:
    """UTF-8; half a surrogate pair, which JSON can name, must only fail to match."""
    return text.encode(errors="surrogatepass")


def _unpad(raw: bytes) -> bytes:
    pad = raw[-1]
    if not 1 <= pad <= BLOCK or pad > len(raw) or raw[-pad:] != bytes([pad]) * pad:
        raise BadCallbackError("padding")
    return raw[:-pad]
