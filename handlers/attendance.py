"""Signing in by a message, and my own presence.

Leave, make-up and check-out are topics of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.contract import Intent, Turn
from handlers.matching import best, names_asked
from handlers.own_records import own
from handlers.permissions import Permission
from handlers.reply import Question, Reply, action, refuse
from handlers.rules.attendance import CheckIn
from handlers.rules.codes import SIGN_IN_LENGTH, confusing_signs, normalise
from handlers.sign_in import JUDGEMENTS, POLICY, judge
from handlers.wording import clock_words, local, moment_words, near_day, span_words
from storage.accounts import Tries
from storage.attendance import Attendance, OwnSession, Presence
from storage.enrolments import Enrolments
from storage.timetable import Timetable
from storage.windows import CodeWindow, Windows

MOST_TRIES = 5
TRIES_WITHIN = timedelta(minutes=10)
# A code of an earlier day is told apart from one that never was.
CODES_KEPT = timedelta(days=7)
MOST_SHOWN = 8
# A message that was under way for longer is told both times.
SLOW = timedelta(seconds=60)


def check_in(turn: Turn) -> Reply:
    """Sign in with a code; without one, ask for it where a sign-in stands open."""
    typed = turn.slots.text("code")
    if typed is None:
        return _without_code(turn)
    tries, subject = Tries(turn.unit, "check_in"), f"person:{turn.asker.id}"
    wrong = tries.since(subject, turn.now - TRIES_WITHIN)
    if len(wrong) >= MOST_TRIES:
        again = wrong[-MOST_TRIES] + TRIES_WITHIN
        return refuse(
            f"10 分钟内输错了 {MOST_TRIES} 次，请在 {clock_words(_minute_up(again))} 以后再试，"
            "或请班主任现场核对。",
            why="too many codes",
            flagged=1,
        )
    found = Windows(turn.unit).by_code(normalise(typed), turn.asker.id, turn.now - CODES_KEPT)
    mine = [each for each in found if each.mine]
    if not mine:
        tries.add(subject, turn.now)
        left = MOST_TRIES - len(wrong) - 1
        return _other_class(left) if found else _wrong(typed, left)
    # the latest first: a code never stands open twice in a class
    chosen = next((each for each in mine if each.open_at(_said_in(turn, each))), mine[0])
    record = Attendance(turn.unit).of(chosen.session_id, turn.asker.id)
    if record is not None:
        return _already(turn, chosen, record)
    if not chosen.open_at(_said_in(turn, chosen)):
        tries.add(subject, turn.now)
        return _expired(turn, chosen)
    return _sign_in(turn, chosen)


def _said_in(turn: Turn, window: CodeWindow) -> datetime:
    """When this was said: it counts from then, and from no earlier than the code was shown."""
    return min(turn.now, max(turn.said_at, window.opened_at))


def _sign_in(turn: Turn, chosen: CodeWindow) -> Reply:
    at = _said_in(turn, chosen)
    late_by = int((turn.now - at).total_seconds())
    underway = late_by >= SLOW.total_seconds()
    remark = f"{local(turn.now):%H:%M:%S} 收到" if underway else ""
    # only where it was opened after the start can it have been opened before
    opened_late = chosen.opened_at > chosen.starts_at
    first = Windows(turn.unit).first_opened(chosen.session_id) if opened_late else None
    judgement = judge(chosen.starts_at, chosen.ends_at, at, chosen.opened_at, first)
    if judgement not in JUDGEMENTS:
        return _expired(turn, chosen)
    table = Attendance(turn.unit)
    if not table.sign_in(chosen.session_id, turn.asker.id, at, judgement, "code", remark):
        record = table.of(chosen.session_id, turn.asker.id)
        assert record is not None
        return _already(turn, chosen, record)
    facts: dict[str, str | int] = {"session": chosen.session_id, "judgement": str(judgement)}
    if underway:
        facts["seconds underway"] = late_by
    late = judgement is CheckIn.LATE
    whose = f"您发出的时间，{clock_words(turn.now)} 才收到" if underway else "以服务器时间为准"
    opening = "签到成功，记为迟到" if late else "签到成功，准时"
    return Reply(
        text=f"{opening}。时间 {local(at):%H:%M:%S}（{whose}）。\n"
        f"{_session_words(turn, chosen)}\n"
        f"您是今天这节课第 {table.signed_in(chosen.session_id)} 位签到的。",
        in_group="已签到，结果已私信。",
        audit=facts,
    )


def _already(turn: Turn, chosen: CodeWindow, record: Presence) -> Reply:
    words = JUDGEMENTS.get(record.judgement, "到场")
    return Reply(
        text=f"您已签到，不用再签。记录时间 {clock_words(record.at)}，{words}。\n"
        f"{_session_words(turn, chosen)}",
        audit={"session": chosen.session_id, "repeat": 1},
    )


def _session_words(turn: Turn, chosen: CodeWindow) -> str:
    span = span_words(chosen.starts_at, chosen.ends_at, turn.now.date())
    return f"{chosen.class_name} {span}{f' {chosen.topic}' if chosen.topic else ''}"


def _wrong(typed: str, left: int) -> Reply:
    signs = confusing_signs(typed)
    hint = f"签到码里没有 {'、'.join(signs)} 这样容易看错的字符，请再看一眼。" if signs else ""
    if not hint and len(normalise(typed)) != SIGN_IN_LENGTH:
        hint = f"签到码是 {SIGN_IN_LENGTH} 位字母和数字。"
    return refuse(
        f"签到码不对，没有签上。{hint}\n请核对现场公布的签到码再发一次，{_left(left)}",
        why="wrong code",
    )


def _other_class(left: int) -> Reply:
    return refuse(
        f"这是别的班的签到码，没有签上。\n请发送您所在班级现场公布的签到码，{_left(left)}",
        why="code of another class",
    )


def _left(left: int) -> str:
    return f"还可以试 {left} 次。" if left else "10 分钟内不能再试了。"


def _expired(turn: Turn, chosen: CodeWindow) -> Reply:
    ended = chosen.closed_at or chosen.closes_at
    return refuse(
        f"这个签到码已过期：{chosen.class_name}的签到在 {moment_words(ended, turn.now.date())} "
        f"结束了，没有签上。\n{_make_up(turn, chosen.class_id)}",
        why="expired",
        session=chosen.session_id,
    )


def _make_up(turn: Turn, class_id: int) -> str:
    tutors = [
        each.name
        for each in Enrolments(turn.unit).staff([class_id])
        if each.role in ("class_tutor", "workshop_leader")
    ]
    whom = f"班主任{'、'.join(tutors)}" if tutors else "班主任"
    return f"确实到场的可以补签：目前请直接找{whom}说明原因，由班主任办理。"


def _without_code(turn: Turn) -> Reply:
    """「我到了」: ask for the code, or say why there is nothing to sign in to."""
    today = turn.now.replace(hour=0, minute=0, second=0, microsecond=0)
    windows = Windows(turn.unit).of_trainee(turn.asker.id, today)
    table = Attendance(turn.unit)
    missed: CodeWindow | None = None
    done: tuple[CodeWindow, Presence] | None = None
    for each in windows:
        record = table.of(each.session_id, turn.asker.id)
        if record is not None:
            done = done or (each, record)
        elif each.open_at(turn.now):
            return Reply(
                text=f"请发送现场公布的 {SIGN_IN_LENGTH} 位签到码，如「签到 7K3M」。\n"
                f"{_session_words(turn, each)}，{clock_words(each.closes_at)} 截止。",
                question=Question(fill=action("attendance.check_in"), slot="code"),
            )
        else:
            missed = missed or each
    if done is not None and (missed is None or missed.opened_at < done[0].opened_at):
        return _already(turn, *done)
    if missed is not None:
        return _expired(turn, missed)
    return _nothing_open(turn)


def _nothing_open(turn: Turn) -> Reply:
    following = Timetable(turn.unit).next_after(turn.asker.id, turn.now)
    hint = _for_tutors(turn, "开始签到")
    if following is None:
        return refuse(f"现在没有开放的签到，您之后也没有安排课程。{hint}", why="nothing open")
    if following.runs:
        return refuse(f"{following.class_name}是您带的班，您不用签到。{hint}", why="no trainee")
    when = span_words(following.starts_at, following.ends_at, turn.now.date())
    return refuse(
        f"现在没有开放的签到。\n最近的课：{when} {following.place}，{following.class_name}。\n"
        "班主任开始签到后，把现场公布的签到码发给我就行。",
        why="nothing open",
    )


def _for_tutors(turn: Turn, words: str) -> str:
    """Where somebody who runs a class finds the class's side of the same thing."""
    runs = turn.asker.may(Permission.CLASS_RUN)
    return f"\n看您负责的班级，发送「{words}」。" if runs else ""


