"""Reading rule sets: everything that is wrong is said at once, in Chinese."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from handlers.rules.credit_entries import EVERYTHING, Level, Mode
from handlers.rules.credit_rules import CapPer, CycleStart, RoundingAt, YearKind
from handlers.rules.credit_toml import RuleSetError, parse_rule_set
from tests.handlers.rules.ledgers import HEAD, ONE_TO_ONE, RULES, TOTAL, rule_set, shipped

MANUAL = Path(__file__).parents[3] / "docs" / "rules.md"


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(RuleSetError) as caught:
        parse_rule_set(text)
    return caught.value.problems


def test_the_default_is_what_the_design_says() -> None:
    rules = shipped("default")
    assert (rules.cycle.years, rules.cycle.start) == (5, date(2021, 1, 1))
    assert [(t.per.value, t.minimum) for t in rules.thresholds] == [
        ("cycle", Decimal(360)),
        ("year", Decimal(72)),
    ]
    (ratio,) = rules.ratios
    assert (ratio.hours, ratio.credits, ratio.cells) == (Decimal(1), Decimal(1), EVERYTHING)
    (cap,) = rules.caps
    assert (cap.per, cap.maximum) == (CapPer.YEAR, Decimal(24))
    assert (Level.SCHOOL, Mode.FACE_TO_FACE) in cap.cells
    assert (Level.COUNTY, Mode.SCHOOL_BASED) in cap.cells
    assert (Level.COUNTY, Mode.ONLINE) not in cap.cells


@pytest.mark.parametrize("path", sorted(RULES.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_rule_sets_parse_and_say_what_their_source_does_not(path: Path) -> None:
    rules = parse_rule_set(path.read_text("utf-8"))
    assert rules.source
    assert rules.not_given


def test_the_example_of_the_manual_parses() -> None:
    text = MANUAL.read_text("utf-8")
    example = text.split("```toml\n", 1)[1].split("```", 1)[0]
    assert parse_rule_set(example).thresholds[0].consequence == "当年不得评优"


def test_jianghan_keeps_its_absence_limit_and_decimals_stay_decimals() -> None:
    assert shipped("jianghan").absence_limit == Fraction(1, 5)
    assert [ratio.credits for ratio in shipped("shaanxi-2018").ratios] == [
        Decimal(text) for text in ("0.5", "0.4", "0.3", "0.2")
    ]


WRONG = """
region = 3
version = "1"
title = "x"
valid_from = "去年"
vesion = "2"
[cycle]
years = 0
start = 2021-01-01
year = "农历年"
[[ratio]]
levels = ["国陪"]
hours = 0
credits = true
[[cap]]
name = "校本"
per = "每月"
maxx = 3
any = [{ level = ["校本"] }]
[[threshold]]
name = "总"
per = "每周期"
min = nan
"""


def test_every_mistake_is_reported_at_once() -> None:
    assert problems(WRONG) == (
        "region 应是加引号的文字",
        "缺少 source",
        "valid_from 应是日期，例如 2021-01-01，不能是 去年",
        "[cycle]：years 应是 1 到 20 的整数，不能是 0",
        "[cycle]：year 不认识「农历年」，可以写：公历年、学年",
        "[[ratio]] 第 1 条：levels 不认识「国陪」，可以写：国培、省培、市培、县培、校本、校培",
        "[[ratio]] 第 1 条：hours 应大于 0",
        "[[ratio]] 第 1 条：credits 应是数字（最多 6 位小数），不能是 True",
        "[[cap]] 第 1 条：per 不认识「每月」，可以写：每条、每项、每年、每周期",
        "[[cap]] 第 1 条：缺少 max",
        "[[cap]] 第 1 条 的 any 第 1 条：不认识的项 level，是不是 levels？",
        "[[cap]] 第 1 条：不认识的项 maxx，是不是 max？",
        "[[threshold]] 第 1 条：min 应是数字（最多 6 位小数），不能是 NaN",
        "不认识的项 vesion，是不是 version？",
    )


def test_text_that_is_no_toml_names_the_place() -> None:
    (problem,) = problems('region = "测试\nversion = 1\n')
    assert problem.startswith("第 1 行第")


def test_an_empty_text_names_what_is_needed() -> None:
    found = problems("")
    assert [f"缺少 {key}" for key in ("region", "version", "title", "source")] == list(found[:4])
    assert "缺少 cycle" in found


def test_wrong_shapes_are_mistakes_too() -> None:
    found = problems(
        HEAD.replace(
            "[cycle]",
            "ratio = 3\nnot_given = [1]\nprobation = 2\n"
            'absence_limit = "7/5"\nunit_word = ""\n[cycle]',
        )
        + TOTAL
        + '[[exclude]]\nname = "x"\nunaccredited_only = "是"\n'
    )
    assert found == (
        'absence_limit 应写成分数，例如 "1/5"，不能是 7/5',
        'not_given 应是文字的列表，例如 ["国培", "省培"]',
        "probation 应写成一节 [probation]",
        "ratio 应写成 [[ratio]]，可有多节",
        "[[exclude]] 第 1 条：unaccredited_only 应是 true 或 false（不加引号）",
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('[[ratio]]\nlevels = ["国培"]\nhours = 2\ncredits = 1\n', "[[ratio]] 第 2 条永远用不上"),
        (
            '[[cap]]\nname = "甲"\nper = "每年"\nmax = 9\nlevels = ["校本"]\n'
            '[[cap]]\nname = "乙"\nper = "每年"\nmax = 9\nmodes = ["网络"]\n',
            "「甲」与「乙」的范围互相交叉（例如校本网络）",
        ),
        (
            '[[cap]]\nname = "甲"\nper = "每年"\nmax = 90\n'
            '[[cap]]\nname = "乙"\nper = "每周期"\nmax = 99\nmodes = ["网络"]\n',
            "「甲」与「乙」的范围互相交叉",
        ),
        ('[[cap]]\nname = "甲"\nper = "每年"\nmax = 70\n', "最多只能计 350，永远达不到"),
        ('[[cap]]\nname = "甲"\nper = "每周期"\nmax = 359.5\n', "最多只能计 359.5，永远达不到"),
        ('[[offset]]\nfrom = "周期总学分"\nto = "网络"\n', "没有名为「网络」的 [[threshold]]"),
        ('[[offset]]\nfrom = "周期总学分"\nto = "周期总学分"\n', "不能是同一条"),
        (
            '[[threshold]]\nname = "甲"\nper = "每年"\nmin = 1\n'
            '[[offset]]\nfrom = "周期总学分"\nto = "甲"\n',
            "要同按年或同按周期",
        ),
        (
            '[[threshold]]\nname = "甲"\nper = "每周期"\nmin = 1\nmodes = ["网络"]\n'
            '[[offset]]\nfrom = "周期总学分"\nto = "甲"\n',
            "同一学分会算两次",
        ),
        ('[[threshold]]\nname = "甲"\nper = "试用期"\nmin = 1\n', "没有写 [probation]"),
        ('[[threshold]]\nname = "周期总学分"\nper = "每年"\nmin = 1\n', "出现了 2 次"),
        (
            '[[cap]]\nname = "甲"\nper = "每条"\nmax = 9\n'
            '[[cap]]\nname = "甲"\nper = "每条"\nmax = 8\n',
            "按同一期限写了 2 次",
        ),
        (
            '[rounding]\nplaces = 0\nat = "合计"\n'
            '[[threshold]]\nname = "甲"\nper = "每年"\nmin = 2.5\n',
            "「甲」的 2.5 不能按 [rounding] 的 places 取整",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(more: str, expected: str) -> None:
    (problem,) = problems(HEAD + TOTAL + ONE_TO_ONE + more)
    assert expected in problem


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("start = 2021-01-01", "start = 2020-03-01", "start 应是年度的第一天（1 月 1 日）"),
        ("valid_from = 2021-01-01", "valid_from = 2020-01-01", "周期还没有开始"),
        (
            "valid_from = 2021-01-01",
            "valid_from = 2021-01-01\nvalid_to = 2020-12-31",
            "valid_to 早于 valid_from",
        ),
    ],
)
def test_contradicting_dates_are_refused(old: str, new: str, expected: str) -> None:
    (problem,) = problems(HEAD.replace(old, new) + TOTAL)
    assert expected in problem


def test_a_rule_set_without_a_requirement_is_refused() -> None:
    assert problems(HEAD) == ("至少要有一条 [[threshold]]（要求）",)


def test_chinese_and_english_words_mean_the_same() -> None:
    chinese = rule_set('[rounding]\nat = "合计"\n', HEAD + 'year = "公历年"\nbegins = "入职当年"\n')
    english = rule_set(
        '[rounding]\nat = "total"\n', HEAD + 'year = "calendar"\nbegins = "joining_year"\n'
    )
    assert chinese == english
    assert chinese.rounding.at is RoundingAt.TOTAL
    assert (chinese.cycle.begins, chinese.cycle.year_kind) == (
        CycleStart.JOINING_YEAR,
        YearKind.CALENDAR,
    )


def test_floats_never_enter() -> None:
    assert isinstance(tomllib.loads("a = 0.1")["a"], float)
    rules = rule_set('[[cap]]\nname = "甲"\nper = "每条"\nmax = 0.1\n')
    assert rules.caps[0].maximum == Decimal("0.1")
