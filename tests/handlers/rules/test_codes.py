"""Codes are mixed, unambiguous and found again as people type them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.codes import (
    ALPHABET,
    BINDING_LENGTH,
    DIGITS,
    NEVER_USED,
    SIGN_IN_LENGTH,
    binding_code,
    confusing_signs,
    grouped,
    looks_like_code,
    normalise,
    same_code,
    sign_in_code,
)

seeds = st.integers(0, 100_000).map(Random)


def test_the_alphabet_has_thirty_signs_and_none_that_are_confused() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 30
    assert not set(ALPHABET) & set(NEVER_USED)


@given(seeds)
def test_codes_are_mixed_and_survive_typing(source: Random) -> None:
    for code, length in (
        (sign_in_code(source), SIGN_IN_LENGTH),
        (binding_code(source), BINDING_LENGTH),
    ):
        assert looks_like_code(code, length)
        assert any(sign in DIGITS for sign in code)
        assert not code.isdigit()
        wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
        for typed in (
            code.lower(),
            f" {code} ",
            grouped(code),
            " ".join(code),
            wide,
            f"“{code}”。",
        ):
            assert same_code(code, typed)


@given(st.text(st.characters(), max_size=12) | st.just("\ud83d"))
def test_any_text_can_be_compared_and_more_than_the_code_is_not_the_code(text: str) -> None:
    assert not same_code("7K3M", "7K3M" + "2" + text)
    assert same_code(text, text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12))
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_what_cannot_be_in_a_code_is_named() -> None:
    assert normalise("7o3l") == "7031"
    assert not looks_like_code("7o3l", 4)
    assert confusing_signs("7o3lo") == "OL"
    assert same_code("7V3M", "7u3m")


def test_used_codes_are_avoided_and_a_dead_source_is_an_error() -> None:
    first = sign_in_code(Random(1))
    assert sign_in_code(Random(1), avoid={first}) != first

    class Stuck(Random):
        def random(self) -> float:
            return 0.0

        def getrandbits(self, k: int, /) -> int:
            return 0

    with pytest.raises(RuntimeError, match="no free code"):
        sign_in_code(Stuck())


def test_long_codes_are_shown_in_groups() -> None:
    assert grouped("7K3MX2PA") == "7K3M-X2PA"
