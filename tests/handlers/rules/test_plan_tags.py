"""What a plan row's words say of stages, subjects and level; rows of the seed as they stand."""

from __future__ import annotations

import pytest

from handlers.rules.plan_tags import PlanTags, tag_plan_row

CITY = "郴州市教育局 关于做好2020年度教师培训工作的通知"


def tags(name: str, audience: str = "", *, provider: str = "", title: str = CITY) -> PlanTags:
    return tag_plan_row(
        name=name, topic="", audience=audience, sponsor="县市区", provider=provider, title=title
    )


@pytest.mark.parametrize(
    ("name", "audience", "stages"),
    [
        ("小学心理健康", "小学教师", ("primary",)),
        ("中学心理健康", "中学教师", ("junior", "senior")),
        ("市中小学心理课堂培训", "小学专、兼职心理健康教师", ("primary",)),
        ("中小学实验教师培训", "", ("primary", "junior", "senior")),
        ("高中学科组长专业提升培训", "高中 9 个学科", ("senior",)),
        ("初中学生综合素质评价培训", "基教股干部", ("junior",)),
        ("幼儿园园长岗位任职资格培训", "园长", ("kindergarten",)),
        ("特殊教育学校教师能力提升培训", "市特殊教育学校教师", ("special",)),
        ("义务教育课改样板校校长培训班", "", ("primary", "junior")),
        ("全市教育新闻宣传培训", "全市新闻通讯员", ()),
    ],
)
def test_stages(name: str, audience: str, stages: tuple[str, ...]) -> None:
    assert tags(name, audience).school_stages == stages


@pytest.mark.parametrize(
    ("name", "audience", "subjects"),
    [
        ("小学心理健康", "小学教师", ("心理健康",)),
        ("奥赛教练", "高中 4 个学科(数学、物理、化学、生物)", ("数学", "物理", "化学", "生物")),
        ("生涯规划", "政教主任", ()),
        ("校长信息化领导力培训", "", ("信息技术",)),
        ("财务人员培训", "", ()),
    ],
)
def test_subjects(name: str, audience: str, subjects: tuple[str, ...]) -> None:
    assert tags(name, audience).subjects == subjects


def test_level_is_what_the_row_says_else_the_issuers() -> None:
    assert tags("小学班主任培训", provider="湘南学院（国培省市联合立项）").level == "national"
    assert tags("全市融合培训团队送培到校、到县培训").level == "municipal"
    assert tags("新教师培训", title="云溪县教育局 2021年教师培训计划").level == "county"
    assert tags("新教师培训", title="").level is None
