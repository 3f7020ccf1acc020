"""The webhook signature against the published vectors; the check that must not sign events."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.qq.signature import address_check, key, verified

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "protocols" / "qq_vectors.json"
needs_vectors = pytest.mark.skipif(
    not VECTORS.exists(), reason="the published vectors are not beside this checkout"
)


@cache
def vectors() -> dict[str, Any]:
    """The file, or nothing where it is absent."""
    return dict(json.loads(VECTORS.read_text("utf-8"))) if VECTORS.exists() else {}


def cases(*names: str) -> list[Any]:
    """The cases of these lists that reproduce."""
    found = [each for name in names for each in vectors().get(name, ())]
    return [pytest.param(each, id=each["name"]) for each in found if each.get("reproduces", True)]


@needs_vectors
@pytest.mark.parametrize("case", cases("public", "own"))
def test_keys_and_signatures_are_the_published_ones(case: dict[str, Any]) -> None:
    assert key(case["secret"]).public_key().public_bytes_raw().hex() == case["public_key_hex"]
    if "signature" in case:
        body = case["body"].encode()
        assert (
            key(case["secret"]).sign(case["timestamp"].encode() + body).hex() == case["signature"]
        )
        assert verified(case["secret"], case["timestamp"], body, case["signature"])


@needs_vectors
@pytest.mark.parametrize("case", cases("negative"))
def test_what_must_be_rejected_is_rejected(case: dict[str, Any]) -> None:
    body = case["body"].encode()
    assert not verified(case["secret"], case["timestamp"], body, case["signature"])


@needs_vectors
def test_the_address_check_answers_as_published() -> None:
    case = vectors()["public"][0]
    asked = json.loads(case["request_body"])
    assert address_check(case["secret"], asked["d"]) == case["response"]


@needs_vectors
def test_the_address_check_signs_no_event() -> None:
    attack = vectors()["signing_oracle"]
    assert address_check(attack["secret"], attack["attack_request"]["d"]) is None


@pytest.mark.parametrize(
    "d",
    [
        None,
        [],
        "x",
        {},
        {"plain_token": "abc"},
        {"plain_token": "abc", "event_ts": 1725442341},
        {"plain_token": 1, "event_ts": "1"},
        {"plain_token": "", "event_ts": "1"},
        {"plain_token": "a" * 257, "event_ts": "1"},
        {"plain_token": "a b", "event_ts": "1"},
        {"plain_token": "abc\n", "event_ts": "1"},
        {"plain_token": "abc", "event_ts": "1\n"},
        {"plain_token": "abc", "event_ts": "1" * 17},
        {"plain_token": "abc", "event_ts": '1{"op":0'},
        {"plain_token": "令牌", "event_ts": "1"},
    ],
)
def test_what_is_no_check_is_not_signed(d: object) -> None:
    assert address_check("secret", d) is None


@given(st.text(max_size=300), st.text(max_size=20))
def test_nothing_that_was_signed_for_a_check_is_an_event(token: str, moment: str) -> None:
    signed = address_check("secret", {"plain_token": token, "event_ts": moment})
    if signed is not None:
        with pytest.raises((ValueError, AssertionError)):
            assert isinstance(json.loads(moment + token), dict)
        for cut in range(len(moment) + 1):
            # wherever somebody would draw the line between timestamp and body
            body = (moment + token)[cut:]
            assert not body.startswith(("{", "["))


@given(st.binary(max_size=80), st.text(max_size=12))
def test_no_noise_is_a_signature(signature: bytes, stamp: str) -> None:
    assert not verified("secret", stamp, b"{}", signature.hex())
    assert not verified("secret", "1", b"{}", stamp)


def test_an_empty_secret_is_no_key() -> None:
    with pytest.raises(ValueError, match="empty"):
        key("")
