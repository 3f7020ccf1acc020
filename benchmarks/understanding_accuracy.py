"""Prints the figures of the understanding: by intent and style, on dev.jsonl and on held-back
examples, beside keywords alone and a TF-IDF character n-gram classifier (`make nlu`).

dev.jsonl lies in ../shared and is skipped where absent; neither set is ever trained on.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from bot.reading import intent_words
from nlp.decide import FALLBACK
from nlp.understanding import Understanding
from nlp.vocabulary import Meaning, Vocabulary

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT.parent / "shared" / "nlu" / "dev.jsonl"
HELD_BACK = ROOT / "tests" / "nlp" / "held_back.jsonl"
EXAMPLES = ROOT / "handlers" / "examples"
HARD = frozenset(
    {
        "negation_contrast", "keyword_trap", "no_keyword", "out_of_scope", "embedded_quote",
        "two_requests", "manipulation", "numbers_codes",
    }
)  # fmt: skip
DEFAULT_NOW = datetime(2025, 4, 23, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled message."""

    text: str
    intent: str
    also: frozenset[str]
    role: str
    style: str
    now: datetime
    slots: Mapping[str, object] | None


def read_lines(path: Path) -> list[Line]:
    """The labelled messages of a JSON-lines file."""
    out = []
    for row in map(json.loads, filter(str.strip, path.read_text(encoding="utf-8").splitlines())):
        now = datetime.fromisoformat(row["now"]) if "now" in row else DEFAULT_NOW
        also = frozenset(row.get("also", ()))
        head = (row["text"], row["intent"], also, row["role"], row["style"])
        out.append(Line(*head, now, row.get("slots")))
    return out


def share(hits: Sequence[bool]) -> str:
    """A percentage with its number."""
    return f"{100 * sum(hits) / len(hits):5.1f} % of {len(hits)}" if hits else "  none"


def keywords_alone(vocabulary: Vocabulary) -> Callable[[str], str]:
    """Baseline (a): the intent whose declared keyword is the longest found."""
    pairs = [(word, one.name) for one in vocabulary.intents for word in one.keywords]
    pairs.sort(key=lambda pair: (-len(pair[0]), pair))

    def answer(text: str) -> str:
        return next((name for word, name in pairs if word in text), FALLBACK)

    return answer


def tfidf_classifier() -> Callable[[list[str]], list[str]]:
    """Baseline (b): character 1-3-gram TF-IDF and a linear classifier, on our examples."""
    rows = [
        json.loads(line)
        for path in sorted(EXAMPLES.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    model = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True),
        LinearSVC(random_state=0),
    )
    model.fit([row["text"] for row in rows], [row["intent"] for row in rows])
    return lambda texts: list(model.predict(texts))


def report(title: str, lines: list[Line], vocabulary: Vocabulary, reader: Understanding) -> None:
    """All figures of one set."""
    meanings = [reader.read(line.text, now=line.now, role=line.role) for line in lines]
    right = [m.intent == line.intent for m, line in zip(meanings, lines, strict=True)]
    loose = [
        hit or m.intent in line.also for hit, m, line in zip(right, meanings, lines, strict=True)
    ]
    among = [
        # when we ask back, 都不是 is always one of the buttons
        line.intent in {m.intent, *m.offered} or (line.intent == FALLBACK and not m.sure)
        for m, line in zip(meanings, lines, strict=True)
    ]
    hard = [line.style in HARD for line in lines]
    by_keyword = keywords_alone(vocabulary)
    keyword_hits = [by_keyword(line.text) == line.intent for line in lines]
    guesses = tfidf_classifier()([line.text for line in lines])
    tfidf_hits = [guess == line.intent for guess, line in zip(guesses, lines, strict=True)]
    print(f"\n== {title} ==")
    for name, hits in (
        ("understanding", right), ("keywords alone", keyword_hits), ("char TF-IDF", tfidf_hits)
    ):  # fmt: skip
        ordinary = [hit for hit, one in zip(hits, hard, strict=True) if not one]
        difficult = [hit for hit, one in zip(hits, hard, strict=True) if one]
        print(f"{name:18} all {share(hits)} | ordinary {share(ordinary)} | hard {share(difficult)}")
    print(
        f"right or a label that also counts: {share(loose)}; among what is offered: {share(among)}"
    )
    _sure(meanings, right)
    _acting(lines, meanings, vocabulary)
    _tables(lines, meanings, right, keyword_hits, tfidf_hits)
    _slots(lines, meanings)
    _speed(lines, reader)


