"""Trains the weights of the understanding from handlers/examples and writes nlp/data/weights.bin.

Deterministic: the same examples give the same bytes. Hyper-parameters were chosen by leaving one
hand (writer) out at a time, never by looking at dev.jsonl or the held-back examples.
Run: `python -m nlp.training.train [--examples DIR] [--cross-validate]`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.svm import LinearSVC

from nlp.concepts import Concepts
from nlp.features import VERSION, Extractor
from nlp.model import Header, pack
from nlp.normalise import bare, tidy
from nlp.pinyin import syllable
from nlp.segment import Segmenter

ROOT = Path(__file__).resolve().parents[2]
TRAINER = 2
COST = 1.0
FAMILY_WEIGHTS = (1.5, 1.0, 1.0, 0.5)
LEAST_EXAMPLES = 2
COPY_WEIGHT = 0.5
EXAMPLES = ROOT / "handlers" / "examples"
WEIGHTS = ROOT / "nlp" / "data" / "weights.bin"
Features = tuple[list[str], list[str], list[str], list[str]]


@dataclass(frozen=True, slots=True)
class Example:
    """One written message with the intent that its writer gave it."""

    text: str
    intent: str
    role: str
    style: str
    hand: str


def read_examples(folder: Path) -> list[Example]:
    """All examples of *.jsonl below a folder; the hand is a field, or the file's folder."""
    found: dict[str, Example] = {}
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                row = json.loads(line)
                hand = row.get("hand", path.parent.name)
                found.setdefault(
                    row["text"],
                    Example(row["text"], row["intent"], row["role"], row["style"], hand),
                )
    return sorted(found.values(), key=lambda one: (one.intent, one.text))


def digest(folder: Path) -> str:
    """Identifies what weights were made from: the examples, the trainer and every table read."""
    seen = hashlib.sha256(f"{TRAINER} {VERSION}".encode())
    for one in read_examples(folder):
        seen.update(f"{one.text}\x1f{one.intent}\x1e".encode())
    for name in ("concepts", "pinyin", "traditional", "trade_words", "words"):
        seen.update((ROOT / "nlp" / "data" / f"{name}.txt").read_bytes())
    return seen.hexdigest()


