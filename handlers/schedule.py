"""My sessions: when, where, what, who teaches, and when sign-in is open.

Tutors see the classes they run among their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from handlers.contract import Intent, Turn
from handlers.files import XLSX, workbook
from handlers.matching import best, names_asked
from handlers.permissions import Permission
from handlers.reply import File, Reply
from handlers.rules.attendance import AttendancePolicy, window
from handlers.slots import TimeRange
from handlers.wording import (
    ask_office,
    clock_words,
    day_words,
    joined,
    local,
    moment_words,
    near_day,
    span_words,
)
from storage.enrolments import Enrolments, Membership
from storage.timetable import ClassSession, Timetable

MOST_SHOWN = 5
MOST_IN_FULL = 2
POLICY = AttendancePolicy()
_NEXT = re.compile(r"下一?次|下一?[节堂]|接下来|最近一[次节]")
COLUMNS = ("班级", "项目", "日期", "开始", "结束", "地点", "主题", "主讲")


def query(turn: Turn) -> Reply:
    """The sessions of a span, the next one, or what is coming up."""
    mine = Enrolments(turn.unit).of_person(turn.asker.id)
    if not mine:
        return Reply(
            text="您目前没有参加任何培训班，所以没有课程安排。\n"
            f"如果已经报过名，{ask_office(turn.office)}核对班级名单。"
        )
    asked = names_asked(turn)
    chosen = best(asked, mine, _names) if asked else mine
    if not chosen:
        names = joined(dict.fromkeys(item.class_name for item in mine))
        return Reply(
            text=f"您的班级里没有「{asked[0]}」。您参加的有：{names}。\n"
            "想看公开的培训项目，可以问「有哪些培训」。"
        )
    classes = sorted({item.class_id for item in chosen}) if asked else None
    span = turn.slots.when()
    if span is None or (span.start is None and span.end is None):
        return _coming(turn, classes, only_next=bool(_NEXT.search(turn.text)))
    return _within(turn, span, classes)


def _within(turn: Turn, span: TimeRange, classes: Sequence[int] | None) -> Reply:
    found = Timetable(turn.unit).between(turn.asker.id, span.start, span.end, classes)
    when = _span_name(span, turn.now.date())
    if not found:
        return Reply(text="\n".join([f"{when}没有课。", *_next_lines(turn, classes)]))
    return _listed(turn, f"{when}有 {len(found)} 节课：", found)


def _coming(turn: Turn, classes: Sequence[int] | None, *, only_next: bool) -> Reply:
    table = Timetable(turn.unit)
    if only_next:
        found = table.next_after(turn.asker.id, turn.now, classes)
        if found is None:
            return Reply(text=_none_ahead(turn, classes))
        opening = "现在正在上的课：" if found.starts_at <= turn.now else "下一次课："
        return _listed(turn, opening, (found,))
    ahead = table.between(turn.asker.id, turn.now, None, classes)
    if not ahead:
        return Reply(text=_none_ahead(turn, classes))
    return _listed(turn, f"接下来有 {len(ahead)} 节课：", ahead)


def _next_lines(turn: Turn, classes: Sequence[int] | None) -> list[str]:
    following = Timetable(turn.unit).next_after(turn.asker.id, turn.now, classes)
    if following is None:
        return [_none_ahead(turn, classes)]
    return [f"下一次课：{_line(following, turn)}"]


def _none_ahead(turn: Turn, classes: Sequence[int] | None) -> str:
    last = Timetable(turn.unit).last_before(turn.asker.id, turn.now, classes)
    if last is None:
        return "课程表还没有发布，发布以后再问我就能看到。"
    ended = moment_words(last.ends_at, turn.now.date())
    return f"之后没有安排课程了，最后一次课是 {ended} 结束的。"


def _listed(turn: Turn, opening: str, found: Sequence[ClassSession]) -> Reply:
    lines = [opening]
    brief = len(found) > MOST_IN_FULL
    lines += [f"{n}. {_line(item, turn, brief)}" for n, item in enumerate(found[:MOST_SHOWN], 1)]
    files: tuple[File, ...] = ()
    if len(found) > MOST_SHOWN:
        lines.append(f"以上是前 {MOST_SHOWN} 节，全部在文件里。")
        rows = [_cells(item) for item in found]
        files = (File("我的课表.xlsx", workbook("我的课表", COLUMNS, rows), XLSX),)
    return Reply(text="\n".join(lines), files=files, audit={"sessions": len(found)})


def _line(item: ClassSession, turn: Turn, brief: bool = False) -> str:
    """One session: time and place first, then what, who, which class and the sign-in."""
    today = turn.now.date()
    day = local(item.starts_at).date()
    prefix = {0: "今天 ", 1: "明天 ", 2: "后天 "}.get((day - today).days, "")
    facts = [
        f"{prefix}{span_words(item.starts_at, item.ends_at, today)}",
        item.place or "地点未定",
    ]
    if item.topic:
        facts.append(item.topic)
    if item.lecturer:
        facts.append(f"主讲 {item.lecturer}")
    role = "（您负责）" if item.runs else ""
    facts.append(f"{item.class_name}{role}")
    if turn.now >= item.ends_at:
        facts.append("已结束")
    else:
        facts.append(_sign_in(item, brief))
    return "，".join(facts)


def _sign_in(item: ClassSession, brief: bool) -> str:
    span = window(item.starts_at, item.ends_at, POLICY)
    words = f"签到 {clock_words(span.opens)}–{clock_words(span.closes)}"
    if span.on_time_until < span.closes and not brief:
        words += f"（{clock_words(span.on_time_until)} 后算迟到）"
    return f"{words}，结束要签退" if item.check_out else words


def _span_name(span: TimeRange, today: date) -> str:
    """What a span is called: 明天 7月13日（周二）下午, 7月12日（周一）到7月18日（周日）."""
    if span.start is None:
        assert span.end is not None
        return f"{day_words(_last_day(span), today)}及以前"
    first = local(span.start)
    if span.end is None:
        return f"{near_day(first.date(), today)}起"
    last = _last_day(span)
    if first.date() == last:
        whole = span.end - span.start >= timedelta(days=1)
        hours = "" if whole else f"{clock_words(span.start)}–{_end_clock(span)}"
        return f"{near_day(last, today)}{hours}"
    return f"{day_words(first.date(), today)}到{day_words(last, today)}"


def _last_day(span: TimeRange) -> date:
    assert span.end is not None
    return local(span.end - timedelta(microseconds=1)).date()


def _end_clock(span: TimeRange) -> str:
    assert span.end is not None
    words = clock_words(span.end)
    return "24:00" if words == "00:00" else words


def _cells(item: ClassSession) -> tuple[str, ...]:
    start, end = local(item.starts_at), local(item.ends_at)
    return (
        item.class_name,
        item.programme,
        f"{start:%Y-%m-%d}",
        f"{start:%H:%M}",
        f"{end:%H:%M}",
        item.place,
        item.topic,
        item.lecturer,
    )


def _names(item: Membership) -> tuple[str, ...]:
    return (item.class_name, item.programme, *item.aliases)


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="schedule.query",
        title="我的课表",
        help="今天、明天、本周或某个班的课在哪里上",
        permission=Permission.RECORD_OWN,
        handle=query,
        keywords=(
            "有课吗",
            "课表",
            "在哪里上",
            "在哪上课",
            "本周安排",
            "下次培训",
            "几点上课",
            "什么时候上课",
            "谁主讲",
        ),
        forms=("(?:我的)?课表", "课程表", "下次培训", "下次课"),
    ),
)
