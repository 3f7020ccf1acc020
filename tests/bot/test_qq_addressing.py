"""In a group that it hears all of, the bot speaks only when spoken to."""

from __future__ import annotations

import pytest

from bot.channels.addressing import addressed

NAME = "师训助手"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("师训助手 我的学分", "我的学分"),
        ("@师训助手 我的学分", "我的学分"),
        ("师训助手，明天几点开始", "明天几点开始"),
        ("师训助手", ""),
        ("签到 7K3M", "签到 7K3M"),
        ("签到7k3m", "签到7k3m"),
        ("签到码：7K3M", "签到码：7K3M"),
        ("打卡 7K 3M", "打卡 7K 3M"),
        ("收到", "收到"),
        ("收到！", "收到！"),
        ("收到N37", "收到N37"),
        ("收到 n37。", "收到 n37。"),
        ("已收到", "已收到"),
    ],
)
def test_it_is_spoken_to(text: str, words: str) -> None:
    assert addressed(text, mentioned=False, name=NAME) == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "明天几点集合？",
        "我的学分是多少",
        "签到了吗",
        "签到",
        "大家快去签到啊 7K3M",
        "7K3M",
        "收到的材料放哪里",
        "师训助手们辛苦了",
        "师训助手的回答不对",
        "问问师训助手吧",
        "好的 收到 谢谢老师",
    ],
)
def test_it_is_silent(text: str) -> None:
    assert addressed(text, mentioned=False, name=NAME) is None


@pytest.mark.parametrize("text", ["收到", "收到N37", "签到 7K3M"])
def test_what_mentions_somebody_else_is_theirs(text: str) -> None:
    assert addressed(text, mentioned=False, name=NAME, others=True) is None
    assert addressed(f"{NAME} {text}", mentioned=False, name=NAME, others=True) == text
    assert addressed(text, mentioned=True, name=NAME, others=True) == text


def test_whoever_is_mentioned_is_spoken_to() -> None:
    assert addressed(" 明天几点集合？ ", mentioned=True, name=NAME) == "明天几点集合？"
    assert addressed("师训助手 菜单", mentioned=True, name=NAME) == "菜单"
    assert addressed("", mentioned=True, name=NAME) == ""


def test_a_bot_without_a_name_is_not_called_by_everything() -> None:
    assert addressed("大家好", mentioned=False, name="") is None
