"""Opening and closing a session's sign-in, and who has not signed in: for whoever runs the class.

Rotating codes, the hall's screen and marking by hand are topics of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from handlers import session_words as words
from handlers.contract import Intent, Turn
from handlers.matching import best, names_asked
from handlers.permissions import Permission
from handlers.reply import Card, Choice, Reply, action, ask_choice, refuse
from handlers.rules.codes import sign_in_code
from handlers.sign_in import POLICY, late_words, sign_in_window
from handlers.wording import clock_words, local, span_words
from storage.attendance import Attendance, Counts, Missing
from storage.windows import OpenWindow, RunSession, Windows

MOST_CHOICES = 6
# A code is not given out again while somebody may still be told that it has expired.
CODES_KEPT = timedelta(days=7)
# 「下午几点开始签到」 asks and orders nothing
_ASKS_WHEN = re.compile(r"几点|什么时候|啥时候|何时|多久|哪天")

Use = Callable[[Turn, RunSession], Reply]


def open_(turn: Turn) -> Reply:
    """Open the sign-in of the session that is on or about to start."""
    if _ASKS_WHEN.search(turn.text):
        return _told_when(turn)
    return _choose(turn, _openable(turn), _open, _nothing_to_open)


def close(turn: Turn) -> Reply:
    """Close an open sign-in and say who is missing."""
    return _choose(turn, _standing_open(turn), _close, _nothing_open)


def pending(turn: Turn) -> Reply:
    """Who has not signed in: of the open sign-in, else of the last one of the day."""
    chosen = _standing_open(turn)
    if not chosen:
        held = _of_span(turn)
        opened = Windows(turn.unit).opened([each.id for each in held])
        chosen = tuple(each for each in held if each.id in opened)
        if turn.slots.when() is None:
            chosen = chosen[-1:]
    return _choose(turn, chosen, _pending, _nothing_held)


def _choose(
    turn: Turn, found: Sequence[RunSession], use: Use, none: Callable[[Turn], Reply]
) -> Reply:
    """The one session that is meant, by button, by name, by the group it was said in; or ask."""
    number = turn.slots.number("session")
    if number is not None:
        one = Windows(turn.unit).session_run(turn.scope, number)
        return none(turn) if one is None else use(turn, one)
    asked = names_asked(turn)
    if asked:
        named = best(asked, found, lambda each: (each.class_name, each.programme, *each.aliases))
        if found and not named:
            return refuse(
                f"您负责的班级里没有找到「{asked[0]}」可以操作的课次。", why="no such class"
            )
        found = named
    elif turn.place.training_class_id is not None:
        here = [each for each in found if each.class_id == turn.place.training_class_id]
        found = here or found
    if not found:
        return none(turn)
    if len(found) == 1:
        return use(turn, found[0])
    today = turn.now.date()
    choices = [
        Choice(
            f"{each.class_name} {span_words(each.starts_at, each.ends_at, today)}",
            action(turn.intent, session=str(each.id)),
        )
        for each in found[:MOST_CHOICES]
    ]
    return ask_choice("您说的是哪一节课？", *choices, title="请选择课次")


def _openable(turn: Turn) -> tuple[RunSession, ...]:
    found = Windows(turn.unit).sessions_run(
        turn.scope, turn.now, turn.now + POLICY.opens_before + timedelta(seconds=1)
    )
    return tuple(each for each in found if turn.now < each.ends_at)


def _standing_open(turn: Turn) -> tuple[RunSession, ...]:
    windows = Windows(turn.unit)
    found = windows.sessions_run(
        turn.scope, turn.now - timedelta(hours=12), turn.now + timedelta(hours=12)
    )
    still = {each.session_id for each in windows.open_in([s.id for s in found], turn.now)}
    return tuple(each for each in found if each.id in still)


def _of_span(turn: Turn) -> tuple[RunSession, ...]:
    """The sessions of the time that was named, or of today up to now."""
    span = turn.slots.when()
    today = turn.now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = span.start if span is not None and span.start is not None else today
    soon = turn.now + POLICY.opens_before  # a sign-in may be held and over before the start
    end = span.end if span is not None and span.end is not None else soon
    return Windows(turn.unit).sessions_run(turn.scope, start, max(start, end))


def _open(turn: Turn, chosen: RunSession) -> Reply:
    windows = Windows(turn.unit)
    if turn.now >= chosen.ends_at:
        return refuse("这节课已经结束，不能再开始签到。", why="over")
    if turn.now < chosen.starts_at - POLICY.opens_before:
        return _too_early(turn, chosen)
    span = sign_in_window(chosen.starts_at, chosen.ends_at, turn.now)
    if not turn.clear:
        return words.sure(turn, chosen, "开始签到")
    code = sign_in_code(turn.chance, windows.codes_since(turn.now - CODES_KEPT))
    opened = windows.open(chosen.id, code, turn.asker.id, turn.now, span.closes)
    standing = windows.open_in([chosen.id], turn.now)
    if not standing:
        return _too_early(turn, chosen)
    return _opened(turn, chosen, standing[0], fresh=opened)


def _opened(turn: Turn, chosen: RunSession, window: OpenWindow, *, fresh: bool) -> Reply:
    counts = Attendance(turn.unit).counts(chosen.id, turn.scope)
    first = Windows(turn.unit).first_opened(chosen.id)
    span = sign_in_window(chosen.starts_at, chosen.ends_at, window.opened_at, first)
    when = span_words(chosen.starts_at, chosen.ends_at, turn.now.date())
    opening = "签到已开始" if fresh else f"签到已经开着，已签 {counts.present} 人"
    text = (
        f"{opening}，签到码：{window.code}\n"
        f"{chosen.class_name} {when}{f' {chosen.place}' if chosen.place else ''}\n"
        f"应到 {counts.trainees} 人；{late_words(span)}。\n"
        f"请在现场公布（不要发到群里），学员私聊发送「签到 {window.code}」。"
    )
    return Reply(
        text=text,
        card=Card(
            title=f"签到码 {window.code}",
            description=f"{chosen.class_name}，{clock_words(window.closes_at)} 截止",
            choices=(
                Choice("还有谁没签到", action("session.pending", session=str(chosen.id))),
                Choice("结束签到", action("session.close", session=str(chosen.id)), quiet=True),
            ),
        ),
        in_group=f"{chosen.class_name}签到已开始，{clock_words(window.closes_at)} 截止，"
        "请看现场公布的签到码，私聊发给我。",
        audit={"session": chosen.id, "fresh": int(fresh)},
    )


def _close(turn: Turn, chosen: RunSession) -> Reply:
    if not turn.clear:
        return words.sure(turn, chosen, "结束签到")
    closed = Windows(turn.unit).close(chosen.id, turn.now)
    counts, missing = _state(turn, chosen)
    opening = "签到已结束" if closed else "签到先前已经结束"
    return Reply(
        text=f"{opening}：{chosen.class_name}\n{words.numbers(counts)}\n{words.names(missing)}",
        files=words.file(chosen, missing),
        in_group=f"{chosen.class_name}签到已结束：已签 {counts.present} 人，"
        f"还有 {len(missing)} 人未签到。",
        audit={"session": chosen.id, "present": counts.present, "missing": len(missing)},
    )


def _pending(turn: Turn, chosen: RunSession) -> Reply:
    counts, missing = _state(turn, chosen)
    when = span_words(chosen.starts_at, chosen.ends_at, turn.now.date())
    return Reply(
        text=f"还有 {len(missing)} 人未签到：{chosen.class_name} {when}\n"
        f"{words.numbers(counts)}\n{words.names(missing)}",
        files=words.file(chosen, missing),
        in_group=f"还有 {len(missing)} 人未签到。",
        audit={"session": chosen.id, "missing": len(missing)},
    )


def _state(turn: Turn, chosen: RunSession) -> tuple[Counts, tuple[Missing, ...]]:
    table = Attendance(turn.unit)
    return table.counts(chosen.id, turn.scope), table.missing(chosen.id, turn.scope)


def _nothing_to_open(turn: Turn) -> Reply:
    following = Windows(turn.unit).next_run(turn.scope, turn.now)
    if following is None:
        return refuse(
            "现在没有可以签到的课，您负责的班级之后也没有排课。\n课表有变动时，请先更新课程表。",
            why="nothing to open",
        )
    return _too_early(turn, following)


def _told_when(turn: Turn) -> Reply:
    """From when on a sign-in may be opened: of the time that was named, else of what is next."""
    span = turn.slots.when()
    named = span.start if span is not None and span.start is not None else turn.now
    following = Windows(turn.unit).next_run(turn.scope, max(named, turn.now))
    if following is None:
        return _nothing_to_open(turn)
    when = span_words(following.starts_at, following.ends_at, turn.now.date())
    opens = following.starts_at - POLICY.opens_before
    start = "现在就" if opens <= turn.now else f"{_from(opens, turn.now)}起"
    return Reply(text=f"{following.class_name} {when}，{start}可以开始签到，发送「开始签到」即可。")


def _too_early(turn: Turn, following: RunSession) -> Reply:
    when = span_words(following.starts_at, following.ends_at, turn.now.date())
    return refuse(
        f"现在没有可以签到的课。下一节课：{following.class_name} {when}，"
        f"{_from(following.starts_at - POLICY.opens_before, turn.now)}起可以开始签到。",
        why="too early",
    )


def _from(moment: datetime, now: datetime) -> str:
    same = local(moment).date() == now.date()
    return f"{'今天' if same else '当天'} {clock_words(moment)} "


def _nothing_open(_turn: Turn) -> Reply:
    return refuse("您负责的班级现在没有开着的签到。", why="nothing open")


def _nothing_held(turn: Turn) -> Reply:
    when = "今天" if turn.slots.when() is None else "这段时间"
    return refuse(
        f"您负责的班级{when}还没有开过签到。要开始签到，发送「开始签到」。", why="nothing held"
    )


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="session.open",
        title="开始签到",
        help="为正在上或即将开始的课开放签到，给出签到码",
        permission=Permission.CLASS_RUN,
        handle=open_,
        acting=True,
        echoes=True,
        keywords=("开始签到", "发起签到", "打开签到", "开签到", "签到码给我"),
        forms=(
            "开始签到",
            "发起签到",
            "开启签到",
            "打开签到",
            "开始(?P<programme>.{2,30}?)的?签到",
        ),
    ),
    Intent(
        name="session.close",
        title="结束签到",
        help="关闭签到，给出到场和未到人数",
        permission=Permission.CLASS_RUN,
        handle=close,
        acting=True,
        echoes=True,
        keywords=("结束签到", "关闭签到", "停止签到", "签到关了"),
        forms=("结束签到", "关闭签到", "停止签到", "结束(?P<programme>.{2,30}?)的?签到"),
    ),
    Intent(
        name="session.pending",
        title="未签到名单",
        help="还有谁没签到",
        permission=Permission.CLASS_RUN,
        handle=pending,
        keywords=("谁没签到", "没签到的", "未签到", "缺哪几位", "谁没来"),
        forms=("还有谁没签到", "谁没签到", "未签到名单"),
    ),
)
