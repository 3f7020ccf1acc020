"""My classes: which I am in, who runs them, and when they meet next."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.contract import Intent, Turn
from handlers.matching import best, names_asked
from handlers.permissions import Permission
from handlers.programme_words import LEVEL_WORDS
from handlers.reply import Reply
from handlers.wording import ask_office, joined, moment_words
from storage.enrolments import ClassStaff, Enrolments, Membership
from storage.timetable import Timetable

MOST_SHOWN = 6
ROLE_WORDS = {
    "trainee": "学员",
    "class_tutor": "班主任",
    "workshop_leader": "坊主",
    "online_tutor": "辅导教师",
}
# by the namespace of the group (storage.groups)
CHANNEL_WORDS = {
    "wecom": "企业微信群",
    "wecom_robot": "企业微信群",
    "wecom_appchat": "企业微信群",
    "qq_group": "QQ群",
    "onebot": "QQ群",
}


def listed(turn: Turn) -> Reply:
    """My classes with programme and role."""
    mine = Enrolments(turn.unit).of_person(turn.asker.id)
    if not mine:
        return _none(turn)
    classes = _by_class(mine)
    lines = [f"您参加了 {len(classes)} 个班："]
    shown = list(classes.values())[:MOST_SHOWN]
    for number, held in enumerate(shown, 1):
        first = held[0]
        level = f"，{LEVEL_WORDS[first.level]}" if first.level in LEVEL_WORDS else ""
        lines.append(
            f"{number}. {first.class_name}（{_roles(held)}）："
            f"{first.programme}，{first.year} 年度{level}"
        )
    if len(classes) > len(shown):
        names = joined((held[0].class_name for held in list(classes.values())[MOST_SHOWN:]), 20)
        lines.append(f"还有：{names}")
    lines.append("想看班主任和上课时间，可以问「我的班级」「我的课表」。")
    return Reply(text="\n".join(lines), audit={"classes": len(classes)})


def info(turn: Turn) -> Reply:
    """Who runs my class, how many we are, where we chat, when we meet next."""
    records = Enrolments(turn.unit)
    mine = records.of_person(turn.asker.id)
    if not mine:
        return _none(turn)
    asked = names_asked(turn)
    chosen = best(asked, mine, _names) if asked else mine
    if not chosen:
        names = joined(dict.fromkeys(item.class_name for item in mine))
        return Reply(text=f"您的班级里没有「{asked[0]}」。您参加的有：{names}。")
    classes = _by_class(chosen)
    person = turn.slots.text("person")
    if person is not None:
        return _fellow(turn, person, classes)
    ids = list(classes)
    staff = records.staff(ids)
    counts, groups = records.trainee_counts(ids), records.groups(ids)
    lines: list[str] = []
    for class_id in ids[:MOST_SHOWN]:
        held = classes[class_id]
        lines.append(f"{held[0].class_name}（{held[0].programme}），您是{_roles(held)}")
        lines.append(f"· {_staff_words([one for one in staff if one.class_id == class_id])}")
        chats = dict.fromkeys(CHANNEL_WORDS.get(name, name) for name in groups.get(class_id, ()))
        chat = f"；有{'、'.join(chats)}" if chats else ""
        lines.append(f"· 学员 {counts.get(class_id, 0)} 人{chat}")
        lines.append(f"· {_next_words(turn, class_id)}")
    if len(ids) > MOST_SHOWN:
        lines.append(f"（共 {len(ids)} 个班，说出班名可以只看一个）")
    lines.append("全部上课时间可以问「我的课表」。")
    return Reply(text="\n".join(lines), audit={"classes": len(ids)})


def _fellow(turn: Turn, name: str, classes: dict[int, list[Membership]]) -> Reply:
    """Whether somebody is in one of my own classes; of other classes nothing is said."""
    common = Enrolments(turn.unit).fellow(list(classes), name)
    if not common:
        return Reply(text=f"您的班里没有叫「{name}」的人。")
    words = "、".join(classes[class_id][0].class_name for class_id in common)
    return Reply(text=f"是的，{name}和您都在：{words}。")


def _none(turn: Turn) -> Reply:
    return Reply(
        text=f"您目前没有参加任何培训班。如果已经报过名，{ask_office(turn.office)}核对班级名单。\n"
        "想找培训项目，可以问「有哪些培训」。"
    )


def _by_class(memberships: Sequence[Membership]) -> dict[int, list[Membership]]:
    found: dict[int, list[Membership]] = {}
    for item in memberships:
        found.setdefault(item.class_id, []).append(item)
    return found


def _roles(held: Sequence[Membership]) -> str:
    return "、".join(ROLE_WORDS.get(item.role, item.role) for item in held)


def _staff_words(staff: Sequence[ClassStaff]) -> str:
    if not staff:
        return "班主任：名单里还没有登记"
    found: dict[str, list[str]] = {}
    for one in staff:
        found.setdefault(ROLE_WORDS.get(one.role, one.role), []).append(one.name)
    return "；".join(f"{role}：{'、'.join(names)}" for role, names in found.items())


def _next_words(turn: Turn, class_id: int) -> str:
    session = Timetable(turn.unit).next_after(turn.asker.id, turn.now, (class_id,))
    if session is None:
        return "之后没有安排课程"
    when = moment_words(session.starts_at, turn.now.date())
    return f"下一次课：{when}，{session.place or '地点未定'}"


def _names(item: Membership) -> tuple[str, ...]:
    return (item.class_name, item.programme, *item.aliases)


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="enrolment.list",
        title="我参加的班",
        help="我报了哪些班，是什么身份",
        permission=Permission.RECORD_OWN,
        handle=listed,
        keywords=("报了哪些", "参加了哪些", "哪几个班", "我的项目"),
        forms=("我(?:报|参加)了(?:哪些|什么)班?", "我的培训"),
    ),
    Intent(
        name="class.info",
        title="我的班级",
        help="班主任、坊主是谁，什么时候上课",
        permission=Permission.RECORD_OWN,
        handle=info,
        keywords=("班主任是谁", "我的班级", "哪个坊", "坊主是谁", "在哪个班"),
        forms=("我的班级?", "我的班主任(?:是谁)?", "我在哪个[班坊]"),
    ),
)
