"""Adds up the lines of an evaluation: years, categories, thresholds, offsets.

Decides nothing about single entries; `credit` has done that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

from handlers.rules import credit_steps as steps
from handlers.rules.credit_entries import EVERYTHING, Cell, Cells, EntryStatus, Level, Mode
from handlers.rules.credit_rules import (
    CreditRuleSet,
    Measure,
    Period,
    RoundingAt,
    Threshold,
)
from handlers.rules.credit_trace import (
    NOTHING,
    CategoryStanding,
    CycleSpan,
    EntryLine,
    Standing,
    Step,
    StepKind,
    ThresholdStanding,
    YearStanding,
)

_SHOWN_ORDER = tuple(product(Level, Mode))

Figures = tuple[Decimal, Decimal, Decimal]
"""Class hours, registered credits, counted credits."""


def sum_up(
    lines: Sequence[EntryLine],
    notes: Sequence[Step],
    rules: CreditRuleSet,
    cycle: CycleSpan,
    *,
    on: date,
    joined: date | None,
) -> Standing:
    """The standing that the lines give; `notes` are the steps so far."""
    counting = [line for line in lines if line.counts]
    by_year: dict[int, list[EntryLine]] = {}
    for line in counting:
        by_year.setdefault(line.entry.year, []).append(line)
    class_hours, _, exact = _figures(counting)
    total = rounded_sum(exact, rules)
    found = list(notes)
    if total != exact:
        found.append(steps.total_rounded_step(total - exact, rules))
    yearly = _year_thresholds(by_year, rules, cycle, on, joined)
    whole = _cycle_thresholds(counting, rules, cycle, on)
    whole, offset_steps = _with_offsets(whole, rules)
    found += offset_steps
    years = {}
    for year, thresholds in yearly.items():
        years[year], offset_steps = _with_offsets(thresholds, rules)
        found += offset_steps
    probation = _probation_thresholds(lines, rules, cycle, on, joined)
    flat = tuple(threshold for group in years.values() for threshold in group)
    return Standing(
        rules=rules,
        as_of=on,
        cycle=cycle,
        total=total,
        class_hours=class_hours,
        by_year=_year_standings(by_year, years, rules, on),
        by_category=_category_standings(counting),
        thresholds=(*whole, *flat, *probation),
        pending_total=_pending_total(lines, rules),
        lines=tuple(lines),
        steps=tuple(found),
    )


def rounded_sum(amount: Decimal, rules: CreditRuleSet) -> Decimal:
    """The sum, rounded where the rule set rounds sums."""
    return rules.rounding(amount) if rules.rounding.at is RoundingAt.TOTAL else amount


def _figures(lines: Iterable[EntryLine]) -> Figures:
    hours = registered = counted = NOTHING
    for line in lines:
        hours += line.entry.class_hours
        registered += line.registered
        counted += line.counted
    return hours, registered, counted


def _pending_total(lines: Iterable[EntryLine], rules: CreditRuleSet) -> Decimal:
    waiting = (
        line.registered
        for line in lines
        if any(step.kind is StepKind.PENDING for step in line.steps)
    )
    return rounded_sum(sum(waiting, NOTHING), rules)


def _category_standings(counting: Sequence[EntryLine]) -> tuple[CategoryStanding, ...]:
    groups: dict[Cell, list[EntryLine]] = {}
    for line in counting:
        groups.setdefault(line.entry.cell, []).append(line)
    return tuple(
        CategoryStanding(*cell, *_figures(groups[cell])) for cell in _SHOWN_ORDER if cell in groups
    )


def _year_standings(
    by_year: Mapping[int, Sequence[EntryLine]],
    thresholds: dict[int, list[ThresholdStanding]],
    rules: CreditRuleSet,
    on: date,
) -> tuple[YearStanding, ...]:
    """The years from the cycle's first to now, and later ones that hold entries already."""
    rule = rules.cycle
    standings = []
    for year, items in thresholds.items():
        hours, registered, counted = _figures(by_year.get(year, ()))
        start, end = rule.year_start(year), rule.year_end(year)
        standings.append(
            YearStanding(
                year=year,
                word=rule.year_word(year),
                start=start,
                end=end,
                over=end < on,
                registered=registered,
                counted=counted,
                class_hours=hours,
                thresholds=tuple(items),
            )
        )
    return tuple(standings)


