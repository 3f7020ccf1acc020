"""The menu, greetings, the way to a human, and what is said when nothing was understood."""

from __future__ import annotations

import re

from handlers.contract import Intent, Privacy, Turn
from handlers.permissions import GRANTS, Permission, Role
from handlers.reply import Choice, Reply, action, ask_choice
from handlers.wording import binding_steps

MENU_BUTTONS = 6
# Nobody picks a greeting from a list, nor a yes to nothing.
_NOTHING_TO_PICK = frozenset({"chat.greet", "flow.confirm", "flow.cancel", "fallback"})
_NUMBER = re.compile(r"第?\s*\d{1,2}\s*[个号项条]?[。.、]?")


def show(turn: Turn) -> Reply:
    """What this person may do here; the list is the gate's own."""
    offered = [i for i in turn.allowed if i.in_menu and i.handle is not None]
    if turn.asker.is_guest:
        after = "绑定以后可以查学分、课表、截止时间，还能签到、收通知。"
        return Reply(text=f"{binding_steps(turn.office)}\n{after}")
    offered.sort(key=_place)
    lines = [f"{turn.asker.name}老师，我能帮您做这些事（直接说就行）："]
    lines += [f"{n}. {intent.title}：{intent.help}" for n, intent in enumerate(offered, start=1)]
    choices = tuple(Choice(intent.title, action(intent.name)) for intent in offered)
    reply = ask_choice("\n".join(lines), *choices[:MENU_BUTTONS], title="常用功能")
    # every line of the list can be picked by its number, also beyond what a card can hold
    question = reply.question
    assert question is not None
    return Reply(
        text=reply.text,
        card=reply.card,
        question=type(question)(choices=choices),
    )


def _place(intent: Intent) -> tuple[bool, bool, int]:
    """What few roles may do comes first: it is what an officer or a tutor is here for.

    Stopping everything at once is no button that one should hit by chance.
    """
    allowed = intent.permission
    holders = sum(allowed in granted for granted in GRANTS.values())
    return allowed in GRANTS[Role.TEACHER], allowed is Permission.NOTICE_STOP, holders


def greet(turn: Turn) -> Reply:
    """A short greeting with the three commonest requests."""
    if turn.asker.is_guest:
        return Reply(text=f"您好，我是{turn.office.bot_name}。发送「绑定」看怎样绑定身份。")
    if "谁" in turn.text or "机器人" in turn.text:
        return Reply(
            text=f"我是{turn.office.bot_name}，{turn.office.name}的机器人，能查学分、课表、"
            "截止时间，能签到、收通知。发送「菜单」看全部功能。"
        )
    if "谢" in turn.text or "辛苦" in turn.text:
        return Reply(text="不客气，有事随时找我。")
    return Reply(
        text=f"{turn.asker.name}老师您好。想查学分、课表还是截止时间？发送「菜单」看全部功能。"
    )


def handoff(turn: Turn) -> Reply:
    """Who can be asked in person."""
    contact = turn.office.contact or f"{turn.office.name}或您学校的管理员"
    return Reply(text=f"请联系{contact}。把您的问题和姓名一起说清楚，会快一些。")


def fallback(turn: Turn) -> Reply:
    """Not understood: the nearest things it could have been; a stranger learns how to bind."""
    if turn.asker.is_guest:
        return Reply(text=binding_steps(turn.office))
    if (length := turn.slots.number("length")) is not None:
        return Reply(
            text=f"这条消息有 {length:,} 个字，太长了，我没有读。请用一两句话说您要办的事。\n"
            "要发长通知，请先说发给谁（如「给信息技术1班发通知」），我问您时再发正文；"
            "表格和材料请作为文件发。"
        )
    titles = {intent.name: intent.title for intent in turn.allowed if intent.handle is not None}
    near = [name for name in turn.suggestions if name in titles and name not in _NOTHING_TO_PICK]
    if not near and _NUMBER.fullmatch(turn.text.strip()):
        return Reply(text="现在没有等您选的序号。发送「菜单」看我能做什么，再回复序号。")
    if not near:
        return Reply(text="这个我帮不上忙。发送「菜单」看我能做什么，或者发送「转人工」。")
    return ask_choice(
        "我没有听明白，您是想问下面这些吗？",
        *(Choice(titles[name], action(name)) for name in near[:3]),
        title="您是想问",
    )


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="menu.show",
        title="菜单",
        help="看我能做什么",
        permission=Permission.OPEN_TO_ALL,
        handle=show,
        privacy=Privacy.PERSONAL,
        keywords=("菜单", "帮助", "你能做什么", "有什么功能", "怎么用"),
        forms=("菜单", "帮助", "功能", "[?？]+", "help", "menu"),
        in_menu=False,
    ),
    Intent(
        name="chat.greet",
        title="问候",
        help="打个招呼",
        permission=Permission.OPEN_TO_ALL,
        handle=greet,
        keywords=("你好", "在吗", "谢谢", "早上好"),
        forms=(
            "在吗",
            "你好",
            "您好",
            "谢谢",
            "谢谢老师",
            "早上好",
            "你是(?:谁|机器人吗?|真人吗)[?]?",
        ),
        in_menu=False,
    ),
    Intent(
        name="chat.handoff",
        title="转人工",
        help="找工作人员",
        permission=Permission.OPEN_TO_ALL,
        handle=handoff,
        keywords=("转人工", "人工服务", "找工作人员"),
        forms=("转人工", "人工"),
        in_menu=False,
    ),
    Intent(
        name="fallback",
        title="其他",
        help="没有听明白的话",
        permission=Permission.OPEN_TO_ALL,
        handle=fallback,
        in_menu=False,
    ),
)
