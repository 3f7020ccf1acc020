"""Whom words call with @: whole names, everybody, and nothing that only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.calling import called, calls_all, names_in, pieces, stands


@pytest.mark.parametrize(
    ("words", "calls"),
    [
        ("@张伟 @李娜 明天带U盘", ["@张伟", "@李娜"]),
        ("@张伟@李娜，明天", ["@张伟", "@李娜"]),
        ("＠张伟：明天", ["＠张伟"]),
        ("@张伟老师和@李娜明天", ["@张伟老师和", "@李娜明天"]),
        ("@阿依古丽·买买提 到", ["@阿依古丽·买买提"]),
        ("发到 a@b.com 或 li@张伟.cn", []),
        ("@所有人 @全体成员 @all 明天", []),
        ("@张伟 和 @张伟", ["@张伟"]),
        ("@ 张伟 @", []),
        ("<@张伟> <@all> [CQ:at,qq=all] <qqbot-at-everyone />", []),
    ],
)
def test_what_stands_behind_an_at(words: str, calls: list[str]) -> None:
    assert list(called(words)) == calls


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("@所有人明天停课", "@所有人"),
        ("请＠全体成员 注意", "＠全体成员"),
        ("@ALL 明天", "@ALL"),
        ("@allen 明天", ""),
        ("写信到 me@all.com", ""),
        ("请所有人注意", ""),
        ("<@all> <＠所有人>", ""),
    ],
)
def test_what_calls_everybody(words: str, said: str) -> None:
    assert calls_all(words) == said


@pytest.mark.parametrize(
    ("words", "alone"),
    [
        ("@张伟", True),
        ("请@张伟\u2005看", True),
        ("@张伟老师带队", True),
        ("@张伟和@李娜", True),
        ("@张伟、@李娜", True),
        ("@张伟东 看", False),
        ("@张伟明天带U盘", False),
        ("zh@张伟 ", False),
        ("张伟", False),
    ],
)
def test_a_name_stands_alone(words: str, alone: bool) -> None:
    assert stands("@张伟", words) is alone


def test_a_title_may_be_part_of_a_name() -> None:
    assert names_in("@张伟老师") == ("张伟老师", "张伟老", "张伟")


def test_the_words_are_cut_at_calls() -> None:
    assert pieces("请@张伟东和@张伟 看", ["@张伟", "@张伟东"]) == [
        "请",
        "@张伟东",
        "和",
        "@张伟",
        " 看",
    ]
    assert pieces("@all @allen", ["@all"]) == ["@all", " @allen"]
    assert pieces("", ["@张伟"]) == pieces("", []) == []


@given(st.text("@＠张伟东和 ，all所有人\n", max_size=40))
def test_nothing_is_lost_by_cutting(words: str) -> None:
    calls = [*called(words), calls_all(words), "@张伟"]
    assert "".join(pieces(words, calls)) == words
