"""My sessions: when, where, what, who teaches, and when sign-in is open.

Tutors see the classes they run among their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby

from handlers.contract import Intent, Turn
from handlers.files import XLSX, workbook
from handlers.matching import best, names_asked
from handlers.own_records import own
from handlers.permissions import Permission
from handlers.reply import File, Reply
from handlers.sign_in import planned_window, policy_words
from handlers.slots import TimeRange
from handlers.wording import (
    ask_office,
    clock_words,
    day_words,
    joined,
    local,
    moment_words,
    near_day,
)
from storage.enrolments import Enrolments, Membership
from storage.timetable import ClassSession, Timetable
from storage.windows import Windows

MOST_SHOWN = 12
MOST_IN_FULL = 2
AHEAD = timedelta(days=60)
_NEXT = re.compile(r"下一?次|下一?[节堂]|接下来|最近一[次节]")
# The spans that the understanding takes these words for (nlp.times).
_PARTS = {
    ("06:00", "12:00"): "上午",
    ("12:00", "18:00"): "下午",
    ("18:00", "00:00"): "晚上",
    ("00:00", "06:00"): "凌晨",
}
_DAYS = (
    "(?:今天|今日|明天|后天|昨天|前天|本周|这周|下周|上周|周末"
    "|[上下本这]?(?:周|星期)[一二三四五六日天]|早上|上午|中午|下午|晚上){1,2}"
)
COLUMNS = ("班级", "项目", "日期", "开始", "结束", "地点", "主题", "主讲")


def query(turn: Turn) -> Reply:
    """The sessions of a span, the next one, or what is coming up."""
    mine = Enrolments(turn.unit).of_person(turn.asker.id)
    asked = names_asked(turn)
    if asked and (found := _in_charge_of(turn, asked, mine)):
        return _listed(turn, f"接下来有 {len(found)} 节课：", found)
    if not mine:
        return Reply(
            text="您目前没有参加任何培训班，所以没有课程安排。\n"
            f"如果已经报过名，{ask_office(turn.office)}核对班级名单。"
        )
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


def _in_charge_of(
    turn: Turn, asked: Sequence[str], mine: Sequence[Membership]
) -> Sequence[ClassSession]:
    """What is ahead in a class that an officer oversees without being in it."""
    if not turn.scope.offices or best(asked, mine, _names):
        return ()
    span = turn.slots.when() or TimeRange(None, None)
    start, end = span.start or turn.now, span.end or turn.now + AHEAD
    held = Windows(turn.unit).sessions_run(turn.scope, start, end)
    named = best(asked, held, lambda each: (each.class_name, each.programme, *each.aliases))
    return tuple(
        ClassSession(
            id=each.id,
            class_id=each.class_id,
            class_name=each.class_name,
            programme=each.programme,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            place=each.place,
            topic=each.topic,
            lecturer="",
            check_out=False,
            runs=False,
        )
        for each in named
    )


def _within(turn: Turn, span: TimeRange, classes: Sequence[int] | None) -> Reply:
    found = Timetable(turn.unit).between(turn.asker.id, span.start, span.end, classes)
    when = _span_name(span, turn.now.date())
    if not found:
        return Reply(text="\n".join([f"{when}没有课。", *_next_lines(turn, classes)]))
    return _listed(turn, f"{when}有 {len(found)} 节课：", found, _only_day(span))


def _only_day(span: TimeRange) -> date | None:
    if span.start is None or span.end is None:
        return None
    first = local(span.start).date()
    return first if first == _last_day(span) else None


def _coming(turn: Turn, classes: Sequence[int] | None, *, only_next: bool) -> Reply:
    table = Timetable(turn.unit)
    if only_next:
        found = table.next_after(turn.asker.id, turn.now, classes)
        if found is None:
            return Reply(text=_none_ahead(turn, classes))
        if found.starts_at > turn.now:
            return _listed(turn, "下一次课：", (found,))
        reply = _listed(turn, "现在正在上的课：", (found,))
        following = _next_lines(turn, classes, after=found.ends_at)
        return replace(reply, text="\n".join([reply.text, *following]))
    ahead = table.between(turn.asker.id, turn.now, None, classes)
    if not ahead:
        return Reply(text=_none_ahead(turn, classes))
    return _listed(turn, f"接下来有 {len(ahead)} 节课：", ahead)


def _next_lines(
    turn: Turn, classes: Sequence[int] | None, after: datetime | None = None
) -> list[str]:
    moment = after or turn.now
    following = Timetable(turn.unit).next_after(turn.asker.id, moment, classes)
    if following is None:
        return [_none_ahead(turn, classes)]
    return [f"下一次课：{_line(following, turn)}"]


def _none_ahead(turn: Turn, classes: Sequence[int] | None) -> str:
    last = Timetable(turn.unit).last_before(turn.asker.id, turn.now, classes)
    if last is None:
        return "课程表还没有发布，发布以后再问我就能看到。"
    if last.ends_at > turn.now:
        return "之后没有安排课程了。"
    ended = moment_words(last.ends_at, turn.now.date())
    return f"之后没有安排课程了，最后一次课是 {ended} 结束的。"


def _listed(
    turn: Turn, opening: str, found: Sequence[ClassSession], named: date | None = None
) -> Reply:
    """The sessions; `named` is the day that the opening has named already."""
    shown = found[:MOST_SHOWN]
    if named is not None or len(found) <= MOST_IN_FULL:
        lines = [f"· {_line(item, turn, named)}" for item in shown]
    else:
        lines = _by_day(found, turn)
        if len({item.class_id for item in found}) == 1:
            opening = f"{opening.removesuffix('：')}（{found[0].class_name}）："
    files: tuple[File, ...] = ()
    if len(found) > MOST_SHOWN:
        lines.append(f"以上是前 {MOST_SHOWN} 节，全部在文件里。")
        rows = [_cells(item) for item in found]
        files = (File("我的课表.xlsx", workbook("我的课表", COLUMNS, rows), XLSX),)
    return Reply(text="\n".join([opening, *lines]), files=files, audit={"sessions": len(found)})


def _by_day(found: Sequence[ClassSession], turn: Turn) -> list[str]:
    """Many sessions, short: a heading for each day, the sign-in once for all."""
    several = len({item.class_id for item in found}) > 1
    lines: list[str] = []
    for day, held in groupby(found[:MOST_SHOWN], key=lambda item: local(item.starts_at).date()):
        lines.append(near_day(day, turn.now.date()))
        for item in held:
            lecturer = f"（{item.lecturer}）" if item.lecturer else ""
            facts = [_clocks(item), item.place or "地点未定", f"{item.topic}{lecturer}"]
            facts += [item.class_name] if several else []
            facts += ["结束要签退"] if item.check_out else []
            lines.append("· " + "，".join(fact for fact in facts if fact))
    if any(item.ends_at > turn.now for item in found[:MOST_SHOWN]):
        lines.append(policy_words())
    return lines


def _clocks(item: ClassSession) -> str:
    return f"{clock_words(item.starts_at)}–{clock_words(item.ends_at)}"


def _line(item: ClassSession, turn: Turn, named: date | None = None) -> str:
    """One session: time and place first, then what, who, which class and the sign-in."""
    day = local(item.starts_at).date()
    today = turn.now.date()
    when = _clocks(item) if day == named else f"{near_day(day, today)}{_clocks(item)}"
    facts = [when, item.place or "地点未定"]
    if item.topic:
        facts.append(item.topic)
    if item.lecturer:
        facts.append(f"主讲 {item.lecturer}")
    role = "（您负责）" if item.runs else ""
    facts.append(f"{item.class_name}{role}")
    facts.append("已结束" if turn.now >= item.ends_at else _sign_in(item))
    return "，".join(facts)


def _sign_in(item: ClassSession) -> str:
    span = planned_window(item.starts_at, item.ends_at)
    words = f"签到 {clock_words(span.opens)}–{clock_words(span.closes)}"
    if span.on_time_until < span.closes:
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
        return near_day(last, today) + ("" if whole else _part_of_day(span.start, span.end))
    return f"{day_words(first.date(), today)}到{day_words(last, today)}"


def _last_day(span: TimeRange) -> date:
    assert span.end is not None
    return local(span.end - timedelta(microseconds=1)).date()


def _part_of_day(start: datetime, end: datetime) -> str:
    """上午, 下午, 晚上 where the span is just that, else from when to when."""
    clocks = (clock_words(start), clock_words(end))
    closing = "24:00" if clocks[1] == "00:00" else clocks[1]
    return _PARTS.get(clocks) or f" {clocks[0]}–{closing} "


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
        handle=own(query),
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
        forms=(
            "(?:我的)?课表",
            "课程表",
            "下次(?:培训|课|上课)(?:是)?(?:什么时候|几点|在哪里?|在哪儿)?",
            "(?P<programme>[^,;。]{2,20}[班坊])(?:的课)?(?:都|是|在)*"
            "(?:什么时候|啥时候|几点|哪天|在哪里?|在哪儿|哪里)(?:上课|有课|开课|开班|上)[?]?",
            "(?P<programme>[^,;。]{2,20}[班坊])的?(?:课表|课程表|课程安排)",
            f"(?:我|我们)?{_DAYS}的?(?:课|课程|课表|安排|培训安排)",
            f"(?P<programme>[^,;。]{{2,20}}?[班坊]){_DAYS}的?(?:课|课表|安排|有课吗|上课吗)[?]?",
        ),
    ),
)
