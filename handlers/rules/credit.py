"""Evaluates somebody's credit entries under one rule set, with every step that cut or added.

Pure: told the date and the entries; knows no person, table or chat. The order of work is
conversion, status, exclusions, caps (entry, programme, year, cycle; the narrower first), sums,
rounding of sums, thresholds, offsets. Where a cap is exceeded the latest entries lose first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from handlers.rules import credit_steps as steps
from handlers.rules.credit_entries import Entry, EntryStatus
from handlers.rules.credit_rules import (
    Cap,
    CapPer,
    CreditRuleSet,
    CycleStart,
    Exclusion,
    Ratio,
    RoundingAt,
)
from handlers.rules.credit_sums import sum_up
from handlers.rules.credit_trace import (
    NOTHING,
    CycleSpan,
    EntryLine,
    Standing,
    Step,
    StepKind,
)

_CAP_ORDER = tuple(CapPer)


@dataclass(slots=True)
class _Draft:
    """An entry on its way; `amount` is what still counts of it."""

    entry: Entry
    raw: Decimal = NOTHING
    registered: Decimal = NOTHING
    amount: Decimal = NOTHING
    counts: bool = True
    steps: list[Step] = field(default_factory=list)

    def add(self, step: Step) -> None:
        self.steps.append(step)
        self.amount += step.amount

    def drop(self, step: Step) -> None:
        self.add(step)
        self.counts = False

    def line(self) -> EntryLine:
        return EntryLine(
            self.entry, self.raw, self.registered, self.amount, self.counts, tuple(self.steps)
        )


def evaluate(
    entries: Sequence[Entry], rules: CreditRuleSet, *, on: date, joined: date | None = None
) -> Standing:
    """The standing on a day.

    `on` decides which cycle is current and which years are over; for the ledger as it was earlier
    hand in the entries of then. `joined` is the day of joining the profession (cycles per
    person, probation, years before it). The order of `entries` does not matter.
    """
    cycle = cycle_on(rules, on, joined)
    drafts = [_converted(entry, rules) for entry in sorted(entries, key=_counting_order)]
    for draft in drafts:
        _admit(draft, rules, cycle, joined)
    counting = [draft for draft in drafts if draft.counts]
    notes = [step for draft in drafts for step in draft.steps]
    for cap in sorted(rules.caps, key=lambda cap: (_CAP_ORDER.index(cap.per), len(cap.cells))):
        notes += _apply_cap(cap, counting, rules)
    if joined is None and (remark := steps.no_joining_date_step(rules)):
        notes.append(remark)
    lines = [draft.line() for draft in drafts]
    return sum_up(lines, notes, rules, cycle, on=on, joined=joined)


def cycle_on(rules: CreditRuleSet, on: date, joined: date | None = None) -> CycleSpan:
    """The cycle that a day falls into; after the rules' last day, their last cycle.

    Without a joining date a cycle per person runs from the rule set's own start.
    """
    rule = rules.cycle
    base = rule.year_of(rule.start)
    if joined is not None and rule.begins is not CycleStart.FIXED:
        base = rule.year_of(joined) + (rule.begins is CycleStart.YEAR_AFTER_JOINING)
    now = rule.year_of(min(on, rules.valid_to or on))
    first = base + max((now - base) // rule.years, 0) * rule.years
    years = tuple(range(first, first + rule.years))
    return CycleSpan(rule.year_start(years[0]), rule.year_end(years[-1]), years)


def over_cap(
    entries: Sequence[Entry],
    candidate: Entry,
    rules: CreditRuleSet,
    *,
    on: date,
    joined: date | None = None,
) -> tuple[Step, ...]:
    """The caps that recognising `candidate` would exceed (further), for the person who audits.

    `entries` may hold the candidate as pending; it is found by its number. Empty: it fits.
    """
    others = [entry for entry in entries if entry.id != candidate.id]
    before = evaluate(others, rules, on=on, joined=joined)
    after = evaluate(
        [*others, replace(candidate, status=EntryStatus.RECOGNISED)], rules, on=on, joined=joined
    )
    known = {_cap_key(step): step.amount for step in before.steps if step.kind is StepKind.CAP}
    return tuple(
        step
        for step in after.steps
        if step.kind is StepKind.CAP and step.amount < known.get(_cap_key(step), NOTHING)
    )


def _cap_key(step: Step) -> tuple[str, int | None, int | None, str]:
    return step.rule, step.year, step.entry_id, step.programme


def _counting_order(
    entry: Entry,
) -> tuple[int, date, int, str, str, str, Decimal, Decimal, str]:
    """By year, date (undated last), number; the rest makes equal numbers harmless."""
    return (
        entry.year,
        entry.occurred_on or date.max,
        entry.id,
        entry.programme,
        entry.level,
        entry.mode,
        entry.class_hours,
        NOTHING if entry.credits is None else entry.credits,
        entry.status,
    )


def _ratio_for(entry: Entry, rules: CreditRuleSet) -> Ratio | None:
    cell = entry.cell
    for ratio in rules.ratios:
        if cell in ratio.cells:
            return ratio
    return None


def _converted(entry: Entry, rules: CreditRuleSet) -> _Draft:
    """The entry in credits: the ledger's where it has them, else hours × ratio."""
    draft = _Draft(entry)
    ratio = _ratio_for(entry, rules)
    computed = NOTHING if ratio is None else ratio.convert(entry.class_hours)
    rounded = rules.rounding(computed)
    if entry.credits is not None and ratio is not None:
        draft.raw = draft.amount = rounded
        if entry.credits != rounded:
            draft.add(steps.recorded_step(entry, rounded, entry.credits, ratio, rules))
    elif entry.credits is not None:
        draft.raw = draft.amount = entry.credits
    elif ratio is not None:
        draft.raw = draft.amount = computed
        if rules.rounding.at is RoundingAt.ENTRY and rounded != computed:
            draft.add(steps.rounded_step(entry, rounded - computed, rules))
    else:
        draft.add(steps.no_ratio_step(entry))
    draft.registered = draft.amount
    return draft


