"""Group chats of classes: a code ties one to a class, and who runs the class sees what there is.

A code is the credential: on some platforms people have other accounts in groups, so whoever
brings an officer's or a tutor's code may use it. What is said in a group names nobody.
"""

from __future__ import annotations

from datetime import timedelta

from handlers import class_group_words as words
from handlers.class_chats import tell
from handlers.class_choice import chosen_class, run_whole
from handlers.class_groups_make import create, robot
from handlers.contract import Intent, Privacy, Turn
from handlers.matching import best, names_asked
from handlers.permissions import Permission
from handlers.reply import Choice, Reply, action, ask_choice, ask_sure, refuse
from handlers.rules.wrong_codes import LOCK, WRONG_CODES, locked_until
from handlers.wording import clock_words
from storage.accounts import Tries
from storage.enrolments import Enrolments
from storage.groups import GroupCode, Groups
from storage.imports.lookups import Found

VALID = timedelta(minutes=30)
DIGITS = 6
WRONG_CODES_IN_GROUP = 10
PURPOSE = "group"
MOST_DRAWS = 50


def code(turn: Turn) -> Reply:
    """A one-time code with which a group chat is tied to a class."""
    chosen = chosen_class(turn, "要哪个班的群码？")
    if isinstance(chosen, Reply):
        return chosen
    until = turn.now + VALID
    table = Groups(turn.unit)
    for _ in range(MOST_DRAWS):
        drawn = f"{turn.chance.randrange(10**DIGITS):0{DIGITS}}"
        if table.issue_code(chosen.id, drawn, turn.asker.id, turn.now, until):
            break
    else:
        raise RuntimeError("no free group code found")
    return Reply(
        text=f"「{chosen.name}」的群码：{drawn}，{clock_words(until)} 前有效，只能用一次。\n"
        f"请先把我拉进班级群，再在群里 @我 发送：\n绑定班级 {drawn}",
        audit={"class": chosen.id},
    )


def bind(turn: Turn) -> Reply:
    """In a group: tie it to the class of the code; whoever runs the class needs no code."""
    typed = turn.slots.text("code")
    if turn.place.group is None:
        return refuse(words.HOW_TO_BIND, why="private")
    if typed is not None:
        return _by_code(turn, typed)
    own = run_whole(turn)
    number, names = turn.slots.number("class"), names_asked(turn)
    if number is not None:
        found = tuple(each for each in own if each.id == number)
    else:
        found = best(names, own, lambda each: (each.name,)) if names else ()
    if len(found) != 1:
        return refuse(words.NEEDS_CODE, why="no code")
    return _tie(turn, found[0], None)


def _by_code(turn: Turn, typed: str) -> Reply:
    turn.unit.lock()
    tries = Tries(turn.unit, PURPOSE)
    subjects = (
        (f"{turn.asker.channel}:{turn.asker.account}"[:160], WRONG_CODES),
        (f"chat:{turn.asker.channel}:{turn.place.group}"[:160], WRONG_CODES_IN_GROUP),
    )
    for subject, limit in subjects:
        until = locked_until(tries.since(subject, turn.now - 2 * LOCK), limit, turn.now)
        if until is not None:
            # the minute after: at the minute that is said, trying again must work
            shown = clock_words(until + timedelta(seconds=59))
            return refuse(f"群码错了太多次，请在 {shown} 之后再试。", locked=1)
    found = Groups(turn.unit).code(typed)
    here = turn.place.training_class_id
    if found is not None and here == found.class_id:
        return Reply(text=f"这个群已经是「{found.class_name}」的班级群，不用再绑定。")
    if found is None or found.used_at is not None or found.expires_at <= turn.now:
        for subject, _ in subjects:
            tries.add(subject, turn.now)
        return refuse(words.WRONG_CODE, why="code")
    tied = _tie(turn, Found(found.class_id, found.class_name), found)
    if not tied.refused and tied.question is None:
        tries.forget(subjects[0][0])
    return tied


