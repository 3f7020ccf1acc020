"""The callback envelope: vectors of others, and properties that every strict one has."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.crypto import BadCallbackError, CallbackCrypto
from simulator.wecom.crypto import Envelope

TOKEN, CORP = "tkVector1", "ww0123456789abcdef"
KEY = "hoFp++Fb8H6oAkD0knLzjXEaTayjtRh0I7G9pDUP5xU"
CRYPTO = CallbackCrypto(TOKEN, KEY, CORP)
STAMP, NONCE = "1760000001", "n0nceA1"

# Made with openssl, so that something is compared where ../shared is absent: a full pad of 32, a
# pad of 17 that AES-block unpadders refuse, and a pad byte of zero that nobody may accept.
PAD_32 = (
    "pdlHSgAl2XK8maNAwi6ABvGhhH1Un6NwX013hATPZqEYyhyBOlVJVTYQslj2pz3IZJN+HcfjP0uza2/4wu3NyEOac+NB"
    "N4IUQthjAW2GqUeeeYdiQ+Wi/XK5z1gfuocJ4ECyFGbuPrNUi+KRQB7zzNPx6FXosbYfQlURSsXzPFQ="
)
PAD_17 = (
    "OZwbUg+SS9PAI3Iq1TO/2pOShZxWE7PuPEUjOJ7pd5TUhLYNQKSVXLwr4XIEhfyjErnQeSPSBgi29Kn7Pk3LyDxenviS"
    "K23QrYVhgJoiZrObjGybXKd+5wj3kzCZwQa9"
)
PAD_0 = "Gu+fsHmrw5/4dWUTTEgig/Hxjhz2BDa+nCbKTH/oRxzRlsO/L24UuNpXIOx933oOzKrxdecnyiuEu6KgxaWnrQ=="


def crypto_of(vector: Mapping[str, str]) -> CallbackCrypto:
    """The crypto of the vector's receiver; negative ones are for CORP whatever they carry."""
    return CallbackCrypto(vector["token"], vector["encoding_aes_key"], vector["receive_id"])


def open_vector(crypto: CallbackCrypto, vector: Mapping[str, str]) -> str:
    """Open the vector's message."""
    return crypto.open(
        vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["encrypt"]
    )


@pytest.fixture(scope="module")
def vectors(shared: Path) -> Mapping[str, list[Mapping[str, str]]]:
    """The vectors beside the checkout."""
    text = (shared / "protocols" / "wecom_vectors.json").read_text(encoding="utf-8")
    read: Mapping[str, list[Mapping[str, str]]] = json.loads(text)
    return read


def test_every_positive_vector_opens(vectors: Mapping[str, list[Mapping[str, str]]]) -> None:
    assert len(vectors["positive"]) >= 12
    for vector in vectors["positive"]:
        assert open_vector(crypto_of(vector), vector) == vector["plaintext"], vector["name"]


def test_every_negative_vector_is_refused(vectors: Mapping[str, list[Mapping[str, str]]]) -> None:
    assert len(vectors["negative"]) >= 9
    for vector in vectors["negative"]:
        with pytest.raises(BadCallbackError):
            open_vector(crypto_of(vector), vector)


@pytest.mark.parametrize(
    ("signature", "stamp", "nonce", "sealed", "length"),
    [
        ("4899dbff503ad152a64db2e219ded5186794506d", "1760000006", "n0nceA6", PAD_32, 58),
        ("1adb106018961b3eae63b5c06c2b27309b414648", "1760000008", "n0nceA8", PAD_17, 41),
    ],
)
def test_own_vectors_open(signature: str, stamp: str, nonce: str, sealed: str, length: int) -> None:
    assert CRYPTO.open(signature, stamp, nonce, sealed) == "x" * length


def test_a_pad_of_zero_is_refused() -> None:
    with pytest.raises(BadCallbackError, match="padding"):
        CRYPTO.open("2a430eef9b18fb3d17015cb6869f5f4269f8223d", STAMP, NONCE, PAD_0)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="43"):
        CallbackCrypto(TOKEN, KEY[:-1], CORP)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.sampled_from([CORP, ""]))