def _admit(draft: _Draft, rules: CreditRuleSet, cycle: CycleSpan, joined: date | None) -> None:
    """Drops what does not count at all: other cycles, rejected, excluded, probation, pending."""
    entry, amount = draft.entry, draft.registered
    if entry.year not in cycle.years:
        draft.drop(steps.out_of_cycle_step(entry, amount, cycle, rules))
    elif entry.status is EntryStatus.REJECTED:
        draft.drop(steps.rejected_step(entry, amount, rules))
    elif (exclusion := _exclusion_of(entry, rules)) is not None:
        draft.drop(steps.excluded_step(entry, amount, exclusion, rules))
    elif (kept_out := rules.probation_keeps_out(entry, joined)) is True:
        draft.drop(steps.probation_step(entry, amount, rules))
    elif entry.status is EntryStatus.PENDING:
        draft.drop(steps.pending_step(entry, amount, rules))
    elif kept_out is None:
        draft.add(steps.undated_step(entry))


def _exclusion_of(entry: Entry, rules: CreditRuleSet) -> Exclusion | None:
    for exclusion in rules.exclusions:
        if exclusion.covers(entry):
            return exclusion
    return None


def _apply_cap(cap: Cap, counting: Iterable[_Draft], rules: CreditRuleSet) -> list[Step]:
    """Applies one cap to each of its groups, in counting order, so that the latest lose."""
    groups: dict[tuple[object, ...], list[_Draft]] = {}
    for draft in counting:
        if draft.entry.cell in cap.cells:
            groups.setdefault(_group(cap, draft), []).append(draft)
    found: list[Step] = []
    for group in groups.values():
        arrived = sum((draft.amount for draft in group), NOTHING)
        if arrived <= cap.maximum:
            continue
        room = cap.maximum
        for draft in group:
            cut = draft.amount - min(draft.amount, room)
            room -= draft.amount - cut
            if cut:
                draft.add(steps.entry_cap_step(cap, draft.entry, cut, rules))
        cut = arrived - cap.maximum
        found.append(steps.group_cap_step(cap, group[0].entry, arrived, cut, rules))
    return found


def _group(cap: Cap, draft: _Draft) -> tuple[object, ...]:
    entry = draft.entry
    if cap.per is CapPer.ENTRY:
        return (id(draft),)
    if cap.per is CapPer.PROGRAMME:
        return (entry.year, entry.programme, entry.level, entry.mode)
    return (entry.year,) if cap.per is CapPer.YEAR else ()
