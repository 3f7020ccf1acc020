"""The stop switch: everything that waits is held at once; going on again asks for a yes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from handlers.contract import Intent, Turn
from handlers.permissions import Permission
from handlers.reply import Action, Card, Choice, Question, Reply, action
from handlers.wording import joined
from storage.sending import Sending
from storage.sending_state import NoticeState, SendingState

REPORTED = timedelta(hours=24)
MOST_NAMED = 8


def stop_all(turn: Turn) -> Reply:
    """Stop all sending at once, the safe direction; going on again asks for a yes."""
    sending = Sending(turn.unit)
    if turn.slots.text("resume") is not None:
        return _resume(turn, sending)
    fresh = sending.stop_all(turn.asker.id, turn.now)
    state = sending.report(turn.now - REPORTED)
    lines = [
        "已紧急停发，所有排队的消息都不再发出。" if fresh else "现在已经是停发状态。",
        f"最近 24 小时已发出 {state.sent} 条；扣住未发 {state.queued} 条。",
    ]
    shown = SendingState(turn.unit)
    if left := shown.left(turn.now - REPORTED):
        lines.append(f"已发出的通知：{_notices(left)}")
    if state.claimed:
        lines.append(f"停发时有 {state.claimed} 条正在发送，可能已经到达。")
    if held := shown.held():
        lines.append(f"扣住的通知：{_notices(held)}")
    if state.parked:
        lines.append(f"其中等对方说话时补送的 {state.parked} 条，停发期间也不送出。")
    lines.append("对个人提问的回答照常。要恢复，发送「恢复发送」。")
    return Reply(
        text="\n".join(lines),
        audit={"fresh": int(fresh), "sent": state.sent, "held": state.queued},
    )


def _notices(states: Sequence[NoticeState]) -> str:
    """N37（11 人、1 个群）、N36（2 人）."""
    return joined((f"N{each.number}（{_reached(each)}）" for each in states), MOST_NAMED)


def _reached(state: NoticeState) -> str:
    people = f"{state.people} 人" if state.people else ""
    groups = f"{state.groups} 个群" if state.groups else ""
    return "、".join(filter(None, (people, groups)))


def _resume(turn: Turn, sending: Sending) -> Reply:
    if not sending.stopped():
        return Reply(text="现在没有停发，消息照常发送。")
    state = sending.report(turn.now - REPORTED)
    if turn.slots.text("sure") is None:
        go_on = action("notice.stop_all", resume="1", sure="1")
        choices = (Choice("恢复发送", go_on), Choice("取消", Action("flow.cancel"), quiet=True))
        held = f"扣住的 {state.waiting} 条消息会立即送出" if state.waiting else "新消息照常发送"
        text = f"恢复后，{held}。确定恢复吗？"
        return Reply(
            text=text,
            card=Card(title="恢复发送", choices=choices),
            question=Question(choices, confirm=go_on),
        )
    sending.resume(turn.asker.id, turn.now)
    return Reply(
        text="已恢复发送"
        + (f"，扣住的 {state.waiting} 条正在送出。" if state.waiting else "，没有扣住的消息。"),
        audit={"resumed": 1, "held": state.waiting},
    )


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="notice.stop_all",
        title="紧急停发",
        help="立即停止一切群发；「恢复发送」继续",
        permission=Permission.NOTICE_STOP,
        handle=stop_all,
        acting=True,
        keywords=("紧急停发", "停止发送", "全部停发", "暂停推送"),
        forms=("紧急停发", "停发", "停止发送", "(?P<resume>恢复)(?:发送|群发|推送)"),
    ),
)
