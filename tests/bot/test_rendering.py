"""Replies in words: nothing is lost, nothing is said twice."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.rendering import as_text, in_words, numbered, split, split_bytes
from handlers.reply import Card, Choice, File, Reply, action

CHOICES = (Choice("我的学分", action("credit.summary")), Choice("课表", action("schedule.query")))
CARD = Card("常用功能", choices=CHOICES)


def test_a_card_becomes_numbered_words() -> None:
    assert numbered(CARD).splitlines() == [
        "【常用功能】",
        "1. 我的学分",
        "2. 课表",
        "回复数字即可选择。",
    ]
    assert as_text(Reply(card=CARD)) == numbered(CARD)


def test_choices_that_the_text_lists_are_not_listed_again() -> None:
    text = "我能做这些：\n1. 我的学分：总数\n2. 课表：今天的课\n3. 待办"
    assert in_words(Reply(text, card=CARD)) == f"{text}\n\n回复数字即可选择。"
    assert in_words(Reply("选一个", card=CARD)).count("1. 我的学分") == 1


def test_a_file_without_words_is_named() -> None:
    assert "名单.xlsx" in as_text(Reply(files=(File("名单.xlsx", b""),)))


@given(st.text(max_size=400), st.integers(min_value=4, max_value=80))
def test_parts_fit_and_lose_nothing(text: str, limit: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    parts = split_bytes(text, limit)
    assert all(len(part.encode()) <= limit for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")


@given(
    heading=st.sampled_from(["【通知 N1】", "【更正】N1 的内容有误，以这条为准："]),
    body=st.text("很长的通知正文。abc\n", min_size=1, max_size=3000),
    in_bytes=st.booleans(),
)
@example(heading="【通知 N1】", body="字" * 1445, in_bytes=False)
@example(heading="【通知 N1】", body="字" * 1445, in_bytes=True)
def test_a_heading_is_no_message_of_its_own(heading: str, body: str, in_bytes: bool) -> None:
    text = f"{heading}\n{body}\n—— 云溪县师训股"
    parts = split_bytes(text, 2048) if in_bytes else split(text, 1200)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
    if body.strip() and heading.endswith("】"):
        assert parts[0].strip() != heading
