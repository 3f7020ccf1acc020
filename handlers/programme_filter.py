"""Which phases of which programmes fit what was asked for: one test a condition, on values.

A condition that the plan cannot answer for a phase (no dates, no level) never hides the phase
silently: time is left open, and the caller says what the plan does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from handlers.matching import bare, best
from handlers.programme_words import LEVEL_WORDS, MODE_WORDS, STAGE_WORDS
from handlers.slots import TimeRange
from handlers.wording import local
from storage.programmes import Phase, Programme

# What a plan without tags writes for a stage.
_STAGE_SIGNS = {
    "kindergarten": ("幼儿", "园长", "学前"),
    "primary": ("小学",),
    "junior": ("初中", "中学", "义务教育"),
    "senior": ("高中", "中学"),
    "vocational": ("职业", "中职"),
    "special": ("特殊教育", "特教"),
}
# A word that more than this share of the programmes has tells them hardly apart.
_COMMON = 0.3
_SAYS_NOTHING = frozenset(
    {"培训", "教师", "老师", "项目", "计划", "今年", "全市", "全县", "我们", "学校", "有关", "人员"}
)
# Audiences and matters that trainings are commonly for (columns 培训对象 and 项目专题 of plans).
_TRADE_WORDS = (
    *("校长", "园长", "书记", "班主任", "教研组长", "备课组长", "教导主任", "新教师", "特岗"),
    *("财务", "会计", "图书管理", "实验员", "保育员", "保健", "食堂", "保密", "档案", "督导"),
    *("辅导员", "人工智能", "编程", "劳动教育", "安全", "法治", "师德", "家庭教育", "科研"),
)
_EMPTY = Phase(0, (), "", (), (), None, None, None, "", None, None, ())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; None or empty where nothing was said."""

    names: tuple[str, ...] = ()
    stage: str | None = None
    subject: str | None = None
    mode: str | None = None
    level: str | None = None
    provider: str | None = None
    year: int | None = None
    when: TimeRange | None = None
    # other words of the message that the plan has too: any of them will do
    free: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The conditions as they are echoed, time left out."""
        said = (
            f"{self.year} 年度" if self.year else "",
            *self.names[:1],
            STAGE_WORDS.get(self.stage or "", self.stage or ""),
            self.subject or "",
            MODE_WORDS.get(self.mode or "", self.mode or ""),
            LEVEL_WORDS.get(self.level or "", self.level or ""),
            self.provider or "",
            *self.free,
        )
        return tuple(word for word in said if word)


@dataclass(frozen=True, slots=True)
class Match:
    """A programme and those of its phases that fit."""

    programme: Programme
    phases: tuple[Phase, ...]

    @property
    def dated(self) -> bool:
        """Whether the plan gives a time for every phase that fits."""
        return all(phase.starts_on or phase.ends_on for phase in self.phases)


def search(programmes: Sequence[Programme], wanted: Wanted) -> tuple[Match, ...]:
    """What fits every condition, those that name the subject in their title first."""
    named = programmes
    if wanted.names:
        named = best(wanted.names, programmes, lambda item: (item.name, *item.aliases, item.topic))
    found = [
        Match(programme, phases)
        for programme in named
        if wanted.year in (None, programme.year)
        if (phases := _phases(programme, wanted))
    ]
    return tuple(sorted(found, key=lambda match: _place(match, wanted)))


def loosened(
    programmes: Sequence[Programme], wanted: Wanted
) -> tuple[tuple[str, ...], tuple[Match, ...]]:
    """The nearest there is: the first single condition without which something fits."""
    without: tuple[Callable[[], Wanted], ...] = (
        lambda: replace(wanted, when=None),
        lambda: replace(wanted, year=None),
        lambda: replace(wanted, level=None),
        lambda: replace(wanted, mode=None),
        lambda: replace(wanted, provider=None),
        lambda: replace(wanted, names=()),
        lambda: replace(wanted, stage=None),
        lambda: replace(wanted, subject=None),
    )
    for make in without:
        tried = make()
        if tried == wanted or tried == Wanted():
            continue
        found = search(programmes, tried)
        if found:
            dropped = tuple(word for word in wanted.words if word not in tried.words)
            return dropped or ("时间",), found
    return (), ()


def _place(match: Match, wanted: Wanted) -> tuple[int, bool, int]:
    """The newest plan first, then titles with the subject, then what is for fewer stages."""
    title = match.programme.name
    stages = min((len(phase.school_stages) for phase in match.phases), default=0)
    return (
        -match.programme.year,
        bool(wanted.subject) and (wanted.subject or "") not in title,
        stages if wanted.stage else 0,
    )


def _phases(programme: Programme, wanted: Wanted) -> tuple[Phase, ...]:
    # a programme that only a class list named has no phase, and may still be looked for by name
    phases = programme.phases or (_EMPTY,)
    return tuple(phase for phase in phases if _fits(programme, phase, wanted))


def _fits(programme: Programme, phase: Phase, wanted: Wanted) -> bool:
    return (
        _stage_fits(programme, phase, wanted.stage)
        and _subject_fits(programme, phase, wanted.subject)
        and _mode_fits(phase, wanted.mode)
        and _level_fits(programme, phase, wanted.level)
        and _provider_fits(phase, wanted.provider)
        and _free_fits(programme, phase, wanted.free)
        and time_fits(phase, wanted.when, programme.year)
    )


def _stage_fits(programme: Programme, phase: Phase, stage: str | None) -> bool:
    if stage is None or stage in phase.school_stages:
        return True
    if phase.school_stages:
        return False
    text = f"{programme.name}{phase.audience}"
    return any(sign in text for sign in _STAGE_SIGNS.get(stage, (stage,)))


def _subject_fits(programme: Programme, phase: Phase, subject: str | None) -> bool:
    if subject is None or subject in phase.subjects:
        return True
    return subject in f"{programme.name}，{programme.topic}，{phase.audience}"


def _mode_fits(phase: Phase, mode: str | None) -> bool:
    if mode is None:
        return True
    if mode == "blended":
        return "online" in phase.modes and len(phase.modes) > 1
    if mode == "offline":
        return bool(set(phase.modes) - {"online"})
    return mode in phase.modes


def _level_fits(programme: Programme, phase: Phase, level: str | None) -> bool:
    if level is None or programme.level == level:
        return True
    # 国培省市联合立项 stands in the provider's cell of municipal plans
    return LEVEL_WORDS.get(level, level) in f"{programme.name}{programme.topic}{phase.provider}"


def _provider_fits(phase: Phase, provider: str | None) -> bool:
    if provider is None:
        return True
    said, known = bare(provider).removesuffix("网"), bare(phase.provider)
    return bool(known) and (said in known or known in said)


def _free_fits(programme: Programme, phase: Phase, free: tuple[str, ...]) -> bool:
    text = f"{programme.name}，{phase.audience}"
    return not free or any(word in text for word in free)


def free_words(text: str, programmes: Sequence[Programme]) -> tuple[str, ...]:
    """The words of a message that tell programmes apart: 园长, 班主任, 财务人员.

    A pair of signs that names or audiences of a few programmes hold, joined with its neighbours;
    what many of them hold (教师, 培训) tells nothing apart.
    """
    said = bare(text)
    known = [bare(p.name + "，".join(phase.audience for phase in p.phases)) for p in programmes]
    most = max(1, int(len(known) * _COMMON))
    runs: list[str] = []
    open_run = False
    for at in range(len(said) - 1):
        pair = said[at : at + 2]
        nothing = pair in _SAYS_NOTHING or any(sign.isdigit() for sign in pair)
        found = 0 if nothing else sum(pair in name for name in known)
        if not 0 < found <= most:
            open_run = False
        elif open_run:
            runs[-1] += pair[1]
        else:
            runs.append(pair)
            open_run = True
    return tuple(dict.fromkeys(runs))


def unmentioned(text: str, programmes: Sequence[Programme]) -> tuple[str, ...]:
    """Whom or what a message asks a training for that no plan mentions: nothing is filtered by it.

    Told to the asker, so that a list of everything is not taken for an answer.
    """
    said = bare(text)
    known = "，".join(
        bare(p.name + p.topic + "，".join(phase.audience for phase in p.phases)) for p in programmes
    )
    return tuple(word for word in _TRADE_WORDS if word in said and word not in known)


def time_fits(phase: Phase, when: TimeRange | None, year: int) -> bool:
    """Whether a phase touches a span; one without any day may be on any day of its plan's year."""
    if when is None:
        return True
    first = phase.starts_on or phase.ends_on or date(year, 1, 1)
    last = phase.ends_on or phase.starts_on or date(year, 12, 31)
    if when.start is not None and last < local(when.start).date():
        return False
    return when.end is None or first <= local(when.end - timedelta(microseconds=1)).date()
