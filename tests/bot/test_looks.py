"""What a preview shows is what the channels write: the same messages, in the same number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.rendering import in_words, split_bytes
from bot.channels.wecom.app import WeComChannel
from bot.channels.wecom.cards import messages
from handlers.contract import OfficeFacts
from handlers.looks import look, together
from handlers.notice_card import group_notice, notice_reply

OFFICE = OfficeFacts(name="云溪县师训股")
WECOM = WeComChannel.capabilities
BODIES = st.text("周五下午两点集中，带U盘。\n", min_size=2, max_size=1500)


@given(BODIES)
def test_wecom_draws_what_the_preview_draws(body: str) -> None:
    reply = notice_reply(37, body, OFFICE)
    shown = look(reply, WECOM)
    made = messages(reply, task_id="t", source="师训助手")
    assert len(shown.messages) == len(made)
    assert shown.card
    texts = [each["text"]["content"] for each in made if each["msgtype"] == "text"]
    assert list(shown.messages[:-1]) == texts
    (card,) = (each["template_card"] for each in made if each["msgtype"] == "template_card")
    assert card["main_title"]["title"] in shown.messages[-1]
    assert [f"【{each['text']}】" in shown.messages[-1] for each in card["button_list"]] == [True]


@given(BODIES, st.integers(60, 3000))
def test_ways_without_buttons_cut_numbered_text(body: str, size: int) -> None:
    can = replace(WECOM, buttons=0, text_bytes=size)
    for reply in (notice_reply(37, body, OFFICE), group_notice(37, body, OFFICE)):
        shown = look(reply, can)
        assert not shown.card
        assert list(shown.messages) == split_bytes(in_words(reply), size)
        assert all(len(each.encode()) <= size for each in shown.messages)


@pytest.mark.parametrize(
    ("buttons", "size", "length", "kind"),
    [
        (6, 2048, 10, "卡片"),
        (6, 2048, 200, "文字加卡片"),
        (0, 2048, 10, "文字"),
        (0, 100, 60, "文字（分 3 条）"),
    ],
)
def test_the_kind_in_two_words(buttons: int, size: int, length: int, kind: str) -> None:
    can = replace(WECOM, buttons=buttons, text_bytes=size)
    assert look(notice_reply(1, "字" * length, OFFICE), can).kind == kind


def test_ways_that_look_alike_are_shown_once() -> None:
    card = look(notice_reply(1, "开会", OFFICE), WECOM)
    text = look(notice_reply(1, "开会", OFFICE), replace(WECOM, buttons=0))
    shown = together([("甲", card), ("乙", text), ("丙", card)])
    assert "◆ 甲、丙：卡片" in shown
    assert shown.count("［通知 N1］") == 1
    assert "◆ 乙：文字" in shown
