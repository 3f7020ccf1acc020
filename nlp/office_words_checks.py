"""What may stand in the office's words: each check returns the value or notes what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from nlp.concepts import Concepts
from nlp.forms import Forms
from nlp.normalise import bare, tidy
from nlp.resources import data_lines
from nlp.vocabulary import IntentWords

LONGEST_WORD = 20
LONGEST_EXAMPLE = 120
MOST = 1000
"""Entries of a list: each costs a little with every message."""

_SHORTEST_SAYING = 2


class Code(StrEnum):
    """Reasons of a refusal, for logs and tests; a closed list."""

    CONTRADICTS_FORM = "contradicts_form"
    DUPLICATE = "duplicate"
    EMPTY = "empty"
    ALREADY_KNOWN = "already_known"
    SYNTAX = "syntax"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    TOO_SHORT = "too_short"
    UNKNOWN_INTENT = "unknown_intent"
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_WORD = "unknown_word"
    UNREADABLE = "unreadable"
    WRONG_TYPE = "wrong_type"


@dataclass(frozen=True, slots=True)
class WordsProblem:
    """One mistake: its code, where it stands and what is wrong, in Chinese."""

    code: Code
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}：{self.message}"


class Checks:
    """Checks the entries of one file and remembers them, so that none is given twice."""

    def __init__(self, intents: Iterable[IntentWords]) -> None:
        self.problems: list[WordsProblem] = []
        kept = tuple(intents)
        self._titles = {one.name: one.title for one in kept}
        self._named = {one.title: one for one in kept} | {one.name: one for one in kept}
        self._forms = Forms(kept)
        self._concepts = Concepts()
        self._trade = frozenset(data_lines("trade_words.txt"))
        self._keywords = frozenset(word for one in kept for word in one.keywords)
        self._words: set[str] = set()
        self._sayings: set[str] = set()
        self._examples: dict[str, str] = {}

    def note(self, code: Code, place: str, message: str) -> None:
        """Add a mistake."""
        self.problems.append(WordsProblem(code, place, message))

    def count(self, entries: Sized, place: str) -> None:
        """At most MOST of each."""
        if len(entries) > MOST:
            self.note(Code.TOO_MANY, place, f"有 {len(entries)} 条，最多 {MOST} 条")

    def unknown_key(self, key: str) -> None:
        """A section that nobody reads."""
        self.note(
            Code.UNKNOWN_KEY,
            f"「{key[:20]}」",
            "不认识这一项，只能写 words、[synonyms] 和 [[examples]]；words 要写在最前面",
        )

    def word(self, value: object, place: str) -> str | None:
        """A whole word for the segmenter, as the scorer's text has it."""
        written = self._short(value, place)
        if written is None:
            return None
        if written in self._words:
            self.note(Code.DUPLICATE, place, f"「{value}」写了两次")
            return None
        self._words.add(written)
        return written

    def synonym(self, said: str, meant: object) -> tuple[str, str] | None:
        """A saying and the word of the trade that it means."""
        place = f"[synonyms]「{said[:LONGEST_WORD]}」"
        if said == "words" and isinstance(meant, list):
            self.note(Code.UNKNOWN_KEY, place, "words 要写在文件最前面，[synonyms] 之前")
            return None
        written = self._short(said, place)
        wanted = self._short(meant, f"{place}的意思")
        if written is None or wanted is None:
            return None
        if len(written) < _SHORTEST_SAYING:
            self.note(Code.TOO_SHORT, place, "只有一个字，会误伤别的话，请写两个字以上")
            return None
        if written in self._sayings:
            self.note(Code.DUPLICATE, place, "写了两次")
            return None
        self._sayings.add(written)
        if self._knows(written) or self._forms.match(written):
            self.note(
                Code.ALREADY_KNOWN, place, "师训助手已经认识这个词；要改变整句的意思，请用例句"
            )
            return None
        if not self._knows(wanted):
            near = get_close_matches(wanted, sorted(self._trade | self._keywords), 3, 0.3)
            hint = "、".join(near) if near else "学分、课表、签到"
            self.note(
                Code.UNKNOWN_WORD, f"{place}的意思", f"不认识「{wanted}」，要写常用的词，如 {hint}"
            )
            return None
        return written, wanted

    def example(self, text: str, means: str, place: str) -> tuple[str, str] | None:
        """(intent, message): a sentence and what it means, by an intent's name or title."""
        intent = self._intent(means.strip(), place)
        clean = tidy(text)
        key = bare(clean)
        if not any(char.isalnum() for char in key):
            self.note(Code.EMPTY, place, "text 里没有文字")
            return None
        if len(clean) > LONGEST_EXAMPLE:
            self.note(Code.TOO_LONG, place, f"text 太长，最多 {LONGEST_EXAMPLE} 个字")
            return None
        if key in self._examples:
            self.note(Code.DUPLICATE, place, f"和{self._examples[key]}是同一句话")
            return None
        self._examples[key] = place.removeprefix("[[examples]] ")
        if intent is None:
            return None
        form = self._forms.match(clean, text.strip())
        if form is not None and form.intent != intent.name:
            title = self._titles[form.intent]
            self.note(
                Code.CONTRADICTS_FORM,
                place,
                f"这句话固定表示「{title}」，不能改成「{intent.title}」",
            )
            return None
        return intent.name, clean

    def _intent(self, means: str, place: str) -> IntentWords | None:
        intent = self._named.get(means)
        if intent is None:
            near = get_close_matches(means, sorted(self._named), 3, 0.4)
            hint = f"，是不是 {'、'.join(near)}？" if near else "，请对照 docs/words.md 里的表"
            self.note(Code.UNKNOWN_INTENT, place, f"means 不认识「{means[:30]}」{hint}")
            return None
        if intent.exact_only:
            self.note(
                Code.UNKNOWN_INTENT, place, f"「{intent.title}」只能用固定的说法，不能用例句教"
            )
            return None
        return intent

    def _short(self, value: object, place: str) -> str | None:
        """A word in the spelling of the scorer's text."""
        if not isinstance(value, str):
            self.note(Code.WRONG_TYPE, place, "应是加英文引号的文字")
            return None
        written = bare(tidy(value))
        if not any(char.isalnum() for char in written):
            self.note(Code.EMPTY, place, "是空的")
            return None
        if len(written) > LONGEST_WORD:
            self.note(Code.TOO_LONG, place, f"太长，最多 {LONGEST_WORD} 个字")
            return None
        return written

    def _knows(self, word: str) -> bool:
        return word in self._concepts or word in self._trade or word in self._keywords


def is_text(value: object) -> bool:
    """Whether it is a text with something in it."""
    return isinstance(value, str) and bool(value.strip())
