"""What comes too late to act, and what is said of it.

A platform tells a message late, or tells old ones again after a reconnect: what stood here when it
was written may stand here no longer.
"""

from __future__ import annotations

from datetime import datetime

from bot.told_time import BELIEVED
from handlers.contract import Intent
from handlers.dialogue import Request
from handlers.reply import Reply, refuse
from handlers.wording import clock_words, local, moment_words

# counts from when it was said (handlers.attendance)
_CHECK_IN = "attendance.check_in"
# Topics of which everything but a question changes something: who is whom, what was begun.
_CHANGING = ("account.", "flow.")


def comes_too_late(intent: Intent, request: Request, said: datetime, now: datetime) -> bool:
    """Whether this stale message must not be done: it acts, or answers what we asked since."""
    if intent.name == _CHECK_IN and now - said <= BELIEVED:
        return False
    return (
        intent.acting or request.answers or request.of_waiting or intent.name.startswith(_CHANGING)
    )


def too_late_words(said: datetime, now: datetime) -> Reply:
    """When it was said, and what to do."""
    today = local(now).date()
    when = clock_words(said) if local(said).date() == today else moment_words(said, today)
    return refuse(f"这条消息是 {when} 发的，现在才收到，没有办理；还要办请再发一次。", why="stale")
