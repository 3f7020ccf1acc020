"""The office's own names in a text: exact and aliased, unique parts, sounds, one wrong letter.

Knows names as words, not what they stand for. Immutable; a changed roster means a new instance.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from nlp.pinyin import exact
from nlp.resources import data_lines
from nlp.vocabulary import Name, Names

_ENDINGS = re.compile(r"(?:培训班|培训|研修班|研修|项目|班|小学|中学|学校|幼儿园)$")
_SHORTEST_ALIAS = 2
_NEXT_TO_PERSON = re.compile(r"^(?:老师|的|，|,|、|。| |$|到|来|这|那|家|人|没|请|补|迟)")
# what stands around a person's name that is a command elsewhere, and around nothing else
_TO_PERSON = re.compile(r"(?:给|把|帮|替|让|同意|驳回|打回|批准)$")
_BEFORE_PERSON = re.compile(r"(?:^|给|把|帮|让|同意|驳回|打回|批准|叫|是|[，,。、：: ])$")


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text: its canonical forms (more than one: ambiguous) and how it was written."""

    canonical: tuple[str, ...]
    written: str
    begin: int
    finish: int


class NameIndex:
    """Finds names of one kind. `ordinary` are words that are names only beside a marker;
    `commands` order something unless nothing but a name can stand there."""

    def __init__(
        self,
        names: Iterable[Name],
        ordinary: frozenset[str] = frozenset(),
        commands: frozenset[str] = frozenset(),
    ) -> None:
        self._commands = commands
        spoken: dict[str, dict[str, None]] = defaultdict(dict)
        sounds: dict[str, dict[str, None]] = defaultdict(dict)
        self._ordinary = ordinary
        self._canonical: list[str] = []
        for name in names:
            self._canonical.append(name.canonical)
            for written in (name.canonical, *name.aliases):
                if len(written) >= _SHORTEST_ALIAS:
                    spoken[written][name.canonical] = None
            sounds[exact(name.canonical)][name.canonical] = None
        self._spoken = {written: tuple(found) for written, found in spoken.items()}
        self._sounds = {key: tuple(found) for key, found in sounds.items()}
        self._lengths = sorted({len(written) for written in self._spoken}, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._canonical)

    def find(self, text: str) -> Found | None:
        """The first name written exactly or by an alias, the longest at its place."""
        for begin in range(len(text)):
            for length in self._lengths:
                written = text[begin : begin + length]
                if len(written) < length:
                    continue
                canonical = self._spoken.get(written)
                if canonical and self._is_name(text, begin, length):
                    return Found(canonical, written, begin, begin + length)
        return None

    def resolve(self, written: str) -> tuple[str, ...]:
        """Canonical names for words like one: exact, a part, the same sound, one letter off."""
        exactly = self._spoken.get(written)
        if exactly:
            return exactly
        core = _ENDINGS.sub("", written)
        if len(core) >= _SHORTEST_ALIAS:
            inside = [name for name in self._canonical if core in name or _scattered(core, name)]
            if inside:
                return tuple(sorted(set(inside)))
        same = self._sounds.get(exact(written))
        if same:
            return same
        near = [name for name in self._canonical if _one_apart(written, name)]
        return tuple(sorted(set(near)))

    def _is_name(self, text: str, begin: int, length: int) -> bool:
        word = text[begin : begin + length]
        if word in self._commands:
            after = text[begin + length :]
            to_person = _TO_PERSON.search(text[max(0, begin - 2) : begin])
            return after.startswith("老师") or bool(after and to_person)
        if word not in self._ordinary:
            return True
        return bool(
            _NEXT_TO_PERSON.match(text[begin + length :])
            and _BEFORE_PERSON.search(text[max(0, begin - 2) : begin])
        )


def _scattered(core: str, name: str) -> bool:
    """Whether a short form's letters stand in a long name in order (一中, 郴州市第一中学)."""
    if len(core) < _SHORTEST_ALIAS or len(core) * 4 < len(name) or core[-1] not in name[-4:]:
        return False
    position = -1
    for letter in core:
        position = name.find(letter, position + 1)
        if position < 0:
            return False
    return True


def _one_apart(one: str, other: str) -> bool:
    """Edit distance exactly one, for names of three letters and more."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 3:  # noqa: PLR2004
        return False
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


@dataclass(frozen=True, slots=True)
class NameBook:
    """One index for each kind of the office's names."""

    programmes: NameIndex
    schools: NameIndex
    people: NameIndex
    regions: NameIndex
    providers: NameIndex

    @classmethod
    def of(
        cls,
        names: Names,
        ordinary: frozenset[str] | None = None,
        commands: frozenset[str] = frozenset(),
    ) -> NameBook:
        """Indexes the office's names; classes are found like programmes.

        `ordinary`: words that are a person's name only beside a marker (高兴, 成果); None: all
        that begin like a surname and are no names (nlu/guide.md, Names, numbers, codes).
        `commands`: people's names that order something by themselves.
        """
        if ordinary is None:
            ordinary = frozenset(data_lines("not_people.txt"))
        return cls(
            programmes=NameIndex((*names.programmes, *names.classes)),
            schools=NameIndex(names.schools),
            people=NameIndex(names.people, ordinary, commands),
            regions=NameIndex(names.regions),
            providers=NameIndex(names.providers),
        )
