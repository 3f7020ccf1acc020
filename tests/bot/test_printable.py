"""What no platform can show is taken out of what people write, and of what we write."""

from __future__ import annotations

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.messages import button_reply, read_message, text, text_reply
from handlers.plain import printable
from tests.bot.worlds import World, message

ANY = st.text(st.characters(), max_size=60)
FORBIDDEN = "\x00\x01\x0b\x0c\x1d\x1f\x7f\x85\ufffe\uffff\ud800\udfff"


@given(ANY, ANY)
def test_what_we_write_can_be_parsed(words: str, name: str) -> None:
    for document in (text_reply(name, "ww", 1, words), button_reply(name, "ww", 1, words)):
        xmltodict.parse(document.encode())


@given(ANY)
def test_what_is_left_is_what_was_written(words: str) -> None:
    assert printable(printable(words)) == printable(words)
    assert printable(f"签{FORBIDDEN}到{words}") == "签到" + printable(words)


def test_what_people_use_stays() -> None:
    used = "何𬱖老师 👨\u200d👩\u200d👧：\n\t重要！！！ ·・㎡ é ü"
    assert printable(used) == used


@pytest.mark.parametrize("sign", [each for each in FORBIDDEN if each < "\ud800" or each > "\udfff"])
def test_a_pasted_sign_does_not_spoil_the_document(sign: str) -> None:
    fields = read_message(f"<xml><Content><![CDATA[我的{sign}学分]]></Content></xml>")
    assert text(fields, "Content") == "我的学分"


@pytest.mark.parametrize(
    "words",
    ["我的\x0b学分", "我的\x1d\uffff学分", "\u200b我的\u202e学分\u200f", "\x00我的学分\ufffe"],
)
async def test_the_rest_is_answered(world: World, words: str) -> None:
    plain = await world.send(message("lina", "我的学分", 1))
    answered = await world.send(message("lina", words, 2))
    assert answered.status == 200
    assert answered.words == plain.words


@pytest.mark.parametrize(
    "words", ["\x0b\x1d\uffff", "\u200b\u202e", "\x00", "\u2060\ufe0f", " \u3000 "]
)
async def test_nothing_but_such_signs_gets_a_sentence(world: World, words: str) -> None:
    assert (await world.send(message("lina", words, 1))).words
