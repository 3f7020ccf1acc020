"""The preview of a notice: to how many by which way, how long it takes, how it looks there.

Shared by whatever drafts a notice. Sends nothing; the yes it asks for is notice.approve.
"""

from __future__ import annotations

from math import ceil

from handlers.contract import Turn
from handlers.looks import Look, look, together
from handlers.mentions import calls_anybody, calls_of, of_all, told
from handlers.notice_card import group_notice, notice_reply
from handlers.planning import Plan, plan
from handlers.reply import Card, Choice, Question, Reply, action, refuse
from handlers.rules.routing import Standing
from handlers.ways import Capabilities
from handlers.wishes import ALSO, NO, ONLY, Wishes, leaves_at, when_words
from handlers.wording import clock_words, joined
from storage.audience import Audience
from storage.notices import Notice, Notices
from storage.sending import Sending
from storage.sending_state import SendingState

LONGEST = 1500
_HOUR = 60


def draft_preview(
    turn: Turn,
    body: str,
    audience: Audience,
    words: str,
    *,
    wishes: Wishes = Wishes(),  # noqa: B008 - frozen
    remark: str = "",
) -> Reply:
    """Keep a draft for this audience (`words` name it) and show it; nothing leaves without a yes.

    The reply's audit has the notice's number, and is refused where there is no draft.
    """
    if len(body) > LONGEST:
        return refuse(
            f"通知有 {len(body)} 个字，最多 {LONGEST} 个字，没有起草。请精简后再发。",
            why="too long",
        )
    planned = plan(turn.unit, audience, turn.office.ways, turn.now)
    if not planned.people:
        return refuse(f"「{words}」里没有在职人员，没有起草。请换一个范围。", why="nobody")
    if wishes.groups != NO and not planned.groups:
        remark = "\n".join(each for each in (remark, _no_group(audience, planned)) if each)
        wishes = wishes.in_groups(NO)
    kept = {**audience.to_json(), "people": len(planned.people), **wishes.to_json()}
    number = Notices(turn.unit).draft(turn.asker.id, body, kept, words, turn.now)
    notice = Notices(turn.unit).numbered(number)
    assert notice is not None
    return preview(turn, notice, planned, remark=remark)


def preview(
    turn: Turn, notice: Notice, planned: Plan, *, remark: str = "", in_full: bool = False
) -> Reply:
    """What will be sent, word for word, to how many and how; `in_full`: as each way shows it."""
    wishes = Wishes.from_json(notice.audience)
    code, people = f"N{notice.number}", len(planned.people)
    lost = planned.unreachable
    unbound = f"，其中 {lost} 人没有绑定账号、收不到" if lost else ""
    shown = [looks(turn, notice, planned), "———"] if in_full else ["———", notice.body, "———"]
    lines = [
        f"通知 {code} 待确认：发给 {notice.audience_words}，共 {people} 人{unbound}。",
        *([remark] if remark else []),
        *shown,
        *_ways(turn, notice, planned, wishes),
        *obstacles(turn, planned),
        _closing(turn, wishes),
    ]
    choices = _choices(turn, code, planned, wishes, in_full=in_full)
    return Reply(
        text="\n".join(lines),
        card=Card(
            title=f"通知 {code} 待确认",
            facts=(("人数", f"{people} 人"), ("收不到", f"{lost} 人")),
            choices=choices,
        ),
        question=Question(choices, confirm=choices[0].action, minutes=30),
        audit={"notice": notice.number, "people": people, "unbound": lost},
    )


def looks(turn: Turn, notice: Notice, planned: Plan) -> str:
    """The notice as every way of the office shows it, those first that it will take."""
    ways = turn.office.ways
    used = [name for name in planned.by_way() if name in ways]
    names = [*used, *(name for name, can in ways.items() if can.push and name not in used)]
    card = notice_reply(notice.number, notice.body, turn.office)
    shown = [(_title(turn, name), look(card, ways[name])) for name in names]
    call_all = Wishes.from_json(notice.audience).call_all
    front = of_all(notice.body, wished=call_all)
    in_group = group_notice(notice.number, notice.body, turn.office, front)
    shown += [
        (f"{_title(turn, name)}（班级群）", look(in_group, can))
        for name, can in ways.items()
        if can.group_push
    ]
    return together(shown) or "还没有接好任何发送渠道。"


def obstacles(turn: Turn, planned: Plan) -> list[str]:
    """What holds sending now: the stop switch, and pauses of the ways that it would take."""
    lines: list[str] = []
    if Sending(turn.unit).stopped():
        lines.append("注意：现在是紧急停发状态，恢复发送以后才会送出。")
    taken = {each.channel for each in planned.routes.values()}
    taken |= {each.route.channel for each in planned.groups}
    for each in planned.pauses:
        if not each.chat and each.channel in taken:
            title = _title(turn, each.channel)
            lines.append(f"注意：{title}暂停到 {clock_words(each.until)}：{each.cause}")
    return lines


def group_names(planned: Plan) -> str:
    """信息技术1班、信息技术2班."""
    return joined(each.class_name for each in planned.groups)