def record(turn: Turn) -> Reply:
    """My presence in my classes: counts first, then the sessions, the latest first."""
    # who signed in before the start must find it here
    rows = Attendance(turn.unit).own(turn.asker.id, turn.now + POLICY.opens_before)
    span = turn.slots.when()
    asked = names_asked(turn)
    if span is not None:
        rows = tuple(each for each in rows if span.covers(each.starts_at))
    if asked:
        rows = best(asked, rows, lambda each: (each.class_name,))
    if not rows:
        when = "这段时间" if span or asked else "到现在为止"
        return Reply(text=f"{when}没有您的课次，没有考勤记录。{_for_tutors(turn, '还有谁没签到')}")
    verdicts = [_verdict(each, turn.now) for each in rows]
    counts = "，".join(
        f"{word} {verdicts.count(word)} 次"
        for word in ("准时", "迟到", "缺勤", "未开签到", "还没签到")
        if word in verdicts
    )
    lines = [f"共 {len(rows)} 次课：{counts}。", *_lines(rows, verdicts, turn)]
    if len(rows) > MOST_SHOWN:
        lines.append(f"以上是最近 {MOST_SHOWN} 次；可以按时间问，如「上周的考勤」。")
    if "缺勤" in verdicts:
        lines.append("记录有误或需要补签的，目前请直接找班主任核对。")
    return Reply(text="\n".join(lines))