def _tie(turn: Turn, chosen: Found, brought: GroupCode | None) -> Reply:
    """Bind the group; away from another class only after a yes."""
    assert turn.place.group is not None
    table, before = Groups(turn.unit), turn.place.training_class_id
    channel = turn.asker.channel
    if before == chosen.id:
        return Reply(text=f"这个群已经是「{chosen.name}」的班级群，不用再绑定。")
    if before is not None and turn.slots.text("sure") is None:
        kept = {"class": str(chosen.id)} if brought is None else {"code": turn.slots.text("code")}
        named = table.class_name(before)
        sure = action("group.bind", sure="1", **{key: str(value) for key, value in kept.items()})
        return ask_sure(
            f"这个群现在是「{named}」的班级群。要改成「{chosen.name}」吗？"
            f"改了以后，「{named}」的通知不再发到这里。",
            "改绑班级",
            sure,
        )
    if brought is not None and not table.use_code(brought.id, turn.now):
        return refuse("这个群码刚刚被用掉了，请重新要一个。", code=brought.id)
    by = turn.asker.person_id or (brought.issued_by if brought is not None else None)
    table.bind(chosen.id, channel, turn.place.group, by, turn.now)
    if brought is not None and brought.issued_by != turn.asker.person_id:
        text = (
            f"您的群码已经用掉：一个{words.title(channel, turn.office.ways)}绑定为「{chosen.name}」"
            f"的班级群。\n不是您让绑的，请发送「解绑班级群 {chosen.name}」。"
        )
        key = f"group:code:{brought.id}"
        tell(turn.unit, brought.issued_by, text, key, turn.office.ways, turn.now)
    audit: dict[str, str | int] = {"class": chosen.id, "channel": channel}
    if brought is not None:
        audit["code"] = brought.id
    if before is not None:
        audit["was"] = before
    return Reply(text=words.bound(channel, chosen.name, turn.office.ways), audit=audit)


def unbind(turn: Turn) -> Reply:
    """Let go of a group: in it, or in private one of those of a class."""
    if turn.place.group is not None and not names_asked(turn):
        return _unbind_here(turn)
    row = turn.slots.number("row")
    mine = Groups(turn.unit).of_classes([each.id for each in run_whole(turn)])
    if row is not None:
        found = tuple(each for each in mine if each.id == row)
    else:
        chosen = chosen_class(turn, "要解绑哪个班的群？")
        if isinstance(chosen, Reply):
            return chosen
        found = tuple(each for each in mine if each.class_id == chosen.id)
    if not found:
        return refuse("没有找到可以解绑的班级群。", why="no group")
    if len(found) > 1:
        return ask_choice(
            "要解绑哪一个？",
            *(
                Choice(words.label(each, turn), action("group.unbind", row=str(each.id)))
                for each in found
            ),
            title="解绑班级群",
        )
    (group,) = found
    if turn.slots.text("sure") is None:
        return ask_sure(
            f"要解绑「{group.class_name}」的{words.label(group, turn)}吗？"
            "解绑后，本班的通知不再发到这个群。",
            "解绑班级群",
            action("group.unbind", row=str(group.id), sure="1"),
        )
    Groups(turn.unit).unbind(group.class_id, group.channel, group.chat)
    return Reply(
        text=f"已解绑「{group.class_name}」的{words.label(group, turn)}。",
        audit={"class": group.class_id, "channel": group.channel},
    )


def _unbind_here(turn: Turn) -> Reply:
    class_id = turn.place.training_class_id
    if class_id is None:
        return Reply(text="这个群没有绑定班级。")
    chosen = next((each for each in run_whole(turn) if each.id == class_id), None)
    if chosen is None:
        return refuse("这个群的班级不归您管理，请让班主任来解绑。", why="class")
    assert turn.place.group is not None
    Groups(turn.unit).unbind(class_id, turn.asker.channel, turn.place.group)
    return Reply(
        text=f"已解绑：这个群不再是「{chosen.name}」的班级群，本班的通知不再发到这里。",
        audit={"class": class_id, "channel": turn.asker.channel},
    )


