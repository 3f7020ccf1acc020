"""What is left of a message in the list of questions: how it was asked, nobody's data."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.rules.masking import LONGEST, Masker

ROSTER = ("张伟", "李国强", "欧阳海燕", "高兴")
MASKER = Masker(ROSTER)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("张伟的学分怎么查不到", "〇的学分怎么查不到"),
        ("张 伟的学分呢", "〇的学分呢"),
        ("張偉的學分呢", "〇的学分呢"),
        ("欧阳海燕老师和李国强校长", "〇老师和〇校长"),
        ("找王老师问啥", "找〇老师问啥"),
        ("我叫赵六子，学分呢", "我叫〇，学分呢"),
        ("我是刘小红", "我是〇"),
        ("@王小明 你看看", "〇 你看看"),
        ("我手机13800001234换了", "我手机〇换了"),
        ("138-0000-1234 打这个", "〇 打这个"),
        ("号码１３８００００１２３４不对", "号码〇不对"),
        ("号码1\u200b3\u200b800001234不对", "号码〇不对"),
        ("电话一三八零零零零一二三四不对", "电话〇不对"),
        ("身份证43012319850101123X怎么填", "身份证〇怎么填"),
        ("工号10023的考勤", "工号〇的考勤"),
        ("1985年生的算不算", "〇年生的算不算"),
        ("绑定码KMPQ-RSTV不好使", "绑定码〇不好使"),
        ("K7M2P9QX用不了", "〇用不了"),
        ("微信号wxid_abc123", "微信号〇"),
        ("发到abc.def@qq.com行吗", "发到〇行吗"),
        ("看https://a.b/c?d=1这个", "看〇"),
        ("www.baidu.com，上不去", "〇，上不去"),
    ],
)
def test_what_tells_of_a_person_is_taken_out(text: str, left: str) -> None:
    assert MASKER.masked(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "我的粮票还够不够",
        "2021-2022学年的学分",
        "2021年的怎么没有",
        "N37是啥",
        "第3个班",
        "信息技术2.0",
        "wo de xuefen",
        "STEAM培训有吗",
        "各位老师好",
        "关于老师的规定",
        "我是高中的",
    ],
)
def test_the_question_itself_is_kept(text: str) -> None:
    assert MASKER.masked(text) == text


@pytest.mark.parametrize(
    "text", ["", "张伟", "13800001234", "7K3M", "？？", "张伟 138 0000 1234。"]
)
def test_nothing_is_kept_where_only_data_was_written(text: str) -> None:
    assert MASKER.masked(text) == ""


def test_a_name_is_known_only_by_the_roster() -> None:
    assert Masker().masked("何静静的学分呢") == "何静静的学分呢"
    assert Masker(["何静静"]).masked("何静静的学分呢") == "〇的学分呢"


PIECES = st.sampled_from(ROSTER) | st.sampled_from(
    [
        "138",
        "00001234",
        "2021",
        "A7",
        "a.b",
        "http://",
        "我叫",
        "老师",
        *"1 -的NnX年码@，\n幺三〇\u200b_",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=400))
@example("1" * 500)
@example("学" * 119 + "张伟")
@settings(max_examples=300)
def test_no_name_and_no_number_is_ever_left(text: str) -> None:
    left = MASKER.masked(text)
    assert len(left) <= LONGEST
    assert not any(name in left for name in ROSTER)
    for number in re.findall(r"[0-9]{2,}", left):
        assert re.fullmatch(r"20[0-4][0-9]", number) or f"n{number}" in left.lower()
    assert not re.search(r"[A-Za-z0-9]@[A-Za-z0-9]", left)
