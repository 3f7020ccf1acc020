"""Reads off a plan row's words whom it is for: school stages, subjects, and its level.

What the audience says comes first, then the name, then the topic; where none says it, nothing is
tagged. Pure text: knows no table. Stages are the values of intents.md, subjects Chinese names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_STAGES = (
    ("kindergarten", r"幼儿|园长|学前|保教|保育"),
    ("primary", r"小学|义务教育"),
    ("junior", r"初中|义务教育"),
    ("senior", r"高中|新高考|高考"),
    ("vocational", r"中职|职业|职高"),
    ("special", r"特殊教育|特校|特教"),
)
# 中学 and 中小学 name two stages and three; 高中学生 and 初中学科 hold the letters by chance.
_MIDDLE = re.compile(r"(?<![高初])中学(?!科|生涯)|中小学")
_SUBJECTS = (
    ("语文", r"语文"),
    ("数学", r"数学"),
    ("英语", r"英语|外语"),
    ("物理", r"物理"),
    ("化学", r"化学"),
    ("生物", r"生物"),
    ("政治", r"政治(?!处)"),
    ("历史", r"历史"),
    ("地理", r"地理"),
    ("道德与法治", r"道德与法治|道法|思品|品德"),
    ("科学", r"科学课|小学科学|科学教师|科技辅导"),
    ("音乐", r"音乐"),
    ("美术", r"美术|书法美术"),
    ("书法", r"书法"),
    ("体育", r"体育(?!卫)"),
    ("信息技术", r"信息技术|信息化|信息科技|融合研究|融合团队|融合培训|融合研训"),
    ("心理健康", r"心理"),
    ("劳动", r"劳动教育|劳动课"),
    ("综合实践", r"综合实践"),
    ("通用技术", r"通用技术"),
)
_LEVELS = (
    ("national", r"国培"),
    ("provincial", r"省培(?!训)|省级培训"),
    ("municipal", r"市培(?!训)"),
    ("county", r"[县区]培(?!训)"),
)
_ISSUER_LEVELS = (
    ("county", r"县|区(?!域)"),
    ("municipal", r"市"),
    ("provincial", r"省"),
)


@dataclass(frozen=True, slots=True)
class PlanTags:
    """Stages (primary …), subjects (语文 …) and level (national …); empty where unsaid."""

    school_stages: tuple[str, ...]
    subjects: tuple[str, ...]
    level: str | None


def tag_plan_row(
    *, name: str, topic: str, audience: str, sponsor: str, provider: str, title: str
) -> PlanTags:
    """The tags of one row; `title`: who issued the plan and what it is called."""
    return PlanTags(
        school_stages=_stages(audience) or _stages(name) or _stages(topic),
        subjects=_subjects(f"{name} {audience}"),
        level=_level(f"{name} {provider} {sponsor}", title),
    )


def _stages(text: str) -> tuple[str, ...]:
    found = {stage for stage, words in _STAGES if re.search(words, text)}
    for match in _MIDDLE.finditer(text):
        found |= {"junior", "senior"} | ({"primary"} if match[0] == "中小学" else set())
    return tuple(stage for stage, _ in _STAGES if stage in found)


def _subjects(text: str) -> tuple[str, ...]:
    return tuple(subject for subject, words in _SUBJECTS if re.search(words, text))


def _level(text: str, title: str) -> str | None:
    """What the row says of its level, else the level of the office that the title names."""
    for level, words in _LEVELS:
        if re.search(words, text):
            return level
    for level, words in _ISSUER_LEVELS:
        if re.search(words, title):
            return level
    return None
