"""The columns and closed lists that several spreadsheets share; knows no kind of its own."""

from __future__ import annotations

from typing import Final

from storage.readers.columns import Column
from storage.readers.values import parse_identifier, parse_person_name

ROLES: Final = (
    ("教师", "teacher"),
    ("校级管理员", "school_admin"),
    ("县级管理员", "county_admin"),
    ("班主任", "class_tutor"),
    ("坊主", "workshop_leader"),
    ("承办机构", "provider"),
)
STATUSES: Final = (
    ("在职", "active"),
    ("调出", "transferred"),
    ("退休", "retired"),
    ("请假", "on_leave"),
)
CATEGORIES: Final = (
    ("市", "city"),
    ("县", "county"),
    ("片区", "district"),
    ("学校", "school"),
    ("机构", "institution"),
)
CLASS_ROLES: Final = (
    ("学员", "trainee"),
    ("班主任", "class_tutor"),
    ("坊主", "workshop_leader"),
    ("辅导教师", "online_tutor"),
)
AUDIENCES: Final = (("学员", "trainee"), ("学校", "school"), ("承办机构", "provider"))
LEVELS: Final = (
    ("国培", "national"),
    ("省培", "provincial"),
    ("市培", "municipal"),
    ("县培", "county"),
    ("校本", "school"),
)
MODES: Final = (("集中", "face_to_face"), ("网络", "online"), ("校本", "school_based"))
CREDIT_STATUSES: Final = (
    ("已认定", "recognised"),
    ("待审核", "pending"),
    ("已驳回", "rejected"),
)

_NAME_ALIASES = ("教师姓名", "学员姓名")
_STAFF_ALIASES = ("教师工号", "教工号", "职工号", "学员工号")
CLASS_ALIASES = ("班级名称", "培训班级")
PROGRAMME_ALIASES = ("项目名称", "培训项目")


def staff_number(first: str = "431021001", second: str = "431021002") -> Column:
    return Column(
        "工号",
        "staff_number",
        "文本格式，每人唯一；不要让表格软件变成数字",
        (first, second),
        parse=parse_identifier,
        required=True,
        as_text=True,
        aliases=_STAFF_ALIASES,
        longest=40,
    )


def person_name(*, required: bool = False) -> Column:
    return Column(
        "姓名",
        "name",
        "教师姓名",
        ("张示例", "李示例"),
        parse=parse_person_name,
        required=required,
        aliases=_NAME_ALIASES,
        longest=60,
    )


def class_name() -> Column:
    return Column(
        "班级",
        "training_class",
        "培训班的名称，各表写法要一致",
        ("示例培训1班", "示例培训1班"),
        required=True,
        aliases=CLASS_ALIASES,
    )