def _no_group(audience: Audience, planned: Plan) -> str:
    """Why no group gets it, and what follows."""
    if planned.groupless:
        names = joined(planned.groupless)
        why = f"{names} 还没有可以发消息的班级群（绑定：「班级群码 {planned.groupless[0]}」）"
    elif audience.classes:
        why = "这不是整个班，不能发到班级群"
    else:
        why = "只有按班级发的通知才能发到班级群"
    return f"{why}，下面按发给个人预览。"


def _ways(turn: Turn, notice: Notice, planned: Plan, wishes: Wishes) -> list[str]:
    """A line for each way it will take."""
    lines: list[str] = []
    ahead = SendingState(turn.unit).ahead(turn.now)
    if wishes.groups != ONLY:
        card = notice_reply(notice.number, notice.body, turn.office)
        for name, stands in planned.by_way().items():
            can = turn.office.ways[name]
            lines += _way(turn, name, stands, look(card, can), ahead.get(name, 0))
    if wishes.groups != NO:
        calls = calls_of(
            turn.unit, notice.body, planned.groups, turn.office.ways, call_all=wishes.call_all
        )
        for each in planned.groups:
            route = each.route
            late = "，等群里有人@我时补送" if route.standing is Standing.WAITS else ""
            lines.append(f"{each.class_name} 班级群：{_title(turn, route.channel)}，文字{late}")
            said = told(calls[each.class_id], turn.office.ways[route.channel], route.account)
            lines += [f"· {line}" for line in said]
        if planned.groupless:
            lines.append(f"没有班级群可发：{joined(planned.groupless)}")
    elif calls_anybody(notice.body):
        lines.append("通知里的 @ 只在班级群里有用，发给个人时按文字显示。")
    if wishes.groups == ONLY:
        lines.append("只发到班级群，不单独发给个人。")
    return lines


def _way(turn: Turn, name: str, stands: dict[Standing, int], shape: Look, ahead: int) -> list[str]:
    title, can = _title(turn, name), turn.office.ways[name]
    waits = stands.get(Standing.WAITS, 0)
    now = sum(stands.values()) - waits
    lines: list[str] = []
    if now:
        takes = _takes(can, now, len(shape.messages), ahead)
        lines.append(f"{title}：{now} 人，{shape.kind}，{takes}")
    if stands.get(Standing.PRIVILEGE):
        lines.append(f"（{title}的平台可能不让主动发，发不出的等对方说话时补送）")
    if waits:
        lines.append(f"{title}：{waits} 人现在不能主动发，对方说话时补送")
    return lines


def _takes(can: Capabilities, people: int, messages: int, ahead: int) -> str:
    """预计 1 分钟内发完, from what the way lets through; `ahead`: what is queued already."""
    calls = ceil(people / can.recipients) * messages + ceil(ahead / can.recipients)
    minutes = calls / can.per_minute
    if can.per_receiver:
        minutes = max(minutes, messages / can.per_receiver)
    if minutes <= 1:
        return "预计 1 分钟内发完"
    hours, rest = divmod(ceil(minutes), _HOUR)
    return f"预计 {hours} 小时 {rest} 分钟发完" if hours else f"预计 {rest} 分钟发完"


def _closing(turn: Turn, wishes: Wishes) -> str:
    at = leaves_at(turn.now, wishes)
    if at > turn.now:
        return (
            f"现在是休息时间，确认后 {when_words(at, turn.now)} 发出；要马上发，点「现在就发」。"
            "确认请点「确认发送」或回复「确认」，不发请回复「取消」。"
        )
    quiet = leaves_at(turn.now, Wishes()) > turn.now
    hour = "（现在是休息时间，按您说的马上发）" if quiet else ""
    return f"确认后立即发送{hour}：点「确认发送」或回复「确认」。不发请回复「取消」。"


def _choices(
    turn: Turn, code: str, planned: Plan, wishes: Wishes, *, in_full: bool
) -> tuple[Choice, ...]:
    """Send it, change how it leaves, see it on each way, leave it."""
    choices = [Choice("确认发送", action("notice.approve", code=code, sure="1"))]
    if leaves_at(turn.now, wishes) > turn.now:
        at_once = action("notice.approve", code=code, sure="1", at_once="1")
        choices.append(Choice("现在就发", at_once))
    if planned.groups:
        label, then = ("也发到班级群", ALSO) if wishes.groups == NO else ("不发班级群", NO)
        if wishes.groups == ONLY:
            label, then = "也发给个人", ALSO
        change = action("notice.adjust", code=code, groups=then)
        choices.append(Choice(label, change, quiet=True))
    if not in_full:
        see = action("notice.adjust", code=code, look="1")
        choices.append(Choice("看各渠道的样子", see, quiet=True))
    choices.append(Choice("取消", action("flow.cancel", draft=code), quiet=True))
    return tuple(choices)


def _title(turn: Turn, name: str) -> str:
    can = turn.office.ways.get(name)
    return can.title if can is not None and can.title else name
