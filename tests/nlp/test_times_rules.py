"""Times of a message: reports, several times, recurrences, and what is no time at all.

Conventions: nlu/intents.md, paragraph Times. The reference time is Tuesday, 18 May 2021, 09:00.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from nlp.times import read_times
from nlp.times.values import LOCAL

NOW = datetime(2021, 5, 18, 9, tzinfo=LOCAL)

PAST = [
    ("9月的签到表", "2020-09-01", "2020-10-01"),
    ("5月的签到表", "2021-05-01", "2021-06-01"),
    ("4月20日下午", "2021-04-20 12:00", "2021-04-20 18:00"),
    ("周五下午", "2021-05-14 12:00", "2021-05-14 18:00"),
    ("20号", "2021-04-20", "2021-04-21"),
    ("9月-12月", "2020-09-01", "2021-01-01"),
    ("国庆", "2020-10-01", "2020-10-09"),
    ("下半年", "2020-07-01", "2021-01-01"),
    ("暑假", "2020-07-16", "2020-09-01"),
]
MESSAGES = [
    ("周五下班前交", "", "2021-05-22"),
    ("从昨天的签到表里找", "2021-05-17", "2021-05-18"),
    ("5.20-5.22请产检假", "2021-05-20", "2021-05-23"),
    ("周三上午和下午都有课吗", "2021-05-19 06:00", "2021-05-19 18:00"),
    ("6月3号、4号两天", "2021-06-03", "2021-06-05"),
    ("7月上中旬", "2021-07-01", "2021-07-21"),
    ("下周六、日", "2021-05-29", "2021-05-31"),
    ("下周一上午9点到下周三下午5点", "2021-05-24 09:00", "2021-05-26 17:00"),
    ("六月三日上午8时30分", "2021-06-03 08:30", "2021-06-03 08:31"),
    ("6月3日（周四）下午2:30—5:00", "2021-06-03 14:30", "2021-06-03 17:00"),
    ("下午两点开到四点", "2021-05-18 14:00", "2021-05-18 16:00"),
    ("十点过五分", "2021-05-18 10:05", "2021-05-18 10:06"),
    ("今晚零点", "2021-05-19", "2021-05-19 01:00"),
    ("8月31日24时前", "", "2021-09-01"),
    ("七八月", "2021-07-01", "2021-09-01"),
    ("今年一二月份", "2021-01-01", "2021-03-01"),
    ("本学年", "2020-09-01", "2021-07-16"),
    ("这学期末", "2021-07-02", "2021-07-16"),
    ("下学期开学", "2021-09-01", "2021-09-02"),
    ("这个双休", "2021-05-22", "2021-05-24"),
    ("六一儿童节", "2021-06-01", "2021-06-02"),
    ("春节前一周", "2022-01-24", "2022-01-31"),
    ("后三天", "2021-05-19", "2021-05-22"),
    ("再过三天", "2021-05-21", "2021-05-22"),
    ("二0二一年", "2021-01-01", "2022-01-01"),
    ("週三下午兩點到四點", "2021-05-19 14:00", "2021-05-19 16:00"),
    ("名天的课改再三楼", "2021-05-19", "2021-05-20"),
    ("２０２１年７月１２日", "2021-07-12", "2021-07-13"),
    ("mingtianxiawu请假", "2021-05-19 12:00", "2021-05-19 18:00"),
    ("今晚八点多", "2021-05-18 20:00", "2021-05-18 21:00"),
]
SEVERAL = [
    (
        "请将9月20日上午课程调整至9月22日上午",
        [("2021-09-20 06:00", "2021-09-20 12:00"), ("2021-09-22 06:00", "2021-09-22 12:00")],
    ),
    (
        "下周一三五上午",
        [
            ("2021-05-24", "2021-05-25"),
            ("2021-05-26", "2021-05-27"),
            ("2021-05-28 06:00", "2021-05-28 12:00"),
        ],
    ),
    (
        "明天上午的课改到下午三点",
        [("2021-05-19 06:00", "2021-05-19 12:00"), ("2021-05-19 15:00", "2021-05-19 16:00")],
    ),
    ("3日、5日", [("2021-06-03", "2021-06-04"), ("2021-06-05", "2021-06-06")]),
    (
        "上午8:30-11:30，下午14:30-17:30",
        [("2021-05-18 08:30", "2021-05-18 11:30"), ("2021-05-18 14:30", "2021-05-18 17:30")],
    ),
]
RECURRING = [
    ("工作日每天下午4点半提醒签退", "16:30", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("周二周四早上8点各提醒一次", "08:00", "FREQ=WEEKLY;BYDAY=TU,TH"),
    ("上课当天早上七点提醒", "07:00", None),
    ("每年 3 月 1 日前报", None, "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1"),
    ("每天早上8点提醒", "08:00", "FREQ=DAILY"),
    ("每晚九点半发一句", "21:30", "FREQ=DAILY"),
    ("每周一三五", None, "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
    ("每周二四的下午2点", "14:00", "FREQ=WEEKLY;BYDAY=TU,TH"),
    ("每周二、周四晚上七点", "19:00", "FREQ=WEEKLY;BYDAY=TU,TH"),
    ("每周一到周五早上7点半", "07:30", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("周一到周五下午5:30弹签退提示", "17:30", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("每个星期五下午四点钟让他们交周报", "16:00", "FREQ=WEEKLY;BYDAY=FR"),
    ("每个工作日下午五点", "17:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("每个周末", None, "FREQ=WEEKLY;BYDAY=SA,SU"),
    ("每周一次", None, "FREQ=WEEKLY"),
    ("每两周", None, "FREQ=WEEKLY;INTERVAL=2"),
    ("隔周周三", None, "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"),
    ("每月1号", None, "FREQ=MONTHLY;BYMONTHDAY=1"),
    ("每个月5号、20号上午9点", "09:00", "FREQ=MONTHLY;BYMONTHDAY=5,20"),
    ("每月最后一天", None, "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("每月底", None, "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("每月第一个周一", None, "FREQ=MONTHLY;BYDAY=1MO"),
    ("每季度", None, "FREQ=MONTHLY;INTERVAL=3"),
    ("每半年", None, "FREQ=MONTHLY;INTERVAL=6"),
    ("每年9月", None, "FREQ=YEARLY;BYMONTH=9"),
    ("每年9月10日", None, "FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=10"),
    ("每隔三天", None, "FREQ=DAILY;INTERVAL=3"),
    ("每隔一天", None, "FREQ=DAILY;INTERVAL=2"),
    ("每半小时", None, "FREQ=MINUTELY;INTERVAL=30"),
    ("每两个小时", None, "FREQ=HOURLY;INTERVAL=2"),
]
NO_TIMES = """\
早上好|晚上好老师|提前30天|超过年限|寒暑假|学号20210512|上下学期
签到 8243|签到7K3M|郴教通〔2018〕117号|湘教发〔2021〕12号|初一数学|高一语文|B203|301教室|三中
一中|二小|5R8W|5R8W签到|13800138000|提升工程2.0|6学时|24课时|五大学科|十佳|第二个|1号考场|2号楼
驳回 12 号|同意12号|12号不行|有一点问题|早一点|晚一点到|提两点建议|一共三点要求|三点五个学时
差2.5分|6.5学分|18+6.5+3应该是27.5|一周|三天|两年|周敏|周老师|每次上课前半小时提醒|每人24学时
少了4个学时|50岁以上|学分低于60|2021级新教师班|校本周期|五年一个周期|这个周期|前几天|开班前一天
补签交上去三天了|一点都没听懂|上个班|第三名|线上|一年级|二年级下册|马上一年级了|平时|当时|及时
打12345|中考|小学一二年级|周口店|说明年度要求|五一路小学|六一中学|张国庆老师|王春节|7-8人|3-5个
1-2节|80%|节约|节目|N37|N142|统计每所学校|天天开心小学""".replace("\n", "|").split("|")


def side(written: str) -> datetime | None:
    """A side of a span as the table writes it; empty is open."""
    return datetime.fromisoformat(written).replace(tzinfo=LOCAL) if written else None


@pytest.mark.parametrize(("text", "start", "end"), PAST)
def test_reads_reports_backwards(text: str, start: str, end: str) -> None:
    found = read_times(text, NOW, past=True).spans
    assert [(span.start, span.end) for span in found] == [(side(start), side(end))]


@pytest.mark.parametrize(("text", "start", "end"), MESSAGES)
def test_reads_messages(text: str, start: str, end: str) -> None:
    found = read_times(text, NOW).spans
    assert [(span.start, span.end) for span in found] == [(side(start), side(end))]


@pytest.mark.parametrize(("text", "written"), SEVERAL)
def test_reads_several(text: str, written: list[tuple[str, str]]) -> None:
    found = read_times(text, NOW).spans
    assert [(span.start, span.end) for span in found] == [(side(a), side(b)) for a, b in written]


@pytest.mark.parametrize(("text", "clock", "rule"), RECURRING)
def test_reads_recurrences(text: str, clock: str | None, rule: str | None) -> None:
    reading = read_times(text, NOW)
    assert (reading.time_of_day, reading.recurrence) == (clock, rule)
    assert not reading.spans


@pytest.mark.parametrize("text", NO_TIMES)
def test_leaves_alone(text: str) -> None:
    reading = read_times(text, NOW)
    assert reading.spans == ()
    assert reading.recurrence is None
    assert reading.time_of_day is None
