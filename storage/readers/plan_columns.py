"""The columns of a plan as the template and the export write them (templates.md).

Reading is more lenient than this: see the aliases of `plan_table`.
"""

from __future__ import annotations

from typing import Final

from storage.readers.columns import EXAMPLE_MARK, Column
from storage.readers.files import Cell
from storage.readers.plan_model import Field, PlanItem
from storage.readers.plan_values import MODE_WORDS, UNIT_WORDS

PLAN_TITLE: Final = "培训计划"
PLAN_COLUMNS: Final[tuple[Column, ...]] = (
    Column("序号", Field.SEQ, "项目的序号；同一项目的第二个阶段留空", (1, None)),
    Column("项目申请单位", Field.UNIT, "提出项目的单位", ("示例县教育局", None)),
    Column("项目专题", Field.TOPIC, "项目所属的类别", ("义务教育教师培训", None)),
    Column(
        "项目名称",
        Field.NAME,
        "项目的全称；同一项目的第二个阶段写同样的名称",
        (f"{EXAMPLE_MARK}小学数学教师培训", f"{EXAMPLE_MARK}小学数学教师培训"),
        required=True,
    ),
    Column("培训形式", Field.MODE, "本地、异地、网络，几种用+连接", ("网络", "本地")),
    Column("培训对象", Field.AUDIENCE, "学段、学科和岗位", ("小学数学教师", "小学数学教师")),
    Column("培训天数/学时", Field.DURATION, "请写明单位，如 6天、100学时", ("100学时", "6天")),
    Column("培训人数", Field.HEADCOUNT, "这一阶段的人次，整数", (100, 100)),
    Column("承办机构", Field.PROVIDER, "承办的学校或机构", ("示例学院", "示例学院")),
    Column(
        "时间",
        Field.TIME,
        "如 9月-12月、2021年7月12日-18日",
        ("2021年7月-9月", "2021年10月12日-17日"),
    ),
)


def plan_cell(name: str, item: PlanItem) -> Cell:
    """The cell of a column for an item."""
    if name == Field.MODE:
        return "+".join(MODE_WORDS[mode] for mode in item.mode) or None
    if name == Field.DURATION:
        if item.duration_value is None:
            return None
        return f"{item.duration_value}{UNIT_WORDS.get(item.duration_unit or '', '')}"
    if name == Field.TIME:
        if item.start is None or item.end is None:
            return None
        return f"{_day(item.start.isoformat())}-{_day(item.end.isoformat())}"
    if name == Field.HEADCOUNT:
        return item.headcount
    texts = {
        Field.SEQ: item.seq,
        Field.UNIT: item.unit,
        Field.TOPIC: item.topic,
        Field.NAME: item.name,
        Field.AUDIENCE: item.audience,
        Field.PROVIDER: item.provider,
    }
    return texts[Field(name)] or None


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{int(month)}月{int(day)}日"
