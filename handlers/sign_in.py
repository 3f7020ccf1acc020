"""What sign-in asks of an office, shared by those who open it and those who sign in.

Knows the policy and its words; neither sessions nor people.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from handlers.rules.attendance import AttendancePolicy, CheckIn, Window, judge_check_in, window
from handlers.wording import clock_words

# After the start is late, until the window closes half an hour later (stories T10).
POLICY = AttendancePolicy(grace=timedelta(0))
# Where the tutor opened after the start, nobody is late before ten minutes have passed.
_OPENED_LATE = AttendancePolicy()

JUDGEMENTS: dict[str, str] = {CheckIn.ON_TIME: "准时", CheckIn.LATE: "迟到"}


def planned_window(start: datetime, end: datetime) -> Window:
    """The window of a session whose sign-in is opened in time."""
    return window(start, end, POLICY)


def sign_in_window(
    start: datetime, end: datetime, opened_at: datetime, first_at: datetime | None = None
) -> Window:
    """The window that a tutor opens at this moment.

    `first_at` is when the session's sign-in was opened before: opening again lets people in,
    and nobody be on time who would have been late the first time.
    """
    span = window(start, end, _policy(start, opened_at), opened_at)
    if first_at is None or first_at >= opened_at:
        return span
    first = window(start, end, _policy(start, first_at), first_at)
    return replace(span, on_time_until=min(span.on_time_until, first.on_time_until))


def judge(
    start: datetime,
    end: datetime,
    at: datetime,
    opened_at: datetime,
    first_at: datetime | None = None,
) -> CheckIn:
    """How a check-in in an open window counts."""
    judged = judge_check_in(start, end, at, _policy(start, opened_at), opened_at)
    span = sign_in_window(start, end, opened_at, first_at)
    if judged is CheckIn.ON_TIME and at.replace(microsecond=0) > span.on_time_until:
        return CheckIn.LATE
    return judged


def late_words(span: Window) -> str:
    """From when on a check-in is late."""
    closes = f"{clock_words(span.closes)} 截止"
    if span.on_time_until < span.opens:
        return f"现在签到记为迟到，{closes}"
    return f"{clock_words(span.on_time_until)} 后记为迟到，{closes}"


def policy_words() -> str:
    """The rule for every session in one line."""
    before = int(POLICY.opens_before.total_seconds()) // 60
    closes = POLICY.closes_after
    end = "课程结束" if closes is None else f"上课后 {int(closes.total_seconds()) // 60} 分钟"
    grace = int(POLICY.grace.total_seconds()) // 60
    late = f"上课 {grace} 分钟后算迟到" if grace else "上课后算迟到"
    return f"签到：课前 {before} 分钟到{end}，{late}。"


def _policy(start: datetime, opened_at: datetime) -> AttendancePolicy:
    return _OPENED_LATE if opened_at > start else POLICY
