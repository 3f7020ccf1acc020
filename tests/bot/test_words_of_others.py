"""Whatever people are called or write, no channel reads it as a mark: a contract over renderers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.onebot import cq
from bot.channels.onebot.messages import parts as onebot_parts
from bot.channels.qq.parts import parts as qq_parts
from bot.channels.rendering import unmarked
from bot.channels.wecom import cards, group_words
from bot.channels.wecom.messages import text_reply
from bot.channels.wecom_bot import messages as wecom_bot
from handlers.reply import Card, Choice, Reply, action

EVIL = (
    '<a href="http://evil.example">张伟</a>',
    "<@all>",
    "<@lina>",
    '<font color="red">张伟</font>',
    "[张伟](http://evil.example)",
    "[CQ:at,qq=all]",
    "]]><Content>x</Content><![CDATA[",
    "</a><A HREF='x'>",
    "<!-- x -->",
)
_WECOM_MARK = re.compile(r"<[@/!A-Za-z]|\]\(")


def _wecom(reply: Reply) -> list[str]:
    return [
        each["text"]["content"]
        for each in cards.messages(reply, task_id="t", source="s", buttons=False)
    ]


def _group(reply: Reply) -> list[str]:
    return [
        str(each.get("text", each.get("markdown"))["content"])  # type: ignore[index]
        for each in group_words.messages(reply, (), "chat")
    ]


def _bot(reply: Reply) -> list[str]:
    return [
        each["markdown"]["content"]
        for each in wecom_bot.parts(reply, task_id="t", source="s")
        if "markdown" in each
    ]


def replies(words: str) -> tuple[Reply, ...]:
    many = tuple(Choice(f"{n}", action("menu.show", n=str(n))) for n in range(9))
    return (
        Reply(text=words),
        Reply(text=f"没有找到「{words}」。"),
        Reply(card=Card(title="名单", description=words, choices=many)),
    )


@pytest.mark.parametrize("render", [_wecom, _group, _bot], ids=["app", "group", "bot"])
@pytest.mark.parametrize("words", EVIL)
def test_wecom_reads_no_mark(render: Callable[[Reply], list[str]], words: str) -> None:
    for reply in replies(words):
        for shown in render(reply):
            assert not _WECOM_MARK.search(shown), shown


@pytest.mark.parametrize("words", EVIL)
def test_an_answer_in_xml_stays_one_text(words: str) -> None:
    inner = xmltodict.parse(text_reply("to", "from", 1, words))["xml"]
    assert inner["Content"] == unmarked(words)


@pytest.mark.parametrize("words", EVIL)
def test_onebot_reads_no_code(words: str) -> None:
    assert "[CQ:" not in cq.escape(words)
    # as parts of a message, words are data beside their type
    for reply in replies(words):
        for part in onebot_parts(reply):
            assert set(part) == {"text"}


@pytest.mark.parametrize("words", EVIL)
def test_qq_reads_no_mark(words: str) -> None:
    for reply in replies(words):
        for part in qq_parts(reply, most=5, buttons=True):
            assert not re.search(r"<@|<a|\]\(", str(part.get("markdown", "")))


@given(st.text(alphabet="<>@/!ab[]() \n张", max_size=40))
def test_nothing_that_is_written_is_a_mark_and_nothing_is_lost(words: str) -> None:
    shown = unmarked(words)
    assert not _WECOM_MARK.search(shown)
    assert shown.translate({0xFF1C: "<", 0xFF1E: ">", 0xFF3D: "]"}) == words
    assert unmarked(shown) == shown
