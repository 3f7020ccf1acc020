"""What looks like an address is written otherwise, what is one is left out, the rest stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.qq.words import (
    LEFT_OUT,
    NO_LINKS,
    REST_ELSEWHERE,
    TEXT_CHARACTERS,
    cut,
    literal,
    passable,
    without_any_dot,
)

# What the platform is reported to see as an address (qq.md A8): letters after a dot.
DETECTOR = re.compile(r"https?://|www\.\S|[\w-]+\.[A-Za-z][\w-]*")


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("学分.xlsx", "学分·xlsx"),
        ("见附件 2021.7.13课表.xlsx。", "见附件 2021.7.13课表·xlsx。"),
        ("USER.md", "USER·md"),
        ("data.com.xlsx", "data·com·xlsx"),
        ("3.A班", "3·A班"),
        ("a.b", "a·b"),
        ("OK.Then", "OK·Then"),
    ],
)
def test_accidental_dots_are_written_otherwise(words: str, written: str) -> None:
    assert passable(words) == written


@pytest.mark.parametrize(
    "words",
    [
        "您还差 3.5 学分",
        "12.5%",
        "8.30 开始，11.00 结束",
        "8:30–11:00",
        "2021.7.12",
        "1.理论课 2.实践课",
        "No.3 教室",
        "第2.5节",
        "稍等...",
        "好的. 明天见.",
        "（3.5 学分）",
    ],
)
def test_numbers_times_and_lists_stay_readable(words: str) -> None:
    assert passable(words) == words
    assert not DETECTOR.search(words)


@pytest.mark.parametrize(
    "words",
    [
        "请打开 https://example.edu.cn/a?b=1 报名",
        "请打开http://学校.中国/a，报名",
        "请看 www.example.com",
        "登录 pxb.example.edu.cn登录",
        "例如example.com，",
        "邮箱 zhang_wei@example.com",
        "内网 10.0.0.1:8080/x",
        "ftp://files.example.org/x.zip",
    ],
)
def test_real_addresses_are_left_out_with_a_hint(words: str) -> None:
    said = passable(words)
    assert LEFT_OUT in said
    assert said.endswith(NO_LINKS)
    assert "example" not in said
    assert not DETECTOR.search(said)


def test_the_hint_comes_once() -> None:
    assert passable("a.com b.com").count(NO_LINKS) == 1


@given(st.text(alphabet="aB3.·中文 -_/:@wcomn", max_size=40))
def test_nothing_that_passes_trips_the_detector(words: str) -> None:
    assert not DETECTOR.search(passable(words))
    assert passable(passable(words)) == passable(words)


@given(st.text(max_size=200))
def test_words_without_dots_stay_as_they_are(words: str) -> None:
    plain = words.replace(".", "").replace("://", "")
    assert passable(plain) == plain


def test_the_second_try_has_no_dot_in_numbers_either() -> None:
    assert without_any_dot("还差 3.5 学分，见 学分.xlsx") == "还差 3点5 学分，见 学分·xlsx"


def test_markdown_of_users_means_nothing() -> None:
    assert literal("<qqbot-at-everyone /> #*[a](b)`") == "＜qqbot-at-everyone /＞ ＃＊［a］(b)｀"


@given(st.text(max_size=6000), st.integers(1, 5))
def test_what_is_cut_fits_and_says_so(words: str, most: int) -> None:
    pieces = cut(words, most)
    assert 1 <= len(pieces) <= most
    assert all(len(piece) <= TEXT_CHARACTERS for piece in pieces)
    if not pieces[-1].endswith(REST_ELSEWHERE):
        assert "".join(pieces).replace("\n", "") == words.replace("\n", "")


def test_a_long_text_is_cut_at_its_lines() -> None:
    lines = [f"第{n}行" + "字" * 100 for n in range(40)]
    pieces = cut("\n".join(lines), 5)
    assert "\n".join(pieces).split("\n") == lines
    assert cut("\n".join(lines), 1)[0].endswith(REST_ELSEWHERE)