def test_what_is_sealed_opens_again_here_and_elsewhere(words: str, receiver: str) -> None:
    crypto = CallbackCrypto(TOKEN, KEY, receiver)
    sealed = crypto.seal(words, STAMP, NONCE)
    assert crypto.open(sealed.signature, STAMP, NONCE, sealed.encrypt) == words
    theirs = Envelope(TOKEN, KEY, receiver)
    assert theirs.open(sealed.signature, STAMP, NONCE, sealed.encrypt) == words
    again = theirs.seal(words)
    assert crypto.open(theirs.signature(STAMP, NONCE, again), STAMP, NONCE, again) == words


def test_the_same_words_are_never_sealed_alike() -> None:
    assert len({CRYPTO.seal("签到", STAMP, NONCE).encrypt for _ in range(20)}) == 20


@given(st.text(max_size=40), st.data())
def test_any_flipped_byte_is_refused(words: str, data: st.DataObject) -> None:
    sealed = CRYPTO.seal(words.encode(errors="ignore").decode(), STAMP, NONCE)
    blob = bytearray(base64.b64decode(sealed.encrypt))
    where = data.draw(st.integers(0, len(blob) - 1))
    blob[where] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadCallbackError, match="signature"):
        CRYPTO.open(sealed.signature, STAMP, NONCE, base64.b64encode(bytes(blob)).decode())


@given(st.integers(0, 3), st.integers(0, 39), st.sampled_from("0123456789abcdefA "))
def test_any_changed_character_is_refused(part: int, where: int, other: str) -> None:
    sealed = CRYPTO.seal("我的学分", STAMP, NONCE)
    parts = [sealed.signature, STAMP, NONCE, sealed.encrypt]
    text = parts[part]
    where %= len(text)
    if text[where] == other:
        return
    parts[part] = text[:where] + other + text[where + 1 :]
    with pytest.raises(BadCallbackError):
        CRYPTO.open(*parts)


@given(st.binary(max_size=130), st.integers(0, 255))
def test_whatever_is_inside_a_true_signature_nothing_else_is_raised(raw: bytes, pad: int) -> None:
    """Whoever knew the token alone must not be able to crash us."""
    raw = raw[: len(raw) // 16 * 16]
    if raw:
        raw = raw[:-1] + bytes([pad])
    sealed = _encrypted(raw)
    with pytest.raises(BadCallbackError):
        CRYPTO.open(CRYPTO.sign(STAMP, NONCE, sealed), STAMP, NONCE, sealed)


@given(st.lists(st.text(st.characters(categories=["Cs", "L", "N"])), min_size=4, max_size=4))
def test_any_text_in_any_place_is_only_refused(parts: list[str]) -> None:
    with pytest.raises(BadCallbackError):
        CRYPTO.open(*parts)


def test_a_length_beyond_the_end_is_refused() -> None:
    body = b"r" * 16 + struct.pack(">I", 0x7FFFFFFF) + b"x" + CORP.encode()
    pad = 32 - len(body) % 32
    sealed = _encrypted(body + bytes([pad]) * pad)
    with pytest.raises(BadCallbackError, match="length"):
        CRYPTO.open(CRYPTO.sign(STAMP, NONCE, sealed), STAMP, NONCE, sealed)


def test_the_message_of_another_corp_is_refused() -> None:
    other = CallbackCrypto(TOKEN, KEY, "wwffffffffffffffff").seal("在吗", STAMP, NONCE)
    with pytest.raises(BadCallbackError, match="receive id"):
        CRYPTO.open(other.signature, STAMP, NONCE, other.encrypt)


def test_a_file_opens_and_a_broken_one_is_refused() -> None:
    sealed = Envelope(TOKEN, KEY, "").seal_bytes(b"PK\x03\x04 roster")
    assert CRYPTO.open_file(sealed) == b"PK\x03\x04 roster"
    for broken in (b"", sealed[:-1], _flipped(sealed)):
        with pytest.raises(BadCallbackError):
            CRYPTO.open_file(broken)


def _flipped(sealed: bytes) -> bytes:
    return sealed[:-1] + bytes([sealed[-1] ^ 1])


def _encrypted(raw: bytes) -> str:
    key = base64.b64decode(KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(raw) + encryptor.finalize()).decode()
