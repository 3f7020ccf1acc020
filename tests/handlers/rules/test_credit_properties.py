"""What holds for every ledger under every shipped rule set and a crowded one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.credit import evaluate
from handlers.rules.credit_entries import Entry, EntryStatus, Level, Mode
from handlers.rules.credit_explain import compare, explain
from handlers.rules.credit_rules import CapPer, CreditRuleSet, RoundingAt
from handlers.rules.credit_trace import EntryLine, Standing, StepKind
from tests.handlers.rules.ledgers import RULES, rule_set, shipped

ON = date(2023, 7, 12)
ZERO = Decimal(0)

CROWDED = rule_set(
    """
[rounding]
mode = "进一"
places = 1
at = "合计"
[[cap]]
name = "单条"
per = "每条"
max = 30
[[cap]]
name = "单项"
per = "每项"
max = 40
[[cap]]
name = "校本年度"
per = "每年"
max = 24
levels = ["校本"]
[[cap]]
name = "校本网络年度"
per = "每年"
max = 10
levels = ["校本"]
modes = ["网络"]
[[cap]]
name = "校本周期"
per = "每周期"
max = 60
levels = ["校本"]
[[cap]]
name = "全部周期"
per = "每周期"
max = 300
[probation]
months = 12
[[exclude]]
name = "未经认定的机构"
unaccredited_only = true
[[threshold]]
name = "集中"
per = "每周期"
min = 20
modes = ["集中"]
[[threshold]]
name = "网络"
per = "每周期"
min = 40
modes = ["网络"]
[[offset]]
from = "集中"
to = "网络"
max = 15
""",
    total="200",
)
SETS = [*(shipped(path.stem) for path in sorted(RULES.glob("*.toml"))), CROWDED]

amounts = st.decimals("0", "60", places=2, allow_nan=False, allow_infinity=False)
days = st.none() | st.integers(0, 1800).map(lambda n: date(2021, 1, 1) + timedelta(days=n))


@st.composite
def entries(draw: st.DrawFn, status: EntryStatus | None = None) -> Entry:
    day = draw(days)
    return Entry(
        id=draw(st.integers(1, 10_000)),
        year=day.year if day else draw(st.integers(2009, 2026)),
        programme=draw(st.sampled_from("甲乙丙")),
        level=draw(st.sampled_from(Level)),
        mode=draw(st.sampled_from(Mode)),
        class_hours=draw(amounts),
        credits=draw(st.none() | amounts),
        status=status or draw(st.sampled_from(EntryStatus)),
        occurred_on=day,
        accredited=draw(st.booleans()),
    )


ledgers = st.lists(entries(), max_size=25, unique_by=lambda item: item.id)
rule_sets = st.sampled_from(SETS)
joined = st.sampled_from([None, date(2021, 9, 1), date(2010, 9, 1)])


def figures(standing: Standing) -> tuple[object, ...]:
    return (
        standing.total,
        standing.pending_total,
        standing.by_year,
        standing.by_category,
        standing.thresholds,
        standing.lines,
        standing.steps,
    )


def rounding_of_sums(standing: Standing) -> Decimal:
    return sum(
        (
            step.amount
            for step in standing.steps
            if step.kind is StepKind.ROUNDED and step.entry_id is None
        ),
        ZERO,
    )


@given(ledgers, rule_sets, joined, st.randoms())
def test_the_order_of_the_entries_does_not_matter(
    ledger: list[Entry], rules: CreditRuleSet, since: date | None, random: Random
) -> None:
    shuffled = list(ledger)
    random.shuffle(shuffled)
    one = evaluate(ledger, rules, on=ON, joined=since)
    other = evaluate(shuffled, rules, on=ON, joined=since)
    assert figures(one) == figures(other)
    assert compare(one, other) is None


@given(ledgers, entries(status=EntryStatus.RECOGNISED), rule_sets, joined)
def test_a_further_recognised_entry_never_lowers_the_total(
    ledger: list[Entry], more: Entry, rules: CreditRuleSet, since: date | None
) -> None:
    before = evaluate(ledger, rules, on=ON, joined=since)
    after = evaluate([*ledger, more], rules, on=ON, joined=since)
    assert after.total >= before.total


@given(ledgers, rule_sets, joined)
def test_parts_and_steps_sum_to_the_total(
    ledger: list[Entry], rules: CreditRuleSet, since: date | None
) -> None:
    standing = evaluate(ledger, rules, on=ON, joined=since)
    exact = standing.total - rounding_of_sums(standing)
    assert sum((year.counted for year in standing.by_year), ZERO) == exact
    assert sum((part.counted for part in standing.by_category), ZERO) == exact
    assert sum((line.counted for line in standing.lines), ZERO) == exact
    raw = sum((line.raw for line in standing.lines), ZERO)
    changes = (step.amount for step in standing.steps if step.kind is not StepKind.OFFSET)
    assert raw + sum(changes, ZERO) == standing.total
    for line in standing.lines:
        assert (line.raw, *line.after)[-1] == line.counted
        assert 0 <= line.counted <= line.registered
    if rules.rounding.at is RoundingAt.ENTRY:
        assert exact == standing.total


@given(ledgers, rule_sets)
def test_caps_are_never_exceeded(ledger: list[Entry], rules: CreditRuleSet) -> None:
    standing = evaluate(ledger, rules, on=ON)

    def key(per: CapPer, line: EntryLine) -> tuple[object, ...]:
        item = line.entry
        if per is CapPer.ENTRY:
            return (item.id,)
        if per is CapPer.PROGRAMME:
            return (item.year, item.programme, item.level, item.mode)
        return (item.year,) if per is CapPer.YEAR else ()

    for cap in rules.caps:
        lines = [line for line in standing.lines if line.entry.cell in cap.cells]
        for _, group in groupby(
            sorted(lines, key=lambda line: repr(key(cap.per, line))),
            key=lambda line: repr(key(cap.per, line)),
        ):
            assert sum((line.counted for line in group), ZERO) <= cap.maximum


@given(ledgers, rule_sets)
def test_an_offset_moves_a_surplus_only_once_and_only_into_a_gap(
    ledger: list[Entry], rules: CreditRuleSet
) -> None:
    standing = evaluate(ledger, rules, on=ON)
    for item in standing.thresholds:
        assert item.offset == 0 or item.counted <= item.required
        assert item.met == (item.missing == 0)
    moved = sum((s.amount for s in standing.steps if s.kind is StepKind.OFFSET), ZERO)
    assert moved == sum((item.offset for item in standing.thresholds), ZERO)


@given(ledgers, rule_sets, amounts)
def test_an_explanation_adds_up_to_what_was_asked(
    ledger: list[Entry], rules: CreditRuleSet, amount: Decimal
) -> None:
    explanation = explain(evaluate(ledger, rules, on=ON), amount)
    for group in explanation.matches:
        assert -sum((step.amount for step in group), ZERO) == amount


@pytest.mark.parametrize("rules", SETS, ids=lambda rules: rules.title)
def test_an_empty_ledger_stands_at_nothing(rules: CreditRuleSet) -> None:
    standing = evaluate([], rules, on=ON)
    assert (standing.total, standing.lines, standing.by_category) == (ZERO, (), ())
    assert not any(item.met for item in standing.thresholds)
