"""Mentions at the beginning of what is said in a group are taken out before it is read."""

from __future__ import annotations

import pytest

from bot.channels.addressing import addressed, without_calls
from bot.channels.wecom_bot.messages import spoken

WORDS = "绑定班级 123456"


@pytest.mark.parametrize(
    "text",
    [
        f"@周明 @师训助手 {WORDS}",
        f"@周明 @李娜 @师训助手 {WORDS}",
        f"@师训助手 @周明 {WORDS}",
        f"＠何𬱖\u2005@师训助手\u2005{WORDS}",
        f"@何𬱖，@师训助手：{WORDS}",
        f"@师训助手 {WORDS}",
    ],
)
def test_of_others_and_of_us(text: str) -> None:
    assert addressed(text, mentioned=False, name="师训助手") == WORDS
    assert spoken(text, "师训助手") == WORDS


@pytest.mark.parametrize("text", [f"@周明 {WORDS}", f"@何𬱖\u2005@李娜 {WORDS}", WORDS])
def test_where_the_platform_has_cut_ours_out(text: str) -> None:
    assert addressed(text, mentioned=True, name="师训助手") == WORDS


@pytest.mark.parametrize(
    "text", ["@周明 收到", "@周明 签到 7K3M", "@周明 师训助手的通知", "@周明 @李娜 好"]
)
def test_what_is_said_to_others_only_is_not_for_us(text: str) -> None:
    assert addressed(text, mentioned=False, name="师训助手") is None


@pytest.mark.parametrize(
    "text",
    ["@所有人 明天开会", "＠全体成员 明天开会", "@周明", "@周明 的学分", "通知：@周明 明天带U盘"],
)
def test_what_belongs_to_the_words_stays(text: str) -> None:
    assert without_calls(text) == text


def test_ten_thousand_calls_are_no_matter() -> None:
    assert without_calls("@周明 " * 2500 + "好") == "好"


def test_an_answer_to_a_colleague_confirms_nothing() -> None:
    assert addressed("收到", mentioned=False, name="师训助手", others=True) is None
    assert addressed("收到", mentioned=True, name="师训助手") == "收到"
