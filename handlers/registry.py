"""The explicit list of everything a person can do. Order is the order of the menu.

One more intent is one more line in its topic's INTENTS; one more topic is one more line here.
"""

from __future__ import annotations

from functools import lru_cache

from handlers import (
    account,
    attendance,
    broadcast,
    class_groups,
    confirming,
    credit,
    deadline,
    enrolment,
    exports,
    flow,
    imports,
    invitations,
    later,
    menu,
    not_me,
    notice,
    programme,
    recall,
    roster_hints,
    schedule,
    sending,
    session,
    stop_switch,
    unbinding,
)
from handlers.contract import Asker, Intent
from handlers.permissions import Role, permissions_of

INTENTS: tuple[Intent, ...] = (
    *credit.INTENTS,
    *schedule.INTENTS,
    *deadline.INTENTS,
    *attendance.INTENTS,
    *session.INTENTS,
    *notice.INTENTS,
    *programme.INTENTS,
    *enrolment.INTENTS,
    *broadcast.INTENTS,
    *recall.INTENTS,
    *stop_switch.INTENTS,
    *sending.INTENTS,
    *imports.INTENTS,
    *exports.INTENTS,
    *roster_hints.INTENTS,
    *class_groups.INTENTS,
    *invitations.INTENTS,
    *account.INTENTS,
    *unbinding.INTENTS,
    *not_me.INTENTS,
    *confirming.INTENTS,
    *menu.INTENTS,
    *flow.INTENTS,
    *later.INTENTS,
)

BY_NAME: dict[str, Intent] = {intent.name: intent for intent in INTENTS}
if len(BY_NAME) != len(INTENTS):
    raise RuntimeError("an intent is declared twice")


def may(asker: Asker, intent: Intent) -> bool:
    """The gate and the menu ask this one question."""
    return asker.may(intent.permission)


def allowed(asker: Asker) -> tuple[Intent, ...]:
    """All intents that this person may use, in menu order."""
    return _allowed(asker.roles)


@lru_cache(maxsize=64)
def _allowed(roles: frozenset[Role]) -> tuple[Intent, ...]:
    held = permissions_of(roles)
    return tuple(intent for intent in INTENTS if intent.permission in held)
