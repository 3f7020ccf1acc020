"""Finds what contradicts itself in a rule set whose parts are each well-formed.

Each sentence is Chinese and says what to change; an empty result means that the set can be used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from handlers.rules.amounts import plain
from handlers.rules.credit_entries import Cells, category_word
from handlers.rules.credit_rules import (
    Cap,
    CapPer,
    CreditRuleSet,
    CycleStart,
    Measure,
    Period,
    RoundingAt,
    Threshold,
)


def contradictions(rules: CreditRuleSet) -> Iterator[str]:
    """Every contradiction of the rule set, in the order of docs/rules.md."""
    yield from _dates(rules)
    yield from _names(rules)
    yield from _ratios(rules)
    yield from _crossing_caps(rules)
    yield from _thresholds(rules)
    yield from _offsets(rules)
    yield from _rounding(rules)


def _dates(rules: CreditRuleSet) -> Iterator[str]:
    if rules.valid_to is not None and rules.valid_to < rules.valid_from:
        yield "valid_to 早于 valid_from，请核对有效期"
    cycle = rules.cycle
    if cycle.start != cycle.year_start(cycle.year_of(cycle.start)):
        yield f"[cycle]：start 应是年度的第一天（{cycle.first_month} 月 1 日），周期按整年计"
    if cycle.begins is CycleStart.FIXED and rules.valid_from < cycle.start:
        yield "valid_from 早于 [cycle] 的 start，规则生效时周期还没有开始"


def _names(rules: CreditRuleSet) -> Iterator[str]:
    """Steps and offsets refer to requirements by name, to caps by name and period."""
    for name, times in Counter(item.name for item in rules.thresholds).items():
        if times > 1:
            yield f"[[threshold]]：「{name}」出现了 {times} 次，名称不能重复"
    for (name, _), times in Counter((cap.name, cap.per) for cap in rules.caps).items():
        if times > 1:
            yield f"[[cap]]：「{name}」按同一期限写了 {times} 次，只能写一次"


def _ratios(rules: CreditRuleSet) -> Iterator[str]:
    covered: Cells = frozenset()
    for place, ratio in enumerate(rules.ratios, 1):
        if ratio.cells <= covered:
            yield (
                f"[[ratio]] 第 {place} 条永远用不上：前面的条目已包括它的全部范围，"
                "请把范围小的写在前面"
            )
        covered |= ratio.cells


def _crossing_caps(rules: CreditRuleSet) -> Iterator[str]:
    """Caps must be nested or apart: where they cross, the result would hang on their order."""
    wide = [cap for cap in rules.caps if cap.per in (CapPer.YEAR, CapPer.CYCLE)]
    for one, other in combinations(wide, 2):
        if _cross(one, other):
            example = category_word(*min(one.cells & other.cells))
            yield (
                f"[[cap]]：「{one.name}」与「{other.name}」的范围互相交叉（例如{example}），"
                "先算哪条结果会不同；请改成互不相交，或一条包含另一条"
            )


def _cross(one: Cap, other: Cap) -> bool:
    if not one.cells & other.cells:
        return False
    if one.per is other.per:
        return not (one.cells <= other.cells or other.cells <= one.cells)
    yearly, whole = (one, other) if one.per is CapPer.YEAR else (other, one)
    return not yearly.cells <= whole.cells


def _thresholds(rules: CreditRuleSet) -> Iterator[str]:
    if not rules.thresholds:
        yield "至少要有一条 [[threshold]]（要求）"
    for item in rules.thresholds:
        if item.per is Period.PROBATION and rules.probation is None:
            yield f"[[threshold]]：「{item.name}」按试用期算，但没有写 [probation]"
        for cap in rules.caps:
            most = _most(cap, item, rules)
            if most is not None and most < item.minimum:
                yield (
                    f"「{item.name}」要求 {plain(item.minimum)}，但按「{cap.name}」的上限"
                    f"最多只能计 {plain(most)}，永远达不到"
                )


def _most(cap: Cap, threshold: Threshold, rules: CreditRuleSet) -> Decimal | None:
    """The most a cap lets a threshold count, None where it does not bind it."""
    if threshold.measure is not Measure.CREDIT or not threshold.cells <= cap.cells:
        return None
    if threshold.per is Period.PROBATION:
        return None
    if cap.per is CapPer.CYCLE:
        return cap.maximum
    if cap.per is not CapPer.YEAR:
        return None
    return cap.maximum * (rules.cycle.years if threshold.per is Period.CYCLE else 1)


def _offsets(rules: CreditRuleSet) -> Iterator[str]:
    known = {item.name: item for item in rules.thresholds}
    for place, offset in enumerate(rules.offsets, 1):
        where = f"[[offset]] 第 {place} 条"
        absent = [name for name in (offset.source, offset.target) if name not in known]
        for name in absent:
            yield f"{where}：没有名为「{name}」的 [[threshold]]"
        if absent:
            continue
        source, target = known[offset.source], known[offset.target]
        if source is target:
            yield f"{where}：from 与 to 不能是同一条"
        elif (source.per, source.measure) != (target.per, target.measure):
            yield f"{where}：from 与 to 要同按年或同按周期，并同用学分或学时"
        elif source.per is Period.PROBATION:
            yield f"{where}：试用期的要求不能冲抵"
        elif source.cells & target.cells:
            yield f"{where}：from 与 to 的范围有重叠，同一学分会算两次"


def _rounding(rules: CreditRuleSet) -> Iterator[str]:
    """Sums are rounded to the unit, so limits must lie on it, or rounding could pass a cap."""
    if rules.rounding.at is not RoundingAt.TOTAL:
        return
    limits = [(cap.name, cap.maximum) for cap in rules.caps]
    limits += [
        (item.name, item.minimum) for item in rules.thresholds if item.measure is Measure.CREDIT
    ]
    for name, limit in limits:
        if rules.rounding(limit) != limit:
            yield f"「{name}」的 {plain(limit)} 不能按 [rounding] 的 places 取整，请改其一"
