"""Sending an approved notice: recipients and outbox rows in one unit, each person once.

Shared by whatever approves a notice. Makes no call to a platform.
"""

from __future__ import annotations

from datetime import datetime

from handlers.contract import Turn
from handlers.mentions import calls_of
from handlers.notice_card import group_notice, notice_reply
from handlers.planning import Plan
from handlers.preview import group_names, obstacles
from handlers.reply import Card, Choice, Reply, action, refuse
from handlers.reply_json import reply_to_json
from handlers.ways import GROUP
from handlers.wishes import NO, ONLY, Wishes, leaves_at, when_words
from storage.confirmations import PURPOSE
from storage.notices import Notice, Notices
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery


def dispatch(turn: Turn, notice: Notice, planned: Plan, wishes: Wishes) -> Reply:
    """Approve a draft and queue it as it was planned; the second of two approvals sends nothing."""
    code = f"N{notice.number}"
    if not planned.people:
        return refuse(f"{code} 的范围里现在没有在职人员，没有发送。", why="nobody")
    if wishes.groups == ONLY and not planned.groups:
        return refuse(f"{code} 要发的班级群现在发不了，没有发送。", why="no group")
    if not Notices(turn.unit).approve(notice.id, turn.asker.id, planned.people, turn.now):
        return Reply(text=f"{code} 刚刚已经批准发送，不会重复发。")
    at = leaves_at(turn.now, wishes)
    new = [] if wishes.groups == ONLY else _to_people(turn, notice, planned, at)
    people = len(new)
    if wishes.groups != NO:
        new += _to_groups(turn, notice, planned, at, call_all=wishes.call_all)
    queued = Outbox(turn.unit).enqueue(new, turn.now)
    audit: dict[str, str | int] = {
        "notice": notice.number,
        "people": len(planned.people),
        "queued": queued,
    }
    if leaves_at(turn.now, Wishes()) > turn.now:
        # why it did not wait for the morning, where it did not
        audit["quiet_hours"] = "urgent, as the officer said" if at <= turn.now else "deferred"
    return Reply(
        text="\n".join(_said(turn, code, planned, wishes, people, at)),
        card=Card(
            title=f"通知 {code} 已批准",
            choices=(Choice("谁还没确认", action("notice.status", code=code)),),
        ),
        audit=audit,
    )


def _said(
    turn: Turn, code: str, planned: Plan, wishes: Wishes, people: int, at: datetime
) -> list[str]:
    later = at > turn.now
    when = f"{when_words(at, turn.now)} " if later else "正在"
    groups = (
        "" if wishes.groups == NO else f"{len(planned.groups)} 个班级群（{group_names(planned)}）"
    )
    if wishes.groups == ONLY:
        lines = [f"{code} 已批准，{when}发到 {groups}。"]
    else:
        also = f"，并发到 {groups}" if groups else ""
        lines = [f"{code} 已批准，{when}发给 {people} 人{also}。"]
        if planned.waiting:
            lines.append(f"其中 {planned.waiting} 人现在不能主动发，对方说话时补送。")
        if planned.unreachable:
            lines.append(f"另有 {planned.unreachable} 人没有绑定账号，需要另行通知。")
    lines += obstacles(turn, planned)
    lines.append(f"想看确认情况，发送「{code} 谁没确认」。")
    return lines


def _to_people(turn: Turn, notice: Notice, planned: Plan, at: datetime) -> list[NewDelivery]:
    """One message for each person who has an account, each with a key of its own."""
    body = reply_to_json(turn.unit, notice_reply(notice.number, notice.body, turn.office), turn.now)
    return [
        NewDelivery(
            unique_key=f"notice:{notice.number}:{person}",
            channel=route.channel,
            account=route.account,
            person_id=person,
            notice_id=notice.id,
            purpose=PURPOSE,
            body=body,
            not_before=at,
        )
        for person, route in planned.routes.items()
    ]


def _to_groups(
    turn: Turn, notice: Notice, planned: Plan, at: datetime, *, call_all: bool
) -> list[NewDelivery]:
    """One message for each class's group; it counts as reaching nobody."""
    calls = calls_of(turn.unit, notice.body, planned.groups, turn.office.ways, call_all=call_all)
    return [
        NewDelivery(
            unique_key=f"notice:{notice.number}:group:{each.class_id}",
            channel=each.route.channel,
            account=each.route.account,
            place=GROUP,
            notice_id=notice.id,
            purpose=PURPOSE,
            body=reply_to_json(
                turn.unit,
                group_notice(
                    notice.number, notice.body, turn.office, calls[each.class_id].mentions
                ),
                turn.now,
            ),
            not_before=at,
        )
        for each in planned.groups
    ]
