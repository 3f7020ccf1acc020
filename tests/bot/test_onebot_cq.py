"""CQ codes: the vectors of the protocol page, and there and back."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.onebot.cq import Segment, escape, parse, write

VECTORS = "protocols/qq_vectors.json"


def test_every_vector(shared: Path) -> None:
    cases = json.loads((shared / VECTORS).read_text(encoding="utf-8"))["cq"]
    assert len(cases) == 9
    for case in cases:
        segments = [Segment(each["type"], each["data"]) for each in case["segments"]]
        assert parse(case["cq"]) == segments, case["note"]
        if case["round_trip"]:
            assert write(segments) == case["cq"], case["note"]


NAMES = st.from_regex(r"[A-Za-z0-9_.-]{1,8}", fullmatch=True)
# what would be torn apart or misread, more often than chance would bring it
TEXTS = st.text(st.sampled_from("&[]#;,=amp9134 你好\n") | st.characters(codec="utf-8"))
CODES = st.builds(
    Segment, NAMES.filter(lambda name: name != "text"), st.dictionaries(NAMES, TEXTS, max_size=3)
)
WORDS = st.builds(lambda text: Segment("text", {"text": text}), TEXTS.filter(bool))


def no_two_texts(segments: list[Segment]) -> bool:
    """Two texts in a row are one when they are read back."""
    kinds = [each.kind for each in segments]
    return ("text", "text") not in pairwise(kinds)


@given(st.lists(CODES | WORDS, max_size=6).filter(no_two_texts))
def test_there_and_back(segments: list[Segment]) -> None:
    assert parse(write(segments)) == segments


@given(TEXTS.filter(bool))
def test_nobody_can_write_a_code(text: str) -> None:
    assert parse(escape(text)) == [Segment("text", {"text": text})]


@pytest.mark.parametrize("text", ["[CQ:at,qq=all]", "[CQ:image,file=base64://x]", "&#91;CQ:at]"])
def test_the_attack(text: str) -> None:
    assert [each.kind for each in parse(escape(text))] == ["text"]
    assert parse(escape(text, parameter=True))[0].data["text"] == text


@given(st.text())
def test_anything_can_be_read(text: str) -> None:
    parse(text)
