"""发送情况: what waits, what left, what did not arrive and why; and whom to tell of a broken way.

Reads the records; what it writes goes into the outbox.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zlib import crc32

from handlers.contract import SHANGHAI, Intent, Turn
from handlers.files import XLSX, workbook
from handlers.notice_card import notice_number, snippet
from handlers.permissions import Permission, Role
from handlers.reach import routes_to
from handlers.reply import File, Reply, refuse
from handlers.reply_json import reply_to_json
from handlers.rules.routing import Standing
from handlers.watching import only_in_groups, sent_words
from handlers.ways import Ways
from handlers.wishes import when_words
from handlers.wording import clock_words, joined, local
from storage.audience import Audiences
from storage.confirmations import ConfirmationBoard, Unreached
from storage.notices import Notice
from storage.outbox import Outbox
from storage.outbox_values import DeliveryStatus, NewDelivery
from storage.pauses import Pause, Pauses
from storage.sending import Sending
from storage.sending_state import SendingState, WayState
from storage.unit import Unit

LOST_SHOWN = timedelta(days=7)
MOST_NAMES = 15
MOST_NOTICES = 6
COLUMNS = ("单位", "姓名", "工号", "渠道", "原因")
# A pause that long is not the platform's usual "slower": somebody has to look.
MUST_BE_TOLD = timedelta(minutes=10)
ALARM = "alarm"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_DIGITS = re.compile(r"\d+")
_WHY = {
    None: "没有绑定账号",
    DeliveryStatus.PARKED: "平台现在不让主动发，等对方说话时补送",
    DeliveryStatus.UNKNOWN: "发出后平台没有回音，可能已送到",
    DeliveryStatus.DEAD: "多次重试都没有成功",
    DeliveryStatus.REJECTED: "平台拒收",
}
_GROUP_WORDS = {
    DeliveryStatus.SENT: "已送出",
    DeliveryStatus.QUEUED: "排队",
    DeliveryStatus.CLAIMED: "正在送",
    DeliveryStatus.PARKED: "等群里有人@我时补送",
    DeliveryStatus.UNKNOWN: "结果不明",
    DeliveryStatus.REJECTED: "没有送到",
    DeliveryStatus.DEAD: "没有送到",
    DeliveryStatus.CANCELLED: "已取消",
}


def status(turn: Turn) -> Reply:
    """The state of all sending, or of one notice with the list of those it did not reach."""
    number = notice_number(turn.slots.text("code"))
    if number is None:
        return _office(turn)
    notice = ConfirmationBoard(turn.unit).watched(turn.scope, number)
    if notice is None:
        return refuse(f"没有找到已发送的通知 N{number}。", why="no such notice")
    return _of_notice(turn, notice)


def _office(turn: Turn) -> Reply:
    """What waits, what left today, what was lost lately; by way, with pauses and their causes."""
    today = datetime.combine(local(turn.now).date(), time(0), SHANGHAI)
    state = SendingState(turn.unit)
    ways = {
        name: WayState(name, 0, 0, 0, 0, 0, None)
        for name, can in turn.office.ways.items()
        if can.push or can.group_push
    }
    ways |= {each.channel: each for each in state.by_way(today, turn.now - LOST_SHOWN)}
    lines = [f"发送情况（{clock_words(turn.now)}）"]
    if Sending(turn.unit).stopped():
        held = sum(each.waiting for each in ways.values())
        lines.append(f"现在是紧急停发状态，扣住 {held} 条。要恢复，发送「恢复发送」。")
    lines += [_way(turn, each) for each in ways.values()]
    lines += _paused(turn, Pauses(turn.unit).now(turn.now))
    if lost := state.lost(turn.now - LOST_SHOWN):
        named = joined((f"N{each.number}（{each.people} 人）" for each in lost), MOST_NOTICES)
        lines.append(
            f"最近 7 天没送到的：{named}。看名单和原因，发送「N{lost[0].number} 发送情况」。"
        )
    return Reply(text="\n".join(lines), audit={"ways": len(ways)})


def _way(turn: Turn, state: WayState) -> str:
    waits = f"排队 {state.waiting}" if state.waiting else ""
    if state.next_at is not None and state.next_at > turn.now:
        waits += f"（最早 {when_words(state.next_at, turn.now)} 发）"
    if state.waiting and state.channel not in turn.office.ways:
        waits += "（这个渠道没有接好，发不出）"
    numbers = (
        f"今天已送出 {state.sent}",
        waits,
        f"等对方说话时补送 {state.parked}" if state.parked else "",
        f"结果不明 {state.unknown}" if state.unknown else "",
        f"没有送到 {state.failed}" if state.failed else "",
    )
    return f"{_title(turn, state.channel)}：{'，'.join(filter(None, numbers))}"


def _paused(turn: Turn, pauses: Sequence[Pause]) -> list[str]:
    """Whole ways one by one; single chats counted, because their names are ids."""
    lines = [
        f"{_title(turn, each.channel)}暂停到 {clock_words(each.until)}：{each.cause}"
        for each in pauses
        if not each.chat
    ]
    chats: dict[str, list[Pause]] = {}
    for each in pauses:
        if each.chat:
            chats.setdefault(each.channel, []).append(each)
    for name, paused in chats.items():
        until = clock_words(max(each.until for each in paused))
        title = _title(turn, name)
        lines.append(f"{title}有 {len(paused)} 个会话暂停，最迟到 {until}：{paused[0].cause}")
    return lines


def _of_notice(turn: Turn, notice: Notice) -> Reply:
    board = ConfirmationBoard(turn.unit)
    units = board.confirmations(notice.id, turn.scope)
    people = sum(each.people for each in units)
    code = f"N{notice.number}"
    lines = [
        f"{code} 发送情况：共 {people} 人。{sent_words(notice, units)}",
        f"内容：{snippet(notice.body)}",
    ]
    if groups := SendingState(turn.unit).groups(notice.id):
        said = "，".join(f"{_GROUP_WORDS[how]} {count} 个" for how, count in groups.items())
        lines.append(f"班级群：{said}")
    if Sending(turn.unit).stopped():
        lines.append("现在是紧急停发状态，排队的不会送出。")
    if any(each.waiting for each in units):
        lines += _paused(turn, Pauses(turn.unit).now(turn.now))
    lost = () if only_in_groups(notice) else board.unreached(notice.id, turn.scope)
    files: tuple[File, ...] = ()
    if len(lost) > MOST_NAMES:
        rows = [
            (
                each.organisation,
                each.name,
                each.staff_number,
                _title(turn, each.channel),
                _why(each),
            )
            for each in lost
        ]
        lines.append(f"没送到的 {len(lost)} 人和原因见文件。")
        files = (File(f"{code}没送到名单.xlsx", workbook("没送到名单", COLUMNS, rows), XLSX),)
    elif lost:
        lines.append("没送到的：")
        lines += [f"{each.name}（{each.organisation}）：{_why(each)}" for each in lost]
    return Reply(
        text="\n".join(lines),
        files=files,
        audit={"notice": notice.number, "people": people, "unreached": len(lost)},
    )


def _why(lost: Unreached) -> str:
    """The reason in words; what a platform said in its own language stands behind ours."""
    if lost.error and _CHINESE.search(lost.error):
        return lost.error
    return f"{_WHY[lost.status]}（{lost.error}）" if lost.error else _WHY[lost.status]


def tell_of_pause(unit: Unit, pause: Pause, ways: Ways, now: datetime) -> int:
    """Tell the officers of a way that somebody must put right, each once a day and cause.

    Through another way of theirs that can be written to now and is not paused itself. Returns
    how many messages were queued; 0 for a short pause, and where nobody can be told.
    """
    if pause.chat or pause.until - pause.since < MUST_BE_TOLD:
        return 0
    quiet = {each.channel for each in Pauses(unit).now(now) if not each.chat} | {pause.channel}
    open_ways = {name: can for name, can in ways.items() if name not in quiet}
    can = ways.get(pause.channel)
    title = can.title if can is not None and can.title else pause.channel
    said = Reply(
        text=f"【发送渠道出了问题】\n{title}从 {clock_words(pause.since)} 起停发：{pause.cause}\n"
        "处理好以后会自动继续发送。想看全部，发送「发送情况」。"
    )
    # the platform is asked again and again, and each time the pause begins anew
    cause = crc32(_DIGITS.sub("", pause.cause).encode())
    key = f"pause:{pause.channel}:{local(now).date()}:{cause:08x}"
    new = []
    for person in Audiences(unit).holding(Role.COUNTY_ADMIN):
        best = next(iter(routes_to(unit, person, open_ways, now)), None)
        if best is None or best.standing is Standing.WAITS:
            continue
        new.append(
            NewDelivery(
                unique_key=f"{key}:{person}",
                channel=best.channel,
                account=best.account,
                person_id=person,
                purpose=ALARM,
                body=reply_to_json(unit, said, now),
                not_before=now,
            )
        )
    return Outbox(unit).enqueue(new, now) if new else 0


def _title(turn: Turn, name: str) -> str:
    can = turn.office.ways.get(name)
    return can.title if can is not None and can.title else name


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="sending.status",
        title="发送情况",
        help="消息发到哪一步、哪里停了；「N37 发送情况」看没送到的人",
        permission=Permission.NOTICE_SEND,
        handle=status,
        keywords=("发送情况", "发送进度"),
        forms=(
            r"(?P<code>[Nn]\d{1,6})?[ 的]*(?:发送情况|发送状态|发送进度|渠道情况)",
            r"(?P<code>[Nn]\d{1,6})[ 的]*没有?[送发]到的?(?:名单|人|有谁|有哪些人?)?",
        ),
        exact_only=True,
    ),
)
