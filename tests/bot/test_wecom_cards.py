"""Replies as WeCom messages: whatever is said fits the platform's limits, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.rendering import unmarked
from bot.channels.wecom import cards
from bot.channels.wecom import group_words as wecom_group_words
from handlers.reply import Action, Card, Choice, File, Mention, Reply
from simulator.wecom.card_checks import check_card
from simulator.wecom.limits import Limits

LIMITS = Limits()
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), max_size=40
)
CHOICES = st.builds(
    Choice,
    WORDS,
    st.builds(
        Action, st.sampled_from(("notice.confirm", "menu")), st.tuples(st.tuples(WORDS, WORDS))
    ),
    st.booleans(),
    WORDS,
)
CARDS = st.builds(
    Card,
    WORDS,
    WORDS.map(lambda words: words * 4),
    st.lists(st.tuples(WORDS.map(lambda words: words[:7]), WORDS), max_size=8).map(tuple),
    st.lists(CHOICES, max_size=8).map(tuple),
)
REPLIES = st.builds(
    Reply,
    WORDS.map(lambda words: "\n".join([words] * 80)),
    st.none() | CARDS,
)


@given(REPLIES, st.booleans())
def test_every_reply_fits_the_platform(reply: Reply, buttons: bool) -> None:
    parts = cards.messages(reply, task_id="shixun-1", source="师训助手", buttons=buttons)
    seen: list[str] = []
    for part in parts:
        if part["msgtype"] == "text":
            assert 0 < len(part["text"]["content"].encode()) <= LIMITS.text_bytes + len(parts)
            seen.append(part["text"]["content"])
            continue
        card = part["template_card"]
        check_card(card)
        assert len(card["main_title"]["title"]) <= 26
        assert len(card.get("sub_title_text", "")) <= 112
        assert all(len(button["text"]) <= 10 for button in card["button_list"])
        assert all(len(button["key"].encode()) <= 1024 for button in card["button_list"])
        assert len(part["instead"].encode()) <= LIMITS.text_bytes
        seen.append(part["instead"])
    if reply.card is not None:
        told = "".join(seen)
        # what would be a mark of the platform is told in signs that are none
        assert all(unmarked(choice.label) in told for choice in reply.card.choices)
        assert all(unmarked(value) in told for _, value in reply.card.facts)
    equal = [part["text"]["content"] for part in parts if part["msgtype"] == "text"]
    assert len(equal) == len(set(equal)), "two equal calls would be one"


@given(CARDS)
def test_a_pressed_key_is_read_back(card: Card) -> None:
    if cards.fits(card):
        for choice in card.choices:
            action, _ = cards.read_key(cards.key(choice))
            assert action == choice.action


@given(REPLIES, st.sampled_from([2048, 4096]))
def test_every_reply_fits_a_group(reply: Reply, most: int) -> None:
    for part in wecom_group_words.messages(reply, (), "chat", markdown_bytes=most):
        kind = part["msgtype"]
        limit = most if kind == "markdown" else LIMITS.text_bytes
        assert 0 < len(part[kind]["content"].encode()) <= limit
        assert not any(key == "template_card" for key in part)


MENTIONS = (
    Mention("@张伟", (("onebot", "10001"), ("wecom", "zhangwei"))),
    Mention("@李娜", (("qq_group", "g1:lina"),)),
    Mention("@所有人", everybody=True),
)


def test_who_is_mentioned_stands_beside_the_words() -> None:
    reply = Reply("@所有人 看，@张伟 @李娜 到。<@lina> <@all>", mentions=MENTIONS)
    (part,) = wecom_group_words.messages(reply, (), "chat")
    assert part["text"] == {
        "content": "@所有人 看，@张伟 @李娜 到。＜@lina＞ ＜@all＞\n",
        "mentioned_list": ["zhangwei", "@all"],
    }
    assert wecom_group_words.texts("  ") == []
    (first, second) = wecom_group_words.messages(replace(reply, card=Card("<@all>")), (), "chat")
    assert "mentioned_list" in first["text"]
    assert second["markdown"]["content"] == "**＜@all＞**"


def test_a_card_alone_mentions_in_markdown() -> None:
    card = Card("<@lina>", "@张伟 <@all> @张伟东", (("谁", "<@lina>"),))
    (part,) = wecom_group_words.messages(Reply(card=card, mentions=MENTIONS), (), "chat")
    assert part["markdown"]["content"] == (
        "**＜@lina＞**\n<@zhangwei> ＜@all＞ @张伟东\n> 谁：＜@lina＞"
    )


def test_what_is_a_picture_to_the_platform() -> None:
    png, jpg = b"\x89PNG\r\n\x1a\n" + b"0" * 9, b"\xff\xd8\xff" + b"0" * 9
    kinds = [
        cards.kind_of(File("a", data, picture=picture))
        for data, picture in ((png, True), (jpg, True), (png, False), (b"GIF89a" * 3, True))
    ]
    assert kinds == ["image", "image", "file", "file"]
    assert cards.kind_of(File("a", png + b"0" * cards.IMAGE_BYTES, picture=True)) == "file"
    assert cards.too_large(Reply(files=(File("a", png),))) == ""
    assert "a" in cards.too_large(Reply(files=(File("a", b"12345"),)))
