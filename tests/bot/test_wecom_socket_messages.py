"""Reading what the platform writes: no JSON breaks it, no word is lost, mentions go."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom_bot import messages
from handlers.reply import Card, Choice, Reply, action

OPEN_ID = "woAJ2GCAAAXtWyujaWJHDDGi0mACAAAA"
NAMES = [
    *("msgtype", "chattype", "chatid", "from", "userid", "text", "content", "voice", "mixed"),
    *("msg_item", "image", "file", "url", "aeskey", "event", "eventtype"),
]
KINDS = ["text", "voice", "mixed", "image", "file", "group", "single", "event"]
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(KINDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(NAMES), JSONS, max_size=8))
def test_any_body_is_read(body: dict[str, Any]) -> None:
    assert isinstance(messages.said(body, "师训助手"), str)
    assert isinstance(messages.account_of(body), str)
    messages.media_of(body)
    messages.chat_of(body).key.encode()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("@师训助手 我的学分", "我的学分"),
        ("@师训助手\u2005我的学分", "我的学分"),
        ("@师训助手我的学分", "我的学分"),
        ("我的学分 @师训助手", "我的学分"),
        ("请问@师训助手 我的学分", "请问 我的学分"),
        ("@改过的名字 我的学分", "我的学分"),
        ("@改过的名字", ""),
        ("@师训助手", ""),
        ("我的学分", "我的学分"),
        ("发到 a@b.cn", "发到 a@b.cn"),
    ],
)
def test_mentions_go(written: str, meant: str) -> None:
    assert messages.spoken(written, "师训助手") == meant


def test_only_groups_have_mentions() -> None:
    body = {"msgtype": "text", "text": {"content": "@师训助手 你好"}, "chattype": "single"}
    assert messages.said(body, "师训助手") == "@师训助手 你好"


@pytest.mark.parametrize(
    ("written", "account"),
    [("ZhangWei", "zhangwei"), ("woHuiJun", "wohuijun"), (OPEN_ID, OPEN_ID)],
)
def test_letter_case_counts_in_encrypted_ids_only(written: str, account: str) -> None:
    assert messages.account_of({"from": {"userid": written}}) == account


@given(st.text(st.characters(codec="utf-8"), max_size=30_000), st.integers(0, 8))
def test_no_word_is_lost(text: str, buttons: int) -> None:
    choices = tuple(Choice(f"选项{n}", action("menu.show", n=str(n))) for n in range(buttons))
    reply = Reply(text=text, card=Card("选一个", choices=choices))
    parts = messages.parts(reply, task_id="shixun-1", source="师训助手")
    said = "\n".join(part["markdown"]["content"] for part in parts if "markdown" in part)
    assert all(len(p["markdown"]["content"].encode()) <= 20_480 for p in parts if "markdown" in p)
    drawn = [part["template_card"] for part in parts if "template_card" in part]
    labels = [button["text"] for card in drawn for button in card["button_list"]]
    for choice in choices:
        assert choice.label in labels or f". {choice.label}" in said
    assert text.replace("\n", "") in said.replace("\n", "")


def test_nobody_can_write_a_mark() -> None:
    """Whether markdown of an AI bot calls anybody is not documented (4): nothing in it does."""
    card = Card("<@all>", "", (), tuple(Choice(f"<@n{n}>", action("x")) for n in range(9)))
    reply = Reply("<@all> @张伟 <@zhangwei>", card)
    (part,) = messages.parts(reply, task_id="t", source="s")
    said = part["markdown"]["content"]
    assert said.startswith("＜@all＞ @张伟 ＜@zhangwei＞\n\n【＜@all＞】")
    assert "<" not in said