def noisy_copies(text: str, extractor: Extractor) -> list[str]:
    """A message with slips: a character lost, two swapped, some words typed as pinyin."""
    rng = random.Random(zlib.crc32(text.encode()))  # noqa: S311 - reproducible noise
    places = [i for i, char in enumerate(text) if "一" <= char <= "鿿"]
    if len(places) < 4:  # noqa: PLR2004 - a slip would leave nothing of it
        return []
    lost = rng.choice(places)
    first = rng.choice(places[:-1])
    words = extractor.segmenter.words(text)
    typed = "".join(
        "".join(syllable(char) for char in word) + " " if rng.random() < 0.4 else word  # noqa: PLR2004
        for word in words
    ).strip()
    swapped = text[:first] + text[first + 1 : first + 2] + text[first] + text[first + 2 :]
    return [copy for copy in (text[:lost] + text[lost + 1 :], swapped, typed) if copy != text]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Features of the examples and of their noisy copies."""

    examples: list[Example]
    features: list[Features]
    copies: list[Features]
    origin: list[int]


def prepare(examples: list[Example], extractor: Extractor) -> Corpus:
    """Extracts everything once."""
    texts = [bare(tidy(one.text)) for one in examples]
    copies: list[Features] = []
    origin: list[int] = []
    for index, text in enumerate(texts):
        for copy in noisy_copies(text, extractor):
            copies.append(extractor.features(copy))
            origin.append(index)
    return Corpus(examples, [extractor.features(text) for text in texts], copies, origin)


def vocabulary(corpus: Corpus, kept: Callable[[int], bool]) -> list[str]:
    """Features that at least two written examples share, sorted."""
    seen: Counter[str] = Counter()
    for index, families in enumerate(corpus.features):
        if kept(index):
            for names in families:
                seen.update(names)
    return sorted(name for name, count in seen.items() if count >= LEAST_EXAMPLES)


def matrix(rows: Sequence[Features], names: Sequence[str]) -> sparse.csr_matrix:
    """Binary features, each family scaled to its weight over the root of its number."""
    column = {name: index for index, name in enumerate(names)}
    where: list[int] = []
    which: list[int] = []
    values: list[float] = []
    for index, families in enumerate(rows):
        for weight, found in zip(FAMILY_WEIGHTS, families, strict=True):
            if not found:
                continue
            known = [column[name] for name in found if name in column]
            where += [index] * len(known)
            which += known
            values += [weight / len(found) ** 0.5] * len(known)
    return sparse.csr_matrix((values, (where, which)), shape=(len(rows), len(names)))


@dataclass(frozen=True, slots=True)
class Fitted:
    """Coefficients (intents × features, rarity folded in) and intercepts."""

    intents: list[str]
    names: list[str]
    coefficients: np.ndarray
    intercepts: np.ndarray

    def margins(self, rows: Sequence[Features]) -> np.ndarray:
        """Scores of each row for each intent."""
        return np.asarray(matrix(rows, self.names) @ self.coefficients.T + self.intercepts)


def fit(corpus: Corpus, kept: Callable[[int], bool]) -> Fitted:
    """A linear classifier, one against the rest, from the examples that `kept` lets in."""
    names = vocabulary(corpus, kept)
    chosen = [i for i in range(len(corpus.examples)) if kept(i)]
    copied = [i for i, source in enumerate(corpus.origin) if kept(source)]
    rows = [corpus.features[i] for i in chosen] + [corpus.copies[i] for i in copied]
    labels = [corpus.examples[i].intent for i in chosen]
    labels += [corpus.examples[corpus.origin[i]].intent for i in copied]
    weights = [1.0] * len(chosen) + [COPY_WEIGHT] * len(copied)
    solver = LinearSVC(C=COST, random_state=0, max_iter=5000)
    rarity = rareness(corpus, chosen, names)
    solver.fit(matrix(rows, names) @ sparse.diags(rarity), labels, sample_weight=weights)
    return Fitted(list(solver.classes_), names, solver.coef_ * rarity, solver.intercept_)


def rareness(corpus: Corpus, chosen: Sequence[int], names: Sequence[str]) -> np.ndarray:
    """What a feature counts for before training: the root of its inverse document frequency."""
    seen: Counter[str] = Counter()
    for index in chosen:
        for found in corpus.features[index]:
            seen.update(found)
    return np.array([(np.log(len(chosen) / seen[name]) ** 0.5) / 4 for name in names])


def temperature(margins: np.ndarray, truth: np.ndarray) -> float:
    """The factor that makes softmax(factor × margin) an honest probability."""
    best = (float("inf"), 1.0)
    for factor in np.arange(1.0, 12.01, 0.25):
        scaled = margins * factor
        top = scaled.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(scaled - top).sum(axis=1))
        loss = float((log_sum - scaled[np.arange(len(truth)), truth]).mean())
        best = min(best, (loss, float(factor)))
    return best[1]


def cross_validate(corpus: Corpus) -> tuple[float, float]:
    """(accuracy, temperature) with each hand left out once; prints a line a hand."""
    hands = sorted({one.hand for one in corpus.examples})
    intents = sorted({one.intent for one in corpus.examples})
    all_margins: list[np.ndarray] = []
    truth: list[int] = []
    for hand in hands:
        fitted = fit(corpus, lambda i, hand=hand: corpus.examples[i].hand != hand)  # type: ignore[misc]
        rows = [i for i, one in enumerate(corpus.examples) if one.hand == hand]
        margins = fitted.margins([corpus.features[i] for i in rows])
        gold = [intents.index(corpus.examples[i].intent) for i in rows]
        right = float((margins.argmax(axis=1) == np.array(gold)).mean())
        print(f"hand {hand}: {right:.3f} of {len(rows)}")
        all_margins.append(margins)
        truth += gold
    stacked, gold_all = np.vstack(all_margins), np.array(truth)
    return float((stacked.argmax(axis=1) == gold_all).mean()), temperature(stacked, gold_all)


def quantise(fitted: Fitted) -> tuple[list[float], bytes, list[int]]:
    """(scale a family, bytes of the matrix, features a family) with 8 bits a weight."""
    families = "cpwk"
    scales: list[float] = []
    counts: list[int] = []
    table = np.zeros((len(fitted.names), len(fitted.intents)), dtype=np.uint8)
    for letter, weight in zip(families, FAMILY_WEIGHTS, strict=True):
        rows = np.array([name[0] == letter for name in fitted.names])
        part = fitted.coefficients[:, rows].T
        step = float(np.abs(part).max()) / 127 if rows.any() else 1.0
        table[rows] = np.clip(np.rint(part / step), -128, 127).astype(np.int16) + 128
        scales.append(round(step * weight, 9))
        counts.append(int(rows.sum()))
    return scales, table.tobytes(), counts


def main() -> None:
    """Trains on everything and writes the weights."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=Path, default=EXAMPLES)
    parser.add_argument("--cross-validate", action="store_true")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    corpus = prepare(read_examples(options.examples), Extractor(Segmenter(), Concepts()))
    accuracy, factor = cross_validate(corpus)
    print(f"unseen hand: {accuracy:.4f}, temperature {factor}")
    if options.cross_validate:
        return
    fitted = fit(corpus, lambda _: True)
    scales, table, counts = quantise(fitted)
    header: Header = {
        "trainer": TRAINER,
        "features": VERSION,
        "examples": digest(options.examples),
        "intents": fitted.intents,
        "scales": scales,
        "biases": [round(float(one), 6) for one in fitted.intercepts],
        "temperature": factor,
        "counts": counts,
    }
    data = pack(header, fitted.names, table)
    options.out.write_bytes(data)
    print(f"{len(corpus.examples)} examples, {len(fitted.names)} features, {len(data):,} bytes")


if __name__ == "__main__":
    main()