def _lines(rows: Sequence[OwnSession], verdicts: Sequence[str], turn: Turn) -> list[str]:
    lines = []
    today = turn.now.date()
    for each, verdict in zip(rows[:MOST_SHOWN], verdicts, strict=False):
        day = local(each.starts_at).date()
        at = ""
        if each.at is not None:
            same = local(each.at).date() == day
            at = f"（{clock_words(each.at) if same else moment_words(each.at, today)}）"
        when = f"{near_day(day, today)}{clock_words(each.starts_at)}"
        lines.append(f"{when} {each.class_name}：{verdict}{at}")
    return lines


def _verdict(each: OwnSession, now: datetime) -> str:
    """Nobody was absent from a session whose sign-in was never opened."""
    if each.judgement is not None:
        return JUDGEMENTS.get(each.judgement, "到场")
    if now < each.ends_at:
        return "还没签到"
    return "缺勤" if each.opened else "未开签到"


def _minute_up(moment: datetime) -> datetime:
    """The next whole minute, so that trying at the time we name is late enough."""
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="attendance.check_in",
        title="签到",
        help="发送「签到 签到码」，如「签到 7K3M」",
        permission=Permission.RECORD_OWN,
        handle=check_in,
        acting=True,
        echoes=True,
        keywords=("签到", "打卡", "我到了", "报到", "签到码"),
        forms=(
            r"签到",
            r"到",
            r"打卡",
            r"(?:签到码?|打卡)[ :：,，]*(?P<code>[0-9A-Za-z][0-9A-Za-z -]{2,6}[0-9A-Za-z])",
            # a code has a digit and a letter: neither a number nor a word is one
            r"[「『“\"(]?(?P<code>(?=[0-9A-Za-z]*[0-9])(?=[0-9A-Za-z]*[A-Za-z])[0-9A-Za-z]{4})"
            r"[」』”\")]?",
        ),
    ),
    Intent(
        name="attendance.record",
        title="我的考勤",
        help="我的签到、迟到和缺勤记录",
        permission=Permission.RECORD_OWN,
        handle=own(record),
        keywords=("考勤", "签到记录", "缺了几次", "迟到记录", "签上了吗"),
        forms=("(?:我的)?考勤(?:记录)?", "(?:我的)?签到记录"),
    ),
)
