"""The spreadsheets about people and units: roster, organisations, classes (templates.md)."""

from __future__ import annotations

from typing import Final

from storage.readers.columns import Column, SheetSpec, choice, choices
from storage.readers.sheet_fields import (
    CATEGORIES,
    CLASS_ROLES,
    PROGRAMME_ALIASES,
    ROLES,
    STATUSES,
    class_name,
    person_name,
    staff_number,
)
from storage.readers.sheet_rows import ClassRow, Kind, OrganisationRow, RosterRow
from storage.readers.values import (
    parse_identifier,
    parse_member,
    parse_mobile,
    parse_month,
    parse_names,
)

ROSTER: Final = SheetSpec(
    Kind.ROSTER,
    "教师名册",
    (
        person_name(required=True),
        staff_number(),
        Column(
            "单位",
            "unit",
            "所在学校或机构的名称",
            ("示例小学", "示例中学"),
            required=True,
            aliases=("工作单位", "所在单位", "单位名称"),
        ),
        Column("片区", "district", "督学责任区或片区", ("城关片区", None)),
        Column("学段", "school_stage", "幼儿园、小学、初中、高中等", ("小学", "初中"), longest=20),
        Column("学科", "subject", "任教学科", ("数学", "语文"), longest=40),
        Column("职务", "position", "如 教师、教研组长、校长", ("教师", "校长"), longest=60),
        Column(
            "手机号",
            "mobile",
            "11 位，文本格式",
            ("13800000001", "13800000002"),
            parse=parse_mobile,
            as_text=True,
            aliases=("手机", "手机号码", "联系电话", "电话"),
        ),
        Column(
            "身份",
            "roles",
            "教师、校级管理员、县级管理员、班主任、坊主、承办机构；几个身份用、隔开；不填是教师",
            ("教师", "教师、校级管理员"),
            parse=choices(ROLES),
            default=("teacher",),
            words=ROLES,
        ),
        Column(
            "管理范围",
            "scope",
            "管理的单位名称；不填：校级管理员管本单位，县级管理员管全部",
            (None, "示例中学"),
        ),
        Column(
            "企业微信账号",
            "wecom_account",
            "企业微信通讯录里的账号，可不填",
            (None, "lishili"),
            parse=parse_member,
            as_text=True,
            longest=64,
        ),
        Column(
            "入职年月",
            "joined",
            "如 2015-09",
            ("2015-09", "2003-09"),
            parse=parse_month,
        ),
        Column(
            "状态",
            "status",
            "在职、调出、退休、请假；不填是在职",
            ("在职", "在职"),
            parse=choice(STATUSES),
            default="active",
            words=STATUSES,
        ),
    ),
    RosterRow,
    key=("staff_number",),
)

ORGANISATIONS: Final = SheetSpec(
    Kind.ORGANISATIONS,
    "单位",
    (
        Column("名称", "name", "单位全称，不能重复", ("示例县教育局", "示例小学"), required=True),
        Column(
            "上级",
            "parent",
            "上级单位的名称；最上一级留空",
            (None, "示例县教育局"),
            required=True,
            blank_ok=True,
        ),
        Column(
            "类别",
            "category",
            "市、县、片区、学校、机构",
            ("县", "学校"),
            parse=choice(CATEGORIES),
            words=CATEGORIES,
        ),
        Column(
            "简称",
            "short_names",
            "平时的叫法，几个用、隔开",
            ("示例局", "示例小、例小"),
            parse=parse_names,
            default=(),
        ),
    ),
    OrganisationRow,
    key=("name",),
)

CLASSES: Final = SheetSpec(
    Kind.CLASSES,
    "班级名单",
    (
        class_name(),
        Column(
            "项目",
            "programme",
            "培训项目的名称",
            ("示例培训项目", "示例培训项目"),
            required=True,
            aliases=PROGRAMME_ALIASES,
            longest=200,
        ),
        person_name(required=True),
        staff_number(),
        Column(
            "角色",
            "role",
            "学员、班主任、坊主、辅导教师；不填是学员",
            ("学员", "班主任"),
            parse=choice(CLASS_ROLES),
            default="trainee",
            words=CLASS_ROLES,
        ),
        Column("企业微信群", "wecom_group", "班级的企业微信群", (None, None), as_text=True),
        Column(
            "QQ群",
            "qq_group",
            "班级的 QQ 群号，文本格式",
            (None, None),
            parse=parse_identifier,
            as_text=True,
        ),
    ),
    ClassRow,
    key=("training_class", "staff_number"),
)
