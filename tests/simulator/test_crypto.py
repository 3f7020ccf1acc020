"""The fake's own crypto against the vectors that five implementations agreed on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.common.values import JsonObject, rows, text, whole
from simulator.wecom.crypto import Envelope, EnvelopeError

VECTORS = Path(__file__).parents[3] / "shared" / "protocols" / "wecom_vectors.json"
TOKEN, KEY, CORP = "tkVector1", "hoFp++Fb8H6oAkD0knLzjXEaTayjtRh0I7G9pDUP5xU", "ww0123456789abcdef"


def vectors(kind: str) -> list[JsonObject]:
    if not VECTORS.exists():
        pytest.skip(f"no vectors at {VECTORS}")
    return rows(json.loads(VECTORS.read_text(encoding="utf-8")), kind)


def opened(vector: JsonObject) -> str:
    envelope = Envelope(
        text(vector, "token"), text(vector, "encoding_aes_key"), text(vector, "receive_id")
    )
    return envelope.open(
        text(vector, "msg_signature"),
        text(vector, "timestamp"),
        text(vector, "nonce"),
        text(vector, "encrypt"),
    )


def test_every_positive_vector_opens_and_is_sealed_the_same() -> None:
    known = vectors("positive")
    assert len(known) == 12
    for vector in known:
        assert opened(vector) == text(vector, "plaintext"), text(vector, "name")
        prefix = bytes.fromhex(text(vector, "random16_hex")) or text(vector, "random16").encode()
        envelope = Envelope(
            text(vector, "token"), text(vector, "encoding_aes_key"), text(vector, "receive_id")
        )
        assert envelope.seal(text(vector, "plaintext"), prefix) == text(vector, "encrypt")


def test_every_negative_vector_is_refused() -> None:
    known = vectors("negative")
    assert len(known) == 9
    for vector in known:
        with pytest.raises(EnvelopeError):
            opened(vector)


@pytest.mark.parametrize("length", range(60, 100))
def test_padding_at_every_length(length: int) -> None:
    envelope = Envelope(TOKEN, KEY, CORP)
    sealed = envelope.seal("x" * length)
    signature = envelope.signature("1", "n", sealed)
    assert envelope.open(signature, "1", "n", sealed) == "x" * length


def test_a_key_of_wrong_length_is_named() -> None:
    with pytest.raises(ValueError, match="43"):
        Envelope(TOKEN, KEY[:-1], CORP)


def test_other_corp_is_refused() -> None:
    sealed = Envelope(TOKEN, KEY, CORP).seal("hello")
    other = Envelope(TOKEN, KEY, "wwffffffffffffffff")
    with pytest.raises(EnvelopeError, match="receive id"):
        other.open(other.signature("1", "n", sealed), "1", "n", sealed)


def test_pad_lengths_of_the_vectors_cover_the_edges() -> None:
    pads = {whole(vector, "pad") for vector in vectors("positive")}
    assert {1, 17, 32} <= pads
