"""CQ codes against the published cases, and back again for any message."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from simulator.onebot.cq import Segment, dump, parse

_NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-.", min_size=1, max_size=8)
_TEXT = st.builds(lambda t: Segment("text", {"text": t}), st.text(min_size=1, max_size=30))
_CODES = st.builds(
    Segment,
    st.sampled_from(["at", "image", "reply", "face", "x-y.z"]),
    st.dictionaries(_NAMES, st.text(max_size=20), max_size=3),
)


def test_the_published_cases(shared: Path) -> None:
    cases = json.loads((shared / "protocols/qq_vectors.json").read_text(encoding="utf-8"))["cq"]
    assert len(cases) == 9
    for case in cases:
        segments = [Segment(part["type"], part["data"]) for part in case["segments"]]
        assert parse(case["cq"]) == segments, case["cq"]
        assert (dump(segments) == case["cq"]) is case["round_trip"]


def test_a_user_named_like_a_code_mentions_nobody() -> None:
    assert dump([Segment("text", {"text": "[CQ:at,qq=all]"})]) == "&#91;CQ:at,qq=all&#93;"


@given(st.lists(st.one_of(_TEXT, _CODES), max_size=6))
def test_what_is_written_can_be_read(segments: list[Segment]) -> None:
    read = parse(dump(segments))
    assert dump(read) == dump(segments)
    assert [s for s in read if s.type != "text"] == [s for s in segments if s.type != "text"]
    assert "".join(s.text for s in read) == "".join(s.text for s in segments)
