"""How class groups are spoken of: by way, with what can be sent into each. Names nobody."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.contract import Turn
from handlers.rules.routing import group_channels
from handlers.ways import GROUP, Ways
from handlers.wording import day_words, local
from storage.groups import ClassGroup
from storage.imports.lookups import Found
from storage.pauses import Pauses
from storage.reachability import Reachability

HOW_TO_BIND = (
    "绑定班级群要在群里做：先把我拉进班级群，再在群里 @我 发送「绑定班级 群码」。\n"
    "群码由班主任或管理员私聊我要：发送「班级群码 班名」。"
)
NEEDS_CODE = (
    "要绑定这个群，请 @我 发送「绑定班级 六位群码」。\n"
    "群码由班主任或管理员私聊我要：发送「班级群码 班名」。"
)
WRONG_CODE = "群码不对或已经失效（30 分钟内有效，只能用一次）。请班主任或管理员重新要一个。"
_TITLES = {
    "wecom": "企业微信群",
    "qq_group": "QQ群",
    "onebot": "QQ群",
    "wecom_robot": "企业微信群机器人",
    "wecom_appchat": "企业微信应用群",
}
MOST_SHOWN = 12


def title(channel: str, ways: Ways) -> str:
    """What a group is called by the way that leads into it."""
    named = next((ways[name].title for name in group_channels(channel, ways)), "")
    heard = next((can.title for can in ways.values() if can.groups and can.realm == channel), "")
    kind = _TITLES.get(channel, "群")
    way = named or heard
    return f"{kind}（{way}）" if way and way not in kind else kind


def label(group: ClassGroup, turn: Turn) -> str:
    """One group among those of a class; a robot's key, which is a secret, is no part of it."""
    when = f"，{day_words(local(group.bound_at).date())}绑定" if group.bound_at is not None else ""
    name = f"「{group.name}」" if group.name and group.name != group.class_name else ""
    return f"{title(group.channel, turn.office.ways)}{name}{when}"


def bound(channel: str, class_name: str, ways: Ways) -> str:
    """What a group hears once it is a class's."""
    push = (
        "本班的通知也可以发到这里。"
        if group_channels(channel, ways)
        else "我在这里只能回答，不能主动发通知。"
    )
    return (
        f"绑定成功：这个群是「{class_name}」的班级群了。{push}\n"
        "找培训可以在群里 @我 问；课表、学分这些个人的事，我只在私聊里答。"
    )


def overview(turn: Turn, own: Sequence[Found], groups: Sequence[ClassGroup]) -> str:
    """Class by class: each group with what can be sent into it, and the classes that have none."""
    lines: list[str] = []
    having = list(dict.fromkeys(each.class_id for each in groups))
    for class_id in having[:MOST_SHOWN]:
        held = [each for each in groups if each.class_id == class_id]
        lines.append(f"{held[0].class_name}：")
        lines += [
            f"· {title(each.channel, turn.office.ways)}：{_state(turn, each)}" for each in held
        ]
    if not lines:
        lines.append("还没有绑定的班级群。")
    if len(having) > MOST_SHOWN:
        lines.append(f"（共 {len(having)} 个班有群，先列 {MOST_SHOWN} 个）")
    without = [each.name for each in own if each.id not in having]
    if without:
        shown = "、".join(without[:MOST_SHOWN])
        more = f" 等 {len(without)} 个班" if len(without) > MOST_SHOWN else ""
        lines.append(f"没有群的班：{shown}{more}")
    lines.append("绑定：私聊发送「班级群码 班名」，再把群码发到群里；解绑：「解绑班级群 班名」。")
    return "\n".join(lines)


def _state(turn: Turn, group: ClassGroup) -> str:
    if not group.made:
        return "正在建"
    ways = group_channels(group.channel, turn.office.ways)
    if not ways:
        heard = any(can.groups and can.realm == group.channel for can in turn.office.ways.values())
        return "只能回答，不能主动发" if heard else "没有接通这个渠道"
    problems = []
    for way in ways:
        paused = Pauses(turn.unit).of(way, turn.now)
        pause = paused.get("") or paused.get(group.chat)
        reach = Reachability(turn.unit).of(way, GROUP, group.chat)
        if pause is not None:
            problems.append(f"暂停推送（{pause.cause or '平台限制'}）")
        elif reach.refused and turn.office.ways[way].groups:
            problems.append("平台暂不让主动发，群里有人 @我 时补发")
        elif reach.refused:
            problems.append(f"推送不了（{reach.refused}）")
        else:
            return "可以推送"
    return problems[0]
