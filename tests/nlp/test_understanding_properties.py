"""Whatever people write: nothing raises, politeness and spaces change nothing, time is linear."""

from __future__ import annotations

import json
import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.training.train import EXAMPLES, digest, read_examples
from nlp.vocabulary import Context
from tests.nlp.vocabulary import NOW, reader

ROLES = ("guest", "teacher", "tutor", "school_admin", "officer")
MESSAGES = [one for one in read_examples(EXAMPLES) if len(one.text) > 3][::23]
HABITS = st.sampled_from(
    ["谢谢", "谢谢老师", "。", "！！！", "？", " ", "  ", "，谢谢您", "，麻烦您了", "～", "\n", "…"]
)
OPENINGS = st.sampled_from(
    ["", "请问", "您好，", "老师好，", "麻烦问一下，", " ", "@机器人 ", "不好意思，"]
)


@given(st.text(max_size=200), st.sampled_from(ROLES))
@settings(max_examples=300)
def test_no_text_raises(text: str, role: str) -> None:
    meaning = reader(named=True).read(text, now=NOW, role=role)
    json.dumps(meaning.slots)
    assert 0 <= meaning.score <= 1


@given(st.lists(st.sampled_from("签到退学分请假不是问报名N3K7 。，“”：>\n@的了吗"), max_size=60))
@settings(max_examples=300)
def test_no_pieces_of_our_own_words_raise(pieces: list[str]) -> None:
    context = Context("leave.request", {}, "when")
    reader(named=True).read("".join(pieces), now=NOW, context=context)


@given(st.sampled_from(MESSAGES), OPENINGS, HABITS)
@settings(max_examples=200)
def test_politeness_and_punctuation_change_nothing(message, opening: str, habit: str) -> None:  # type: ignore[no-untyped-def]
    plain = reader().read(message.text, now=NOW, role=message.role)
    dressed = reader().read(opening + message.text + habit, now=NOW, role=message.role)
    assert dressed.intent == plain.intent


@given(st.sampled_from(MESSAGES), st.data())
@settings(max_examples=100)
def test_spaces_between_characters_change_nothing(message, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
    text = message.text
    places = [
        i for i in range(1, len(text)) if "一" <= text[i] <= "鿿" and "一" <= text[i - 1] <= "鿿"
    ]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    spaced = reader().read(text[:place] + " " + text[place:], now=NOW, role=message.role)
    assert spaced.intent == reader().read(text, now=NOW, role=message.role).intent


def test_same_bytes() -> None:
    for message in MESSAGES[:40]:
        one = reader().read(message.text, now=NOW, role=message.role)
        assert one == reader().read(message.text, now=NOW, role=message.role)


def test_ten_thousand_characters_are_quick() -> None:
    for pasted in ("学分" * 5000, "不是问学分，是问" * 1250, "“" * 10_000, "明天下午两点" * 1700):
        begun = time.perf_counter()
        reader().read(pasted, now=NOW, role="officer")
        assert time.perf_counter() - begun < 0.5


def test_weights_are_up_to_date() -> None:
    """`make weights` was run after the last change of an example or a table."""
    assert reader()._model.header["examples"] == digest(EXAMPLES)


def test_examples_are_whole() -> None:
    examples = read_examples(Path(EXAMPLES))
    assert len(examples) >= 3500
    assert len({one.hand for one in examples}) >= 3
