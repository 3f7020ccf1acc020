"""Whom a notice calls with @ in each class's group, and what its author is told of it.

Only who stands as @姓名 in the author's own words and is in that class; nobody is added. Reads the
records; what a way can do is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.planning import GroupRoute
from handlers.reply import Mention
from handlers.rules.calling import EVERYBODY, called, calls_all, names_in, stands
from handlers.ways import Capabilities, Ways
from storage.accounts import Accounts
from storage.enrolments import Enrolments, Named
from storage.person_names import spelled
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Calls:
    """Those of one class's group. `several`: names of more than one there; `unknown`: of nobody."""

    mentions: tuple[Mention, ...] = ()
    several: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def of_all(body: str, *, wished: bool) -> tuple[Mention, ...]:
    """Everybody, where the text calls them or its author wished so beside it."""
    said = calls_all(body) or (EVERYBODY if wished else "")
    return (Mention(said, everybody=True),) if said else ()


def calls_anybody(body: str) -> bool:
    """Whether there is an @ of a name, or of everybody, in the text."""
    return bool(calls_all(body) or called(body))


def calls_of(
    unit: Unit, body: str, groups: Sequence[GroupRoute], ways: Ways, *, call_all: bool = False
) -> Mapping[int, Calls]:
    """By class, whom its group's message calls. `call_all`: wished for beside the text."""
    said = called(body)
    names = {spelled(name) for each in said for name in names_in(each)}
    classes = [each.class_id for each in groups]
    found = Enrolments(unit).named(classes, sorted(names)) if names and classes else ()
    realms = {can.mention_realm for can in ways.values() if can.mentions}
    held = Accounts(unit).among({each.person_id for each in found}, realms) if found else {}
    made: dict[int, Calls] = {}
    for class_id in classes:
        mentions = list(of_all(body, wished=call_all))
        several: list[str] = []
        unknown: list[str] = []
        members = [each for each in found if each.class_id == class_id]
        for call in said:
            typed, people = _meant(call, body, members)
            if not people:
                unknown.append(call)
            elif len(people) > 1:
                several.append(call[0] + typed)
            else:
                mentions.append(Mention(call[0] + typed, held.get(people[0].person_id, ())))
        made[class_id] = Calls(tuple(mentions), tuple(several), tuple(unknown))
    return made


def _meant(call: str, body: str, members: Sequence[Named]) -> tuple[str, list[Named]]:
    """Who may be meant by @张伟老师: the longest name that stands there, as it was typed."""
    for name in names_in(call):
        if stands(call[0] + name, body) and (
            people := [each for each in members if each.name == spelled(name)]
        ):
            return name, people
    return "", []


def told(calls: Calls, can: Capabilities, chat: str) -> list[str]:
    """What will come of each call in this group, for the preview."""
    names = [each for each in calls.mentions if not each.everybody]
    reached = [each.said for each in names if each.account(can.mention_realm, chat)]
    lost = [each.said for each in names if each.said not in reached]
    lines: list[str] = []
    by_leave = "（平台不允许时按文字显示）" if can.mentions_by_leave else ""
    if any(each.everybody for each in calls.mentions):
        lines.append(f"会 @所有人{by_leave}" if can.mention_all else "这里不能 @所有人，按文字显示")
    if can.mentions and reached:
        lines.append(f"会 @ 到本人：{'、'.join(reached)}{by_leave}")
    if can.mentions and lost:
        lines.append(f"没有绑定这个群里的账号，按文字显示：{'、'.join(lost)}")
    if names and not can.mentions:
        lines.append("这里不能 @ 人，名字按文字显示")
    if calls.several:
        lines.append(f"班里不止一人叫这个名字，不 @：{'、'.join(calls.several)}")
    if calls.unknown:
        lines.append(f"班里没有这个名字，不 @：{'、'.join(calls.unknown)}")
    return lines
