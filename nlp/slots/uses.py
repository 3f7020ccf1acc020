"""Which slots each intent uses; what an intent does not use is not reported."""

from __future__ import annotations

_PLACE = ("stage", "subject", "region", "school")
_CLASS = ("stage", "subject", "programme")

USES: dict[str, tuple[str, ...]] = {
    "account.bind": ("person", "code", "school", "region"),
    "account.unbind": ("person",),
    "account.data_request": ("action",),
    "account.preferences": ("time_of_day",),
    "credit.summary": ("year", "level", "mode", "when"),
    "credit.detail": ("year", "level", "mode", "when"),
    "credit.gap": ("year", "level"),
    "credit.explain": ("amount", "unit", "level", "mode", "year", "programme"),
    "schedule.query": ("when", "stage", "subject"),
    "deadline.query": ("when", "mode", "programme", "provider"),
    "programme.search": (
        "stage",
        "subject",
        "level",
        "mode",
        "provider",
        "region",
        "year",
        "when",
    ),
    "programme.detail": ("programme", "provider", "region"),
    "enrolment.list": ("year", "when", "level", "programme"),
    "enrolment.apply": (
        "programme",
        "school",
        "mode",
        "level",
        "provider",
        "stage",
        "subject",
        "year",
    ),
    "enrolment.cancel": ("programme", "mode", "level", "stage", "subject"),
    "class.info": ("person", "programme", "stage", "subject"),
    "result.query": ("programme", "year", "level"),
    "policy.ask": ("level",),
    "attendance.check_in": ("code",),
    "attendance.check_out": ("code",),
    "attendance.record": ("when",),
    "attendance.make_up": ("when", "reason", "code"),
    "leave.request": ("when", "leave_type", "reason"),
    "application.status": ("leave_type", "code"),
    "notice.list": ("when",),
    "notice.confirm": ("code",),
    "session.open": (*_CLASS, "level"),
    "session.close": ("when", "code", *_CLASS),
    "session.pending": ("when", "status", "school", "region", *_CLASS),
    "session.mark": ("person", "status", "reason", "when"),
    "review.list": ("leave_type", "school"),
    "review.decide": ("decision", "person", "code", "leave_type", "amount", "unit", "school"),
    "notice.draft": ("message", "time_of_day", "status", *_PLACE),
    "notice.approve": ("code",),
    "notice.status": ("code", "status", *_PLACE),
    "notice.recall": ("code", *_PLACE),
    "chase.send": ("status", *_PLACE),
    "reminder.create": ("time_of_day", "recurrence", "message", "stage", "subject"),
    "reminder.cancel": ("time_of_day", "recurrence", "stage", "subject"),
    "schedule.change": ("when", "level", "stage", "subject"),
    "stats.query": ("mode", "level", "year", "when", "stage", "subject", "region"),
    "roster.query": ("status", "programme", "level", "mode", "year", *_PLACE),
    "credit.record": (
        "amount",
        "unit",
        "person",
        "programme",
        "stage",
        "subject",
        "level",
        "year",
        "status",
        "school",
        "region",
    ),
    "credit.audit": ("school", "level", "year", "decision", "region"),
    "import.start": ("year", "provider"),
    "export.file": ("when", "programme", "year", "status", "level", *_PLACE),
    "audit.query": ("person", "code", "school", "when"),
}

# Two stretches of time leave it open which is meant.
ONE_STRETCH = frozenset({"schedule.change", "audit.query", "credit.explain"})

# Intents whose messages name a programme that the office's data may not hold; elsewhere only the
# office's own names count.
NAMES_A_PROGRAMME = frozenset(
    {
        "programme.detail", "enrolment.apply", "enrolment.cancel", "deadline.query",
        "roster.query", "credit.record", "enrolment.list", "result.query",
    }
)  # fmt: skip

# The words these intents ask about lie behind us; a month without a year is the last one.
LOOKING_BACK = frozenset(
    {
        "attendance.record", "attendance.make_up", "audit.query", "credit.detail", "credit.explain",
        "credit.summary", "export.file", "notice.list", "result.query", "stats.query",
    }
)  # fmt: skip

# Which units an amount is in, where it is not hours or credits alone.
AMOUNTS: dict[str, frozenset[str]] = {"review.decide": frozenset({"day", "class_hour", "credit"})}

# Where a programme is named, its stage, subject and level are not said besides.
OWN_KIND = frozenset(
    {
        "class.info", "credit.record", "enrolment.apply", "enrolment.cancel", "export.file",
        "result.query", "roster.query",
    }
)  # fmt: skip
