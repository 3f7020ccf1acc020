"""The scan of logs finds what it looks for; every story and every test that reads a log uses it."""

from __future__ import annotations

import pytest

from tests.logs import people_of, told_too_much


@pytest.mark.parametrize(
    "line",
    ["turn of 张伟", '"reason": "lina"', "code for 430102", "to 13800000901", "in wr-xinxi-1"],
)
def test_what_is_known_of_people_is_found(line: str) -> None:
    assert told_too_much([line, "turn answered"]) == [line]


def test_what_was_said_is_found_and_our_own_words_are_not() -> None:
    assert told_too_much(["said 我的学分多少"], ["我的学分多少"])
    assert not told_too_much(["line lost", "online again", "count 4301021"], ["好"])
    assert len(people_of()) > 100
