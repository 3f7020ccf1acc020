"""Why a credit figure is what it is, and what a change of rules changes for somebody.

Works on finished standings only; decides no credit.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import TypeVar

from handlers.rules.amounts import plain, signed
from handlers.rules.credit_trace import (
    NOTHING,
    EntryLine,
    Standing,
    Step,
    StepKind,
    ThresholdStanding,
)

MOST_STEPS_COMBINED = 4
MOST_CANDIDATES = 24
"""Beyond these an "explanation" would be a coincidence, and the search slow."""

# What people mean by "missing" first: cut by a cap, waiting, refused; last what was years ago.
_LIKELIEST = (
    StepKind.CAP,
    StepKind.PENDING,
    StepKind.REJECTED,
    StepKind.RECORDED,
    StepKind.EXCLUDED,
    StepKind.ROUNDED,
    StepKind.OUT_OF_CYCLE,
)

Person = TypeVar("Person", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to 为什么少了2分.

    `lines` are all entries in counting order, `cuts` everything that took something away, the
    likeliest first, `remarks` the rest. With an `amount` asked about: `matches` are alternatives,
    each a group of cuts that adds up to it exactly (single cuts where there are any), and `gaps`
    the requirements that lack exactly that much.
    """

    amount: Decimal | None
    lines: tuple[EntryLine, ...]
    cuts: tuple[Step, ...]
    remarks: tuple[Step, ...]
    matches: tuple[tuple[Step, ...], ...]
    gaps: tuple[ThresholdStanding, ...]

    @property
    def exact(self) -> bool:
        """Whether the amount asked about is accounted for to the last digit."""
        return bool(self.matches or self.gaps)


def explain(standing: Standing, amount: Decimal | None = None) -> Explanation:
    """The entries and the steps that cut them; which of them make up `amount` (sign ignored)."""
    cuts = tuple(
        sorted(
            (step for step in standing.steps if step.amount < 0),
            key=lambda step: _LIKELIEST.index(step.kind),
        )
    )
    remarks = tuple(step for step in standing.steps if step.amount >= 0)
    wanted = abs(amount) if amount else None
    return Explanation(
        amount=wanted,
        lines=standing.lines,
        cuts=cuts,
        remarks=remarks,
        matches=() if wanted is None else _adding_up(cuts, wanted),
        gaps=tuple(item for item in standing.thresholds if item.missing == wanted),
    )


def _adding_up(cuts: Sequence[Step], wanted: Decimal) -> tuple[tuple[Step, ...], ...]:
    """All smallest groups of cuts that sum to the amount; else all cuts, if they do."""
    candidates = [step for step in cuts if -step.amount <= wanted][:MOST_CANDIDATES]
    for size in range(1, min(MOST_STEPS_COMBINED, len(candidates)) + 1):
        found = tuple(
            group
            for group in combinations(candidates, size)
            if -sum((step.amount for step in group), NOTHING) == wanted
        )
        if found:
            return found
    everything = -sum((step.amount for step in cuts), NOTHING)
    return (tuple(cuts),) if cuts and everything == wanted else ()


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure under two versions: a requirement (of a `year` or the cycle) or the total.

    `*_met` is None where the figure is no requirement or the version does not have it.
    """

    name: str
    year: int | None
    before: Decimal | None
    after: Decimal | None
    before_required: Decimal | None
    after_required: Decimal | None
    before_met: bool | None
    after_met: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class StandingChange:
    """What two standings of one person differ in; `figures` is never empty."""

    before_version: str
    after_version: str
    difference: Decimal
    figures: tuple[FigureChange, ...]

    @property
    def gained(self) -> bool:
        """Whether a requirement unmet before is met now."""
        return any(item.before_met is False and item.after_met for item in self.figures)

    @property
    def lost(self) -> bool:
        """Whether a requirement met before (or not asked) is unmet now."""
        return any(
            item.before_met is not False and item.after_met is False for item in self.figures
        )


def compare(before: Standing, after: Standing) -> StandingChange | None:
    """What changes for one person between two rule versions; None if nothing does."""
    unit = after.rules.unit_word
    figures = []
    if before.total != after.total:
        text = (
            f"合计由 {plain(before.total)} 变为 {plain(after.total)} {unit}"
            f"（{signed(after.total - before.total)}）。"
        )
        figures.append(
            FigureChange("合计", None, before.total, after.total, None, None, None, None, text)
        )
    old = {(item.name, item.year): item for item in before.thresholds}
    new = {(item.name, item.year): item for item in after.thresholds}
    for key in dict.fromkeys([*old, *new]):
        change = _figure_change(old.get(key), new.get(key), after)
        if change is not None:
            figures.append(change)
    if not figures:
        return None
    return StandingChange(
        before.rules.version, after.rules.version, after.total - before.total, tuple(figures)
    )


def compare_all(
    before: Mapping[Person, Standing], after: Mapping[Person, Standing]
) -> dict[Person, StandingChange]:
    """Everybody whose standing changes, in the order of `before`; both hold the same people."""
    if before.keys() != after.keys():
        raise ValueError("the two sides are not about the same people")
    changes = ((person, compare(before[person], after[person])) for person in before)
    return {person: change for person, change in changes if change is not None}


def _figure_change(
    old: ThresholdStanding | None, new: ThresholdStanding | None, after: Standing
) -> FigureChange | None:
    known = new or old
    if known is None or _facts(old) == _facts(new):
        return None
    when = after.rules.cycle.year_word(known.year) if known.year is not None else ""
    text = f"{when}{known.name}：{_words(old)} → {_words(new)}。"
    return FigureChange(
        name=known.name,
        year=known.year,
        before=old.counted if old else None,
        after=new.counted if new else None,
        before_required=old.required if old else None,
        after_required=new.required if new else None,
        before_met=old.met if old else None,
        after_met=new.met if new else None,
        text=text,
    )


def _facts(item: ThresholdStanding | None) -> tuple[object, ...] | None:
    if item is None:
        return None
    return item.counted, item.required, item.met, item.measure, item.consequence


def _words(item: ThresholdStanding | None) -> str:
    if item is None:
        return "无此要求"
    state = "达标" if item.met else f"还差 {plain(item.missing)}"
    return f"{plain(item.counted)}/{plain(item.required)} {state}"