def _year_thresholds(
    by_year: Mapping[int, Sequence[EntryLine]],
    rules: CreditRuleSet,
    cycle: CycleSpan,
    on: date,
    joined: date | None,
) -> dict[int, list[ThresholdStanding]]:
    rule = rules.cycle
    now = rule.year_of(on)
    yearly = [item for item in rules.thresholds if item.per is Period.YEAR]
    found: dict[int, list[ThresholdStanding]] = {}
    for year in cycle.years:
        if year > now and year not in by_year:
            continue
        asked = yearly if _year_applies(year, rules, joined) else []
        lines = by_year.get(year, ())
        over = rule.year_end(year) < on
        found[year] = [_measured(item, lines, rules, over, year) for item in asked]
    return found


def _year_applies(year: int, rules: CreditRuleSet, joined: date | None) -> bool:
    """Years before joining ask nothing, nor those that a probation outside the cycle touches."""
    if joined is None:
        return True
    if rules.probation is not None and not rules.probation.in_cycle:
        end = rules.probation.end(joined)
        return rules.cycle.year_start(year) >= end
    return year >= rules.cycle.year_of(joined)


def _cycle_thresholds(
    counting: Sequence[EntryLine], rules: CreditRuleSet, cycle: CycleSpan, on: date
) -> list[ThresholdStanding]:
    over = cycle.end < on
    return [
        _measured(item, counting, rules, over, None)
        for item in rules.thresholds
        if item.per is Period.CYCLE
    ]


def _probation_thresholds(
    lines: Sequence[EntryLine],
    rules: CreditRuleSet,
    cycle: CycleSpan,
    on: date,
    joined: date | None,
) -> list[ThresholdStanding]:
    """Only for somebody whose probation reaches into the cycle and began under these rules."""
    if rules.probation is None or joined is None or joined < rules.valid_from:
        return []
    end = rules.probation.end(joined)
    if end <= cycle.start:
        return []
    done = [
        replace(line, counted=line.registered)
        for line in lines
        if line.entry.status is EntryStatus.RECOGNISED
        and rules.in_probation(line.entry, joined)
        and not any(rule.covers(line.entry) for rule in rules.exclusions)
    ]
    return [
        _measured(item, done, rules, end <= on, None)
        for item in rules.thresholds
        if item.per is Period.PROBATION
    ]


def _measured(
    threshold: Threshold,
    lines: Iterable[EntryLine],
    rules: CreditRuleSet,
    over: bool,
    year: int | None,
) -> ThresholdStanding:
    everything = threshold.cells == EVERYTHING
    hours, _, credits_counted = _figures(lines if everything else _of(threshold.cells, lines))
    own = hours if threshold.measure is Measure.CLASS_HOUR else rounded_sum(credits_counted, rules)
    return ThresholdStanding(
        name=threshold.name,
        per=threshold.per,
        year=year,
        measure=threshold.measure,
        everything=everything,
        required=threshold.minimum,
        own=own,
        offset=NOTHING,
        consequence=threshold.consequence,
        clause=threshold.clause,
        over=over,
    )


def _of(cells: Cells, lines: Iterable[EntryLine]) -> Iterable[EntryLine]:
    return (line for line in lines if line.entry.cell in cells)


def _with_offsets(
    thresholds: list[ThresholdStanding], rules: CreditRuleSet
) -> tuple[list[ThresholdStanding], list[Step]]:
    """Fills gaps from surpluses in the order of the rule set; what is used up is used up."""
    by_name = {item.name: item for item in thresholds}
    left = {item.name: item.surplus for item in thresholds}
    found = []
    for offset in rules.offsets:
        target = by_name.get(offset.target)
        if target is None or offset.source not in left:
            continue
        amount = min(left[offset.source], target.missing)
        if offset.maximum is not None:
            amount = min(amount, offset.maximum)
        if amount <= 0:
            continue
        left[offset.source] -= amount
        by_name[offset.target] = replace(target, offset=target.offset + amount)
        found.append(steps.offset_step(offset, amount, target.year, rules))
    return list(by_name.values()), found
