"""The office's own words: what they change, and what is refused with which reason and place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reading import intent_words
from nlp.office_words import LARGEST_FILE, OfficeWords, OfficeWordsError, read_office_words, text_of
from nlp.office_words_checks import MOST, Code
from nlp.segment import Segmenter
from nlp.understanding import Understanding
from nlp.vocabulary import Names, Vocabulary
from tests.nlp.vocabulary import NOW, reader

INTENTS = intent_words()
EXAMPLE_FILE = Path(__file__).resolve().parents[2] / "config" / "words.example.toml"
SYNONYM = '[synonyms]\n"积点" = "学分"\n"打卯" = "签到"\n'


def taught(text: str) -> Understanding:
    """The understanding with these words of an office."""
    own = read_office_words(text, INTENTS)
    return Understanding(Vocabulary(INTENTS, Names(), own.words, own.synonyms, own.examples))


def problems(text: str) -> list[tuple[Code, str]]:
    """(code, place) of each problem of a text that must be refused."""
    with pytest.raises(OfficeWordsError) as caught:
        read_office_words(text, INTENTS)
    return [(each.code, each.place) for each in caught.value.problems]


def example(text: str, means: str) -> str:
    """One example as TOML."""
    return f'[[examples]]\ntext = "{text}"\nmeans = "{means}"\n'


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("我的积点", "我的学分"),
        ("积点还差几个", "学分还差几个"),
        ("请问积点怎么少了？", "请问学分怎么少了？"),
        ("打卯", "签到"),
        ("打卯 7K3M", "签到 7K3M"),
    ],
)
def test_a_saying_is_read_as_the_word_it_means(text: str, plain: str) -> None:
    said, meant = taught(SYNONYM).read(text, now=NOW), reader().read(plain, now=NOW)
    assert (said.intent, said.score, said.slots) == (meant.intent, meant.score, meant.slots)
    assert said.text == text
    assert any("本单位的说法" in reason for reason in said.why)
    assert not any("本单位的说法" in reason for reason in meant.why)


def test_what_a_person_wrote_is_passed_on_as_written() -> None:
    own = taught(SYNONYM)
    meaning = own.read("通知全体老师：明天打卯改到八点半", now=NOW, role="officer")
    assert meaning.intent == "notice.draft"
    assert "签到" not in str(meaning.slots)


@pytest.mark.parametrize("means", ["还差多少", "credit.gap"])
def test_an_example_is_understood_by_title_and_by_name(means: str) -> None:
    own = taught(example("我的粮票还够不够", means))
    for text in ("我的粮票还够不够", "请问我的粮票够不够？"):
        meaning = own.read(text, now=NOW)
        assert (meaning.intent, meaning.sure) == ("credit.gap", True)


def test_a_word_is_kept_whole() -> None:
    own = read_office_words('words = ["影子跟岗", "信息技术2.0"]', INTENTS)
    assert own.words == ("影子跟岗", "信息技术0")
    assert "影子跟岗" in Segmenter(own.words).words("影子跟岗怎么报名")
    assert "影子跟岗" not in Segmenter().words("影子跟岗怎么报名")


def test_the_shipped_example_is_right_and_works() -> None:
    own = taught(text_of(EXAMPLE_FILE.read_bytes()))
    assert own.read("我的积点", now=NOW).intent == "credit.summary"
    assert own.read("下周要往哪儿跑", now=NOW).intent == "schedule.query"


def test_an_empty_file_is_no_mistake() -> None:
    assert read_office_words("# 还没有\n", INTENTS).words == ()


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('words = ["银龄讲学", " "]', Code.EMPTY, "words 第 2 个"),
        ('words = ["银龄讲学", "银龄讲学"]', Code.DUPLICATE, "words 第 2 个"),
        (f'words = ["{"长" * 21}"]', Code.TOO_LONG, "words 第 1 个"),
        ("words = [3]", Code.WRONG_TYPE, "words 第 1 个"),
        ('words = "银龄讲学"', Code.WRONG_TYPE, "words"),
        ('[synonyms]\n"积点" = ""', Code.EMPTY, "[synonyms]「积点」的意思"),
        ('[synonyms]\n"积点" = 3', Code.WRONG_TYPE, "[synonyms]「积点」的意思"),
        ('[synonyms]\n"积点" = "天王盖地虎"', Code.UNKNOWN_WORD, "[synonyms]「积点」的意思"),
        ('[synonyms]\n"点" = "学分"', Code.TOO_SHORT, "[synonyms]「点」"),
        ('[synonyms]\n"签到" = "学分"', Code.ALREADY_KNOWN, "[synonyms]「签到」"),
        ('[synonyms]\n"积点" = "学分"\n"積點" = "学分"', Code.DUPLICATE, "[synonyms]「積點」"),
        ('[synonyms]\n"积点" = "学分"\n"积点" = "学时"', Code.DUPLICATE, "第 3 行附近"),
        ('[synonyms]\nwords = ["积点"]', Code.UNKNOWN_KEY, "[synonyms]「words」"),
        ('synonym = "积点"', Code.UNKNOWN_KEY, "「synonym」"),
        ("synonyms = 3", Code.WRONG_TYPE, "synonyms"),
        (example("我的粮票", "粮票"), Code.UNKNOWN_INTENT, "[[examples]] 第 1 条"),
        (example("我的粮票", "撤销导入"), Code.UNKNOWN_INTENT, "[[examples]] 第 1 条"),
        (example("？！", "我的学分"), Code.EMPTY, "[[examples]] 第 1 条"),
        (example("粮" * 121, "我的学分"), Code.TOO_LONG, "[[examples]] 第 1 条"),
        (example("签到", "请假"), Code.CONTRADICTS_FORM, "[[examples]] 第 1 条"),
        (example("紧急停发", "我的学分"), Code.CONTRADICTS_FORM, "[[examples]] 第 1 条"),
        (
            example("我的粮票", "我的学分") + example("我的粮票！", "请假"),
            Code.DUPLICATE,
            "[[examples]] 第 2 条",
        ),
        ('[[examples]]\ntext = "我的粮票"', Code.EMPTY, "[[examples]] 第 1 条"),
        (
            example("我的粮票", "我的学分") + 'mean = "x"',
            Code.UNKNOWN_KEY,
            "[[examples]] 第 1 条",
        ),
        ("examples = [1]", Code.WRONG_TYPE, "[[examples]] 第 1 条"),
        ("[examples]\ntext = 'x'", Code.WRONG_TYPE, "examples"),
        ('# 一\n[synonyms]\n“积点” = "学分"', Code.SYNTAX, "第 3 行附近"),
        ('words = ["积点"', Code.SYNTAX, "文件末尾附近"),
        ("[" * 5000, Code.SYNTAX, "第 1 行附近"),
        ("a = " + "[" * 5000, Code.SYNTAX, "文件末尾附近"),
        ("a = " + "9" * 5000, Code.SYNTAX, "文件末尾附近"),
        ("#" * (LARGEST_FILE + 1), Code.TOO_LARGE, "整个文件"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, code: Code, place: str) -> None:
    assert problems(text) == [(code, place)]


def test_every_mistake_is_named_at_once() -> None:
    text = 'words = [""]\n[synonyms]\n"积点" = ""\n' + example("签到", "请假")
    assert [code for code, _ in problems(text)] == [
        Code.EMPTY,
        Code.EMPTY,
        Code.CONTRADICTS_FORM,
    ]


def test_too_many_are_refused() -> None:
    entries = ", ".join(f'"词{chr(0x4E00 + n)}"' for n in range(MOST + 1))
    assert (Code.TOO_MANY, "words") in problems(f"words = [{entries}]")


def test_messages_are_plain_chinese_with_a_hint() -> None:
    with pytest.raises(OfficeWordsError) as caught:
        read_office_words(example("我的粮票", "我的学份"), INTENTS)
    assert str(caught.value).startswith(
        "[[examples]] 第 1 条：means 不认识「我的学份」，是不是 我的学分"
    )


def test_files_of_older_editors_are_read() -> None:
    assert text_of("\ufeff# 好".encode()) == "# 好"
    assert text_of("# 积点".encode("gbk")) == "# 积点"
    assert text_of("# 积点\r\n".encode("utf-16")) == "# 积点\n"
    with pytest.raises(OfficeWordsError):
        text_of(b"\xff\xfe\x00\x80\x00")
    with pytest.raises(OfficeWordsError):
        text_of(b"#" * (LARGEST_FILE + 1))


def _read(data: str | bytes) -> None:
    found: tuple[str, ...] = ("none",)
    try:
        read_office_words(data if isinstance(data, str) else text_of(data), INTENTS)
    except OfficeWordsError as error:
        found = tuple(each.place and each.message for each in error.problems)
    assert found
    assert all(found)


@given(st.text(max_size=300))
@settings(max_examples=100)
def test_any_text_is_read_or_refused(text: str) -> None:
    _read(text)


PIECES = st.sampled_from(
    [
        "words ",
        "[synonyms]",
        "[[examples]]",
        "text",
        "means",
        " = ",
        '"',
        "'",
        "[",
        "]",
        "{",
        "}",
        "\n",
        ",",
        ".",
        "#",
        "\\u",
        "1",
        "true",
        "2021-13-01",
        "积点",
        "学分",
        "签到",
        "我的学分",
    ]
)


@given(st.lists(PIECES, max_size=40))
@settings(max_examples=100)
def test_any_pieces_of_a_words_file_are_read_or_refused(pieces: list[str]) -> None:
    _read("".join(pieces))


@given(st.binary(max_size=100))
@settings(max_examples=100)
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    _read(data)


def test_the_page_for_officers_lists_every_meaning() -> None:
    page = (EXAMPLE_FILE.parents[1] / "docs" / "words.md").read_text(encoding="utf-8")
    for intent in INTENTS:
        row = f"| {intent.title} | `{intent.name}` |"
        assert (row in page) == (not intent.exact_only), row


def test_the_blocks_of_the_page_for_officers_are_right() -> None:
    page = (EXAMPLE_FILE.parents[1] / "docs" / "words.md").read_text(encoding="utf-8")
    blocks = [part.partition("```")[0] for part in page.split("```toml\n")[1:]]
    assert len(blocks) == 3
    for block in blocks:
        assert read_office_words(block, INTENTS) != OfficeWords()
