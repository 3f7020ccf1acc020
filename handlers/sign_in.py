"""What sign-in asks of an office, shared by those who open it and those who sign in.

Knows the policy and its words; neither sessions nor people.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.contract import Asker
from handlers.permissions import Role
from handlers.rules.attendance import AttendancePolicy, CheckIn, Window, judge_check_in, window
from handlers.wording import clock_words
from storage.windows import Runner

# After the start is late, until the window closes half an hour later (stories T10).
POLICY = AttendancePolicy(grace=timedelta(0))
# Where the tutor opened after the start, nobody is late before ten minutes have passed.
_OPENED_LATE = AttendancePolicy()

JUDGEMENTS: dict[str, str] = {CheckIn.ON_TIME: "准时", CheckIn.LATE: "迟到"}


def sign_in_window(start: datetime, end: datetime, opened_at: datetime) -> Window:
    """The window that a tutor opens at this moment."""
    return window(start, end, _policy(start, opened_at), opened_at)


def judge(start: datetime, end: datetime, at: datetime, opened_at: datetime) -> CheckIn:
    """How a check-in in an open window counts."""
    return judge_check_in(start, end, at, _policy(start, opened_at), opened_at)


def runner_of(asker: Asker) -> Runner:
    """Whose sign-ins this person runs: own classes, and for officers those of their branches."""
    officer = Role.COUNTY_ADMIN in asker.roles
    return Runner(asker.id, asker.scopes if officer else ())


def late_words(span: Window) -> str:
    """From when on a check-in is late."""
    return f"{clock_words(span.on_time_until)} 后记为迟到，{clock_words(span.closes)} 截止"


def _policy(start: datetime, opened_at: datetime) -> AttendancePolicy:
    return _OPENED_LATE if opened_at > start else POLICY
