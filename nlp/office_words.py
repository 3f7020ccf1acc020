"""Reads the office's own words (config/words.toml): every mistake at once, in Chinese, with place.

Pure: text in, values or problems out. Knows no file, no clock and no person.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import texts
from nlp.office_words_checks import Checks, Code, WordsProblem, is_text
from nlp.vocabulary import IntentWords

LARGEST_FILE = 300_000
"""Bytes of a words file, and characters of its text."""

_HINT = "引号、等号、方括号要用英文的，引号要成对"
_TWICE = re.compile(r"Cannot (?:overwrite|declare|mutate|redefine)|Duplicate")


@dataclass(frozen=True, slots=True)
class OfficeWords:
    """What an office added, as nlp.vocabulary.Vocabulary takes it."""

    words: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, str], ...] = ()
    examples: tuple[tuple[str, str], ...] = ()


class OfficeWordsError(Exception):
    """All that is wrong with a words file; never empty."""

    def __init__(self, problems: Iterable[WordsProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def text_of(data: bytes) -> str:
    """The text of a words file in any encoding that editors save.

    Raises OfficeWordsError when it is too large or no text at all.
    """
    if len(data) > LARGEST_FILE:
        raise OfficeWordsError([_too_large()])
    try:
        return texts.lines_joined(data)
    except texts.NotTextError:
        problem = WordsProblem(Code.UNREADABLE, "整个文件", "不是文本文件，请用 UTF-8 编码保存")
        raise OfficeWordsError([problem]) from None


def read_office_words(text: str, intents: Iterable[IntentWords]) -> OfficeWords:
    """The words, synonyms and examples of a TOML text; `intents` are those that exist.

    Raises OfficeWordsError with every problem; never anything else, whatever the text.
    """
    if len(text) > LARGEST_FILE:
        raise OfficeWordsError([_too_large()])
    table = _parsed(text)
    checks = Checks(intents)
    words = _words(table.get("words", []), checks)
    synonyms = _synonyms(table.get("synonyms", {}), checks)
    examples = _examples(table.get("examples", []), checks)
    for key in table:
        if key not in ("words", "synonyms", "examples"):
            checks.unknown_key(key)
    if checks.problems:
        raise OfficeWordsError(checks.problems)
    return OfficeWords(words, synonyms, examples)


def _parsed(text: str) -> Mapping[str, object]:
    try:
        # a last line without its end would be reported as the end of the file
        return tomllib.loads(text + "\n")
    except (ValueError, RecursionError) as error:
        place, line = _place(str(error), text)
        if _TWICE.search(str(error)):
            problem = WordsProblem(Code.DUPLICATE, place, "同一项写了两次，请合并成一处")
        elif re.search(r"[“”＂‘’＝［］【】]", line):
            problem = WordsProblem(Code.SYNTAX, place, f"这里有中文的标点，{_HINT}")
        else:
            problem = WordsProblem(Code.SYNTAX, place, f"写法不对，读不下去（{_HINT}）")
        raise OfficeWordsError([problem]) from None


def _place(error: str, text: str) -> tuple[str, str]:
    """Where the parser stopped, in words, and the line that it stopped in."""
    found = re.search(r"line (\d+)", error)
    if found is None:
        return "文件末尾附近", text[-200:].rstrip().rpartition("\n")[2]
    number = int(found[1])
    lines = text.split("\n")
    return f"第 {number} 行附近", lines[number - 1] if number <= len(lines) else ""


def _too_large() -> WordsProblem:
    return WordsProblem(
        Code.TOO_LARGE, "整个文件", f"太大了，最多 {LARGEST_FILE // 1000} KB，请删去用不着的词"
    )


def _words(value: object, checks: Checks) -> tuple[str, ...]:
    if not isinstance(value, list):
        checks.note(Code.WRONG_TYPE, "words", '应写成一列词，例如 words = ["银龄讲学", "影子跟岗"]')
        return ()
    checks.count(value, "words")
    found = (checks.word(item, f"words 第 {n} 个") for n, item in enumerate(value, 1))
    return tuple(word for word in found if word)


def _synonyms(value: object, checks: Checks) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        checks.note(Code.WRONG_TYPE, "synonyms", "应写成一节 [synonyms]，每行一个说法")
        return ()
    checks.count(value, "[synonyms]")
    found = (checks.synonym(said, meant) for said, meant in value.items())
    return tuple(pair for pair in found if pair)


def _examples(value: object, checks: Checks) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list):
        checks.note(Code.WRONG_TYPE, "examples", "每条例句应以 [[examples]] 开头，两对方括号")
        return ()
    checks.count(value, "[[examples]]")
    pairs = []
    for number, item in enumerate(value, 1):
        place = f"[[examples]] 第 {number} 条"
        if not isinstance(item, dict):
            checks.note(Code.WRONG_TYPE, place, "每条例句应以 [[examples]] 开头，两对方括号")
            continue
        for key in item:
            if key not in ("text", "means"):
                checks.note(Code.UNKNOWN_KEY, place, f"不认识「{key[:20]}」，只能写 text 和 means")
        if not (is_text(item.get("text")) and is_text(item.get("means"))):
            checks.note(Code.EMPTY, place, '要写两行：text = "大家的说法"，means = "它的意思"')
            continue
        pair = checks.example(str(item["text"]), str(item["means"]), place)
        if pair is not None:
            pairs.append(pair)
    return tuple(pairs)
