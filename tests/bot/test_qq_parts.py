"""Replies as QQ messages: few of them, buttons within the platform's limits, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.qq import parts as qq_parts
from bot.channels.qq.parts import BUTTONS, FILE_BYTES, parts
from bot.channels.qq.words import REST_ELSEWHERE
from handlers.reply import Card, Choice, File, Reply, action
from tests.bot.qq_world import NOTICE


def drawn(card: Card, text: str = "") -> dict[str, Any]:
    """The one message of a card."""
    made = parts(Reply(text, card), most=1, buttons=True)
    assert len(made) == 1
    return dict(made[0])


def test_words_are_one_text() -> None:
    assert parts(Reply("还差 3.5 学分"), most=1, buttons=True) == [{"text": "还差 3.5 学分"}]
    assert qq_parts.body({"text": "好"}, plain=False) == {"msg_type": 0, "content": "好"}


def test_a_card_and_its_words_are_one_markdown_message() -> None:
    part = drawn(NOTICE, "有一条新通知")
    assert part["markdown"] == (
        "有一条新通知\n\n**通知 N37**\n明天 8.30 在一中集合，带 ＊身份证＊\n地点：一中 3·A教室"
    )
    assert part["instead"].startswith("有一条新通知\n\n【通知 N37】")
    assert "1. 收到" in part["instead"]
    assert qq_parts.body(part, plain=False)["msg_type"] == 2
    assert qq_parts.body(part, plain=True) == {"msg_type": 0, "content": part["instead"]}


def test_a_button_calls_back_and_says_what_to_send_where_it_cannot() -> None:
    button = drawn(NOTICE)["keyboard"]["rows"][0]["buttons"][0]
    assert button["render_data"] == {"label": "收到", "visited_label": "已收到", "style": 1}
    assert button["action"] == {
        "type": 1,
        "permission": {"type": 2},
        "data": "notice.confirm?code=N37",
        "unsupport_tips": "请发送：收到",
    }


@given(st.integers(1, BUTTONS), st.integers(1, 12))
def test_keyboards_keep_to_the_platforms_size(count: int, length: int) -> None:
    choices = tuple(Choice("字" * length, action("menu", n=str(n))) for n in range(count))
    rows = drawn(Card("菜单", choices=choices))["keyboard"]["rows"]
    assert 1 <= len(rows) <= 5
    assert all(1 <= len(row["buttons"]) <= 5 for row in rows)
    ids = [button["id"] for row in rows for button in row["buttons"]]
    assert len(ids) == len(set(ids)) == count


@pytest.mark.parametrize(
    "choices",
    [
        (),
        tuple(Choice(f"第{n}个", action("menu", n=str(n))) for n in range(BUTTONS + 1)),
        (Choice("长" * 21, action("menu")),),
        (Choice("大", action("menu", text="x" * 1100)),),
    ],
)
def test_what_does_not_fit_is_numbered_text(choices: tuple[Choice, ...]) -> None:
    made = parts(Reply(card=Card("请选择", choices=choices)), most=1, buttons=True)
    assert set(made[0]) == {"text"}


def test_without_permission_everything_is_numbered_text() -> None:
    assert set(parts(Reply(card=NOTICE), most=1, buttons=False)[0]) == {"text"}


def test_files_follow_the_words() -> None:
    files = (File("学分.xlsx", b"x"), File("码.png", b"y", "image/png", picture=True))
    made = parts(Reply("给您", files=files), most=5, buttons=True, files=(4, 5))
    assert made == [
        {"text": "给您"},
        {"attachment": 4, "file_type": 4, "name": "学分.xlsx"},
        {"attachment": 5, "file_type": 1, "name": "码.png"},
    ]
    assert qq_parts.media("info") == {
        "msg_type": 7,
        "content": " ",
        "media": {"file_info": "info"},
    }


def test_a_file_too_large_is_said_to_be() -> None:
    files = (File("大.xlsx", bytes(FILE_BYTES + 1)),)
    assert parts(Reply(files=files), most=2, buttons=True, files=(4,)) == [
        {"text": "（文件 大·xlsx 太大，QQ 里发不了，请用别的方式向我要。）"}
    ]


def test_a_file_for_which_no_reply_is_left_is_said_to_be_missing() -> None:
    files = (File("甲.xlsx", b"x"), File("乙.xlsx", b"y"))
    told = "（文件 {} 这次放不下，请再问我一次。）"
    assert parts(Reply("给您", files=files), most=2, buttons=True, files=(4, 5)) == [
        {"text": "给您\n" + told.format("乙·xlsx")},
        {"attachment": 4, "file_type": 4, "name": "甲.xlsx"},
    ]
    assert parts(Reply(files=files), most=1, buttons=True, files=(4, 5)) == [
        {"text": "\n".join(told.format(name) for name in ("甲·xlsx", "乙·xlsx"))}
    ]
    assert len(parts(Reply(files=files), most=2, buttons=True, files=(4, 5))) == 2


@given(
    st.integers(1, 5),
    st.integers(0, 9000),
    st.booleans(),
    st.lists(st.booleans(), max_size=4),
)
def test_never_more_messages_than_are_left(
    most: int, length: int, card: bool, larger: list[bool]
) -> None:
    sizes = [FILE_BYTES + 1 if large else 1 for large in larger]
    files = tuple(File(f"{n}.xlsx", bytes(size)) for n, size in enumerate(sizes))
    reply = Reply("学" * length, NOTICE if card else None, files=files)
    made = parts(reply, most=most, buttons=True, files=tuple(range(len(files))))
    assert len(made) <= most
    assert bool(made) == bool(length or card or files)


def test_a_reply_that_is_too_long_for_what_is_left_is_shortened_with_a_hint() -> None:
    long = Reply("\n".join("学时" * 50 for _ in range(60)))
    assert len(parts(long, most=9, buttons=True)) == 4
    made = parts(long, most=2, buttons=True)
    assert len(made) == 2
    assert made[1]["text"].endswith(REST_ELSEWHERE)


def test_a_reply_of_nothing_is_nothing() -> None:
    assert parts(Reply(), most=1, buttons=True) == []
