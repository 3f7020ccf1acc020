"""Every table of the office, declared once; migrations are derived from it and tests compare both.

Names are the nouns of the trade. Personal data stands only in people, accounts and what refers
to them.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage.types import BigKey, Exact, Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key() -> Column[int]:
    return Column("id", BigKey, primary_key=True)


def _to(target: str, *, nullable: bool = False, name: str = "", index: bool = False) -> Column[int]:
    """A reference to another table, named after it: people → person_id unless told otherwise."""
    return Column(name, BigKey, ForeignKey(f"{target}.id"), nullable=nullable, index=index)


organisations = Table(
    "organisations",
    metadata,
    _key(),
    _to("organisations", nullable=True, name="parent_id", index=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    # /1/4/: a branch is a prefix search, the same on both engines
    Column("path", String(200), nullable=False, index=True),
    Column("aliases", JSON, nullable=False),
)

people = Table(
    "people",
    metadata,
    _key(),
    Column("staff_number", String(40), nullable=False, unique=True),
    Column("name", String(60), nullable=False, index=True),
    _to("organisations", name="organisation_id", index=True),
    Column("school_stage", String(20)),
    Column("subject", String(40)),
    Column("post", String(60)),
    Column("mobile", String(20)),
    Column("status", String(20), nullable=False),
    Column("joined_on", Date),
)

roles = Table(
    "roles",
    metadata,
    _key(),
    _to("people", name="person_id", index=True),
    Column("role", String(20), nullable=False),
    _to("organisations", nullable=True, name="organisation_id"),
    UniqueConstraint("person_id", "role", "organisation_id"),
)

accounts = Table(
    "accounts",
    metadata,
    _key(),
    Column("channel", String(20), nullable=False),
    # folded to lower case by the channel: WeCom answers with lower-cased ids (wecom.md 2.8)
    Column("account", String(128), nullable=False),
    _to("people", name="person_id", index=True),
    Column("bound_at", Instant, nullable=False),
    # who issued the code or brought the roster in; nobody: the command line, the directory
    _to("people", nullable=True, name="issued_by_id"),
    # of a person with rights over others: it has a teacher's only until a second person says yes
    Column("awaits", Boolean, nullable=False, server_default=false()),
    _to("people", nullable=True, name="confirmed_by_id"),
    # which wording of what is kept and why its person was shown when they bound it
    Column("consent", String(12), nullable=False, server_default=""),
    # when it became its person's or got another id, and when their other accounts were told
    Column("news_at", Instant),
    Column("told_at", Instant),
    UniqueConstraint("channel", "account"),
)

# An account whose person said 不是我: nobody's, and bound again only by the county's code.
account_locks = Table(
    "account_locks",
    metadata,
    _key(),
    Column("channel", String(20), nullable=False),
    Column("account", String(128), nullable=False),
    # whom it was bound to, and who locked it
    _to("people", name="person_id", index=True),
    _to("people", nullable=True, name="locked_by_id"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("channel", "account"),
)

binding_codes = Table(
    "binding_codes",
    metadata,
    _key(),
    _to("people", name="person_id", index=True),
    Column("code_hash", String(64), nullable=False),
    _to("people", nullable=True, name="issued_by_id"),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

# Wrong codes of binding and of sign-in, counted per account or person over a span of time.
tries = Table(
    "tries",
    metadata,
    _key(),
    Column("purpose", String(20), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "purpose", "subject", "at"),
)

programmes = Table(
    "programmes",
    metadata,
    _key(),
    Column("year", Integer, nullable=False),
    Column("seq", String(20), nullable=False),
    Column("name", String(200), nullable=False, index=True),
    Column("topic", String(120), nullable=False),
    Column("sponsor_unit", String(120), nullable=False),
    Column("level", String(20)),
    Column("document", String(120), nullable=False),
    Column("aliases", JSON, nullable=False),
    _to("imports", nullable=True, name="import_id"),
)

programme_phases = Table(
    "programme_phases",
    metadata,
    _key(),
    _to("programmes", name="programme_id", index=True),
    Column("position", Integer, nullable=False),
    Column("modes", JSON, nullable=False),
    Column("audience", Text, nullable=False),
    Column("school_stages", JSON, nullable=False),
    Column("subjects", JSON, nullable=False),
    Column("duration", Exact),
    Column("duration_unit", String(20)),
    Column("enrolment_count", Integer),
    Column("provider", String(200), nullable=False),
    Column("starts_on", Date),
    Column("ends_on", Date),
    Column("source_rows", JSON, nullable=False),
)

training_classes = Table(
    "training_classes",
    metadata,
    _key(),
    _to("programmes", name="programme_id", index=True),
    Column("name", String(120), nullable=False, unique=True),
)

# A group chat of a platform that belongs to a class.
class_groups = Table(
    "class_groups",
    metadata,
    _key(),
    _to("training_classes", name="training_class_id", index=True),
    Column("channel", String(20), nullable=False),
    # the platform's id of the group; of a webhook robot its key, which is a secret
    Column("chat", String(128), nullable=False),
    Column("name", String(120), nullable=False, server_default=""),
    _to("people", nullable=True, name="bound_by_id"),
    Column("bound_at", Instant),
    UniqueConstraint("channel", "chat"),
)

# One-time codes with which an officer ties a group chat to a class.
group_codes = Table(
    "group_codes",
    metadata,
    _key(),
    _to("training_classes", name="training_class_id", index=True),
    Column("code_hash", String(64), nullable=False, index=True),
    _to("people", name="issued_by_id"),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

# What a platform has let us know about writing to an account or a group chat: has it ever
# written to us, the message that a passive reply may still quote, and whether it refuses us.
reachability = Table(
    "reachability",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("place", String(10), primary_key=True),
    Column("account", String(128), primary_key=True),
    Column("heard_at", Instant),
    Column("reply_to", String(200), nullable=False, server_default=""),
    Column("reply_is_event", Boolean, nullable=False, server_default=false()),
    Column("replies", Integer, nullable=False, server_default=text("0")),
    Column("refused_at", Instant),
    Column("refused_why", String(60), nullable=False, server_default=""),
)

# A channel, or one chat of it, that is silent for a while, and why.
pauses = Table(
    "pauses",
    metadata,
    Column("channel", String(20), primary_key=True),
    # empty: the whole channel; else the chat
    Column("chat", String(128), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("cause", String(200), nullable=False),
)

# What the platform's directory says and the roster does not: read by an officer, never applied
# to people by itself.
roster_hints = Table(
    "roster_hints",
    metadata,
    _key(),
    Column("at", Instant, nullable=False, index=True),
    Column("channel", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("account", String(128), nullable=False),
    Column("new_account", String(128), nullable=False, server_default=""),
    Column("detail", JSON, nullable=False),
    Column("handled_at", Instant),
)

enrolments = Table(
    "enrolments",
    metadata,
    _key(),
    _to("training_classes", name="training_class_id", index=True),
    _to("people", name="person_id", index=True),
    Column("role", String(20), nullable=False),
    UniqueConstraint("training_class_id", "person_id", "role"),
)

sessions = Table(
    "sessions",
    metadata,
    _key(),
    _to("training_classes", name="training_class_id", index=True),
    Column("starts_at", Instant, nullable=False, index=True),
    Column("ends_at", Instant, nullable=False),
    Column("place", String(120), nullable=False),
    Column("topic", String(200), nullable=False),
    Column("lecturer", String(120), nullable=False),
    Column("check_out", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("training_class_id", "starts_at"),
)

# A span in which a session's sign-in stands open, with the code that opens it.
check_in_windows = Table(
    "check_in_windows",
    metadata,
    _key(),
    _to("sessions", name="session_id", index=True),
    Column("code", String(12), nullable=False, index=True),
    _to("people", name="opened_by_id"),
    Column("opened_at", Instant, nullable=False),
    Column("closes_at", Instant, nullable=False),
    Column("closed_at", Instant),
    # at most one open window a session, whoever presses at the same time
    Index(
        "uq_check_in_windows_open",
        "session_id",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

attendance = Table(
    "attendance",
    metadata,
    _key(),
    _to("sessions", name="session_id"),
    _to("people", name="person_id", index=True),
    Column("kind", String(12), nullable=False),
    Column("at", Instant, nullable=False),
    Column("judgement", String(12), nullable=False),
    Column("method", String(12), nullable=False),
    _to("people", nullable=True, name="recorded_by_id"),
    Column("remark", String(200), nullable=False),
    UniqueConstraint("session_id", "person_id", "kind"),
)

credit_entries = Table(
    "credit_entries",
    metadata,
    _key(),
    _to("people", name="person_id", index=True),
    Column("year", Integer, nullable=False),
    Column("programme", String(200), nullable=False),
    Column("level", String(20), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("class_hours", Exact, nullable=False),
    Column("credits", Exact),
    Column("status", String(20), nullable=False),
    Column("basis", String(200), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("occurred_on", Date),
    _to("imports", nullable=True, name="import_id"),
    Column("source_row", Integer),
    Column("recorded_at", Instant, nullable=False),
)

credit_rule_sets = Table(
    "credit_rule_sets",
    metadata,
    _key(),
    _to("organisations", nullable=True, name="organisation_id"),
    Column("version", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("adopted_at", Instant, nullable=False),
    UniqueConstraint("organisation_id", "version"),
)

deadlines = Table(
    "deadlines",
    metadata,
    _key(),
    Column("title", String(200), nullable=False),
    Column("due_at", Instant, nullable=False, index=True),
    # a date without an hour is due by the end of that day and is shown as a date
    Column("whole_day", Boolean, nullable=False),
    _to("programmes", nullable=True, name="programme_id"),
    _to("training_classes", nullable=True, name="training_class_id"),
    Column("audience", String(20), nullable=False),
    Column("description", Text, nullable=False),
    Column("link", String(500), nullable=False),
    Column("consequence", String(300), nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    _key(),
    _to("deadlines", name="deadline_id"),
    _to("people", name="person_id", index=True),
    Column("at", Instant),
    UniqueConstraint("deadline_id", "person_id"),
)

notices = Table(
    "notices",
    metadata,
    _key(),
    Column("number", Integer, nullable=False, unique=True),
    _to("people", name="author_id", index=True),
    Column("body", Text, nullable=False),
    Column("audience", JSON, nullable=False),
    Column("audience_words", String(300), nullable=False),
    Column("status", String(20), nullable=False),
    Column("drafted_at", Instant, nullable=False),
    Column("approved_at", Instant),
    _to("people", nullable=True, name="approved_by_id"),
    Column("recalled_at", Instant),
    _to("people", nullable=True, name="recalled_by_id"),
    # the notice that this one corrects
    _to("notices", nullable=True, name="corrects_id", index=True),
)

# Whom a notice is for, and whether that person has confirmed it.
notice_recipients = Table(
    "notice_recipients",
    metadata,
    _key(),
    _to("notices", name="notice_id"),
    _to("people", name="person_id", index=True),
    Column("confirmed_at", Instant),
    Column("confirmed_by", String(20)),
    UniqueConstraint("notice_id", "person_id"),
)

# The outbox: one row for each message that must reach one account.
deliveries = Table(
    "deliveries",
    metadata,
    _key(),
    # what makes it this message and no other: enqueuing the same key twice is one message
    Column("unique_key", String(160), nullable=False, unique=True),
    Column("channel", String(20), nullable=False),
    # of a group chat its id
    Column("account", String(128), nullable=False),
    Column("place", String(10), nullable=False, server_default="private"),
    _to("people", nullable=True, name="person_id"),
    _to("notices", nullable=True, name="notice_id", index=True),
    Column("purpose", String(20), nullable=False),
    Column("body", JSON, nullable=False),
    Column("status", String(12), nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _to("delivery_batches", nullable=True, name="batch_id", index=True),
    Column("settled_at", Instant, index=True),
    Column("error", String(200), nullable=False, server_default=""),
    # an answer whose words and files were taken out once it had left (storage.retention)
    Column("blanked", Boolean, nullable=False, server_default=false()),
    Index("ix_deliveries_due", "channel", "status", "not_before"),
    Index(
        "ix_deliveries_answers",
        "settled_at",
        sqlite_where=text("purpose = 'answer' AND NOT blanked"),
        postgresql_where=text("purpose = 'answer' AND NOT blanked"),
    ),
)

# One call to a platform, written down with its exact body before it is made (performance.md,
# "Exactly once across kill -9"): after a crash the very same call is repeated or listed unknown.
delivery_batches = Table(
    "delivery_batches",
    metadata,
    _key(),
    Column("channel", String(20), nullable=False),
    Column("request", JSON, nullable=False),
    Column("status", String(12), nullable=False),
    Column("owner", String(60), nullable=False),
    Column("lease_until", Instant, nullable=False),
    Column("frozen_at", Instant, nullable=False, index=True),
    Column("called_at", Instant),
    Column("platform_id", String(200), nullable=False, server_default=""),
    # taking back what the call sent: wanted, done, failed; empty where nobody asked for it
    Column("recall", String(12), nullable=False, server_default=""),
    Column("recall_error", String(200), nullable=False, server_default=""),
    Index("ix_delivery_batches_open", "channel", "status", "lease_until"),
    Index("ix_delivery_batches_recall", "recall", "channel"),
)

# Pictures and files on their way out or in; large bytes stay out of the rows that are scanned.
attachments = Table(
    "attachments",
    metadata,
    _key(),
    Column("name", String(200), nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
)

pending_questions = Table(
    "pending_questions",
    metadata,
    _key(),
    Column("channel", String(20), nullable=False),
    Column("account", String(128), nullable=False),
    Column("body", JSON, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    UniqueConstraint("channel", "account"),
)

# What was asked and not understood, masked. Nothing that leads to a person: no account, and the
# day instead of the moment, which stands beside an account in other tables.
unanswered = Table(
    "unanswered",
    metadata,
    _key(),
    Column("asked_on", Date, nullable=False, index=True),
    Column("channel", String(20), nullable=False),
    Column("role", String(20), nullable=False),
    Column("text", String(120), nullable=False),
    Column("guesses", JSON, nullable=False),
    Column("kind", String(20), nullable=False),
)

# Message ids a platform may deliver again. An unfinished one carries the message, so that what
# was acknowledged before it was answered is answered after a crash.
seen_messages = Table(
    "seen_messages",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("message_id", String(200), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("unfinished", JSON(none_as_null=True)),
)

audit = Table(
    "audit",
    metadata,
    _key(),
    Column("at", Instant, nullable=False, index=True),
    Column("turn", String(16), nullable=False),
    _to("people", nullable=True, name="actor_id", index=True),
    Column("channel", String(20), nullable=False),
    # the account it was tried from, and what it was about: person:12, notice:37
    Column("account", String(128), nullable=False, server_default=""),
    Column("intent", String(40), nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("object", String(40), nullable=False, server_default="", index=True),
    Column("detail", JSON, nullable=False),
    CheckConstraint("outcome IN ('asked', 'refused', 'nothing', 'done', 'failed')", name="outcome"),
)

imports = Table(
    "imports",
    metadata,
    _key(),
    Column("kind", String(20), nullable=False),
    Column("file_name", String(200), nullable=False),
    Column("file_hash", String(64), nullable=False),
    _to("people", nullable=True, name="imported_by_id"),
    Column("at", Instant, nullable=False),
    Column("status", String(12), nullable=False),
    # what stood before each changed row, so that a saved import can be undone within 24 hours
    Column("undo", JSON, nullable=False),
    Column("undone_at", Instant),
)

# What may run once among many replicas: scheduler tick, access token, a platform's socket.
leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("owner", String(60), nullable=False),
    Column("until", Instant, nullable=False),
    Column("value", Text, nullable=False, server_default=""),
)

# Facts of the whole office that change while it runs, such as the stop switch.
office_settings = Table(
    "office_settings",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
