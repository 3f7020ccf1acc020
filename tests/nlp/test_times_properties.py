"""Properties of time reading: total, true to the text, and undisturbed by politeness."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.times import DEFAULT_TERMS, SchoolYear, Terms, TimeReading, read_times, when_line
from nlp.times.holidays import OFFICIAL_NAMES, festival_day, festival_span, is_workday
from nlp.times.values import LOCAL

PIECES = """
今天 明天 后天 昨晚 下周 上周 周三 星期五 礼拜天 周末 5月 九月 12月 3号 二十日 31号 上午 下午
晚上 中午 凌晨 8点 两点半 20:30 十点一刻 上半年 第三季度 上旬 月底 年底 国庆 五一 春节 节后
这学期 寒假 暑假 开学 期末 三天后 两周内 最近一周 近三个月 前 之后 以来 起 为止 截至 从 到 至
- ~ 、 和 的 每天 每周 每月 每两周 工作日 2021年 二〇二一年 去年 2021-07-12 6.1 0603 7/12
第一周 最后一天 前三天 当天 次日 2月 29日 30号 24点 99 0 一 学分 请假 ， 。 学时 大年初一 闰
除夕
""".split()  # noqa: SIM905 - a list of words, not of literals
UNITS = """
周一 周三周四 周一、 提醒周三、 零点 上午9点 3月4日 期末 一 1 a1 每 上 从 国庆 12号 大年初一 2021年
三百六 9:30-10:20
""".split()  # noqa: SIM905 - a list of words, not of literals
NOWS = st.datetimes(datetime(2001, 1, 1), datetime(2048, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=LOCAL)
)
A_DAY = datetime(2021, 5, 18, 9, tzinfo=LOCAL)
MESSAGES = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


def check(text: str, reading: TimeReading) -> None:
    """Spans lie in the text in order, without overlap, each with a start before its end."""
    last = 0
    for span in reading.spans:
        assert last <= span.begin < span.finish <= len(text)
        assert text[span.begin : span.finish] == span.text
        assert span.start is not None or span.end is not None
        if span.start is not None and span.end is not None:
            assert span.start < span.end
        last = span.finish


@settings(max_examples=400)
@given(MESSAGES, NOWS, st.booleans())
def test_total_on_words_of_time(text: str, now: datetime, past: bool) -> None:
    check(text, read_times(text, now, past=past))


@settings(max_examples=200)
@given(st.text(max_size=60), NOWS)
def test_total_on_any_text(text: str, now: datetime) -> None:
    check(text, read_times(text, now))


@settings(max_examples=200)
@given(MESSAGES, NOWS)
def test_politeness_changes_nothing(text: str, now: datetime) -> None:
    plain, polite = read_times(text, now), read_times(f"请问{text}。", now)
    assert [(s.text, s.start, s.end) for s in plain.spans] == [
        (s.text, s.start, s.end) for s in polite.spans
    ]
    assert (plain.time_of_day, plain.recurrence) == (polite.time_of_day, polite.recurrence)


@given(MESSAGES, NOWS)
def test_deterministic(text: str, now: datetime) -> None:
    assert read_times(text, now) == read_times(text, now)


@pytest.mark.parametrize(
    "edge", [datetime(1, 1, 1, tzinfo=LOCAL), datetime(9999, 12, 31, tzinfo=LOCAL)]
)
def test_ends_of_the_calendar(edge: datetime) -> None:
    for text in PIECES:
        check(text, read_times(text, edge))


@pytest.mark.parametrize(
    "piece", ["明天", "周", "8", "一", "下", "第", "9月-", "上上", "点", "周一到", "每周一", "前"]
)
def test_linear_in_length(piece: str) -> None:
    now = datetime(2021, 5, 18, 9, tzinfo=LOCAL)
    text = (piece * 10_000)[:10_000]
    begin = time.perf_counter()
    read_times(text, now)
    assert time.perf_counter() - begin < 2.5


def test_holidays_as_published() -> None:
    assert festival_span("国庆", 2021) == (date(2021, 10, 1), date(2021, 10, 8))
    assert festival_span("国庆", 2040) == (date(2040, 10, 1), date(2040, 10, 4))  # not published
    assert not is_workday(date(2021, 10, 7))
    assert is_workday(date(2021, 9, 26))  # a Sunday moved
    for year in range(2008, 2027):
        for name in OFFICIAL_NAMES:
            first, after = festival_span(name, year)
            assert first <= festival_day(name, year) < after


def test_terms_of_the_office() -> None:
    own = Terms(
        (
            SchoolYear(
                year=2021,
                autumn_first=date(2021, 8, 30),
                autumn_last=date(2022, 1, 14),
                spring_first=date(2022, 2, 14),
                spring_last=date(2022, 7, 8),
            ),
        )
    )
    now = datetime(2021, 10, 20, 9, tzinfo=LOCAL)
    for text, first, after in [
        ("这学期", date(2021, 8, 30), date(2022, 1, 15)),
        ("下学期", date(2022, 2, 14), date(2022, 7, 9)),
        ("寒假", date(2022, 1, 15), date(2022, 2, 14)),
        ("上学期", date(2021, 2, 16), date(2021, 7, 16)),
    ]:
        span = read_times(text, now, terms=own).spans[0]
        assert span.start is not None
        assert span.end is not None
        assert (span.start.date(), span.end.date()) == (first, after)
    assert DEFAULT_TERMS.winter(2022) == (date(2022, 2, 1), date(2022, 2, 16))


def test_batch_line() -> None:
    line = when_line({"id": "w1", "text": "下周三下午", "now": "2021-05-18T09:00:00+08:00"})
    assert line == {
        "id": "w1",
        "spans": [
            {
                "text": "下周三下午",
                "start": "2021-05-26T12:00:00+08:00",
                "end": "2021-05-26T18:00:00+08:00",
            }
        ],
        "time_of_day": None,
        "recurrence": None,
    }
    default = datetime(2021, 5, 18, tzinfo=LOCAL) + timedelta(hours=9)
    assert when_line({"id": 1, "text": "我的学分"}, now=default)["spans"] == []
    for wrong in ({"id": 1}, {"text": "明天"}, {"text": "明天", "now": "昨天"}):
        with pytest.raises(ValueError, match=r"没有|不是"):
            when_line(wrong)


@pytest.mark.parametrize(
    "unit",
    [*UNITS, "1 ", " ", "\n"],
)
def test_ten_thousand_characters_are_read_in_no_time(unit: str) -> None:
    """Process time, the best of five: 20 ms, and twice that for a busy machine."""
    text = unit * (10_000 // len(unit))
    spent = []
    for _ in range(5):
        begun = time.process_time()
        read_times(text, A_DAY)
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.04


def test_the_first_times_of_a_long_text_are_those_of_its_beginning() -> None:
    beginning = "3月4日上午9点集中，3月8日下午交作业。"
    assert read_times(beginning * 300, A_DAY).spans[:2] == read_times(beginning, A_DAY).spans
