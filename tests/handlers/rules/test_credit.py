"""The credit engine on small ledgers: every step, and the sentence that names it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from handlers.rules.credit import cycle_on, evaluate, over_cap
from handlers.rules.credit_entries import Entry, EntryStatus, Level, Mode
from handlers.rules.credit_rules import Period, choose
from handlers.rules.credit_trace import Standing, StepKind, ThresholdStanding
from tests.handlers.rules.ledgers import HEAD, entry, rule_set, school, shipped

ON = date(2021, 7, 12)
D = Decimal


def threshold(standing: Standing, name: str, year: int | None = None) -> ThresholdStanding:
    return next(t for t in standing.thresholds if (t.name, t.year) == (name, year))


def test_default_rules_count_by_year_and_name_what_the_cap_cut() -> None:
    ledger = [entry(1, "40"), school(2, "20"), school(3, "6", day=date(2021, 6, 1))]
    standing = evaluate(ledger, shipped("default"), on=ON)
    assert standing.total == D(64)
    (year,) = standing.by_year
    assert (year.registered, year.counted, year.required, year.missing) == (
        D(66),
        D(64),
        D(72),
        D(8),
    )
    assert not year.met
    assert not year.over
    assert [step.text for step in standing.steps] == [
        "校本研修每年最多计 24 学分，2021 年已登记 26，多出的 2 不计。"
    ]
    assert standing.headline is not None
    assert standing.headline.missing == D(296)
    assert {c.word: (c.registered, c.counted) for c in standing.by_category} == {
        "县培集中": (D(40), D(40)),
        "校本": (D(26), D(24)),
    }


def test_the_latest_lose_first_and_undated_entries_are_last_of_their_year() -> None:
    ledger = [
        school(1, "10"),
        school(2, "10", day=date(2021, 5, 1)),
        school(3, "10", day=date(2021, 3, 1)),
    ]
    standing = evaluate(ledger, shipped("default"), on=ON)
    assert [(line.entry.id, line.counted) for line in standing.lines] == [
        (3, D(10)),
        (2, D(10)),
        (1, D(4)),
    ]
    (cut,) = standing.lines[-1].steps
    assert (cut.amount, cut.entry_id) == (D(-6), 1)
    assert standing.lines[-1].after == (D(4),)


def test_pending_and_rejected_entries_are_steps_with_their_reason() -> None:
    ledger = [
        entry(1, "10"),
        entry(2, "3", status=EntryStatus.PENDING),
        entry(3, "2", status=EntryStatus.REJECTED, reason="缺少证书。"),
        entry(4, "5", year=2019, status=EntryStatus.PENDING),
    ]
    standing = evaluate(ledger, shipped("default"), on=ON)
    assert (standing.total, standing.pending_total) == (D(10), D(3))
    assert [line.entry.id for line in standing.pending] == [2]
    assert [line.entry.id for line in standing.rejected] == [3]
    texts = {step.kind: step.text for step in standing.steps}
    assert texts[StepKind.PENDING] == "「项目2」3 学分待审核，通过后才计。"
    assert texts[StepKind.REJECTED] == "「项目3」2 学分已驳回：缺少证书。"
    assert texts[StepKind.OUT_OF_CYCLE] == (
        "「项目4」登记在 2019 年，不在本周期（2021—2025 年）内，5 学分不计。"
    )


def test_recorded_credits_stand_and_the_difference_is_named() -> None:
    ledger = [entry(1, "10", recorded="8"), entry(2, "10", recorded="10")]
    standing = evaluate(ledger, shipped("default"), on=ON)
    assert standing.total == D(18)
    (step,) = standing.steps
    assert (step.kind, step.amount) == (StepKind.RECORDED, D(-2))
    assert step.text == ("「项目1」按 10 学时折算是 10 学分，登记的是 8，少 2，以登记的为准。")


def test_without_ratio_only_recorded_credits_count() -> None:
    standing = evaluate(
        [entry(1, "10", year=2012), entry(2, "10", year=2012, recorded="7.5")],
        shipped("hunan-2011"),
        on=date(2012, 3, 1),
    )
    assert standing.total == D("7.5")
    assert [step.kind for step in standing.steps] == [StepKind.NO_RATIO]


def test_hunan_has_two_yearly_thresholds_with_their_own_consequence() -> None:
    rules = shipped("hunan-2011")
    ledger = [
        entry(1, "0", year=2011, recorded="50"),
        entry(2, "0", year=2012, recorded="20"),
        entry(3, "0", year=2012, recorded="20", accredited=False),
    ]
    standing = evaluate(ledger, rules, on=date(2013, 1, 1))
    first, second, now = standing.by_year
    assert (first.required, first.missing, first.consequence) == (D(72), D(22), "不得评为优秀")
    assert [t.met for t in first.thresholds] == [True, False]
    assert [t.met for t in second.thresholds] == [False, False]
    assert first.over
    assert not now.over
    assert any(step.rule == "未经认定的培训机构" for step in standing.steps)


@pytest.mark.parametrize(
    ("level", "credits"),
    [
        (Level.NATIONAL, "5"),
        (Level.PROVINCIAL, "4"),
        (Level.MUNICIPAL, "3"),
        (Level.COUNTY, "2"),
    ],
)
def test_shaanxi_converts_by_level(level: Level, credits: str) -> None:
    standing = evaluate([entry(1, "10", level=level)], shipped("shaanxi-2018"), on=ON)
    assert standing.total == D(credits)


def test_shaanxi_offset_has_one_direction() -> None:
    rules = shipped("shaanxi-2018")
    ledger = [
        entry(1, "0", recorded="45"),
        entry(2, "0", recorded="30", mode=Mode.ONLINE),
        entry(3, "0", recorded="10", level=Level.SCHOOL, mode=Mode.SCHOOL_BASED),
    ]
    standing = evaluate(ledger, rules, on=ON)
    assert standing.total == D(85)
    online = threshold(standing, "网络研修")
    assert (online.own, online.offset, online.met) == (D(30), D(10), True)
    assert threshold(standing, "校本研修").missing == D(40)
    (step,) = [step for step in standing.steps if step.kind is StepKind.OFFSET]
    assert step.text == "集中培训超出要求的部分，冲抵网络研修 10。"
    reverse = evaluate(
        [entry(1, "0", recorded="20"), entry(2, "0", recorded="90", mode=Mode.ONLINE)],
        rules,
        on=ON,
    )
    assert threshold(reverse, "集中培训").missing == D(10)


def test_beijing_rounds_each_entry_and_ends_with_its_plan() -> None:
    rules = shipped("beijing-13fyp")
    ledger = [
        entry(1, "15", year=2016),
        entry(2, "15.5", year=2020, mode=Mode.ONLINE),
        entry(3, "8", year=2017, level=Level.SCHOOL),
    ]
    standing = evaluate(ledger, rules, on=date(2022, 1, 1))
    assert (standing.cycle.start, standing.cycle.end) == (date(2016, 1, 1), date(2020, 12, 31))
    assert standing.total == D("1.5") + D("0.78") + D("0.4")
    (step,) = standing.steps
    assert step.text == "「项目2」折算后保留 2 位小数（四舍五入），多计 0.005。"


def test_jianghan_counts_hours_and_caps_by_programme_year_and_cycle() -> None:
    rules = shipped("jianghan")
    study = [
        entry(n, "100", year=2020 + n, mode=Mode.DEGREE_STUDY, programme="本科")
        for n in range(1, 6)
    ]
    ledger = [*study, entry(9, "80", programme="骨干班"), entry(8, "80", programme="骨干班")]
    standing = evaluate(ledger, rules, on=date(2025, 12, 31))
    assert standing.total == D(20 + 15)
    hours = threshold(standing, "周期总学时")
    assert (hours.counted, hours.met) == (D(660), True)
    texts = [step.text for step in standing.steps]
    assert "单次培训每项最多计 15 学分，「骨干班」已登记 20，多出的 5 不计。" in texts
    assert "学历进修每年最多计 5 学分，2021 年已登记 10，多出的 5 不计。" in texts
    assert "学历进修每个周期最多计 20 学分，本周期已登记 25，多出的 5 不计。" in texts
    assert [year.counted for year in standing.by_year] == [D(20), D(5), D(5), D(5), D(0)]


def test_sums_may_be_rounded_instead_of_entries() -> None:
    rules = rule_set(
        '[rounding]\nplaces = 0\nmode = "舍去"\nat = "合计"\n',
    )
    standing = evaluate([entry(1, "1.4"), entry(2, "1.4")], rules, on=ON)
    assert standing.total == D(2)
    assert sum((year.counted for year in standing.by_year), D(0)) == D("2.8")
    assert standing.steps[-1].text == "合计取整数（舍去尾数），少计 0.8。"


PROBATION = """
[probation]
months = 12
[[threshold]]
name = "年度学分"
per = "每年"
min = 72
[[threshold]]
name = "试用期培训"
per = "试用期"
min = 120
measure = "学时"
"""


def test_probation_hours_stay_outside_the_cycle() -> None:
    rules = rule_set(PROBATION)
    ledger = [
        entry(1, "100", day=date(2021, 10, 1)),
        entry(2, "10", year=2022, day=date(2022, 8, 31)),
        entry(3, "30", year=2022, day=date(2022, 9, 1)),
        entry(4, "7", year=2022),
    ]
    standing = evaluate(ledger, rules, on=date(2023, 2, 1), joined=date(2021, 9, 1))
    assert standing.total == D(37)
    probation = threshold(standing, "试用期培训")
    assert (probation.counted, probation.missing, probation.over) == (D(110), D(10), True)
    assert [year.required for year in standing.by_year] == [None, None, D(72)]
    assert standing.by_year[0].met
    assert any("看不出是否在试用期内" in step.text for step in standing.steps)


def test_a_teacher_of_long_standing_has_no_probation_and_all_years() -> None:
    standing = evaluate([], rule_set(PROBATION), on=ON, joined=date(1995, 9, 1))
    assert not [t for t in standing.thresholds if t.per is Period.PROBATION]
    assert standing.by_year[0].required == D(72)


def test_years_before_joining_ask_nothing() -> None:
    standing = evaluate([], shipped("default"), on=date(2023, 5, 1), joined=date(2022, 9, 1))
    assert [(year.year, year.required) for year in standing.by_year] == [
        (2021, None),
        (2022, D(72)),
        (2023, D(72)),
    ]


def test_cycles_repeat_and_may_be_personal_and_in_school_years() -> None:
    rules = shipped("default")
    assert cycle_on(rules, date(2025, 12, 31)).years[0] == 2021
    assert cycle_on(rules, date(2026, 1, 1)).years == (2026, 2027, 2028, 2029, 2030)
    assert cycle_on(rules, date(2020, 1, 1)).years[0] == 2021
    head = HEAD.replace(
        "start = 2021-01-01", 'start = 2020-09-01\nyear = "学年"\nbegins = "入职次年"'
    )
    personal = rule_set(head=head)
    span = cycle_on(personal, ON, joined=date(2018, 8, 31))
    assert (span.start, span.end) == (date(2018, 9, 1), date(2023, 8, 31))
    standing = evaluate([entry(1, "5", year=2019)], personal, on=ON)
    assert standing.cycle.start == date(2020, 9, 1)
    assert "（2020—2024 学年）" in standing.steps[0].text
    assert standing.steps[-1].text == "没有登记入职年月，周期暂从 2020-09-01 算起。"


def test_over_cap_names_the_cap_that_a_recognition_would_exceed() -> None:
    rules = shipped("default")
    candidate = Entry(
        3, 2021, "课例研讨", Level.SCHOOL, Mode.SCHOOL_BASED, D(6), None, EntryStatus.PENDING
    )
    (step,) = over_cap([school(1, "20"), candidate], candidate, rules, on=ON)
    assert "最多计 24 学分，2021 年已登记 26" in step.text
    assert over_cap([school(1, "18"), candidate], candidate, rules, on=ON) == ()
    already = [school(1, "30")]
    (step,) = over_cap(already, candidate, rules, on=ON)
    assert step.amount == D(-12)


def test_the_version_in_force_is_chosen_by_region_and_day() -> None:
    sets = [shipped("default"), shipped("beijing-13fyp"), shipped("hunan-2011")]
    assert choose(sets, "北京", date(2018, 1, 1)) is sets[1]
    assert choose(sets, "北京", date(2021, 1, 1)) is None
    later = rule_set(
        head=HEAD.replace("测试", "默认", 1).replace("valid_from = 2021", "valid_from = 2022")
    )
    assert choose([*sets, later], "默认", date(2021, 6, 1)) is sets[0]
    assert choose([*sets, later], "默认", date(2022, 6, 1)) is later


@pytest.mark.parametrize("hours", ["-1", "NaN", "Infinity", "100001", "0.0000001"])
def test_unusable_amounts_are_refused(hours: str) -> None:
    with pytest.raises(ValueError, match="not a usable amount"):
        entry(1, hours)