def list_(turn: Turn) -> Reply:
    """The groups of the classes that one runs, with what can be sent there; else of one's own."""
    own = run_whole(turn)
    if own:
        groups = Groups(turn.unit).of_classes([each.id for each in own], wanted=True)
        return Reply(text=words.overview(turn, own, groups), audit={"groups": len(groups)})
    ids = [each.class_id for each in Enrolments(turn.unit).of_person(turn.asker.id)]
    groups = Groups(turn.unit).of_classes(ids)
    if not groups:
        return Reply(text="您的班级还没有绑定班级群。")
    lines = [
        f"· {each.class_name}：{words.title(each.channel, turn.office.ways)}" for each in groups
    ]
    return Reply(text="您的班级群：\n" + "\n".join(dict.fromkeys(lines)))


_CLASS = r"(?P<programme>[^\s,，:：/]{2,40})"

INTENTS: tuple[Intent, ...] = (
    Intent(
        name="group.list",
        title="班级群",
        help="各班的群能不能推送；绑定群发送「班级群码 班名」",
        permission=Permission.RECORD_OWN,
        handle=list_,
        keywords=("班级群",),
        forms=(r"(?:我的|我们的?|全部|各班)?班级群(?:列表|情况|有哪些)?", "有哪些班级群"),
        in_menu=False,
        exact_only=True,
    ),
    Intent(
        name="group.code",
        title="班级群码",
        help="要一个群码，在群里绑定班级用",
        permission=Permission.CLASS_RUN,
        handle=code,
        acting=True,
        echoes=True,
        keywords=("班级群码", "群码"),
        forms=(
            rf"(?:生成|给我|要)?(?:一个)?(?:班级)?群(?:绑定)?码[\s:：,，]*{_CLASS}?",
            r"(?P<programme>[^\s,，:：/]{2,40}?)的(?:班级)?群码",
        ),
        exact_only=True,
    ),
    Intent(
        name="group.bind",
        title="绑定班级",
        help="在班级群里发送「绑定班级 群码」",
        permission=Permission.OPEN_TO_ALL,
        handle=bind,
        # nothing about a person; the group must see what became of it
        privacy=Privacy.PUBLIC,
        acting=True,
        echoes=True,
        keywords=("绑定班级", "绑定本群"),
        forms=(
            r"绑定(?:班级群?|本群|这个群)[\s:：,，]*(?P<code>\d{6})",
            rf"绑定班级[\s:：,，]*(?!群机器人){_CLASS}",
            r"绑定(?:班级群?|本群|这个群)",
        ),
        in_menu=False,
        exact_only=True,
    ),
    Intent(
        name="group.robot",
        title="绑定群机器人",
        help="私聊发送「绑定群机器人 班名 地址」",
        permission=Permission.CLASS_RUN,
        handle=robot,
        # in a group it only ever warns, and everybody there must see that
        privacy=Privacy.PUBLIC,
        acting=True,
        echoes=True,
        keywords=("绑定群机器人",),
        forms=(
            rf"(?s)绑定(?:班级)?群机器人[\s:：,，]*(?!https?:){_CLASS}?(?:[\s:：,，].*)?",
            r"(?s)(?:绑定(?:班级)?群机器人[\s:：,，]*)?(?P<web>https?)://\S*webhook/send\S*",
        ),
        in_menu=False,
        exact_only=True,
    ),
    Intent(
        name="group.create",
        title="建班级群",
        help="用企业微信应用给一个班建群",
        permission=Permission.CLASS_RUN,
        handle=create,
        acting=True,
        echoes=True,
        keywords=("建班级群",),
        forms=(
            rf"(?:新建|创建|建)(?:一?个)?班级群[\s:：,，]*{_CLASS}?",
            r"(?:给|为)(?P<programme>[^\s,，:：/]{2,40}?)(?:新建|创建|建)(?:一?个)?(?:班级)?群",
        ),
        in_menu=False,
        exact_only=True,
    ),
    Intent(
        name="group.unbind",
        title="解绑班级群",
        help="让一个群不再是班级群",
        permission=Permission.CLASS_RUN,
        handle=unbind,
        privacy=Privacy.PUBLIC,
        acting=True,
        echoes=True,
        keywords=("解绑班级",),
        forms=(rf"解绑(?:班级群?|本群|这个群)[\s:：,，]*{_CLASS}?",),
        in_menu=False,
        exact_only=True,
    ),
)
