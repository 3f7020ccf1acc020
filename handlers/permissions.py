"""Who may do what, in one table: permissions are a closed list, roles map to it.

The gate that guards an intent and the menu that lists it ask the same function. Knows people's
roles, not their messages.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from storage.scope import Scope


class Role(StrEnum):
    """What a person is to the office; one person may be several things."""

    GUEST = "guest"
    TEACHER = "teacher"
    CLASS_TUTOR = "class_tutor"
    WORKSHOP_LEADER = "workshop_leader"
    PROVIDER = "provider"
    SCHOOL_ADMIN = "school_admin"
    COUNTY_ADMIN = "county_admin"


class Permission(StrEnum):
    """resource:action, alphabetical."""

    ACCOUNT_BIND = "account:bind"
    ACCOUNT_CONFIRM = "account:confirm"
    ACCOUNT_INVITE = "account:invite"
    ACCOUNT_OWN = "account:own"
    ACCOUNT_REVOKE = "account:revoke"
    ACCOUNT_REVOKE_ANY = "account:revoke-any"
    AUDIT_READ = "audit:read"
    CLASS_RUN = "class:run"
    CREDIT_RECORD = "credit:record"
    CREDIT_REVIEW = "credit:review"
    CONSOLE_OPEN = "console:open"
    DATA_EXPORT = "data:export"
    DATA_IMPORT = "data:import"
    NOTICE_SEND = "notice:send"
    NOTICE_STOP = "notice:stop"
    NOTICE_WATCH = "notice:watch"
    OPEN_TO_ALL = "open:all"
    RECORD_OWN = "record:own"
    REVIEW_DECIDE = "review:decide"
    ROSTER_READ = "roster:read"


_BOUND = frozenset({Permission.OPEN_TO_ALL, Permission.ACCOUNT_OWN, Permission.RECORD_OWN})
_TUTOR = _BOUND | {
    Permission.CLASS_RUN,
    Permission.REVIEW_DECIDE,
    Permission.DATA_EXPORT,
    Permission.CONSOLE_OPEN,
    Permission.NOTICE_WATCH,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.GUEST: frozenset({Permission.OPEN_TO_ALL, Permission.ACCOUNT_BIND}),
    Role.TEACHER: _BOUND,
    Role.CLASS_TUTOR: _TUTOR,
    Role.WORKSHOP_LEADER: _TUTOR,
    Role.PROVIDER: _BOUND | {Permission.CLASS_RUN, Permission.DATA_EXPORT},
    Role.SCHOOL_ADMIN: _BOUND
    | {
        Permission.ACCOUNT_CONFIRM,
        Permission.ACCOUNT_INVITE,
        Permission.ACCOUNT_REVOKE,
        Permission.CONSOLE_OPEN,
        Permission.CREDIT_REVIEW,
        Permission.DATA_EXPORT,
        Permission.DATA_IMPORT,
        Permission.NOTICE_WATCH,
        Permission.REVIEW_DECIDE,
        Permission.ROSTER_READ,
    },
    Role.COUNTY_ADMIN: frozenset(Permission) - {Permission.ACCOUNT_BIND},
}

# Who leads classes; which ones stands in the class lists.
LEADING = (Role.CLASS_TUTOR, Role.WORKSHOP_LEADER, Role.PROVIDER)

# The roles in which a message is understood (nlu/intents.md), the most powerful first.
_UNDERSTOOD_AS = (
    (Role.COUNTY_ADMIN, "officer"),
    (Role.SCHOOL_ADMIN, "school_admin"),
    (Role.CLASS_TUTOR, "tutor"),
    (Role.WORKSHOP_LEADER, "tutor"),
    (Role.PROVIDER, "tutor"),
    (Role.TEACHER, "teacher"),
)


@lru_cache(maxsize=128)
def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that these roles together allow; nobody's roles allow what a guest may."""
    granted: set[Permission] = set()
    for role in roles or {Role.GUEST}:
        granted |= GRANTS[role]
    return frozenset(granted)


def scope_for(permission: Permission, scope: Scope) -> Scope:
    """The part of a person's scope that is theirs in roles which grant this permission.

    Whoever is an officer of one branch and a school's administrator in another writes to the
    first only, since only officers write notices; whoever leads a class besides administering a
    school gives codes to the school's people only.
    """
    return scope.narrowed(
        classes=any(permission in GRANTS[role] for role in LEADING),
        schools=permission in GRANTS[Role.SCHOOL_ADMIN],
        offices=permission in GRANTS[Role.COUNTY_ADMIN],
    )


def understood_as(roles: frozenset[Role]) -> str:
    """The role of nlu/intents.md in which this person's words are read."""
    for role, name in _UNDERSTOOD_AS:
        if role in roles:
            return name
    return "guest"


def roles_allowed(permission: Permission) -> frozenset[str]:
    """The roles of nlu/intents.md that hold a permission (for the understanding's role mask)."""
    named = {name for role, name in _UNDERSTOOD_AS if permission in GRANTS[role]}
    if permission in GRANTS[Role.GUEST]:
        named.add("guest")
    return frozenset(named)
