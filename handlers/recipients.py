"""From the words for a notice's audience to the audience: classes, branches, stage, subject.

Reads what stands before the message itself. What it cannot narrow by, it says, because a notice
that goes to too many cannot be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.contract import Turn
from handlers.matching import bare, best, names_asked
from handlers.wishes import names_group
from storage.audience import Audience, AudienceClass, Audiences
from storage.people import Organisation, People

STAGES = {
    "kindergarten": "幼儿园",
    "primary": "小学",
    "junior": "初中",
    "senior": "高中",
    "vocational": "中职",
    "special": "特殊教育",
}
_STAGE_OF = {word: code for code, word in STAGES.items()} | {"学前": "kindergarten"}
_EVERYBODY = re.compile(r"全体|全员|全县|全市|所有|大家|每[一个位]|各校|各学校|各单位|各位老师")
_CLASS = re.compile(r"(?:给|向|对|通知|告诉|跟|发给|^)([^，,。：:给向对]{1,20}?(?:工作坊|[班坊]))")
# 中心小学 of 城关镇中心小学: a part of a name is as good as the name where it fits one school
_SCHOOL_KIND = re.compile(r"小学|中学|初中|高中|学校|幼儿园|中心校|教学点|职校|学区|片区")
_PART = 10
_ANY_SCHOOL = re.compile(
    r"(?:全|各|每|所有|全部|全体|一些|我们?|本|公办|民办|县|市|区|乡镇?|镇|城|农村|内|里|个|所|的|中|[^\u4e00-\u9fff])+"
)
_POST = re.compile(r"园长|校长|主任|组长|坊主|管理员|新教师|骨干|名师|班主任")


@dataclass(frozen=True, slots=True)
class Found:
    """What the words gave. `several`: classes or branches of which one must be picked."""

    audience: Audience | None = None
    several: tuple[tuple[str, Audience], ...] = ()
    unknown: str = ""
    remark: str = ""


def find(turn: Turn, head: str, message: str) -> Found:
    """Resolve slots and the words `head`; nothing found is an empty answer.

    A slot that only the message itself speaks of names no audience (「…：到一中开会」).
    """
    scope = Audience(turn.scope.branches)
    classes = _classes(turn, head)
    if len(classes) > 1:
        return Found(
            several=tuple((each.name, replace(scope, classes=(each.id,))) for each in classes)
        )
    chosen = scope
    rest, cut = head, ""
    if classes:
        chosen = replace(scope, classes=(classes[0].id,))
        for word in (classes[0].name, classes[0].programme):
            rest = rest.replace(word, "")
    branches, unknown, part = _branches(turn, rest, message)
    if unknown:
        return Found(unknown=unknown)
    if len(branches) > 1:
        several = [(each.name, replace(chosen, branches=(each.path,))) for each in branches]
        return Found(several=tuple(several))
    if branches:
        chosen = replace(chosen, branches=(branches[0].path,))
        cut = "".join((branches[0].name, *branches[0].aliases))
        rest = rest.replace(branches[0].name, "").replace(part, "")
    if not classes:
        chosen = _by_post(turn, chosen, rest, cut + message)
    narrowed = chosen != scope
    if not narrowed and not _EVERYBODY.search(head) and turn.slots.text("everybody") is None:
        return Found()
    post = _POST.search(rest)
    if classes or post is None:
        return Found(chosen)
    remark = f"注意：还不能按「{post[0]}」这样的职务筛选，以上是符合其他条件的全部人员。"
    return Found(chosen, remark=remark)


def describe(turn: Turn, audience: Audience) -> str:
    """An audience in words: 城关小学、小学语文 在职教师."""
    parts: list[str] = []
    if audience.branches:
        tree = {each.path: each.name for each in People(turn.unit).organisations()}
        parts += [tree.get(path, "") for path in audience.branches]
    taught = STAGES.get(audience.school_stage or "", "") + (audience.subject or "")
    if taught:
        parts.append(taught)
    if audience.classes:
        known = {each.id: each.name for each in Audiences(turn.unit).classes(audience.within)}
        return "、".join([*parts, *(known.get(each, "") for each in audience.classes)]) + " 学员"
    return f"{'、'.join(parts)} 在职教师" if parts else "全体在职教师"


def _classes(turn: Turn, head: str) -> tuple[AudienceClass, ...]:
    """The classes that are named: in full, else as well as the words fit."""
    known = Audiences(turn.unit).classes(turn.scope.branches)
    said = bare(head)
    named = [each for each in known if bare(each.name) in said]
    if named:
        longest = max(len(each.name) for each in named)
        return tuple(each for each in named if len(each.name) == longest)
    asked = names_asked(turn)
    phrase = _CLASS.search(head)
    if not asked and phrase is not None:
        asked = (phrase[1],)
    if not asked and turn.place.training_class_id is not None and names_group(head):
        return tuple(each for each in known if each.id == turn.place.training_class_id)
    if not asked:
        return ()
    return best(asked, known, lambda each: (each.name, each.programme, *each.aliases))


def _in_message_only(words: Sequence[str], head: str, message: str) -> bool:
    said, text = bare(head), bare(message)
    return not any(bare(word) in said for word in words) and any(
        bare(word) in text for word in words
    )


def _branches(turn: Turn, head: str, message: str) -> tuple[tuple[Organisation, ...], str, str]:
    """The organisations that are named, within the author's branches.

    Also the name that is unknown, and the part of a name that was said instead of all of it.
    """
    mine = [each for each in People(turn.unit).organisations() if turn.scope.covers(each.path)]
    for slot in ("school", "region"):
        asked = names_asked(turn, slot)
        if asked:
            found = best(asked, mine, lambda each: (each.name, *each.aliases))
            names = [*asked, *(name for each in found for name in (each.name, *each.aliases))]
            if not _in_message_only(names, head, message):
                return found, "" if found else asked[0], ""
    said = bare(head)
    named = [
        (len(name), each)
        for each in mine
        for name in (each.name, *each.aliases)
        if len(name) > 1 and bare(name) in said
    ]
    if not named:
        return _partly_named(mine, head)
    longest = max(length for length, _ in named)
    once = {each.id: each for length, each in named if length == longest}
    return tuple(once.values()), "", ""


def _partly_named(
    mine: Sequence[Organisation], head: str
) -> tuple[tuple[Organisation, ...], str, str]:
    """The schools whose names hold the longest part that was said; as `_branches`."""
    for kind in _SCHOOL_KIND.finditer(head):
        before = head[max(0, kind.start() - _PART) : kind.start()]
        for start in range(len(before) - 1):
            said = before[start:]
            if _ANY_SCHOOL.fullmatch(said):
                break
            found = [each for each in mine if bare(said + kind[0]) in bare(each.name)]
            if found:
                return tuple(found), "", said + kind[0]
    return (), "", ""


def _by_post(turn: Turn, chosen: Audience, head: str, message: str) -> Audience:
    """Narrow by stage and subject: from the slots, else from the words.

    `message` is what names nobody: the notice itself, and the school's name (「城关小学」).
    """
    stage = turn.slots.text("stage")
    if stage not in STAGES or _in_message_only([STAGES[stage]], head, message):
        stage = next((code for word, code in _STAGE_OF.items() if word in head), None)
    subject = turn.slots.text("subject")
    if subject is None or _in_message_only([subject], head, message):
        known = Audiences(turn.unit).subjects(turn.scope.branches)
        subject = next((each for each in known if each in head), None)
    return replace(chosen, school_stage=stage, subject=subject)
