"""No pattern of ours can be made slow by what people, files or platforms write."""

from __future__ import annotations

import re
from itertools import groupby

import pytest

from tests.house.patterns import LONGEST, Found, patterns
from tests.house.pumps import ALLOWED, TooSlowError, ask, limited, nested, slow


def _place(found: Found) -> str:
    return re.split(r"[:.][^:.]*$", found.where)[0]


GROUPS = {
    place: tuple(group) for place, group in groupby(sorted(patterns(), key=_place), key=_place)
}


def test_patterns_are_found() -> None:
    """In globals, in tables, in functions, in a list of words, and in the registry."""
    found = {each.where for each in patterns()}
    assert len(found) > 300
    assert "nlp.normalise._TRAILING" in found
    assert "nlp.times.lexer._BY_CHAR" in found
    assert any(where.startswith("storage.readers.plan_time:") for where in found)
    assert "form of notice.recall" in found


@pytest.mark.parametrize("place", GROUPS)
def test_every_pattern_is_quick_whatever_is_repeated(place: str) -> None:
    """50 ms of process time for 10,000 characters, derived from the pattern itself."""
    found = {
        each.where: why
        for each in GROUPS[place]
        if (why := slow(each.pattern, each.methods, each.longest)) is not None
    }
    assert not found


def test_no_repetition_is_nothing_but_a_repetition() -> None:
    """(哈+|…)+ has a reading for each way of cutting a laugh."""
    found = {each.where: why for each in patterns() if (why := nested(each.pattern)) is not None}
    assert not found


@pytest.mark.parametrize(
    ("text", "method"),
    [
        (r"(?:谢谢|哈+|呀)+$", "search"),
        (r"(?:(?:嗯+|好+的?)[，,]*)+吧", "fullmatch"),
        (r"(?:谢谢(?:老师|哈)*|哈|呀)+!", "match"),
        (r"\d+个", "search"),
        (r"[，,。 ]*(?:谢谢)", "search"),
        (r"\([^)]*\)", "search"),
        (r"\s*分?\s*秒?\s*!", "fullmatch"),
        (r"关于.+(通知|方案)", "search"),
    ],
)
def test_the_pump_finds_what_is_slow(text: str, method: str) -> None:
    assert slow(re.compile(text), [method], LONGEST) is not None


@pytest.mark.parametrize("text", [r"(?:谢谢|哈+|呀)+$", r"(?:(?:嗯+)[，,]*)*吧", r"(?:a|(?:b*)?)+"])
def test_a_nested_repetition_is_found(text: str) -> None:
    assert nested(re.compile(text)) is not None


@pytest.mark.parametrize(
    "text", [r"(?:[a-z]+\.)+com", r"(?:谢谢|哈|呀)+$", r"(?:嗯[，,]*)+", r"[0-9]+"]
)
def test_an_ordinary_repetition_is_not(text: str) -> None:
    assert nested(re.compile(text)) is None


def test_a_match_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(TooSlowError), limited(ALLOWED):
        ask(re.compile(r"(?:嗯+)+!"), "fullmatch", "嗯" * 60)
