"""The spreadsheets about training and its record: timetable to submissions (templates.md)."""

from __future__ import annotations

from datetime import date
from typing import Final

from storage.readers.columns import Column, SheetSpec, choice
from storage.readers.sheet_fields import (
    AUDIENCES,
    CLASS_ALIASES,
    CREDIT_STATUSES,
    LEVELS,
    MODES,
    PROGRAMME_ALIASES,
    class_name,
    person_name,
    staff_number,
)
from storage.readers.sheet_rows import (
    AttendanceRow,
    CreditRow,
    DeadlineRow,
    Kind,
    ResultRow,
    SubmissionRow,
    TimetableRow,
)
from storage.readers.values import (
    parse_date,
    parse_datetime,
    parse_decimal,
    parse_moment,
    parse_time,
    parse_year,
    parse_yes,
)

TIMETABLE: Final = SheetSpec(
    Kind.TIMETABLE,
    "课程表",
    (
        class_name(),
        Column(
            "日期",
            "day",
            "如 2021-07-12、2021年7月12日",
            (date(2021, 7, 12), date(2021, 7, 12)),
            parse=parse_date,
            required=True,
        ),
        Column(
            "开始",
            "start",
            "如 8:30、上午8:30",
            ("08:30", "14:30"),
            parse=parse_time,
            required=True,
        ),
        Column(
            "结束", "end", "如 11:30、下午5:00", ("11:30", "17:00"), parse=parse_time, required=True
        ),
        Column("地点", "place", "上课地点", ("示例楼301", "示例楼301")),
        Column("主题", "topic", "课程主题", ("示例课程一", "示例课程二"), longest=200),
        Column("主讲", "lecturer", "主讲教师", ("王示例", "赵示例")),
        Column(
            "签退",
            "check_out",
            "是否需要签退：是、否；不填是否",
            ("否", "是"),
            parse=parse_yes,
            default=False,
        ),
    ),
    TimetableRow,
    key=("training_class", "day", "start"),
)

DEADLINES: Final = SheetSpec(
    Kind.DEADLINES,
    "截止事项",
    (
        Column(
            "事项",
            "item",
            "要做的事",
            ("示例：提交心得", "示例：报送方案"),
            required=True,
            longest=200,
        ),
        Column(
            "截止",
            "due",
            "日期，或日期加时间，如 2021-07-20 17:00",
            ("2021-07-20 17:00", "2021-07-25"),
            parse=parse_moment,
            required=True,
            aliases=("截止时间", "截止日期"),
        ),
        Column(
            "项目",
            "programme",
            "只与某个项目有关时填写",
            ("示例培训项目", None),
            aliases=PROGRAMME_ALIASES,
            longest=200,
        ),
        Column(
            "班级", "training_class", "只与某个班有关时填写", (None, None), aliases=CLASS_ALIASES
        ),
        Column(
            "对象",
            "audience",
            "学员、学校、承办机构；不填是学员",
            ("学员", "学校"),
            parse=choice(AUDIENCES),
            default="trainee",
            words=AUDIENCES,
        ),
        Column("说明", "note", "怎么做、交到哪里", ("示例说明", None), longest=2000),
        Column("链接", "link", "办理的网址", (None, None), longest=500),
        Column("后果", "consequence", "逾期怎么办", (None, "示例后果"), longest=300),
    ),
    lambda *, due, **rest: DeadlineRow(due_date=due[0], due_time=due[1], **rest),
)

CREDITS: Final = SheetSpec(
    Kind.CREDITS,
    "学分记录",
    (
        staff_number(),
        person_name(),
        Column("年度", "credit_year", "如 2021", (2021, 2021), parse=parse_year, required=True),
        Column(
            "项目",
            "programme",
            "培训项目的名称",
            ("示例培训项目", "示例校本研修"),
            required=True,
            aliases=PROGRAMME_ALIASES,
            longest=200,
        ),
        Column(
            "级别",
            "level",
            "国培、省培、市培、县培、校本",
            ("县培", "校本"),
            parse=choice((*LEVELS, ("校培", "school"))),
            words=LEVELS,
        ),
        Column(
            "形式", "mode", "集中、网络、校本", ("集中", "校本"), parse=choice(MODES), words=MODES
        ),
        Column("学时", "class_hours", "数字", (24, 6), parse=parse_decimal, required=True),
        Column("学分", "credit", "不填则按学分规则折算", (24, None), parse=parse_decimal),
        Column(
            "状态",
            "status",
            "已认定、待审核、已驳回；不填是已认定",
            ("已认定", "待审核"),
            parse=choice(CREDIT_STATUSES),
            default="recognised",
            words=CREDIT_STATUSES,
        ),
        Column("依据", "evidence", "文号、证书号等", ("示例文号", None), longest=200),
        Column("日期", "day", "培训结束或认定的日期", (date(2021, 7, 16), None), parse=parse_date),
    ),
    CreditRow,
)

RESULTS: Final = SheetSpec(
    Kind.RESULTS,
    "培训成绩",
    (
        class_name(),
        staff_number(),
        person_name(),
        Column("线上成绩", "online_score", "数字", (92, 80), parse=parse_decimal),
        Column("线下成绩", "offline_score", "数字", (88, 90), parse=parse_decimal),
        Column("作业", "homework", "得分或评语", ("合格", "优秀")),
        Column("结论", "conclusion", "如 合格、不合格、优秀", ("合格", "合格")),
    ),
    ResultRow,
    key=("training_class", "staff_number"),
)

ATTENDANCE: Final = SheetSpec(
    Kind.ATTENDANCE,
    "签到记录",
    (
        class_name(),
        Column(
            "日期",
            "day",
            "如 2021-07-12",
            (date(2021, 7, 12), date(2021, 7, 12)),
            parse=parse_date,
            required=True,
        ),
        staff_number(),
        person_name(),
        Column("签到时间", "check_in", "如 8:25", ("08:25", "08:40"), parse=parse_time),
        Column("签退时间", "check_out", "如 17:02", (None, "17:02"), parse=parse_time),
        Column("备注", "note", "如 请假、迟到原因", (None, "示例备注"), longest=200),
    ),
    AttendanceRow,
)

SUBMISSIONS: Final = SheetSpec(
    Kind.SUBMISSIONS,
    "提交记录",
    (
        Column(
            "事项",
            "item",
            "与截止事项里的写法一致",
            ("示例：提交心得", "示例：提交心得"),
            required=True,
            longest=200,
        ),
        staff_number(),
        Column(
            "提交时间",
            "submitted_at",
            "如 2021-07-18 20:15",
            ("2021-07-18 20:15", None),
            parse=parse_datetime,
        ),
    ),
    SubmissionRow,
    key=("item", "staff_number"),
)