def _sure(meanings: list[Meaning], right: list[bool]) -> None:
    sure = [hit for meaning, hit in zip(meanings, right, strict=True) if meaning.sure]
    print(f"answered without asking back: {share([m.sure for m in meanings])}, right {share(sure)}")


def _acting(lines: list[Line], meanings: list[Meaning], vocabulary: Vocabulary) -> None:
    acting = {one.name for one in vocabulary.intents if one.acting}
    print("acting intents taken from a message that asks for something else (they ask to confirm):")
    for line, meaning in zip(lines, meanings, strict=True):
        if meaning.intent in acting and meaning.intent not in {line.intent, *line.also}:
            mark = "sure" if meaning.sure else "asks"
            print(
                f"  {mark} {meaning.score:.2f} {line.intent} → {meaning.intent}: {line.text[:50]!r}"
            )


def _tables(
    lines: list[Line],
    meanings: list[Meaning],
    right: list[bool],
    keyword_hits: list[bool],
    tfidf_hits: list[bool],
) -> None:
    for title, key in (("style", "style"), ("intent", "intent")):
        print(f"by {title}: understanding | keywords | TF-IDF")
        groups: dict[str, list[int]] = defaultdict(list)
        for index, line in enumerate(lines):
            groups[getattr(line, key)].append(index)
        for name, rows in sorted(groups.items()):
            figures = " | ".join(
                share([hits[i] for i in rows]) for hits in (right, keyword_hits, tfidf_hits)
            )
            print(f"  {name:22} {figures}")
    wrong = Counter(
        (line.intent, meaning.intent)
        for line, meaning, hit in zip(lines, meanings, right, strict=True)
        if not hit
    )
    print("confusions (wanted → understood):")
    for (wanted, got), count in sorted(wrong.items(), key=lambda item: (-item[1], item[0])):
        print(f"  {count:3} {wanted} → {got}")


def _slots(lines: list[Line], meanings: list[Meaning]) -> None:
    per: dict[str, list[bool]] = defaultdict(list)
    whole: list[bool] = []
    for line, meaning in zip(lines, meanings, strict=True):
        if line.slots is None or meaning.intent != line.intent:
            continue
        whole.append(dict(meaning.slots) == dict(line.slots))
        for name in {*line.slots, *meaning.slots}:
            per[name].append(line.slots.get(name) == meaning.slots.get(name))
    if whole:
        print(f"all slots exact where the intent is right: {share(whole)}")
        print("  " + ", ".join(f"{name} {sum(h)}/{len(h)}" for name, h in sorted(per.items())))


def _speed(lines: list[Line], reader: Understanding) -> None:
    spent = []
    for line in lines:
        begun = time.perf_counter()
        reader.read(line.text, now=line.now, role=line.role)
        spent.append((time.perf_counter() - begun) * 1000)
    spent.sort()
    middle, last = statistics.median(spent), spent[len(spent) * 99 // 100]
    print(f"ms a message: median {middle:.2f}, p99 {last:.2f}")


def main() -> None:
    """Measures every set that is there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--errors", action="store_true", help="print what was read wrongly")
    options = parser.parse_args()
    vocabulary = Vocabulary(intent_words())
    reader = Understanding(vocabulary)
    for title, path in (("dev.jsonl", DEV), ("held back", HELD_BACK)):
        if not path.exists():
            print(f"\n== {title}: not here, skipped ==")
            continue
        lines = read_lines(path)
        report(title, lines, vocabulary, reader)
        if options.errors:
            for line in lines:
                _print_error(line, reader.read(line.text, now=line.now, role=line.role))


def _print_error(line: Line, meaning: Meaning) -> None:
    said = f"{line.style} {line.role} {line.text[:60]!r}"
    if meaning.intent != line.intent:
        print(f"  I {line.intent} → {meaning.intent} {meaning.score:.2f} {said}")
    elif line.slots is not None and dict(line.slots) != dict(meaning.slots):
        print(f"  S {line.intent} {said}\n      wanted {line.slots}\n      found  {meaning.slots}")


if __name__ == "__main__":
    main()
