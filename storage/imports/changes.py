"""What an import would do, before it does it, and what it did: values for the dry run's report.

Knows no kind of file; every loader speaks in these types.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from storage.imports.recorder import Recorder
from storage.readers.problems import Problem
from storage.readers.sheet_rows import Kind
from storage.scope import EVERYTHING, Scope


class ImportRefusedError(Exception):
    """The whole import cannot be done; the message is a Chinese sentence for the officer."""


class Tags(Protocol):
    """What a plan row's words say about whom it is for."""

    @property
    def school_stages(self) -> tuple[str, ...]: ...
    @property
    def subjects(self) -> tuple[str, ...]: ...
    @property
    def level(self) -> str | None: ...


class Tagger(Protocol):
    """A rule of the domain that reads a plan row's words (handlers/rules/plan_tags)."""

    def __call__(
        self, *, name: str, topic: str, audience: str, sponsor: str, provider: str, title: str
    ) -> Tags: ...


@dataclass(frozen=True, slots=True)
class CheckedRules:
    """A credit rule set's version, or in Chinese what is wrong with its text."""

    version: str
    problems: tuple[str, ...] = ()


RulesCheck = Callable[[str], CheckedRules]


@dataclass(frozen=True, slots=True)
class Context:
    """Who imports, when, how far they may reach, and the rules of the domain handed in.

    now: local and aware. scope: whose records they may bring in.
    leavers: whether those who are missing from the file are marked as gone.
    """

    now: datetime
    tagger: Tagger
    check_rules: RulesCheck
    by: int | None = None
    scope: Scope = EVERYTHING
    leavers: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is added, changed or gone: the file's row (None: not in it) and words."""

    row: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a row is not taken (an error), or what was assumed for it (a note)."""

    row: int | None
    message: str


def of_problems(problems: Sequence[Problem], *, notes: bool) -> tuple[Finding, ...]:
    """The reader's own findings of one of the two sorts."""
    return tuple(Finding(p.row, p.message) for p in problems if p.is_note is notes)


def no_writes(_: Recorder) -> None:
    """Nothing to write."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a file would do. `write` does it; `write_leavers` does what `leavers` names.

    unit_word counts the lines: 人, 条, 个.
    """

    kind: Kind
    unit_word: str
    adds: tuple[Line, ...] = ()
    changes: tuple[Line, ...] = ()
    leavers: tuple[Line, ...] = ()
    unchanged: int = 0
    errors: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    write: Callable[[Recorder], None] = no_writes
    write_leavers: Callable[[Recorder], None] = no_writes

    @property
    def is_empty(self) -> bool:
        """Nothing would be written, whatever is confirmed."""
        return not (self.adds or self.changes or self.leavers)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What was saved: counts, the rows that were left out, and the number to undo it by."""

    import_id: int
    kind: Kind
    unit_word: str
    added: int
    changed: int
    left: int
    unchanged: int
    errors: tuple[Finding, ...]
    notes: tuple[Finding, ...]
