"""Why two credits are missing (T04), and who changes with a new version (C08)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from handlers.rules.credit import evaluate
from handlers.rules.credit_entries import EntryStatus
from handlers.rules.credit_explain import compare, compare_all, explain
from handlers.rules.credit_rules import CreditRuleSet
from handlers.rules.credit_trace import Standing, StepKind
from tests.handlers.rules.ledgers import HEAD, entry, rule_set, school, shipped

ON = date(2021, 7, 12)
D = Decimal


def standing() -> Standing:
    ledger = [
        school(1, "26"),
        entry(2, "3", status=EntryStatus.PENDING),
        entry(3, "4", status=EntryStatus.REJECTED, reason="缺少证书"),
        entry(4, "2", year=2019),
        entry(5, "10", recorded="9"),
    ]
    return evaluate(ledger, shipped("default"), on=ON)


def test_the_likeliest_single_step_comes_first() -> None:
    explanation = explain(standing(), D(2))
    assert [[step.kind for step in group] for group in explanation.matches] == [
        [StepKind.CAP],
        [StepKind.OUT_OF_CYCLE],
    ]
    assert explanation.exact
    assert len(explanation.lines) == 5


def test_the_sign_of_the_amount_is_ignored() -> None:
    assert explain(standing(), D(-4)).matches == explain(standing(), D(4)).matches != ()


def test_several_steps_may_add_up() -> None:
    (group, *_) = explain(standing(), D(9)).matches
    assert {step.kind for step in group} == {
        StepKind.CAP,
        StepKind.PENDING,
        StepKind.REJECTED,
    }


def test_what_does_not_add_up_is_not_made_to() -> None:
    explanation = explain(standing(), D("2.5"))
    assert explanation.matches == ()
    assert not explanation.exact
    assert len(explanation.cuts) == 5


def test_a_gap_of_exactly_that_much_is_named() -> None:
    base = evaluate([entry(1, "70")], shipped("default"), on=ON)
    (gap,) = explain(base, D(2)).gaps
    assert (gap.name, gap.year) == ("年度学分", 2021)


def test_without_an_amount_there_is_nothing_to_match() -> None:
    explanation = explain(standing())
    assert (explanation.amount, explanation.matches, explanation.gaps) == (None, (), ())
    assert [step.kind for step in explanation.cuts] == [
        StepKind.CAP,
        StepKind.PENDING,
        StepKind.REJECTED,
        StepKind.RECORDED,
        StepKind.OUT_OF_CYCLE,
    ]


def versions() -> tuple[CreditRuleSet, CreditRuleSet]:
    old = rule_set('[[threshold]]\nname = "年度学分"\nper = "每年"\nmin = 72\n')
    new = rule_set(
        '[[threshold]]\nname = "年度学分"\nper = "每年"\nmin = 60\n'
        '[[cap]]\nname = "校本研修"\nper = "每年"\nmax = 20\nlevels = ["校本"]\n',
        HEAD.replace('version = "1"', 'version = "2"'),
    )
    return old, new


def test_compare_names_what_changes_for_a_person() -> None:
    old, new = versions()
    ledger = [entry(1, "45"), school(2, "22")]
    change = compare(evaluate(ledger, old, on=ON), evaluate(ledger, new, on=ON))
    assert change is not None
    assert (change.before_version, change.after_version, change.difference) == ("1", "2", D(-2))
    assert (change.gained, change.lost) == (True, False)
    assert [figure.text for figure in change.figures] == [
        "合计由 67 变为 65 学分（-2）。",
        "周期总学分：67/360 还差 293 → 65/360 还差 295。",
        "2021 年年度学分：67/72 还差 5 → 65/60 达标。",
    ]


def test_a_requirement_that_is_new_and_unmet_is_a_loss() -> None:
    old = rule_set()
    new = rule_set('[[threshold]]\nname = "集中培训"\nper = "每周期"\nmin = 20\nmodes = ["集中"]\n')
    change = compare(evaluate([], old, on=ON), evaluate([], new, on=ON))
    assert change is not None
    assert change.lost
    assert change.figures[0].text == "集中培训：无此要求 → 0/20 还差 20。"


def test_only_people_whose_standing_changes_are_listed() -> None:
    old, new = versions()
    same = evaluate([], old, on=ON)
    ledger = [school(1, "30")]
    before = {"王芳": evaluate(ledger, old, on=ON), "张伟": same}
    after = {"王芳": evaluate(ledger, new, on=ON), "张伟": same}
    assert list(compare_all(before, after)) == ["王芳"]
    with pytest.raises(ValueError, match="same people"):
        compare_all(before, {})
