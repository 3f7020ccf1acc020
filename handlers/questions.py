"""The questions that were not understood: kept masked, and made into the office's weekly list.

Knows no channel and no file; how a text is masked is handed in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from handlers.contract import Turn
from handlers.files import workbook
from handlers.permissions import understood_as
from nlp.normalise import bare, tidy
from storage.unanswered import NotUnderstood, QuestionKind, Unanswered

HEADER = ("问题（已隐去个人信息）", "次数", "谁在问", "当时给出的选项", "最近一次", "情况")
_ROLES = {
    "guest": "未绑定的人",
    "teacher": "教师",
    "tutor": "班主任、坊主",
    "school_admin": "校级管理员",
    "officer": "县级管理员",
}
_KINDS = {
    QuestionKind.NOT_UNDERSTOOD: "完全没听懂",
    QuestionKind.ASKED_BACK: "没把握，给了选项",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the list: everybody who asked it in (nearly) the same words.

    `text` is the wording used most; `roles` and `guesses` are by frequency, names as declared.
    """

    text: str
    times: int
    roles: tuple[str, ...]
    guesses: tuple[str, ...]
    last: date
    kinds: tuple[QuestionKind, ...]


def keep_question(turn: Turn, masked: Callable[[str], str]) -> None:
    """Keep a message that was not understood: nobody's name, no account, the day but no hour."""
    text = masked(turn.text)
    if not text:
        return
    Unanswered(turn.unit).add(
        NotUnderstood(
            asked_on=turn.now.date(),
            channel=turn.asker.channel,
            role=understood_as(turn.asker.roles),
            text=text,
            kind=QuestionKind.ASKED_BACK if turn.suggestions else QuestionKind.NOT_UNDERSTOOD,
            guesses=turn.suggestions,
        )
    )


def by_frequency(questions: Iterable[NotUnderstood]) -> tuple[Asked, ...]:
    """The same question in one line, the most frequent first, then the latest."""
    alike: dict[str, list[NotUnderstood]] = defaultdict(list)
    for one in questions:
        alike[bare(tidy(one.text)) or one.text].append(one)
    found = [_asked(group) for group in alike.values()]
    return tuple(sorted(found, key=lambda one: (-one.times, -one.last.toordinal(), one.text)))


def _asked(group: Sequence[NotUnderstood]) -> Asked:
    return Asked(
        text=_common(one.text for one in group)[0],
        times=len(group),
        roles=_common(one.role for one in group),
        guesses=_common(guess for one in group for guess in one.guesses),
        last=max(one.asked_on for one in group),
        kinds=tuple(QuestionKind(kind) for kind in _common(one.kind.value for one in group)),
    )


def _common(words: Iterable[str]) -> tuple[str, ...]:
    """Distinct words, the most frequent first; of equals the one met first."""
    return tuple(word for word, _ in Counter(words).most_common())


def question_sheet(asked: Sequence[Asked], titles: Mapping[str, str]) -> bytes:
    """The list as an .xlsx; `titles` are the intents' titles by name."""
    rows = (
        (
            one.text,
            str(one.times),
            "、".join(_ROLES.get(role, role) for role in one.roles),
            "、".join(titles.get(name, name) for name in one.guesses),
            one.last.isoformat(),
            "；".join(_KINDS[kind] for kind in one.kinds),
        )
        for one in asked
    )
    return workbook("没听懂的问题", HEADER, rows)
