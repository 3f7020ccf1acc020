"""Words of an office's spreadsheets and the codes that are kept for them, both ways."""

from __future__ import annotations

from typing import Final

STAGES: Final = (
    ("幼儿园", "kindergarten"),
    ("小学", "primary"),
    ("初中", "junior"),
    ("高中", "senior"),
    ("中职", "vocational"),
    ("特教", "special"),
)
_STAGE_OTHERS: Final = {
    "学前": "kindergarten",
    "幼教": "kindergarten",
    "幼儿": "kindergarten",
    "职高": "vocational",
    "职教": "vocational",
    "职业高中": "vocational",
    "中等职业": "vocational",
    "特殊教育": "special",
}
_SUBJECTS: Final = {
    "信技": "信息技术",
    "信息": "信息技术",
    "信息科技": "信息技术",
    "心健": "心理健康",
    "心理": "心理健康",
    "品德": "道德与法治",
    "思品": "道德与法治",
    "道法": "道德与法治",
    "体健": "体育",
}
FIELDS: Final = {
    "name": "姓名",
    "organisation_id": "单位",
    "school_stage": "学段",
    "subject": "学科",
    "post": "职务",
    "mobile": "手机号",
    "status": "状态",
    "joined_on": "入职年月",
}
STATUS_WORDS: Final = {
    "active": "在职",
    "transferred": "调出",
    "retired": "退休",
    "on_leave": "请假",
}
ROLE_WORDS: Final = {
    "teacher": "教师",
    "school_admin": "校级管理员",
    "county_admin": "县级管理员",
    "class_tutor": "班主任",
    "workshop_leader": "坊主",
    "provider": "承办机构",
}
_STAGE_CODES: Final = dict(STAGES) | _STAGE_OTHERS
_STAGE_WORDS: Final = {code: word for word, code in STAGES}


def stage_code(text: str | None) -> str | None:
    """小学 → primary (intents.md, slot stage); words of no stage are kept as written."""
    if text is None:
        return None
    bare = text.strip()
    return _STAGE_CODES.get(bare) or _STAGE_CODES.get(bare.removesuffix("学段"), bare)


def stage_word(code: str | None) -> str | None:
    """primary → 小学; anything else as it stands."""
    return None if code is None else _STAGE_WORDS.get(code, code)


def subject_name(text: str | None) -> str | None:
    """The canonical name of a subject where a usual short form was written."""
    if text is None:
        return None
    bare = text.strip()
    return _SUBJECTS.get(bare, bare)
