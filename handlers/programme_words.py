"""How a programme and its phases are said, and that the plan does not say what it does not say."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.rules.amounts import plain
from storage.programmes import Phase, Programme

NOT_GIVEN = "文件未给出"
MOST_SIGNS = 28
MODE_WORDS = {
    "online": "网络",
    "local": "本地",
    "offsite": "异地",
    "blended": "混合",
    "offline": "线下",
}
LEVEL_WORDS = {
    "national": "国培",
    "provincial": "省培",
    "municipal": "市培",
    "county": "县培",
    "school": "校本",
}
STAGE_WORDS = {
    "kindergarten": "幼儿园",
    "primary": "小学",
    "junior": "初中",
    "senior": "高中",
    "vocational": "中职",
    "special": "特殊教育",
}
UNIT_WORDS = {"day": "天", "class_hour": "学时"}
COLUMNS = (
    "年度",
    "序号",
    "项目名称",
    "专题",
    "形式",
    "对象",
    "天数/学时",
    "人次",
    "承办机构",
    "开始",
    "结束",
    "申请单位",
    "来源文件",
)


def mode_words(phase: Phase) -> str:
    """本地+网络; nothing where the plan has none."""
    return "+".join(MODE_WORDS.get(mode, mode) for mode in phase.modes)


def length_words(phase: Phase) -> str:
    """100 学时, 2.5 天."""
    if phase.duration is None:
        return ""
    return f"{plain(phase.duration)} {UNIT_WORDS.get(phase.duration_unit or '', '')}".strip()


def time_words(phase: Phase) -> str:
    """2020年9月1日—9月30日; one day where only one is given."""
    days = [day for day in (phase.starts_on, phase.ends_on) if day is not None]
    if not days:
        return ""
    words = [f"{day.year}年{day.month}月{day.day}日" for day in dict.fromkeys(days)]
    if phase.starts_on is None:
        return f"到 {words[0]}"
    return "—".join(words)


def phase_short(phase: Phase) -> str:
    """网络，100 学时，50 人次，湘南学院，对象：小学教师; a part that is not given is left out."""
    count = "" if phase.enrolment_count is None else f"{phase.enrolment_count} 人次"
    audience = f"对象：{_short(phase.audience)}" if phase.audience else ""
    parts = (mode_words(phase), length_words(phase), count, phase.provider, audience)
    return "，".join([part for part in (*parts, time_words(phase)) if part])


def _short(text: str) -> str:
    """The beginning of a long cell; the detail has it whole."""
    return text if len(text) <= MOST_SIGNS else f"{text[: MOST_SIGNS - 1]}…"


def programme_line(programme: Programme, phases: Sequence[Phase], *, year: bool) -> str:
    """One programme with some of its phases in one line, with its year where there are several."""
    facts = "；".join(dict.fromkeys(filter(None, map(phase_short, phases))))
    when = f"{programme.year} 年度：" if year else ""
    return f"{when}{programme.name}（{facts or '计划里没有写更多'}）"


def phase_full(phase: Phase) -> str:
    """Everything of one phase, with 文件未给出 for what the plan leaves out."""
    count = None if phase.enrolment_count is None else f"{phase.enrolment_count} 人次"
    facts = (
        ("形式", mode_words(phase)),
        ("对象", phase.audience),
        ("时长", length_words(phase)),
        ("人数", count),
        ("承办", phase.provider),
        ("时间", time_words(phase)),
    )
    return "；".join(f"{name}：{value or NOT_GIVEN}" for name, value in facts)


def source_words(programme: Programme) -> str:
    """2020 年度，郴教通〔2020〕48号，序号 6."""
    parts = [f"{programme.year} 年度", programme.document or "来源文件未登记"]
    if programme.seq:
        parts.append(f"序号 {programme.seq}")
    return "，".join(parts)


def choice_label(programme: Programme) -> str:
    """What tells programmes of one name apart."""
    first = programme.phases[0] if programme.phases else None
    parts = [str(programme.year)]
    if first is not None:
        parts += [part for part in (first.provider, length_words(first)) if part]
    return f"{programme.name}（{'，'.join(parts)}）"


def cells(programme: Programme, phase: Phase) -> tuple[str, ...]:
    """One phase as a row of COLUMNS; cells stay empty where the plan has nothing."""
    return (
        str(programme.year),
        programme.seq,
        programme.name,
        programme.topic,
        mode_words(phase),
        phase.audience,
        length_words(phase),
        "" if phase.enrolment_count is None else str(phase.enrolment_count),
        phase.provider,
        phase.starts_on.isoformat() if phase.starts_on else "",
        phase.ends_on.isoformat() if phase.ends_on else "",
        programme.sponsor_unit,
        programme.document,
    )
